import { sep } from 'node:path'

/**
 * Throws when this is no path of a storage (see `Storage`). Names are made legal long before, so such a path is a bug. `''` is the root,
 * and allowed only for a folder.
 */
export const checkFolder = (folder: string): void => {
  if (folder !== '') checkPath(folder)
}

/** Throws when this is no path below the root. */
export const checkPath = (path: string): void => {
  if (path.includes('\0')) throw illegal(path, 'a NUL character')
  if (sep === '\\' && path.includes(sep)) throw illegal(path, 'a backslash')
  for (const segment of path.split('/')) {
    if (segment === '') throw illegal(path, 'an empty segment')
    if (segment === '.' || segment === '..') throw illegal(path, `the segment ${segment}`)
  }
}

/** Returns the folder that a path lies in, `''` for the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** Returns the last segment of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Returns the path of a name in a folder, `''` being the root. */
export const pathIn = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

const illegal = (path: string, what: string): Error => new Error(`Not a path inside a storage: ${JSON.stringify(path)} has ${what}`)
