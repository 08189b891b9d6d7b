import { constants, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { access, lstat, readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { DestinationError } from '../../errors.ts'
import { parentOf } from './relative-path.ts'
import { ShortCalls } from './short-calls.ts'
import { StorageError } from './storage.ts'

/** What was being done when the disk refused, for the message. */
export interface Doing {
  /** In the infinitive: `store`, `read`, `move`. */
  readonly verb: string
  readonly path: string
  /** Bytes of the file, where known. */
  readonly size?: number
  /** Was it to change anything? A disk that cannot be read is one file's trouble, one that cannot be written is everybody's. */
  readonly writes: boolean
}

/** A failed system call, as Node reports it. */
export type SystemError = Error & { readonly code: string; readonly errno: number; readonly syscall: string }

export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

/** Is it one of these system errors? */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean => isSystemError(error) && codes.includes(error.code)

/**
 * The folder that a storage lies in. It is never made here, and known again: a disk that was unmounted, and left an empty folder
 * in its place, must not be filled or be taken for an empty vault.
 */
export class RootFolder {
  /** Absolute. */
  readonly path: string
  readonly calls = new ShortCalls()
  readonly #identity: string

  /** Throws `DestinationError` when there is no such folder. */
  constructor(path: string) {
    this.path = resolve(path)
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

  /** Absolute path of a path below the root. */
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
   * Makes a folder and those above it, as needed. Calls `made` with each folder that has a new entry.
   *
   * Blocks, for a call or two in a folder's lifetime: so no one can find the folder before `made` knows of it.
   */
  makeFolder(folder: string, made: (parent: string) => void): void {
    if (folder === '') {
      const found = statSync(this.path, { bigint: true, throwIfNoEntry: false })
      if (found === undefined || `${found.dev} ${found.ino}` !== this.#identity) throw this.#gone()
      return
    }
    const parent = parentOf(folder)
    // From the top, so that the root is looked at before anything is made in what took its place.
    this.makeFolder(parent, made)
    try {
      mkdirSync(this.absolute(folder))
      made(parent)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
  }

  /** The names in a folder, none when there is no such folder. */
  async names(folder: string): Promise<readonly string[]> {
    const names = await this.guard({ verb: 'list', path: folder, writes: false }, () => this.#unlessMissing(readdir(this.absolute(folder))))
    return names ?? []
  }

  /** What stands at a path, symbolic links not followed; undefined when nothing does. */
  async lstat(path: string): Promise<Stats | undefined> {
    return await this.guard({ verb: 'look at', path, writes: false }, () =>
      this.#unlessMissing(
        this.calls.make(
          () => lstatSync(this.absolute(path)),
          () => lstat(this.absolute(path)),
        ),
      ),
    )
  }

  /** The same for two paths that lead to the same bytes, by whatever names; undefined when nothing stands there. */
  async identity(path: string): Promise<string | undefined> {
    const found = await lstat(this.absolute(path), { bigint: true }).catch(() => undefined)
    return found && `${found.dev} ${found.ino}`
  }

  /** Lets the disk's errors out as those that `Storage` promises. */
  async guard<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await this.#explain(error, doing)
    }
  }

  /** Nothing, where nothing stands; but an unmounted disk is not an empty vault. */
  async #unlessMissing<T>(look: Promise<T>): Promise<T | undefined> {
    try {
      return await look
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
      await this.check()
      return undefined
    }
  }

  /** Turns what the disk said into the error that `Storage` promises. Errors of other origin come back as they are. */
  async #explain(error: unknown, doing: Doing): Promise<unknown> {
    if (!isSystemError(error)) return error
    switch (error.code) {
      case 'ENOSPC':
      case 'EDQUOT':
        return new DestinationError(`The destination ${this.path} is full: there was no room to ${doing.verb} ${label(doing)}.`, {
          hint: 'Make room, or choose another destination. Everything stored so far is kept, and the next run goes on from here.',
          cause: error,
        })
      case 'EROFS':
        return new DestinationError(`The destination ${this.path} is read-only: could not ${doing.verb} ${label(doing)}.`, {
          hint: 'Mount it writable. A disk with errors may have been made read-only by the system: check it first.',
          cause: error,
        })
      case 'EIO':
        if (!doing.writes) break
        return this.#unreachable(error, doing)
      case 'ENODEV':
      case 'ENXIO':
      case 'ESTALE':
      case 'ENOTCONN':
      case 'EHOSTDOWN':
        return this.#unreachable(error, doing)
      case 'EACCES':
      case 'EPERM':
        if (doing.writes && !(await this.#writable())) {
          return new DestinationError(`The destination ${this.path} may not be written: ${describe(error)}.`, {
            hint: 'Give the user that runs this program the right to write there.',
            cause: error,
          })
        }
    }
    const gone = await this.check().catch((found: unknown) => found)
    if (gone !== undefined) return gone
    return new StorageError(`Could not ${doing.verb} ${doing.path}: ${describe(error)}`, {
      code: error.code,
      path: doing.path,
      cause: error,
    })
  }

  async #writable(): Promise<boolean> {
    return access(this.path, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    )
  }

  #gone(): DestinationError {
    return new DestinationError(`The destination ${this.path} is gone (unmounted?).`, {
      hint: 'Mount it again and start again. Everything stored so far is kept.',
    })
  }

  #unreachable(error: SystemError, doing: Doing): DestinationError {
    return new DestinationError(
      `The destination ${this.path} does not answer: could not ${doing.verb} ${label(doing)}: ${describe(error)}.`,
      {
        hint: 'Check the disk and its cable, or the network. Everything stored so far is kept.',
        cause: error,
      },
    )
  }
}

const label = (doing: Doing): string => (doing.size === undefined ? doing.path : `${doing.path} (${(doing.size / 1e6).toFixed(1)} MB)`)

/** The system's own words, such as `permission denied (EACCES)`. */
const describe = (error: unknown): string => {
  if (!isSystemError(error)) return String(error)
  return `${getSystemErrorMessage(error.errno) ?? 'unknown error'} (${error.code})`
}
