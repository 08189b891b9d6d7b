import type { Digest } from '../../flow/checked.ts'

/** A file or folder standing in a storage. */
export interface Entry {
  /** The last segment of the path: as the disk spells it from `list`, as the caller spelt it from `stat`. */
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
  /** Bytes. 0 for folders. */
  readonly size: number
  /**
   * The change mark of a file: the same text from `list` and from `stat` as long as the file is the same. It has no other meaning. A
   * folder's has none.
   */
  readonly mark: string
  /** Modification time in milliseconds since 1970, whole; undefined where the storage keeps no times. */
  readonly mtime: number | undefined
  /** From `list`, of a folder behind a symbolic link: the folder that it leads to, outside of the storage. */
  readonly leadsTo?: string
}

/** The rest of an interrupted `put`, to be resumed. */
export interface Partial {
  /** Bytes that stand on the disk already. */
  readonly size: number
  /** The server's name for the bytes (ETag), as given to `put`. */
  readonly validator: string
}

/** The options of `put`. */
export interface PutOptions {
  /** Modification time of the file, in milliseconds since 1970. */
  readonly mtime?: number
  /** True when only its owner may read it (mode 0600), because it holds secrets. */
  readonly isPrivate?: boolean
  /** Bytes expected in all, where known. Small files are gathered and written at once. */
  readonly size?: number
  /**
   * True for text that is made while it is written. Little of it is gathered: pieces that wait outlive the collection of young garbage, and then
   * stay in memory until the whole heap is collected.
   */
  readonly isMadeMeanwhile?: boolean
  /** Their MD5, in lower-case hexadecimal, where it is known beforehand. The stream proves it; a storage may have it proven once more. */
  readonly md5?: string
  /**
   * Makes an interrupted large file resumable: the bytes that arrived (over 8 MB) stay as a hidden partial file under this validator,
   * unless the stream ended in an `IntegrityError`: a resumed file would end the same way. With `from`, the first `from` bytes stand in the
   * partial file already and `bytes` begins after them; throws when they do not.
   *
   * Only validators that are an MD5 in lower-case hexadecimal make a file resumable (SmugMug's are: fact sheet 7.2); others are ignored.
   * After a power cut a partial file may have its size but not its bytes: resume only a file whose MD5 is promised.
   */
  readonly resumable?: { readonly validator: string; readonly from: number }
}

/** The rests of interrupted `put`s in a storage. */
export interface Partials {
  /** Returns the partial file that an interrupted resumable `put` to this path left, if any. */
  find(path: string): Promise<Partial | undefined>

  /** Reads the bytes of that partial file. */
  read(path: string): AsyncIterable<Uint8Array>

  /** Removes the partial file of an interrupted `put`. A later `put` that succeeds does so too. */
  drop(path: string): Promise<void>

  /**
   * Removes the temporary files that a killed run left in one folder (not in those below it), except for files that can be resumed or are
   * being written now. Returns their number.
   */
  sweep(folder: string): Promise<number>
}

/** The further abilities of a storage whose files are sealed: paths, sizes and bytes are those of what is in them. */
export interface Seal {
  /** Returns the path of a file as it lies on the disk or in the bucket. */
  at(path: string): string

  /**
   * Returns the digest of what is in a file. Reads the sealed bytes: those that this storage stored are known by their hash, others are
   * looked into with a private key. Throws `StorageError`: `UNREADABLE` for others where no private key is given that opens them.
   */
  digest(path: string, options?: DigestOptions): Promise<Digest>

  /** Returns the path and the digest of a file's sealed bytes, for strangers; undefined if they are not known. */
  stored(path: string): Promise<StoredFile | undefined>

  /** Is nothing known of any file? A machine that knows nothing of a vault that holds files has lost its notes. */
  knowsNothing(): boolean

  /**
   * Notes what is in sealed files that are not known yet, without reading them: `files` are the paths and digests of what is in them, `sums` the
   * lines of the checksum files, which have the sums of the sealed bytes. A file of another size than these say is left out.
   */
  learn(files: AsyncIterable<StoredFile>, sums: AsyncIterable<SumLine>): Promise<void>

  /** Returns the names of the files in a folder that are not sealed, as the last `list` found them. That did not name them: they are somebody else's. */
  unsealed(folder: string): readonly string[]

  /** Does what `Partials.sweep` does: a sealed file cannot be resumed, but a killed run leaves one that is not whole. */
  sweep(folder: string): Promise<number>
}

/** A file as it lies on the disk or in the bucket. */
export interface StoredFile extends Digest {
  readonly path: string
}

/** A line of a checksum file. */
export interface SumLine {
  readonly kind: 'md5' | 'sha256'
  readonly hash: string
  readonly path: string
}

/** The options of hashing a file. */
export interface DigestOptions {
  readonly signal?: AbortSignal | undefined
  /** Receives the number of bytes of each piece that was read. */
  readonly seen?: (bytes: number) => void
}

