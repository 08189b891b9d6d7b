import { sep } from 'node:path'

/**
 * Refuses what is no path of a storage (see `Storage`): such a path can only come from a bug, because names are made legal long before.
 * `''` is the root, and allowed only where a folder is meant.
 */
export const checkFolder = (folder: string): void => {
  if (folder !== '') checkPath(folder)
}

/** The same for a path that names something below the root. */
export const checkPath = (path: string): void => {
  if (path.includes('\0')) throw illegal(path, 'a NUL character')
  if (sep === '\\' && path.includes(sep)) throw illegal(path, 'a backslash')
  for (const segment of path.split('/')) {
    if (segment === '') throw illegal(path, 'an empty segment')
    if (segment === '.' || segment === '..') throw illegal(path, `the segment ${segment}`)
  }
}

/** The folder that a path lies in, `''` for the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** The last segment of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The path of a name in a folder, `''` being the root. */
export const pathIn = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

const illegal = (path: string, what: string): Error => new Error(`Not a path inside a storage: ${JSON.stringify(path)} has ${what}`)
