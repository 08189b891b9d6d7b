import {
  close as closeFile,
  constants,
  fstat as fstatFile,
  fstatSync,
  lstatSync,
  mkdirSync,
  open as openFile,
  openSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { DestinationError } from '../../errors.ts'
import { codeOf, describe, hasCode, isSystemError } from '../system-error.ts'
import { FolderLinks } from './folder-links.ts'
import { type Doing, refusalOf, refusalText } from './refusal.ts'
import { parentOf } from './relative-path.ts'
import { ShortCalls } from './short-calls.ts'
import { noFolder, otherInTheWay, StorageError } from './storage.ts'

const open = promisify(openFile)
const fstat = promisify(fstatFile)
const close = promisify(closeFile)

/** Flags that open nothing through a link, and never wait for the other end of a pipe. Windows has neither. */
const SAFELY: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The folder that a storage lies in. It is never made here, and its identity is checked again: an unmounted disk leaves an empty folder in
 * its place, which must not be filled or be mistaken for an empty vault.
 */
export class RootFolder {
  /** Absolute. */
  readonly path: string
  readonly calls = new ShortCalls()
  /** Apart: the list of a large folder takes long on any disk, and says nothing of the others. */
  readonly #lists = new ShortCalls()
  readonly #looks = new ShortCalls()
  readonly #links: FolderLinks
  readonly #identity: string

  /** Throws `DestinationError` when there is no such folder. */
  constructor(path: string) {
    this.path = resolve(path)
    this.#links = new FolderLinks(this.path, this.calls)
    try {
      const found = statSync(this.path, { bigint: true })
      if (!found.isDirectory()) throw new DestinationError(`The destination ${this.path} is not a folder.`, { hint: 'Choose a folder.' })
      this.#identity = `${found.dev} ${found.ino}`
    } catch (error) {
      if (error instanceof DestinationError) throw error
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
        throw new DestinationError(`The destination ${this.path} does not exist.`, {
          hint: 'Mount the disk that it is on, or create the folder: it is not created for you, so that an unmounted disk is not mistaken for an empty one.',
          cause: error,
        })
      }
      throw new DestinationError(`The destination ${this.path} cannot be used: ${describe(error)}.`, { cause: error })
    }
  }

  /** Throws `StorageError` when a folder, or one above it, is a link that is not followed. See: [Note: links to folders] */
  async enter(folder: string): Promise<void> {
    if (!this.#links.hasEntered(folder)) await this.guard({ verb: 'look at', path: folder, writes: false }, () => this.#links.enter(folder))
  }

  /** Forgets which folders were entered, after one was moved. */
  forgetFolders(): void {
    this.#links.forget()
  }

  /** Returns the absolute path of a path below the root. */
  absolute(path: string): string {
    return path === '' ? this.path : `${this.path}/${path}`
  }

  /** Throws `DestinationError` unless the very folder that was opened still stands there. */
  async check(): Promise<void> {
    const look = { bigint: true } as const
    const found = await this.calls
      .make(
        () => statSync(this.path, look),
        () => stat(this.path, look),
      )
      .catch(() => undefined)
    if (found === undefined || `${found.dev} ${found.ino}` !== this.#identity) throw this.#gone()
  }

  /**
   * Makes a folder and those above it, as needed. Calls `made` with each folder that has a new entry. Throws `StorageError` if something else stands there.
   *
   * Blocks, for a call or two in a folder's lifetime: no other task can find the folder before `made` is called.
   */
  makeFolder(folder: string, made: (parent: string) => void): void {
    if (folder === '') {
      const found = statSync(this.path, { bigint: true, throwIfNoEntry: false })
      if (found === undefined || `${found.dev} ${found.ino}` !== this.#identity) throw this.#gone()
      return
    }
    const parent = parentOf(folder)
    // Made from the top: the root is checked before anything is made in a folder that took its place.
    this.makeFolder(parent, made)
    try {
      mkdirSync(this.absolute(folder))
      made(parent)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      const standing = statSync(this.absolute(folder), { throwIfNoEntry: false })
      if (standing?.isDirectory() === false) throw noFolder(folder, standing.isFile() ? 'file' : 'other')
    }
  }

  /** Returns the names in a folder; none when there is no such folder. */
  async names(folder: string): Promise<readonly string[]> {
    await this.enter(folder)
    const path = this.absolute(folder)
    const names = await this.guard({ verb: 'list', path: folder, writes: false }, () =>
      this.#unlessMissing(
        this.#lists.make(
          () => readdirSync(path),
          () => readdir(path),
        ),
      ),
    )
    return names ?? []
  }

  /** Returns several entries of a folder that was entered, symbolic links not followed; undefined for each that is not there. */
  async lstatAll(folder: string, names: readonly string[]): Promise<readonly (Stats | undefined)[]> {
    const paths = names.map((name) => `${this.absolute(folder)}/${name}`)
    return await this.#looks.make(
      () => paths.map((path) => lstatSync(path, { throwIfNoEntry: false })),
      () => Promise.all(paths.map((path) => lstat(path).catch(unlessMissing))),
    )
  }

  /** Returns the entry at a path, symbolic links not followed; undefined when there is none. */
  async lstat(path: string): Promise<Stats | undefined> {
    await this.enter(parentOf(path))
    return await this.guard({ verb: 'look at', path, writes: false }, async () => {
      const found = await this.#lstat(path)
      if (found === undefined) await this.check()
      return found
    })
  }

  /** Returns the same for a path that is about to be written. As a rule nothing stands there, and the vault itself is checked later. */
  async lstatTarget(path: string): Promise<Stats | undefined> {
    await this.enter(parentOf(path))
    return await this.guard({ verb: 'store', path, writes: true }, () => this.#lstat(path))
  }

  /** Returns undefined where nothing stands, as is usual for a new file: an error would cost more than the look. */
  #lstat(path: string): Promise<Stats | undefined> {
    const file = this.absolute(path)
    return this.calls
      .make(
        () => lstatSync(file, { throwIfNoEntry: false }),
        () => lstat(file),
      )
      .catch(unlessMissing)
  }

  /** Returns the entry at a path; for a link that is followed, its folder. See: [Note: links to folders] */
  async look(path: string): Promise<Stats | undefined> {
    const found = await this.lstat(path)
    if (!found?.isSymbolicLink()) return found
    const led = await this.guard({ verb: 'look at', path, writes: false }, () => this.#links.look(path))
    return typeof led === 'string' ? found : led
  }

  /** Returns the folder that a link leads to; undefined unless it was looked at, and is followed. */
  targetOf(path: string): string | undefined {
    return this.#links.targetOf(path)
  }

  /**
   * Opens a regular file, and nothing else: a pipe could be waited for without end, a link may lead out of the vault. Throws `StorageError`
   * when something else stands there, else the system's error.
   */
  async openFile(path: string, flags: number, mode = 0o666): Promise<number> {
    const file = this.absolute(path)
    if (constants.O_NOFOLLOW === undefined) refuseOther(path, await lstat(file).catch(() => undefined))
    const pooled = (): Promise<number> => open(file, flags | SAFELY, mode)
    // A file that is made may wait for the disk's journal.
    const opening = flags === constants.O_RDONLY ? this.calls.make(() => openSync(file, flags | SAFELY), pooled) : pooled()
    const fd = await opening.catch(async (error: unknown) => {
      refuseOther(path, await lstat(file).catch(() => undefined))
      throw error
    })
    try {
      const found = await this.calls.make(
        () => fstatSync(fd),
        () => fstat(fd),
      )
      refuseOther(path, found)
      return fd
    } catch (error) {
      await close(fd)
      throw error
    }
  }

  /** Returns a text that is equal for two paths to the same bytes, under any names; undefined when nothing stands there. */
  async identity(path: string): Promise<string | undefined> {
    const found = await lstat(this.absolute(path), { bigint: true }).catch(() => undefined)
    return found && `${found.dev} ${found.ino}`
  }

  /** Calls `work`, and turns the disk's errors into those that `Storage` promises. */
  async guard<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await this.#explain(error, doing)
    }
  }

  /** Returns undefined where nothing stands, after checking that the disk is still mounted: an unmounted disk is not an empty vault. */
  async #unlessMissing<T>(look: Promise<T>): Promise<T | undefined> {
    try {
      return await look
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
      await this.check()
      return undefined
    }
  }

  /** Turns a refusal of the disk into the error that `Storage` promises. Returns every other error as it is. */
  async #explain(error: unknown, doing: Doing): Promise<unknown> {
    if (!isSystemError(error)) return error
    const code = codeOf(error)
    const refusal = await refusalOf(error, doing, this.path)
    if (refusal !== undefined) return refusal
    const gone = await this.check().catch((found: unknown) => found)
    if (gone !== undefined) return gone
    return new StorageError(refusalText(code, error, doing), {
      code,
      path: doing.path,
      cause: error,
    })
  }

  #gone(): DestinationError {
    return new DestinationError(`The destination ${this.path} is gone (unmounted?).`, {
      hint: 'Mount it again and start again. Everything stored so far is kept.',
    })
  }
}

const unlessMissing = (error: unknown): undefined => {
  if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
}

/** Throws `StorageError` when the entry that was found is no regular file. */
export const refuseOther = (path: string, found: Stats | undefined): void => {
  if (found === undefined || found.isFile()) return
  const [what, code] = found.isDirectory()
    ? ['a folder', 'EISDIR']
    : found.isSymbolicLink()
      ? ['a symbolic link', 'ELOOP']
      : ['a pipe, a socket or a device', 'EINVAL']
  throw otherInTheWay(path, what, code)
}