/** The code of a `StorageError` about sealed bytes that are not those that were stored, and that no private key at hand opens. */
export const UNREADABLE = 'UNREADABLE'

/** A storage that stores files as they are, with every ability; a question about a single file is cheap. */
export type WholeStorage = Required<Omit<Storage, 'seal' | 'listAll' | 'comesLate' | 'statesBytes'>>

/** Returns the longest name that a storage takes, in bytes of UTF-8. */
export const longestNameOf = async (storage: Storage): Promise<number> => (await storage.longestName?.()) ?? 255

/** Partial files are kept, and reported, only above this many bytes. */
export const resumableAbove = 8 * 1024 * 1024

/** Can an interrupted `put` be resumed under this validator? */
export const isResumableValidator = (validator: string): boolean => /^[0-9a-f]{32}$/.test(validator)

/**
 * A failure to store, read, move or remove one file, for a reason of its own; the storage as a whole works. `code` is the operating
 * system's: `EEXIST` (something stands there already), `ENOENT`, `EACCES`, `EIO`, `ENAMETOOLONG`…
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: string
  /** Relative to the storage's root. */
  readonly path: string
  /** True when this disk will refuse the same name, or as many bytes, every time: nothing should be fetched for it again. */
  readonly permanent: boolean
  /** Something else stands in the place of a file: no run moves it away, a person must. */
  readonly inTheWay: boolean
  /** The bytes came from a stream and could be sent once only; the same trouble passes elsewhere by itself: fetch and put them again. Its cause is the trouble as it would count otherwise. */
  readonly transient: boolean

  constructor(
    message: string,
    facts: {
      readonly code: string
      readonly path: string
      readonly cause?: unknown
      readonly inTheWay?: true
      readonly transient?: true
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = facts.code
    this.path = facts.path
    this.permanent = PERMANENT.has(facts.code)
    this.inTheWay = facts.inTheWay === true
    this.transient = facts.transient === true
  }
}

/** Codes for a name that the disk cannot hold, by its length or its bytes, and for a file that is larger than the disk can hold. */
const PERMANENT: ReadonlySet<string> = new Set(['ENAMETOOLONG', 'EILSEQ', 'EFBIG'])

/** Does a file not exist, or hold other bytes than ours? Any other trouble with reading it may pass. */
export const isNothing = ({ code, inTheWay }: StorageError): boolean => code === 'ENOENT' || code === UNREADABLE || inTheWay

/** Makes the error for something else, such as a folder, in the place of a file. */
export const otherInTheWay = (path: string, what: string, code: string): StorageError =>
  new StorageError(`${path} is ${what}, where a file should be; it is left as it is: move it away`, { code, path, inTheWay: true })

/** Makes the error for something at `at` that keeps a file from another path. Its words name that place, where a person moves it away for all files. */
export const blockedBy = (at: string, what: keyof typeof BLOCKS, { path, code }: { readonly path: string; readonly code: string }) =>
  new StorageError(`in the vault ${at} is ${BLOCKS[what]}`, { code, path, inTheWay: true })

const BLOCKS = {
  file: 'a file, where a folder should be: move that file away',
  folder: 'a folder, where a file should be: move that folder away',
  other: 'a pipe, a socket or a device, where a folder should be: move it away',
} as const

/** Makes the error for a file, a pipe, a socket or a device in the place of a folder: nothing below it can be stored or read. */
export const noFolder = (at: string, what: 'file' | 'other'): StorageError => blockedBy(at, what, { path: `${at}/`, code: 'ENOTDIR' })

/** Makes the error for a file that is larger than the disk can hold. */
export const tooLarge = (path: string, size: number | undefined): StorageError =>
  new StorageError(tooLargeText(path, size), { code: 'EFBIG', path })

/** Says that a file is larger than the disk can hold. */
export const tooLargeText = (path: string, size: number | undefined): string =>
  `${path}${size === undefined ? '' : ` (${(size / 1e6).toFixed(1)} MB)`} is larger than this disk takes a file (FAT32 takes 4 GB): use a disk with another file system (EFBIG)`

/**
 * The place of a vault's files. Paths are relative to the storage's root, with `/`, and never leave it: a path that is absolute, or has an
 * empty segment, `.`, `..` or a NUL, is a bug of the caller and throws a plain `Error`. The root itself is `''`.
 *
 * [Note: the law of put] If the byte stream throws, nothing new stands at the path, and a file that stood there is untouched. When the
 * returned promise resolves, the file is whole under its name and will survive a power cut. Implementations may group several puts to make
 * them durable together: the stream is read to its end some time before the promise resolves. Chunks belong to the storage once they are
 * yielded: the stream must not use their memory again. In any case the stream is ended or closed.
 *
 * Every storage has the core: `list` to `close`. Whatever only some can do is an ability of its own, and absent elsewhere.
 *
 * Errors: `DestinationError` when the whole storage is unusable (full, read-only, gone); `StorageError` when only the one file is in
 * trouble; errors of the byte stream are thrown as they are. Every implementation passes test/contracts/storage.contract.ts.
 */
