import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { makeFoldersSync } from '../../flow/make-folders.ts'
import { isSystemError } from '../system-error.ts'

/** The longest file that is read. A note is a few lines. */
const longest = 1024 * 1024

/** Flags that never open through a link, and never wait for the other end of a pipe. Windows has neither. */
const carefully = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Does a regular file stand here? A link to one does not count. */
export const isRegularFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true

/**
 * Reads a small file of our own. Returns undefined where no regular file stands, or one of more than 1 MB. Throws the system's error
 * otherwise.
 */
export function readSmallFile(path: string): string | undefined {
  if (!isRegularFile(path)) return undefined
  const file = openSync(path, constants.O_RDONLY | carefully)
  try {
    const { size } = fstatSync(file)
    if (!fstatSync(file).isFile() || size > longest) return undefined
    const bytes = Buffer.alloc(size)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, size, 0))
  } finally {
    closeSync(file)
  }
}

/**
 * Writes a small file of our own in place. Returns false, and changes nothing, where something other than a regular file stands, or a file
 * that has a second name elsewhere. Throws the system's error.
 */
export function writeSmallFile(path: string, text: string): boolean {
  const standing = lstatSync(path, { throwIfNoEntry: false })
  if (standing !== undefined && !standing.isFile()) return false
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | carefully, 0o666)
  try {
    const found = fstatSync(file)
    if (!found.isFile() || found.nlink > 1) return false
    ftruncateSync(file)
    writeSync(file, text)
    return true
  } finally {
    closeSync(file)
  }
}

/**
 * Replaces a small file of our own in one step, readable only by its owner: a reader sees the old text or the new one. Throws where
 * something other than a regular file stands, which stays. Makes the folders above. The system's error names the path.
 */
export function replaceSmallFile(path: string, text: string): void {
  makeFoldersSync(dirname(path), 0o700)
  const standing = lstatSync(path, { throwIfNoEntry: false })
  if (standing !== undefined && !standing.isFile()) throw new Error(`${path} is no file`)
  try {
    writeFileAtomic.sync(path, text, { mode: 0o600 })
  } catch (error) {
    // That of a call on an open file names none.
    throw isSystemError(error) ? Object.assign(error, { path }) : error
  }
}
