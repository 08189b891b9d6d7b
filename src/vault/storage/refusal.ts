import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { DestinationError } from '../../errors.ts'
import { formatBytes } from '../../events.ts'
import { codeOf, describe, type SystemError } from '../system-error.ts'
import { tooLargeText } from './storage.ts'

/** The operation that the disk refused, for the message. */
export interface Doing {
  /** The verb in the infinitive: `store`, `read`, `move`. */
  readonly verb: string
  readonly path: string
  /** Bytes of the file, where known. */
  readonly size?: number
  /** True when it changes the disk. A disk that cannot be read concerns one file, a disk that cannot be written concerns the whole run. */
  readonly writes: boolean
}

/** Returns the error of a refusal that concerns the whole disk below the folder `root`; undefined for one that concerns a file alone. */
export async function refusalOf(error: SystemError, doing: Doing, root: string): Promise<DestinationError | undefined> {
  switch (codeOf(error)) {
    case 'EDQUOT':
      return new DestinationError(
        `The destination ${root} is full: your quota on this disk is used up, and there was no room to ${doing.verb} ${described(doing)}.`,
        {
          hint: 'Make room within your quota, or ask for a larger one. Everything stored so far is kept, and the next run goes on from here.',
          cause: error,
        },
      )
    case 'ENOSPC':
      return new DestinationError(`The destination ${root} is full: there was no room to ${doing.verb} ${described(doing)}.`, {
        hint: 'Make room, or choose another destination. Everything stored so far is kept, and the next run goes on from here.',
        cause: error,
      })
    case 'EROFS':
      return new DestinationError(`The destination ${root} is read-only: could not ${doing.verb} ${described(doing)}.`, {
        hint: 'Mount it writable. A disk with errors may have been made read-only by the system: check it first.',
        cause: error,
      })
    case 'EIO':
    case 'EREMOTEIO':
      if (!doing.writes) break
      return unreachable(error, doing, root)
    case 'EUCLEAN':
      if (!doing.writes) break
      return new DestinationError(
        `The destination ${root} has errors on it: could not ${doing.verb} ${described(doing)}: ${describe(error)}.`,
        { hint: 'Check and repair the disk before anything else is written to it.', cause: error },
      )
    case 'ENODEV':
    case 'ENXIO':
    case 'ESTALE':
    case 'ENOTCONN':
    case 'EHOSTDOWN':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'ENETUNREACH':
    case 'ECONNABORTED':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ESHUTDOWN':
    case 'ETIMEDOUT':
    case 'ENOMEDIUM':
    case 'ENOLINK':
    case 'ECOMM':
      return unreachable(error, doing, root)
    case 'EACCES':
    case 'EPERM':
      if (doing.writes && !(await isWritable(root))) {
        return new DestinationError(`The destination ${root} may not be written: ${describe(error)}.`, {
          hint: 'Give the user that runs this program the right to write there.',
          cause: error,
        })
      }
  }
  return undefined
}

const isWritable = async (root: string): Promise<boolean> =>
  access(root, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )

function unreachable(error: SystemError, doing: Doing, root: string): DestinationError {
  return new DestinationError(`The destination ${root} does not answer: could not ${doing.verb} ${described(doing)}: ${describe(error)}.`, {
    hint: 'Check the disk and its cable, or the network. Everything stored so far is kept.',
    cause: error,
  })
}

const described = (doing: Doing): string => (doing.size === undefined ? doing.path : `${doing.path} (${formatBytes(doing.size)})`)

/** Returns the message for a refusal that concerns one file. */
export const refusalText = (code: string, error: unknown, doing: Doing): string => {
  if (code === 'EFBIG') return tooLargeText(doing.path, doing.size)
  if (code === 'ENAMETOOLONG') return `Could not ${doing.verb} ${doing.path}: its name is too long for this disk (ENAMETOOLONG)`
  return `Could not ${doing.verb} ${doing.path}: ${describe(error)}`
}
