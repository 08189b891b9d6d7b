/** A file or folder standing in a storage. */
export interface Entry {
  /** The last segment: as the disk spells it from `list`, as it was asked for from `stat`. */
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
  /** For its owner's eyes only (mode 0600), because it holds secrets. */
  readonly isPrivate?: boolean
  /**
   * Bytes expected in all, where known. Tells small files (gathered and written at once) from large ones.
   */
  readonly size?: number
  /**
   * Makes an interrupted large file resumable: what arrived (over 8 MB) stays as a hidden partial file under this validator,
   * unless the stream ended in an `IntegrityError`, for then going on would end the same way.
   * With `from`, the first `from` bytes stand in the partial file already and `bytes` begins after them; throws when they do not.
   *
   * Only validators that are an MD5 in lower-case hexadecimal make a file resumable (SmugMug's are: fact sheet 7.2); others are ignored.
   * After a power cut a partial file may have its size but not its bytes: go on only with a file whose MD5 is promised.
   */
  readonly resumable?: { readonly validator: string; readonly from: number }
}

/** The longest name that a storage takes, in bytes of UTF-8. */
export const longestNameOf = async (storage: Storage): Promise<number> => (await storage.longestName?.()) ?? 255

/** Partial files are kept, and told of, only above this many bytes. */
export const resumableAbove = 8 * 1024 * 1024

/** Can an interrupted `put` be gone on with under this validator? */
export const isResumableValidator = (validator: string): boolean => /^[0-9a-f]{32}$/.test(validator)

/**
 * One file could not be stored, read, moved or removed, for a reason of its own; the storage as a whole works.
 * `code` is the operating system's: `EEXIST` (something stands there already), `ENOENT`, `EACCES`, `EIO`, `ENAMETOOLONG`…
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: string
  /** Relative to the storage's root. */
  readonly path: string
  /** Will this disk refuse the same name, or as many bytes, every time? Then nothing should be fetched for it again. */
  readonly permanent: boolean

  constructor(message: string, facts: { readonly code: string; readonly path: string; readonly cause?: unknown }) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = facts.code
    this.path = facts.path
    this.permanent = PERMANENT.has(facts.code)
  }
}

/** A name that the disk cannot hold, by length or by its bytes; a file that is larger than any it can hold. */
const PERMANENT: ReadonlySet<string> = new Set(['ENAMETOOLONG', 'EILSEQ', 'EFBIG'])

/** The refusal of a file that is larger than any that the disk can hold. */
export const tooLarge = (path: string, size: number | undefined): StorageError =>
  new StorageError(tooLargeText(path, size), { code: 'EFBIG', path })

/** Says that a file is larger than any that the disk can hold. */
export const tooLargeText = (path: string, size: number | undefined): string =>
  `${path}${size === undefined ? '' : ` (${(size / 1e6).toFixed(1)} MB)`} is larger than this disk takes a file (FAT32 takes 4 GB): use a disk with another file system (EFBIG)`

/**
 * Where a vault's files lie. Paths are relative to the storage's root, with `/`, and never leave it: a path that is absolute, or has
 * an empty segment, `.`, `..` or a NUL, is a bug of the caller and throws a plain `Error`. The root itself is `''`.
 *
 * [Note: the law of put] If the byte stream throws, nothing new stands at the path, and what stood there is untouched.
 * When the returned promise resolves, the file is whole under its name and will survive a power cut.
 * Implementations may group several puts to make them durable together: the stream is read to its end some time before the promise resolves.
 * Chunks belong to the storage once they are yielded: the stream must not use their memory again. Whatever happens, the stream is ended or closed.
 *
 * Errors: `DestinationError` when the whole storage is unusable (full, read-only, gone); `StorageError` when it is the one file's own
 * trouble; what the byte stream throws is rethrown as it is.
 * Every implementation passes test/contracts/storage.contract.ts.
 */
export interface Storage {
  /** For people: the folder's path, or an address. */
  readonly location: string

  /**
   * The entries of one folder, in no order; empty when there is no such folder. Partial files of the storage's own are left out.
   * Symbolic links and devices are `other`; but a link to a folder is a `folder` where it is followed, and refused (`StorageError`, `ELOOP`)
   * as a part of a path where it is not. See: [Note: links to folders]
   */
  list(folder: string): Promise<readonly Entry[]>

  /** What stands at the path, or undefined. */
  stat(path: string): Promise<Entry | undefined>

  /** Reads a regular file from `start` (default 0) to its end. Throws `StorageError` when there is none (`ENOENT`), or something else. */
  read(path: string, options?: { readonly start?: number; readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>

  /**
   * Stores bytes under a name, replacing a file that stood there only when they are whole. Refuses (`StorageError`) where something other
   * than a file stands: it is somebody's, and not ours to replace. See: [Note: the law of put]
   */
  put(path: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>

  /** What an interrupted resumable `put` to this path left, if anything. */
  partial(path: string): Promise<Partial | undefined>

  /** The bytes of what `partial` tells of. */
  readPartial(path: string): AsyncIterable<Uint8Array>

  /** Forgets what an interrupted `put` left. A later `put` that succeeds does so too. */
  dropPartial(path: string): Promise<void>

  /**
   * Removes from one folder (not from those in it) what a killed run left: temporary files that cannot be gone on with.
   * Never what is being written now. Returns how many.
   */
  sweep(folder: string): Promise<number>

  /**
   * Renames a file, or a folder with all that is in it; creates folders as needed. Refuses (`StorageError`, `EEXIST`) when something
   * stands at `to`, except the same file in another spelling on a disk that cannot tell them apart. Durable on return.
   */
  move(from: string, to: string): Promise<void>

  /**
   * A second name for the same bytes and modification time: a hard link where the disk can, else (or when `copy` is set) a copy.
   * Creates folders as needed. Refuses (`StorageError`, `EEXIST`) when something stands at `to`. Durable on return.
   */
  link(from: string, to: string, options?: { readonly copy?: boolean }): Promise<'linked' | 'copied'>

  /**
   * Adds text at the end of a file, making it and its folders as needed: for journals, a line at a time. Durable on return.
   * Unlike `put` it changes the file in place, so a crash may leave the beginning of the text.
   */
  append(path: string, text: string): Promise<void>

  /** Removes a file; nothing happens when there is none. A power cut may bring it back. */
  remove(path: string): Promise<void>

  /** Removes the folder and its parents as long as they are empty, never the root, and never a file of any kind. */
  pruneFolders(folder: string): Promise<void>

  /**
   * Sets the modification time, in milliseconds since 1970, where the disk takes it: a file without its time is better than none.
   * Throws `StorageError` when there is no such file.
   */
  setMtime(path: string, mtime: number): Promise<void>

  /** The longest name that this storage takes, in bytes of UTF-8. Absent: 255. See: `longestNameOf` */
  longestName?(): Promise<number>

  /** Could the disk hold a file of this size, in bytes, if there were room? Asked of the disk itself, with an empty file of that size. Absent: yes. */
  takesSize?(size: number): Promise<boolean>

  /** Waits until everything handed over is durable, and releases what is held. Nothing may be asked of the storage afterwards. */
  close(): Promise<void>
}