export interface Storage {
  /** The storage's name for people: the folder's path, or an address. */
  readonly location: string

  /**
   * Lists the entries of one folder, in no order; none when there is no such folder. The storage's own partial files are left out. Symbolic
   * links and devices are `other`. A link to a folder is a `folder` where it is followed; where it is not, a path through it is refused
   * (`StorageError`, `ELOOP`). See: [Note: links to folders]
   */
  list(folder: string): Promise<readonly Entry[]>

  /** Returns the entry at the path, or undefined. */
  stat(path: string): Promise<Entry | undefined>

  /** Reads a regular file from `start` (default 0) to its end. Throws `StorageError` when there is none (`ENOENT`), or something else. */
  read(path: string, options?: { readonly start?: number; readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>

  /**
   * Stores bytes under a name. A file that stood there is replaced only when the bytes are whole. Refuses (`StorageError`) where something
   * other than a file stands: it is not ours to replace. See: [Note: the law of put]
   */
  put(path: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>

  /**
   * Gives the same bytes a second name, where nothing stands: a file that lives on its own, with the same modification time where there are
   * times. Creates folders as needed. Refuses (`StorageError`, `EEXIST`) when something stands at `to`. Durable on return.
   */
  copy(from: string, to: string): Promise<void>

  /** Removes a file; nothing happens when there is none. A power cut may bring it back. */
  remove(path: string): Promise<void>

  /** Waits until every change is durable, and releases the storage. Call nothing of it afterwards. */
  close(): Promise<void>

  // Abilities. Callers use them through abilities.ts, which knows another way where one is absent.

  /**
   * Renames a file, or a folder with everything in it, in one step; creates folders as needed. Refuses (`StorageError`, `EEXIST`) when
   * something stands at `to`, except the same file in another spelling on a disk that treats both as one. Durable on return.
   */
  rename?(from: string, to: string): Promise<void>

  /** Does what `copy` does by a hard link, where this disk can. Returns false, and changes nothing, where it cannot. */
  link?(from: string, to: string): Promise<boolean>

  /**
   * Adds text or bytes at the end of a file, making it and its folders as needed. Durable on return. Unlike `put` it changes the file in
   * place, so a crash may leave the beginning of the text. `isPrivate` makes a new file as `put` does.
   */
  append?(path: string, text: string | Uint8Array, options?: { readonly isPrivate?: boolean }): Promise<void>

  /**
   * Sets the modification time, in milliseconds since 1970, where the disk takes it: a file without its time is better than none.
   * Throws `StorageError` when there is no such file.
   */
  setMtime?(path: string, mtime: number): Promise<void>

  /** Removes the folder and its parents as long as they are empty, never the root, and never a file. Absent: there are no empty folders. */
  pruneFolders?(folder: string): Promise<void>

  /**
   * Reads the names, sizes and marks of everything at once: from then on `list` and `stat` know them. For those who will ask for most of
   * them, and hold the vault's lock or only look. Absent: every question is cheap anyway.
   */
  listAll?(signal?: AbortSignal): Promise<void>

  /**
   * True where a `put` of a process that was stopped may take effect long after another one took over. Shared files are safe from that; of records
   * and photos the next run finds it. See: [Note: generations]
   */
  readonly comesLate?: true

  /** True where the server makes a file's mark of its bytes (ETag): as long as it states the same one, they are the same. */
  readonly statesBytes?: true

  /** The rests of interrupted `put`s. Absent: there are none, and `resumable` is ignored. */
  readonly partials?: Partials

  /** Hashes a file, from its bytes on the disk; a large one beside everything else that happens. Throws as `read` does. See: `hashFile` */
  digest?(path: string, options?: DigestOptions): Promise<Digest>

  /** Present where files are sealed. See: `hashFile`, `storedFile` */
  readonly seal?: Seal

  /** The longest name that this storage takes, in bytes of UTF-8. Absent: 255. See: `longestNameOf` */
  longestName?(): Promise<number>

  /** Could the disk hold a file of this size, in bytes, if there were room? Tries it with an empty file of that size. Absent: yes. */
  takesSize?(size: number): Promise<boolean>

  /** Returns the bytes that this user may still write; undefined where the disk does not say it. Absent: unknown. */
  free?(): Promise<number | undefined>

  /** Returns the bytes of the whole disk; undefined where it does not say it. Absent: unknown. */
  size?(): Promise<number | undefined>

  /**
   * Returns the absolute path of a file, for what must have a real one to read; whether it stands there is not looked at. Undefined if nothing can
   * be there. Absent where files do not lie on this computer as they are read. See: `withLocalFile`
   */
  pathOf?(path: string): string | undefined
}
