import {
  close as closeFile,
  constants,
  fstat as fstatFile,
  fstatSync,
  futimes as futimesFile,
  futimesSync,
  open as openFile,
  read as readFile,
  writev as writevFile,
} from 'node:fs'
import { copyFile, unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { hasCode, isSystemError } from '../system-error.ts'
import { flushFile } from './group-commit.ts'
import type { OwnTimes } from './own-times.ts'
import type { RootFolder } from './root-folder.ts'
import { StorageError } from './storage.ts'

// Plain descriptors: file handles cost a fifth more time for small files.
const open = promisify(openFile)
const read = promisify(readFile)
const writev = promisify(writevFile)
const fstat = promisify(fstatFile)
const futimes = promisify(futimesFile)
const close = promisify(closeFile)

/** A larger file is flushed before it joins a group, or the whole group would wait for it. */
const flushedAlone = 4 * 1024 * 1024

/** Bytes copied at once. */
const copySize = 1024 * 1024

/** The place of a draft, and the bytes that it has already. */
export interface DraftPlace {
  readonly root: RootFolder
  /** The hidden file, relative to the root. */
  readonly path: string
  /** The path that it is written for. */
  readonly target: string
  /** Bytes that stand in it already; 0 makes a new file. */
  readonly from: number
  /** True when only its owner may read it. */
  readonly isPrivate: boolean
  /** Makes the folder that it lies in. */
  readonly makeFolder: () => void
}

/**
 * A file that is being written: under a hidden name until it is whole. Nothing is on the disk before the first write. Throws the system's
 * errors as they are.
 */
export class Draft {
  /** The hidden file, absolute. */
  readonly file: string
  /** The hidden file, relative to the root. */
  readonly path: string
  readonly #place: DraftPlace
  #fd: number | undefined
  #size: number
  /** True when there is a file to discard. */
  #exists: boolean

  constructor(place: DraftPlace) {
    this.file = place.root.absolute(place.path)
    this.path = place.path
    this.#place = place
    this.#size = place.from
    this.#exists = place.from > 0
  }

  /** Bytes in the file so far. */
  get size(): number {
    return this.#size
  }

  /** Appends, with one system call as a rule. */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#fd ??= await this.#open()
    // The system takes at most 1,024 pieces, and copying is cheaper than writing many small ones.
    let rest = chunks.length > 64 ? [Buffer.concat(chunks)] : chunks
    while (rest.length > 0) {
      const { bytesWritten } = await writev(this.#fd, rest, this.#size)
      this.#size += bytesWritten
      rest = without(rest, bytesWritten)
    }
  }

  /** Copies the bytes of another file (relative path), sharing them where the disk can. */
  async copy(source: string): Promise<void> {
    const from = this.#place.root.absolute(source)
    this.#exists = true
    try {
      await this.#inFolder(() => copyFile(from, this.file, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE))
      this.#fd = await open(this.file, 'r+')
      this.#size = (await fstat(this.#fd)).size
    } catch (error) {
      if (!isSystemError(error) || hasCode(error, 'ENOENT', 'ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG')) throw error
      // The quick way also sets modes, which some disks refuse, and makes calls that others do not know.
      await this.#copyByHand(source)
    }
  }

  async #copyByHand(source: string): Promise<void> {
    await this.leave().catch(() => {})
    await unlink(this.file).catch(() => {})
    const from = await this.#place.root.openFile(source, constants.O_RDONLY)
    try {
      for (;;) {
        const { bytesRead, buffer } = await read(from, Buffer.allocUnsafe(copySize), 0, copySize, this.#size)
        await this.write([buffer.subarray(0, bytesRead)])
        if (bytesRead === 0) return
      }
    } finally {
      await close(from)
    }
  }

  /**
   * Sets the modification time, or one that no other file of this moment has. Hands over the open file: the caller closes it.
   * See: `OwnTimes`
   */
  async finish(mtime: number | undefined, times: OwnTimes): Promise<number> {
    this.#fd ??= await this.#open()
    const fd = this.#fd
    const { calls } = this.#place.root
    const standing =
      mtime ??
      Math.round(
        (
          await calls.make(
            () => fstatSync(fd),
            () => fstat(fd),
          )
        ).mtimeMs,
      )
    const wanted = mtime ?? times.next(standing)
    if (mtime !== undefined || wanted !== standing) {
      // A Date, because Node takes a negative number for the current time.
      const time = new Date(wanted)
      await tolerated(
        calls.make(
          () => futimesSync(fd, time, time),
          () => futimes(fd, time, time),
        ),
      )
    }
    if (this.#size > flushedAlone) await flushFile(fd)
    this.#fd = undefined
    return fd
  }

  /** Closes the file and leaves it in place, to be resumed. */
  async leave(): Promise<void> {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) await close(fd)
  }

  /** Removes the file. Never throws: the error that came before is the one that counts. */
  async discard(): Promise<void> {
    await this.leave().catch(() => {})
    if (this.#exists) await unlink(this.file).catch(() => {})
  }

  async #open(): Promise<number> {
    if (this.#place.from > 0) return this.#reopen()
    this.#exists = true
    const mode = this.#place.isPrivate ? 0o600 : 0o666
    // Made in the thread pool although it is short: while the disk writes its journal, creating a file waits for it.
    const create = (): Promise<number> => open(this.file, 'wx', mode)
    return this.#inFolder(async () => {
      try {
        return await create()
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error
        // A file that an earlier run left under the same validator is begun anew.
        await unlink(this.file)
        return await create()
      }
    })
  }

  async #reopen(): Promise<number> {
    const { target: path, from } = this.#place
    const fd = await this.#place.root.openFile(this.path, constants.O_RDWR)
    const { size } = await fstat(fd)
    if (size === from) return fd
    await close(fd)
    throw new StorageError(`Could not go on with ${path}: its partial file has ${size} bytes, not ${from}`, { code: 'EINVAL', path })
  }

  /** Makes the folder only when it is missing, and again when it is pruned in between. */
  async #inFolder<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 3; ; tries -= 1) {
      try {
        return await work()
      } catch (error) {
        if (tries === 0 || !hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
        this.#place.makeFolder()
      }
    }
  }
}

/** Returns the chunks that remain after the first bytes have been written. */
const without = (chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] => {
  let index = 0
  let skip = written
  for (let chunk = chunks[0]; chunk !== undefined && chunk.byteLength <= skip; chunk = chunks[index]) {
    skip -= chunk.byteLength
    index += 1
  }
  const [first, ...others] = chunks.slice(index)
  return first === undefined ? [] : [first.subarray(skip), ...others]
}

/**
 * Waits for a file's time to be set. Disks refuse that with many codes (another user's disk, a date before 1980, a network), and a file
 * without its time is better than no file. A broken disk reports it at the next call.
 */
export const tolerated = async (settingTime: Promise<void>): Promise<void> => {
  try {
    await settingTime
  } catch (error) {
    if (!isSystemError(error) || hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
  }
}
