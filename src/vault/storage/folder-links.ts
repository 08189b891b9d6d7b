import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { OURS } from '../layout.ts'
import { hasCode, isSystemError } from '../system-error.ts'
import { parentOf } from './relative-path.ts'
import type { ShortCalls } from './short-calls.ts'
import { StorageError } from './storage.ts'

/** A bound on the folders remembered as entered; an account may have any number. */
const REMEMBERED = 1000

/**
 * The symbolic links that a vault follows.
 *
 * [Note: links to folders] A symbolic link to a folder outside the vault is followed like a folder: people keep some albums on other disks
 * that way. Not followed are links below `.smugmug-backup/`, and links to the vault or into it, to a folder that holds them, or to a folder
 * that another link leads to: a file would have two paths, and a walk would never end. For the same reason, a folder of the vault that is
 * mounted inside itself is not entered. A path behind such a link is refused with a plain sentence.
 */
export class FolderLinks {
  readonly #root: string
  /** Folders that were found to be real, or to be links that are followed, with their identities. */
  readonly #entered = new Map<string, string>()
  /** The identities of the root and of all folders above it, once they were asked for. */
  #above: ReadonlySet<string> | undefined
  /** The links that were followed, and their targets (absolute, real). */
  readonly #followed = new Map<string, string>()

  readonly #calls: ShortCalls

  /** `root` is absolute. */
  constructor(root: string, calls: ShortCalls) {
    this.#root = root
    this.#calls = calls
  }

  /** Is this known to be a folder, or a link that is followed? */
  hasEntered(folder: string): boolean {
    return folder === '' || this.#entered.has(folder)
  }

  /** Throws `StorageError` when a folder (`''` is the root), or one above it, is a link that is not followed. */
  async enter(folder: string): Promise<void> {
    if (this.hasEntered(folder)) return
    await this.enter(parentOf(folder))
    const found = await this.#calls
      .make(
        () => lstatSync(this.#absolute(folder), { bigint: true }),
        () => lstat(this.#absolute(folder), { bigint: true }),
      )
      .catch(unlessSystem)
    if (found === undefined) return
    const identity = `${found.dev} ${found.ino}`
    if (found.isSymbolicLink()) {
      const led = await this.look(folder)
      if (typeof led === 'string') throw new StorageError(led, { code: 'ELOOP', path: `${folder}/`, inTheWay: true })
    } else if (!found.isDirectory()) return
    else if (found.ino !== 0n && this.#isAround(folder, identity)) {
      throw new StorageError(`${folder} is a folder that it lies in, mounted once more, which is not followed`, {
        code: 'ELOOP',
        path: `${folder}/`,
        inTheWay: true,
      })
    }
    if (this.#entered.size >= REMEMBERED) this.#entered.clear()
    this.#entered.set(folder, identity)
  }

  /** Is this the identity of the root, of a folder above it, or of one between it and this folder? */
  #isAround(folder: string, identity: string): boolean {
    this.#above ??= new Set(upwards(realpathSync(this.#root)))
    if (this.#above.has(identity)) return true
    for (let above = parentOf(folder); above !== ''; above = parentOf(above)) {
      if (this.#entered.get(above) === identity) return true
    }
    return false
  }

  /** Forgets which folders were entered, after one was moved or removed. */
  forget(): void {
    this.#entered.clear()
  }

  /** Resolves the symbolic link at a path: returns the folder when the link is followed, else a sentence that says why it is not. */
  async look(path: string): Promise<Stats | string> {
    if (path.startsWith(`${OURS}/`)) return `${path} is a symbolic link, and none is followed inside ${OURS}`
    const target = await realpath(this.#absolute(path)).catch(unlessSystem)
    const found = target === undefined ? undefined : await stat(target).catch(unlessSystem)
    if (target === undefined || found === undefined) return `${path} is a symbolic link that leads nowhere (is its disk mounted?)`
    if (!found.isDirectory()) return `${path} is a symbolic link to a file or device, which is not followed`
    if (upwards(target).includes(identityOf(this.#root))) return `${path} is a symbolic link back into the vault, which is not followed`
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      if (upwards(await realpath(this.#absolute(folder))).includes(identityOf(target)))
        return `${path} is a symbolic link to a folder that it lies in, which is not followed`
      if (folder === '') break
    }
    const other = await this.#otherWayTo(target, path)
    if (other !== undefined) return `${path} is a symbolic link to a folder that ${other} leads to as well, which is not followed`
    this.#followed.set(path, target)
    return found
  }

  /** Returns the folder (absolute, real) that a link leads to; undefined unless it was looked at, and is followed. */
  targetOf(path: string): string | undefined {
    return this.#followed.get(path)
  }

  /** Finds another link that still leads to this folder, to one in it, or to one above it. */
  async #otherWayTo(target: string, path: string): Promise<string | undefined> {
    for (const [other, itsTarget] of this.#followed) {
      if (other === path || !(isWithin(target, itsTarget) || isWithin(itsTarget, target))) continue
      if ((await realpath(this.#absolute(other)).catch(unlessSystem)) === itsTarget) return other
      this.#followed.delete(other)
    }
    return undefined
  }

  #absolute(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`
  }
}

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)

/** Returns the identities of a folder (absolute, real) and of all folders above it. */
const upwards = (folder: string): readonly string[] => {
  const above = dirname(folder)
  return [identityOf(folder), ...(above === folder ? [] : upwards(above))]
}

const identityOf = (folder: string): string => {
  const { dev, ino } = statSync(folder, { bigint: true })
  return `${dev} ${ino}`
}

/** Returns undefined for a refusal of the system: the call that follows says why. */
const unlessSystem = (error: unknown): undefined => {
  if (!isSystemError(error) || hasCode(error, 'EIO')) throw error
  return undefined
}
