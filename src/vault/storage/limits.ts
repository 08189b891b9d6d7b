import { randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { hasCode, isSystemError } from '../system-error.ts'
import type { RootFolder } from './root-folder.ts'

const MOST = 255

/** The shortest limit that is tried, in bytes: no disk is known that takes less. */
const LEAST = 64

/**
 * Finds the length of the longest name that the disk takes, in bytes, by making files at the top of the vault. Encrypted folders take less
 * than the usual 255: eCryptfs and Synology's 143, EncFS 175. Returns 255 where no file can be made at all: the first photo then says why.
 */
export async function findLongestName(root: RootFolder): Promise<number> {
  let [fits, tooLong] = [LEAST, MOST + 1]
  for (let length = MOST; fits + 1 < tooLong; length = Math.floor((fits + tooLong) / 2)) {
    if (await canBeMade(root, length)) fits = length
    else tooLong = length
  }
  return fits
}

/**
 * Does the disk take a file of this size, in bytes? Tries it with an empty file of that size. Only the disk's own limit counts as a no: the
 * photo itself will meet any other refusal.
 */
export async function takesSize(root: RootFolder, size: number): Promise<boolean> {
  try {
    const probe = await probeOf(root, LEAST)
    try {
      await probe.handle.truncate(size)
    } finally {
      await probe.handle.close()
      await unlink(probe.file)
    }
    return true
  } catch (error) {
    if (!isSystemError(error)) throw error
    return !hasCode(error, 'EFBIG')
  }
}

async function canBeMade(root: RootFolder, length: number): Promise<boolean> {
  try {
    const { handle, file } = await probeOf(root, length)
    await handle.close()
    await unlink(file)
    return true
  } catch (error) {
    if (!isSystemError(error)) throw error
    return !hasCode(error, 'ENAMETOOLONG')
  }
}

/**
 * Makes a file with a name of `length` bytes, in the form of a partial file's: one that a crash leaves is swept away. See: [Note: partial
 * names]
 */
async function probeOf(root: RootFolder, length: number): Promise<{ readonly handle: FileHandle; readonly file: string }> {
  const tag = `.${randomBytes(4).toString('hex')}.part`
  const file = root.absolute(`.~${'x'.repeat(length - 2 - tag.length)}${tag}`)
  return { handle: await open(file, 'wx'), file }
}
