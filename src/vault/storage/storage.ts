/** A file or folder standing in a storage. */
export interface Entry {
  /** The last segment, as the disk spells it. */
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
  /** Bytes. 0 for folders. */
  readonly size: number
  /** Milliseconds since 1970, whole. */
  readonly mtime: number
}

/** What is left of an interrupted `put`, to go on with. */
export interface Partial {
  /** Bytes that stand on the disk already. */
  readonly size: number
  /** The server's name for the bytes (ETag), as given to `put`. */
  readonly validator: string
}

/** How `put` stores. */
export interface PutOptions {
  /** Modification time to give the file, in milliseconds since 1970. */
  readonly mtime?: number
  /**
   * Bytes expected in all, where known. Tells small files (gathered and written at once) from large ones.
   */
  readonly size?: number
  /**
   * Makes an interrupted large file resumable: what arrived (over 8 MB) stays as a hidden partial file under this validator.
   * With `from`, the first `from` bytes stand in the partial file already and `bytes` begins after them.
   */
  readonly resumable?: { readonly validator: string; readonly from: number }
}

/**
 * Where a vault's files lie. Paths are relative to the storage's root, with `/`, and never leave it.
 *
 * [Note: the law of put] If the byte stream throws, nothing new stands at the path, and what stood there is untouched.
 * When the returned promise resolves, the file is whole under its name and will survive a power cut.
 * Implementations may group several puts to make them durable together.
 *
 * Errors: `DestinationError` when the whole storage is unusable (full, read-only, gone); anything else is the one file's own trouble.
 * Every implementation passes test/contracts/storage.contract.ts.
 */
export interface Storage {
  /** For people: the folder's path, or an address. */
  readonly location: string

  /** The entries of one folder, in no order; empty when there is no such folder. Symbolic links and devices are `other`. */
  list(folder: string): Promise<readonly Entry[]>

  /** What stands at the path, or undefined. */
  stat(path: string): Promise<Entry | undefined>

  /** Reads a file from `start` (default 0) to its end. */
  read(path: string, options?: { readonly start?: number; readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>

  /** Stores bytes under a name, replacing what stood there only when they are whole. See: [Note: the law of put] */
  put(path: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>

  /** What an interrupted resumable `put` to this path left, if anything. */
  partial(path: string): Promise<Partial | undefined>

  /** The bytes of what `partial` tells of. */
  readPartial(path: string): AsyncIterable<Uint8Array>

  /** Forgets what an interrupted `put` left. */
  dropPartial(path: string): Promise<void>

  /** Renames; creates folders as needed. Refuses (throws) when something stands at `to`, except the same file in another spelling. Durable on return. */
  move(from: string, to: string): Promise<void>

  /** A second name for the same bytes: a hard link where the disk can, else a copy. Refuses when something stands at `to`. Durable on return. */
  link(from: string, to: string, options?: { readonly copy?: boolean }): Promise<'linked' | 'copied'>

  /** Removes a file; nothing happens when there is none. */
  remove(path: string): Promise<void>

  /** Removes the folder and its parents as long as they are empty (desktop litter does not count), never the root. */
  pruneFolders(folder: string): Promise<void>

  /** Sets the modification time, in milliseconds since 1970. */
  setMtime(path: string, mtime: number): Promise<void>

  /** Waits until everything handed over is durable, and releases what is held. */
  close(): Promise<void>
}
