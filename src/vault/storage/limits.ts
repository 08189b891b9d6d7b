import { randomBytes } from 'node:crypto'
import type { StatsFs } from 'node:fs'
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises'
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

/** A larger disk is none: network disks without numbers of their own report one. */
const LARGEST_DISK = 2 ** 60

/**
 * Returns the bytes that this user may still write to the disk of a folder, and the disk's size. Undefined where the disk reports none, or
 * numbers that cannot be: a network disk may know no better, and a disk that is really full says it itself at the first photo.
 */
export async function diskRoom(
  folder: string,
  ask: (path: string) => Promise<DiskSpace> = statfs,
): Promise<{ readonly free: number; readonly size: number } | undefined> {
  try {
    const { bsize, blocks, bfree, bavail } = await ask(folder)
    const isBelievable = bsize > 0 && bavail > 0 && bavail <= blocks && bfree <= blocks && blocks * bsize <= LARGEST_DISK
    return isBelievable ? { free: bavail * bsize, size: blocks * bsize } : undefined
  } catch (error) {
    if (!isSystemError(error)) throw error
    return undefined
  }
}

/** Returns the free bytes of `diskRoom`. */
export const freeBytes = async (folder: string, ask?: (path: string) => Promise<DiskSpace>): Promise<number | undefined> =>
  (await diskRoom(folder, ask))?.free

/** The numbers of a disk, in blocks of `bsize` bytes. */
type DiskSpace = Pick<StatsFs, 'bsize' | 'blocks' | 'bfree' | 'bavail'>

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
