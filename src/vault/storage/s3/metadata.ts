/** The names under which the facts of a file are stored with its object. */
import type { ObjectFacts } from './bucket.ts'

/** The name and form that rclone uses, in seconds, so that `rclone copy` gives files their times. */
const MTIME = 'mtime'
const PRIVATE = 'smugmug-backup-private'

/** Returns the metadata to store. */
export const metadataOf = ({ mtime, isPrivate }: ObjectFacts): Readonly<Record<string, string>> => ({
  ...(mtime !== undefined && { [MTIME]: (mtime / 1000).toFixed(3) }),
  ...(isPrivate && { [PRIVATE]: 'true' }),
})

/** Reads stored metadata: of other programs as well, which may have written anything. */
export const factsOf = (metadata: Readonly<Record<string, string>>): ObjectFacts => {
  const mtime = Math.round(Number(metadata[MTIME] ?? Number.NaN) * 1000)
  return { ...(Number.isSafeInteger(mtime) && { mtime }), ...(metadata[PRIVATE] === 'true' && { isPrivate: true }) }
}

/** Undoes the spelling of keys in a listing with `encoding-type=url`: Amazon writes a space as `+`, others as `%20`. */
export const decodeKey = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '))

/** Returns the spelling of a key in the header that names the source of a copy. */
export const encodeSource = (bucket: string, key: string): string => `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
