import { lstat, unlink } from 'node:fs/promises'
import { formerPrefix, isPartialName, partialPrefix, prefixOf, resumableName, temporaryName, validatorIn } from './partial-name.ts'
import { nameOf, parentOf, pathIn } from './relative-path.ts'
import type { RootFolder } from './root-folder.ts'
import { isResumableValidator, type Partial, resumableAbove } from './storage.ts'

/** A partial file, its path relative to the root. */
export interface PartialFile extends Partial {
  readonly path: string
}

/** A bound on the folders remembered as read; an account may have any number. */
const rememberedFolders = 1000

/**
 * The known partial files: those being written now, and those that were found when their folder was read. Remembering them saves reading a
 * folder for each file that is stored in it. See: [Note: partial names]
 */
export class PartialFiles {
  readonly #root: RootFolder
  readonly #writing = new Set<string>()
  /** Paths of resumable partial files, by the path up to the tag. */
  readonly #left = new Map<string, Set<string>>()
  /** Folders of which all partial files are known, and the names of these. */
  readonly #read = new Map<string, readonly string[]>()

  constructor(root: RootFolder) {
    this.#root = root
  }

  /** Chooses the partial file (relative path) to write a target in, and reserves it until `end`. */
  begin(target: string, validator: string | undefined): { readonly path: string; readonly resumable: boolean } {
    const folder = parentOf(target)
    const name = nameOf(target)
    if (validator !== undefined && isResumableValidator(validator)) {
      const former = pathIn(folder, `${formerPrefix(name)}${validator}.part`)
      const path = this.#of(target).includes(former) ? former : pathIn(folder, resumableName(name, validator))
      if (!this.#writing.has(path)) {
        this.#writing.add(path)
        return { path, resumable: true }
      }
    }
    const path = pathIn(folder, temporaryName(name))
    this.#writing.add(path)
    return { path, resumable: false }
  }

  end(path: string): void {
    this.#writing.delete(path)
  }

  isWriting(path: string): boolean {
    return this.#writing.has(path)
  }

  /** Are all partial files of a folder known? */
  knows(folder: string): boolean {
    return this.#read.has(folder)
  }

  /** Remembers the partial files among the names of a folder. */
  noteFolder(folder: string, names: readonly string[]): void {
    const partial = names.filter(isPartialName)
    for (const name of partial) if (validatorIn(name) !== undefined) this.note(pathIn(folder, name))
    for (const oldest of this.#read.keys()) {
      if (this.#read.size < rememberedFolders) break
      this.#read.delete(oldest)
    }
    this.#read.set(folder, partial)
  }

  /** Returns the names of the partial files that stood in a folder when it was read. */
  namesIn(folder: string): readonly string[] {
    return this.#read.get(folder) ?? []
  }

  /** Forgets which folders were read, after one was moved: partial files in them may be unknown. */
  forgetFolders(): void {
    this.#read.clear()
  }

  /** Remembers a partial file that can be resumed. */
  note(path: string): void {
    const prefix = pathIn(parentOf(path), prefixOf(nameOf(path)))
    const paths = this.#left.get(prefix)
    if (paths === undefined) this.#left.set(prefix, new Set([path]))
    else paths.add(path)
  }

  /** Returns the largest known partial file of a target. */
  async find(target: string): Promise<PartialFile | undefined> {
    let best: PartialFile | undefined
    for (const path of this.#of(target)) {
      const found = await lstat(this.#root.absolute(path)).catch(() => undefined)
      const validator = validatorIn(nameOf(path))
      if (validator === undefined || !found?.isFile() || this.isWriting(path) || found.size <= resumableAbove) continue
      if (best === undefined || found.size > best.size) best = { path, size: found.size, validator }
    }
    return best
  }

  /** Removes the known partial files of a target. */
  async drop(target: string): Promise<void> {
    for (const path of this.#of(target)) if (!this.isWriting(path)) await unlink(this.#root.absolute(path)).catch(() => {})
    for (const prefix of prefixPaths(target)) this.#left.delete(prefix)
  }

  #of(target: string): readonly string[] {
    // As a rule there is none, and with small files the hashes of two names are worth saving.
    if (this.#left.size === 0) return []
    return prefixPaths(target).flatMap((prefix) => [...(this.#left.get(prefix) ?? [])])
  }
}

const prefixPaths = (target: string): readonly string[] =>
  [partialPrefix, formerPrefix].map((prefix) => pathIn(parentOf(target), prefix(nameOf(target))))
