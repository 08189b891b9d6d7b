import { constants, createReadStream } from 'node:fs'
import { copyFile, link, lstat, open, rename, rm, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DestinationError } from '../errors.ts'
import { hashAll } from '../flow/checked.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { describe, hasCode, isSystemError, type SystemError } from './system-error.ts'

/** The bytes that are wanted. */
export interface Wanted {
  readonly size: number
  readonly md5: string
  /** Empty in old vaults: there the MD5 decides. */
  readonly sha256: string
}

/**
 * The end of bringing a file. `other bytes`: the file of the vault is not there, or is another one. `unreadable`: the disk of the vault refuses it.
 * `refused`: the disk of the checkout does not take this path, such as a name that is too long for it; `why` says so in the system's words.
 */
export type Brought = { readonly end: 'brought' | 'other bytes' } | { readonly end: 'unreadable' | 'refused'; readonly why: string }

/** Absolute paths: the file in the vault, the one of the checkout, and a name in between until its bytes are known to be right. */
export interface Way {
  readonly source: string
  readonly draft: string
  readonly target: string
  readonly links: boolean
}

/**
 * Gives a file a second life: a clone where the disk can, else a copy; with `links` a second name of the same file. It appears under its name only
 * when its bytes are proven by their hash. Throws `DestinationError` when the disk of the checkout, whose folder is `root`, is full or fails.
 */
export async function bringFile({ source, draft, target, links }: Way, wanted: Wanted, root: string): Promise<Brought> {
  const times = await lookAt(source, wanted)
  if ('end' in times) return times
  await onTarget(root, () => rm(draft, { force: true }))
  const isLinked = links && (await linked(source, draft))
  if (!isLinked) {
    const failure = await copied(source, draft)
    if (failure !== undefined) return await blamed(failure, { source, root, wanted })
  }
  const isRight = await isProven(draft, wanted)
  if (typeof isRight === 'object') return await blamed(isRight, { source, root, wanted })
  if (!isRight) return { end: 'other bytes' }
  if (!isLinked) await utimes(draft, times.atime, times.mtime).catch(ignored)
  return await placed(draft, target, root)
}

/** Gives a finished draft its name, and makes the folders above. */
export async function placed(draft: string, target: string, root: string): Promise<Brought> {
  const why = await onTarget(root, async () => {
    await makeFolders(dirname(target))
    await rename(draft, target)
  })
  return why === undefined ? { end: 'brought' } : { end: 'refused', why }
}

/** Errors that concern one path: its length, its letters, the size of its file, or another thing that stands there. */
const OF_ONE_PATH = ['ENAMETOOLONG', 'EILSEQ', 'EINVAL', 'EFBIG', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP'] as const

/** Runs a step that only the disk of the checkout can refuse. Returns the words of a refusal of this one path. Throws `DestinationError` for others. */
export async function onTarget(root: string, step: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (hasCode(error, ...OF_ONE_PATH)) return describe(error)
    throw failedTarget(error, root)
  }
}

/** Does a disk say that it is full, or that the quota is used up? */
export const isFull = (error: unknown): error is SystemError => hasCode(error, 'ENOSPC', 'EDQUOT')

/** Returns the error of a disk that has no room for a checkout. */
export const noRoom = (error: SystemError, root: string): DestinationError =>
  new DestinationError(`There is no room left in ${root}.`, {
    hint: 'Make room and give the same command again: it goes on. Or name a folder on a larger disk, or only an album with --album.',
    cause: error,
  })

function failedTarget(error: SystemError, root: string): DestinationError {
  if (isFull(error)) return noRoom(error, root)
  return new DestinationError(`The folder ${root} cannot be written any more: ${describe(error)}.`, {
    hint: 'Check its disk, then give the same command again: it goes on.',
    cause: error,
  })
}

/** Looks at the file in the vault before anything is written for it. */
async function lookAt(source: string, wanted: Wanted): Promise<Brought | { readonly atime: Date; readonly mtime: Date }> {
  try {
    const found = await lstat(source)
    if (!found.isFile() || found.size !== wanted.size) return { end: 'other bytes' }
    await (await open(source)).close()
    return found
  } catch (error) {
    if (!isSystemError(error)) throw error
    return hasCode(error, 'ENOENT', 'ENOTDIR') ? { end: 'other bytes' } : { end: 'unreadable', why: describe(error) }
  }
}

async function copied(source: string, draft: string): Promise<SystemError | undefined> {
  try {
    await copyFile(source, draft, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    return undefined
  } catch (error) {
    if (isSystemError(error)) return error
    throw error
  }
}

/** A copy failed on one of two disks. If the vault's file can be read to its end, it was the other one. */
async function blamed(
  error: SystemError,
  { source, root, wanted }: { readonly source: string; readonly root: string; readonly wanted: Wanted },
): Promise<Brought> {
  if (hasCode(error, ...OF_ONE_PATH)) return { end: 'refused', why: describe(error) }
  if (isFull(error) || hasCode(error, 'EROFS')) throw failedTarget(error, root)
  const isRight = await isProven(source, wanted)
  if (isRight === true) throw failedTarget(error, root)
  return isRight === false ? { end: 'other bytes' } : { end: 'unreadable', why: describe(isRight) }
}

/** Has the file these bytes? Returns the error if it cannot be read. */
export async function isProven(path: string, wanted: Wanted): Promise<boolean | SystemError> {
  try {
    const { size, md5, sha256 } = (await hashAll(createReadStream(path))).digest()
    return size === wanted.size && (wanted.sha256 === '' ? md5 === wanted.md5 : sha256 === wanted.sha256)
  } catch (error) {
    if (isSystemError(error)) return error
    throw error
  }
}

/** Gives a file a second name. False where the disk cannot: it is another one, or takes no links. */
export async function linked(source: string, draft: string): Promise<boolean> {
  try {
    await link(source, draft)
    return true
  } catch (error) {
    // A copy is tried then: it says which of the two disks is in trouble.
    if (isSystemError(error)) return false
    throw error
  }
}

/** Gives a file's bytes to a second one that shares them until one of the two is changed. False where the disk cannot. */
export async function cloned(source: string, draft: string): Promise<boolean> {
  try {
    await copyFile(source, draft, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (isSystemError(error)) return false
    throw error
  }
}

/** The time of a file is no part of it: a disk may refuse it. */
const ignored = (error: unknown): void => {
  if (!isSystemError(error)) throw error
}
