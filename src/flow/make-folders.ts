import { mkdirSync, type Stats, statSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * [Note: one try a folder] Node's own way (`recursive: true`) never ends where the system answers that there is no such place, as below
 * `/proc`: it takes that for a missing folder above, makes sure of that one, and tries again. Here each missing folder is tried once, from the top.
 */

/**
 * Makes a folder and those above it that are missing, with the mode if one is given. Returns the highest folder that was made; undefined if
 * all were there. Throws the system's error where one cannot be made; those above it stay.
 */
export async function makeFolders(folder: string, mode?: number): Promise<string | undefined> {
  if (await isFolder(folder)) return undefined
  const missing = [folder]
  for (let path = dirname(folder); path !== dirname(path) && (await standing(path)) === undefined; path = dirname(path)) missing.push(path)
  let highest: string | undefined
  for (const path of missing.reverse()) {
    try {
      await mkdir(path, mode)
      highest ??= path
    } catch (error) {
      // Another run may have made it in the meantime.
      if (!(await isFolder(path))) throw error
    }
  }
  return highest
}

/** Does the same as `makeFolders`, and blocks meanwhile. */
export function makeFoldersSync(folder: string, mode?: number): string | undefined {
  if (isFolderSync(folder)) return undefined
  const missing = [folder]
  for (let path = dirname(folder); path !== dirname(path) && standingSync(path) === undefined; path = dirname(path)) missing.push(path)
  let highest: string | undefined
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path, mode)
      highest ??= path
    } catch (error) {
      if (!isFolderSync(path)) throw error
    }
  }
  return highest
}

const isFolder = async (path: string): Promise<boolean> => (await standing(path))?.isDirectory() === true

const isFolderSync = (path: string): boolean => standingSync(path)?.isDirectory() === true

const standing = async (path: string): Promise<Stats | undefined> => {
  try {
    return await stat(path)
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return undefined
  }
}

const standingSync = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false })
