import { randomBytes } from 'node:crypto'
import { access, constants, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { freeBytes } from '../flow/disk-room.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { folder } from './kinds.ts'
import type { Surroundings } from './surroundings.ts'

/** The disk that a folder lies on. */
export interface Disk {
  /** The folder at which it is mounted. */
  readonly mount: string
  /** Absent where the system does not say. */
  readonly freeBytes: number | undefined
}

/** The state of a folder that a person named for a vault. */
export type FolderState =
  | { readonly kind: 'usable'; readonly disk: Disk /** The number of files and folders in it. */; readonly entries: number }
  | {
      readonly kind: 'absent'
      readonly disk: Disk
      /** True when it lies where disks are mounted, and none is mounted there. */
      readonly unmounted: boolean
    }
  | { readonly kind: 'refused' /** Completes "The folder … ". */; readonly reason: string }

const codeOf = (error: unknown): string => {
  if (error instanceof Error && 'code' in error && 'syscall' in error) return String(error.code)
  throw error
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by this user (EACCES)',
  EPERM: 'may not be used by this user (EPERM)',
  EROFS: 'lies on a disk that can only be read (EROFS)',
  ENOSPC: 'lies on a disk that is full (ENOSPC)',
  EDQUOT: 'lies on a disk where your share is used up (EDQUOT)',
  ENOTDIR: 'lies below a file, not a folder (ENOTDIR)',
  EEXIST: 'is not a folder (EEXIST)',
  ENAMETOOLONG: 'has a name that is too long for its disk (ENAMETOOLONG)',
  ELOOP: 'is a link that leads in a circle (ELOOP)',
}

const reasonOf = (error: unknown): string => {
  const code = codeOf(error)
  return REASONS[code] ?? `cannot be used (${code})`
}

/**
 * Returns the absolute path that a person means: `~` is the home folder, a relative path begins at the working folder, and quotation marks
 * or backslashes before blanks, as a terminal writes them when a folder is dropped on it, are taken off. Undefined when it is no path.
 */
export const meantPath = (typed: string, { home, cwd }: Surroundings, platform: NodeJS.Platform): string | undefined => {
  const bare = typed.trim().replace(/^(["'])(.*)\1$/, '$2')
  const text = platform === 'win32' ? bare : bare.replaceAll(/\\([ '"()&])/g, '$1')
  if (text === '' || /^[a-z][a-z\d+.-]+:\/\//i.test(text)) return undefined
  const isHome = text === '~' || text.startsWith('~/') || (platform === 'win32' && text.startsWith('~\\'))
  const base = isHome ? home : isAbsolute(text) ? '/' : cwd
  if (base === undefined) return undefined
  return folder.read(resolve(base, isHome ? `.${text.slice(1)}` : text))
}

/** Returns the nearest folder above a path, or the path itself, that exists. */
const nearestAbove = async (path: string): Promise<string> => {
  for (let place = path; ; place = dirname(place)) {
    const found = await realpath(place).catch((error: unknown) => {
      if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw error
      return undefined
    })
    if (found !== undefined) return found
  }
}

const diskOf = async (path: string): Promise<Disk> => {
  let mount = await nearestAbove(path)
  const { dev } = await stat(mount)
  const free = await freeBytes(mount)
  for (let above = dirname(mount); above !== mount && (await stat(above)).dev === dev; above = dirname(above)) mount = above
  return { mount, freeBytes: free }
}

/** The folders in which systems mount disks. */
const MOUNTED = /^(?:\/mnt|\/media|\/run\/media|\/Volumes)(?:\/|$)/

/**
 * Looks at a folder for a vault. With `trial` it proves that files can be made in it by making one, which it removes at once; without, it
 * believes the system, and leaves no trace at all.
 */
export const lookAtFolder = async (path: string, { trial }: { readonly trial: boolean }): Promise<FolderState> => {
  try {
    const found = await stat(path).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      return undefined
    })
    const disk = await diskOf(path)
    if (found === undefined) return { kind: 'absent', disk, unmounted: MOUNTED.test(path) && !MOUNTED.test(disk.mount) }
    if (!found.isDirectory()) return { kind: 'refused', reason: 'is a file, not a folder' }
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    if (trial) await tryOut(path)
    return { kind: 'usable', disk, entries: (await readdir(path)).length }
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error) }
  }
}

const tryOut = async (path: string): Promise<void> => {
  const file = join(path, `.${randomBytes(16).toString('hex')}.part`)
  await (await open(file, 'wx')).close()
  await rm(file)
}

/** Makes a folder and those above it. Returns the reason why it could not be made, as in `FolderState`; undefined when it is there. */
export const makeFolder = async (path: string): Promise<string | undefined> => {
  try {
    await makeFolders(path)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}
