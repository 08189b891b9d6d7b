import { createHash } from 'node:crypto'
import { close as closeFile, constants, read as readFile, type Stats } from 'node:fs'
import { lstat, readdir, readlink, rename, rmdir, symlink, unlink, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { hasCode } from '../system-error.ts'
import { temporaryName } from './partial-name.ts'
import { parentOf, pathIn } from './relative-path.ts'
import type { RootFolder } from './root-folder.ts'
import { StorageError } from './storage.ts'

const read = promisify(readFile)
const close = promisify(closeFile)

/** Bytes compared at once. */
const PIECE = 1024 * 1024

/** Steps of a move that are durable when they return. */
export interface DurableSteps {
  /** Makes a copy of a file under a path where nothing stands. */
  readonly copyFile: (from: string, to: string) => Promise<void>
  /** Makes a folder, where there is none. */
  readonly makeFolder: (folder: string) => void
  /** Renames a folder on one disk. */
  readonly rename: (from: string, to: string) => Promise<void>
}

/**
 * Moves files and folders between disks, because a part of a vault may be another disk. Everything is copied and compared before anything
 * is removed. A folder is gathered under a temporary name; after an interruption, the next move finds it again and copies only the rest.
 * Throws the system's errors as they are.
 */
export class AcrossDisks {
  readonly #root: RootFolder
  readonly #steps: DurableSteps

  constructor(root: RootFolder, steps: DurableSteps) {
    this.#root = root
    this.#steps = steps
  }

  /** Moves the file or folder at `from` to `to`, where nothing stands. */
  async move(from: string, to: string): Promise<void> {
    const found = await this.#lstat(from)
    if (found?.isDirectory()) {
      const gathered = pathIn(parentOf(to), `moving~${createHash('sha256').update(`${from}\0${to}`).digest('hex').slice(0, 16)}`)
      await this.#gather(from, gathered)
      await this.#steps.rename(gathered, to)
    } else await this.#copy(from, to)
    await this.#remove(from)
  }

  /**
   * Finishes a move between disks that was interrupted after the copy: removes the entry at `from` when the same bytes stand at `to`.
   * Returns false, and changes nothing, when both are on one disk or differ.
   */
  async finish(from: string, to: string): Promise<boolean> {
    if (!(await this.#isCopied(from, to)) || !(await this.#isApart(parentOf(from), parentOf(to)))) return false
    await this.#remove(from)
    return true
  }

  /** Does the disk refuse to rename between these folders? Tries it out, because a disk that is mounted twice has one number. */
  async #isApart(one: string, other: string): Promise<boolean> {
    const name = temporaryName('apart')
    const [here, there] = [this.#root.absolute(pathIn(one, name)), this.#root.absolute(pathIn(other, name))]
    if (one === other) return false
    await writeFile(here, '', { flag: 'wx' })
    try {
      await rename(here, there)
    } catch (error) {
      await unlink(here)
      if (hasCode(error, 'EXDEV')) return true
      throw error
    }
    await unlink(there)
    return false
  }

  /** Copies a folder, except for files that an earlier try copied. */
  async #gather(from: string, to: string): Promise<void> {
    this.#steps.makeFolder(to)
    const names = await this.#names(from)
    // The source is whole until its copy has its name: copies of files that have left the source since are removed.
    for (const name of await this.#names(to)) if (!names.includes(name)) await this.#remove(pathIn(to, name))
    for (const name of names) {
      const [source, target] = [pathIn(from, name), pathIn(to, name)]
      if ((await this.#lstat(source))?.isDirectory()) await this.#gather(source, target)
      else if (!(await this.#isCopied(source, target))) {
        await this.#remove(target)
        await this.#copy(source, target)
      }
    }
  }

  async #copy(from: string, to: string): Promise<void> {
    const found = await this.#lstat(from)
    if (found?.isSymbolicLink()) await symlink(await readlink(this.#root.absolute(from)), this.#root.absolute(to))
    else await this.#steps.copyFile(from, to)
    if (!(await this.#isCopied(from, to)))
      throw new StorageError(`Could not move ${from}: its copy at ${to} has other bytes`, { code: 'EIO', path: from })
  }

  /** Does everything at `from` stand at `to` too, byte for byte? */
  async #isCopied(from: string, to: string): Promise<boolean> {
    const [source, target] = await Promise.all([this.#lstat(from), this.#lstat(to)])
    if (source === undefined || target === undefined) return false
    if (source.isDirectory()) {
      if (!target.isDirectory()) return false
      for (const name of await this.#names(from)) if (!(await this.#isCopied(pathIn(from, name), pathIn(to, name)))) return false
      return true
    }
    if (source.isSymbolicLink()) {
      return target.isSymbolicLink() && (await readlink(this.#root.absolute(from))) === (await readlink(this.#root.absolute(to)))
    }
    return source.isFile() && target.isFile() && source.size === target.size && (await this.#sameBytes(from, to))
  }

  async #sameBytes(from: string, to: string): Promise<boolean> {
    const source = await this.#root.openFile(from, constants.O_RDONLY)
    try {
      const target = await this.#root.openFile(to, constants.O_RDONLY)
      try {
        for (let position = 0; ; ) {
          const piece = (fd: number) => read(fd, Buffer.allocUnsafe(PIECE), 0, PIECE, position)
          const [a, b] = await Promise.all([piece(source), piece(target)])
          // A disk may return fewer bytes than asked for.
          const length = Math.min(a.bytesRead, b.bytesRead)
          if (length === 0) return a.bytesRead === b.bytesRead
          if (!a.buffer.subarray(0, length).equals(b.buffer.subarray(0, length))) return false
          position += length
        }
      } finally {
        await close(target)
      }
    } finally {
      await close(source)
    }
  }

  async #remove(path: string): Promise<void> {
    const found = await this.#lstat(path)
    if (found === undefined) return
    if (!found.isDirectory()) return await unlink(this.#root.absolute(path))
    for (const name of await this.#names(path)) await this.#remove(pathIn(path, name))
    await rmdir(this.#root.absolute(path))
  }

  async #names(folder: string): Promise<readonly string[]> {
    return await readdir(this.#root.absolute(folder))
  }

  async #lstat(path: string): Promise<Stats | undefined> {
    return await lstat(this.#root.absolute(path)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
      return undefined
    })
  }
}
