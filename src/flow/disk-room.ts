import type { StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'

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
    if (!(error instanceof Error && 'syscall' in error)) throw error
    return undefined
  }
}

/** Returns the free bytes of `diskRoom`. `folder` must exist. */
export const freeBytes = async (folder: string, ask?: (path: string) => Promise<DiskSpace>): Promise<number | undefined> =>
  (await diskRoom(folder, ask))?.free

/** The numbers of a disk, in blocks of `bsize` bytes. */
type DiskSpace = Pick<StatsFs, 'bsize' | 'blocks' | 'bfree' | 'bavail'>
