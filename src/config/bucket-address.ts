/** A place in a bucket, as `destination = "s3://bucket/prefix"` names it. */
export interface BucketAddress {
  readonly bucket: string
  /** The beginning of all keys, without a slash at its end; empty for the whole bucket. */
  readonly prefix: string
}

/** Keys have 1,024 bytes at most: a longer prefix would leave too few for albums and names. */
const LONGEST_PREFIX = 255

/** Does a text name a bucket, rightly or not? Then it is no folder. */
export const isBucketAddress = (text: string): boolean => /^s3:/i.test(text)

/**
 * Reads `s3://bucket/prefix`. The prefix is taken literally (`%20` is no space); a slash at its end makes no difference. Undefined when the
 * bucket's name is none that S3 allows, or the prefix could not be a folder on a disk.
 */
export const readBucketAddress = (text: string): BucketAddress | undefined => {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text) ?? []
  if (!isBucketName(bucket)) return undefined
  const prefix = path.replace(/\/$/, '')
  if (prefix === '') return path === '' ? { bucket, prefix } : undefined
  return prefix.split('/').every(isSegment) && Buffer.byteLength(prefix) <= LONGEST_PREFIX && prefix.isWellFormed()
    ? { bucket, prefix }
    : undefined
}

const isBucketName = (name: string): boolean =>
  /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(name) && !/\.\.|\.-|-\./.test(name) && !/^\d+\.\d+\.\d+\.\d+$/.test(name)

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const isSegment = (segment: string): boolean => !/^\.{0,2}$|[\u0000-\u001f\u007f\\]/.test(segment)
