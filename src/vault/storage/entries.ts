import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { lstat, readlink, realpath, rename, symlink, unlink } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Turns } from '../../flow/turns.ts'
import { foldName } from '../naming/safe-path.ts'
import { hasCode, isSystemError } from '../system-error.ts'
import type { GroupCommit } from './group-commit.ts'
import { nameOf, parentOf, pathIn } from './relative-path.ts'
import type { RootFolder } from './root-folder.ts'
import { StorageError } from './storage.ts'

/**
 * The entries of a vault's folders: makes and renames them, and distinguishes two spellings of one entry from two entries. Throws the
 * system's errors as they are.
 */
export class Entries {
  readonly #root: RootFolder
  readonly #commit: GroupCommit
  readonly #names = new Turns()

  constructor(root: RootFolder, commit: GroupCommit) {
    this.#root = root
    this.#commit = commit
  }

  /** Makes a folder and those above it, as needed. */
  makeFolder(folder: string): void {
    this.#root.makeFolder(folder, (parent) => this.#commit.noteNewFolder(this.#root.absolute(parent)))
  }

  /** Does work that makes an entry in a folder; where the folder is missing, makes it and does the work again. */
  async inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
      this.makeFolder(folder)
      return await work()
    }
  }

  /** Gives an entry its name, by `work`, while nothing else gets this name: the system's renaming replaces what stands there. */
  async naming<T>(path: string, work: () => Promise<T>): Promise<T> {
    return await this.#names.with([foldName(path)], work)
  }

  /** Throws `StorageError` (`EEXIST`) when something stands at the path. It stays free only within `naming`. */
  async refuseTaken(path: string): Promise<void> {
    if ((await this.#root.lstat(path)) === undefined) return
    throw new StorageError(`Something stands at ${path} already`, { code: 'EEXIST', path })
  }

  /** Renames an entry (absolute paths). Tries again on Windows, where virus scanners and indexers hold on to a new file for a moment. */
  async rename(from: string, to: string): Promise<void> {
    for (let tries = sep === '\\' ? 10 : 0; ; tries -= 1) {
      try {
        return await this.#root.calls.make(
          () => renameSync(from, to),
          () => rename(from, to),
        )
      } catch (error) {
        if (tries === 0 || !hasCode(error, 'EPERM', 'EACCES', 'EBUSY')) throw error
        await delay(50)
      }
    }
  }

  /** Renames an entry on one disk, durably. Throws `StorageError` (`EEXIST`) when another entry stands at `to`. */
  async move(from: string, to: string): Promise<void> {
    await this.#commit.add({
      apply: () => this.naming(to, () => this.#rename(from, to)),
      folders: [this.#root.absolute(parentOf(from)), this.#root.absolute(parentOf(to))],
    })
  }

  async #rename(from: string, to: string): Promise<void> {
    const isSame = await this.#sameEntry(from, to)
    if (!isSame) await this.refuseTaken(to)
    if (from === to) return
    const isLink = !isSame && (await lstat(this.#root.absolute(from))).isSymbolicLink()
    // Renames at once where the folder was just made: another task may remove it again as an empty one.
    await this.inFolder(parentOf(to), async () => {
      if (isSame) await this.#respell(from, to)
      else if (!(isLink && (await this.#moveLink(from, to)))) await this.rename(this.#root.absolute(from), this.#root.absolute(to))
    })
  }

  /** Moves a link with a relative path, so that it leads to the same folder from its new place. Returns false for every other entry. */
  async #moveLink(from: string, to: string): Promise<boolean> {
    const [source, target] = [this.#root.absolute(from), this.#root.absolute(to)]
    if (parentOf(from) === parentOf(to)) return false
    const way = await readlink(source)
    if (isAbsolute(way)) return false
    const [here, there] = await Promise.all([from, to].map((path) => realpath(this.#root.absolute(parentOf(path)))))
    if (here === undefined || there === undefined) return false
    await symlink(relative(there, resolve(here, way)), target)
    await unlink(source)
    return true
  }

  /** Gives an entry another spelling, and the folders above it, too. */
  async #respell(from: string, to: string): Promise<void> {
    await this.#respellFolders(parentOf(from), parentOf(to))
    await this.#respellName(parentOf(to), nameOf(from), nameOf(to))
  }

  /**
   * Gives the folders of a path another spelling, from the top. A folder that is one with another for a reason other than its spelling (a
   * mount) keeps its name. A folder that the disk does not rename keeps its spelling. Both are found by either.
   */
  async #respellFolders(from: string, to: string): Promise<void> {
    if (from === to) return
    await this.#respellFolders(parentOf(from), parentOf(to))
    if (nameOf(from) === nameOf(to) || foldName(nameOf(from)) !== foldName(nameOf(to))) return
    try {
      await this.#respellName(parentOf(to), nameOf(from), nameOf(to))
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }

  /** Renames in a folder, by way of another name where the disk ignores a direct renaming. */
  async #respellName(folder: string, from: string, to: string): Promise<void> {
    const [source, target] = [this.#root.absolute(pathIn(folder, from)), this.#root.absolute(pathIn(folder, to))]
    let refusal: unknown
    try {
      await this.rename(source, target)
    } catch (error) {
      if (!isSystemError(error)) throw error
      refusal = error
    }
    const wanted = to.normalize('NFC')
    if (refusal === undefined && (await this.#root.names(folder)).some((name) => name.normalize('NFC') === wanted)) return
    // The name is not hidden: after a crash, the file is found like any other.
    const between = this.#root.absolute(pathIn(folder, `renaming~${randomBytes(4).toString('hex')}`))
    await this.rename(source, between)
    try {
      await this.rename(between, target)
    } catch (error) {
      await this.rename(between, source)
      throw error
    }
  }

  /**
   * Are these two spellings of one entry, as on a disk that ignores case? Asks the folder for its names: of two names that fold to one,
   * such a disk lists only one, whatever inode numbers it gives them. Two hard links are two entries, also side by side.
   */
  async #sameEntry(from: string, to: string): Promise<boolean> {
    if (from === to) return true
    const [a, b] = await Promise.all([this.#root.identity(from), this.#root.identity(to)])
    if (a === undefined || b === undefined || !(await this.#sameFolder(parentOf(from), parentOf(to)))) return false
    if (nameOf(from) === nameOf(to)) return true
    const names = await this.#root.names(parentOf(to))
    const folded = foldName(nameOf(to))
    if (foldName(nameOf(from)) === folded && names.filter((name) => foldName(name) === folded).length === 1) return true
    return a === b && !(names.includes(nameOf(from)) && names.includes(nameOf(to)))
  }

  async #sameFolder(one: string, other: string): Promise<boolean> {
    if (one === other) return true
    const [a, b] = await Promise.all([this.#root.identity(one), this.#root.identity(other)])
    return a === b || (await this.#sameEntry(one, other))
  }
}
