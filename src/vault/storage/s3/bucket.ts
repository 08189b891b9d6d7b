/** A bucket as the storage sees it: objects by key. Nothing here knows the library that speaks to the server. */
import type { ProxySettings } from '../../../flow/proxy.ts'

/** An object, as a listing has it. */
export interface BucketObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** The server's mark of the content, without quotation marks: the MD5 in hexadecimal of an object that was put whole and is not sealed by the server. */
  readonly etag: string
  /** The time at which the server took it, by its own clock, in milliseconds since 1970. */
  readonly modified: number
  /** Such as `GLACIER`; absent for the usual one. */
  readonly storageClass?: string
}

/** An object with the facts that were stored with it. */
export interface ObjectHead extends BucketObject, ObjectFacts {}

/** Facts that are stored with an object. */
export interface ObjectFacts {
  /** Modification time of the file, in milliseconds since 1970. rclone reads and writes the same. */
  readonly mtime?: number
  /** True when the file is for its owner only. */
  readonly isPrivate?: boolean
}

/** The options of `put`. */
export interface PutObject extends ObjectFacts {
  /** Bytes expected in all, where known. Throws when there are fewer or more. */
  readonly size?: number
  /** Their MD5 in hexadecimal, where known before: the bytes then need not be gathered. */
  readonly md5?: string
  readonly signal?: AbortSignal
}

/** The server's answer to bytes that it has taken. */
export interface Stored {
  readonly etag: string
  /** The server's time, in milliseconds since 1970; undefined when it did not say it. */
  readonly serverTime: number | undefined
}

/** One page of a listing. */
export interface Page {
  readonly objects: readonly BucketObject[]
  /** With a delimiter: the beginnings, up to and with it, that keys have in common. */
  readonly prefixes: readonly string[]
  readonly serverTime: number | undefined
}

/**
 * The objects of one bucket. Keys have at most 1,024 bytes.
 *
 * Errors: `ConfigurationError` when settings are wrong; `DestinationError` when the bucket as a whole cannot be used; `StorageError` when
 * only the one object is in trouble (its `path` is the key). All tries are used up by then. An aborted call ends with the signal's reason.
 */
export interface Bucket {
  /** For people: the bucket and its server. */
  readonly location: string

  /**
   * Stores bytes under a key, in place of those that stood there. If the stream throws, nothing has changed. The server checks an MD5 of
   * all that it gets. Bytes that are gathered here (few, or without a known MD5) are sent again after trouble; a stream with size and MD5 is
   * sent once, and its trouble is thrown.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array> | Uint8Array, options?: PutObject): Promise<Stored>

  /**
   * Reads an object from a byte on (default 0). A connection that breaks off is made anew, unless the object has changed meanwhile. `size` is that of
   * the whole object, where it is known: an answer that does not say its own length could end too early, and seem whole.
   */
  get(key: string, options?: { readonly from?: number; readonly size?: number; readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>

  /** Returns an object with its facts; undefined when there is none. */
  head(key: string): Promise<ObjectHead | undefined>

  /** Lists the keys that begin with `prefix` in their order by bytes, one request for each page. */
  list(options: { readonly prefix: string; readonly delimiter?: string; readonly signal?: AbortSignal }): AsyncIterable<Page>

  /**
   * Copies an object inside the bucket; its facts go with it, or are replaced by those given. `size` is its size in bytes: one of more than 5 GB is copied
   * part by part.
   */
  copy(from: string, to: string, how?: { readonly size?: number; readonly facts?: ObjectFacts }): Promise<Stored>

  /** Removes objects; keys without one are no trouble. */
  remove(keys: readonly string[]): Promise<void>

  /** Asks for the server's time, in milliseconds since 1970, and so proves that bucket and keys are right. */
  serverTime(): Promise<number>

  /** Removes the parts of all uploads that are not ended, up to 1,000, under keys that begin with `prefix`: call it while nobody uploads there. Returns their number. */
  sweep(prefix: string): Promise<number>

  /** Ends all connections. */
  close(): void
}

/** The settings of a bucket. */
export interface BucketOptions {
  readonly bucket: string
  /** The server's address; absent for Amazon's, or the one that its SDK knows from the machine's own settings. */
  readonly endpoint?: string
  readonly region?: string
  /** True when the bucket stands in the path of addresses, false when it stands in their host name. Default: true with an endpoint. */
  readonly pathStyle?: boolean
  readonly storageClass?: string
  /** Absent: the SDK looks for keys in its usual places. */
  readonly keys?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly proxy?: ProxySettings
  /** Tries of one request, the first counted. Default 9: about half a minute. */
  readonly tries?: number
  /** Bytes of one part of a large upload, 5 MB or more. Default 8 MB; 512 MB of a large copy. */
  readonly partSize?: number
  /** Bytes of the largest object that is copied by one request. Default 5 GB, the most that servers take. */
  readonly largestCopy?: number
  /** The most keys of one page of a listing. Default: 1,000, which is the most that servers give. */
  readonly pageSize?: number
  /** Milliseconds without a byte after which a connection counts as broken. Default one minute. */
  readonly silence?: number
}
