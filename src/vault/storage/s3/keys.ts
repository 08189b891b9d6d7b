import { StorageError } from '../storage.ts'

/** The longest key, in bytes. */
const LONGEST_KEY = 1024

/** Returns the key of a path. Throws `StorageError` (`ENAMETOOLONG`) for one that no bucket takes. */
export function keyIn(prefix: string, path: string): string {
  const key = prefix + path
  if (Buffer.byteLength(key) <= LONGEST_KEY) return key
  throw new StorageError(`The name of ${path} is too long for a bucket, which takes ${LONGEST_KEY} bytes (ENAMETOOLONG)`, {
    code: 'ENAMETOOLONG',
    path,
  })
}

/** Could this be a segment of a path? Other programs may have made keys that no disk can hold. */
export const isName = (segment: string): boolean => segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\0')

/** Returns the change mark of an object. An ETag may consist of digits alone, and must stay a text. */
export const markOf = (etag: string): string => `"${etag}"`
