import { FolderInTheWay, type WriteText, writeWhole } from '../config/whole-file.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'

/**
 * Writes the file that `output` names, by `writeWhole`. Throws `ConfigurationError` when it is a folder, `DestinationError` when it cannot
 * be written, and any error of `produce`.
 */
export const writeOutput = async <T>(path: string, produce: (write: WriteText) => Promise<T>): Promise<T> => {
  try {
    return await writeWhole(path, produce)
  } catch (cause) {
    if (cause instanceof FolderInTheWay) {
      throw new ConfigurationError(`output takes a file, but ${path} is a folder.`, { hint: 'Name a file in it.' })
    }
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause
    if ('code' in cause && cause.code === 'ENXIO') {
      throw new DestinationError(`${path} could not be written: nobody reads from it.`, { cause, hint: 'Start what reads from it first.' })
    }
    throw new DestinationError(`${path} could not be written: ${cause.message}.`, {
      cause,
      hint: 'Check its folder, the disk and the permissions.',
    })
  }
}
