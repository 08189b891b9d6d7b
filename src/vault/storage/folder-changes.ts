import { open as openCallback, renameSync } from 'node:fs'
import { appendFile, link, lstat, rename, unlink } from 'node:fs/promises'
import { sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { IntegrityError } from '../../errors.ts'
import { Draft } from './draft.ts'
import { GroupCommit } from './group-commit.ts'
import type { PartialFiles } from './partial-files.ts'
import { nameOf, parentOf } from './relative-path.ts'
import { type Doing, hasCode, type RootFolder } from './root-folder.ts'
import { type PutOptions, resumableAbove, StorageError } from './storage.ts'

/** So many bytes are gathered before they are written: a small file is written at once, a large one in few calls. */
const gatherSize = 1024 * 1024

/** Why a disk may refuse a hard link and still take a copy. */
const linkRefusals = ['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']

const open = promisify(openCallback)

/**
 * The changes of a folder storage that are durable when they return. Paths have been checked.
 * Errors are those that `Storage` promises. See: [Note: the law of put]
 */
export class FolderChanges {
  readonly #root: RootFolder
  readonly #partials: PartialFiles
  readonly #commit: GroupCommit

  constructor(root: RootFolder, partials: PartialFiles) {
    this.#root = root
    this.#partials = partials
    this.#commit = new GroupCommit(root.calls, () => root.check())
  }

  async put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<void> {
    const partial = this.#partials.begin(path, options.resumable?.validator)
    const draft = this.#draft(partial.path, path, { from: options.resumable?.from ?? 0, isPrivate: options.isPrivate ?? false })
    try {
      await this.#fill(draft, bytes, { path, resumable: partial.resumable, ...(options.size !== undefined && { size: options.size }) })
      const doing: Doing = { verb: 'store', path, size: draft.size, writes: true }
      await this.#root.guard(doing, () => this.#publish(draft, path, { mtime: options.mtime, replace: true }))
    } finally {
      this.#partials.end(partial.path)
    }
    await this.#partials.drop(path)
  }

  /** Writes what arrives. When anything fails the draft is removed, or left to be resumed. */
  async #fill(draft: Draft, bytes: AsyncIterable<Uint8Array>, facts: { path: string; resumable: boolean; size?: number }): Promise<void> {
    let chunks: Uint8Array[] = []
    let held = 0
    let writing = false
    const write = async () => {
      writing = true
      const doing: Doing = { verb: 'store', path: facts.path, size: facts.size ?? draft.size + held, writes: true }
      await this.#root.guard(doing, () => draft.write(chunks))
      chunks = []
      held = 0
      writing = false
    }
    try {
      for await (const chunk of bytes) {
        chunks.push(chunk)
        held += chunk.byteLength
        if (held >= gatherSize) await write()
      }
      await write()
    } catch (error) {
      const worthIt = facts.resumable && draft.size + held > resumableAbove
      const left = worthIt && !writing && !(error instanceof IntegrityError) && (await this.#leave(draft, chunks))
      if (!left) await draft.discard()
      throw error
    }
  }

  /** Leaves what has arrived for another try. False when even that fails. */
  async #leave(draft: Draft, chunks: readonly Uint8Array[]): Promise<boolean> {
    try {
      await draft.write(chunks)
      await draft.leave()
      this.#partials.note(draft.path)
      return true
    } catch {
      return false
    }
  }

  /** Gives a whole draft its name, durably. Removes it when that fails. */
  async #publish(draft: Draft, path: string, options: { readonly mtime: number | undefined; readonly replace: boolean }): Promise<void> {
    try {
      await this.#commit.add({
        fd: await draft.finish(options.mtime),
        apply: async () => {
          if (!options.replace) await this.#refuseTaken(path)
          await this.#rename(draft.file, this.#root.absolute(path))
        },
        folders: [this.#root.absolute(parentOf(path))],
      })
    } catch (error) {
      await draft.discard()
      throw error
    }
  }

  async move(from: string, to: string): Promise<void> {
    await this.#root.guard({ verb: 'move', path: from, writes: true }, async () => {
      // Told apart from a missing folder at the other end.
      const found = await lstat(this.#root.absolute(from))
      try {
        await this.#commit.add({
          apply: async () => {
            if (!(await this.#sameEntry(from, to))) await this.#refuseTaken(to)
            await this.#inFolder(parentOf(to), () => this.#rename(this.#root.absolute(from), this.#root.absolute(to)))
          },
          folders: [this.#root.absolute(parentOf(from)), this.#root.absolute(parentOf(to))],
        })
      } catch (error) {
        // A folder in the vault may be another disk.
        if (!hasCode(error, 'EXDEV')) throw error
        await this.#copy(from, to)
        await unlink(this.#root.absolute(from))
      }
      if (found.isDirectory()) this.#partials.forgetFolders()
    })
  }

  async link(from: string, to: string, copy: boolean): Promise<'linked' | 'copied'> {
    return await this.#root.guard({ verb: copy ? 'copy' : 'link', path: from, writes: true }, async () => {
      await lstat(this.#root.absolute(from))
      if (!copy && (await this.#hardLink(from, to))) return 'linked'
      await this.#copy(from, to)
      return 'copied'
    })
  }

  async #hardLink(from: string, to: string): Promise<boolean> {
    try {
      await this.#commit.add({
        apply: async () => {
          await this.#refuseTaken(to)
          await this.#inFolder(parentOf(to), () => link(this.#root.absolute(from), this.#root.absolute(to)))
        },
        folders: [this.#root.absolute(parentOf(to))],
      })
      return true
    } catch (error) {
      if (hasCode(error, ...linkRefusals)) return false
      throw error
    }
  }

  async #copy(from: string, to: string): Promise<void> {
    await this.#refuseTaken(to)
    const partial = this.#partials.begin(to, undefined)
    const draft = this.#draft(partial.path, to)
    try {
      const { mtimeMs } = await lstat(this.#root.absolute(from))
      await draft.copy(this.#root.absolute(from))
      await this.#publish(draft, to, { mtime: Math.round(mtimeMs), replace: false })
    } catch (error) {
      await draft.discard()
      throw error
    } finally {
      this.#partials.end(partial.path)
    }
  }

  async append(path: string, text: string): Promise<void> {
    await this.#root.guard({ verb: 'append to', path, size: Buffer.byteLength(text), writes: true }, async () => {
      // Beforehand, because unlike a draft the text cannot be taken back.
      await this.#root.check()
      await this.#inFolder(parentOf(path), () => appendFile(this.#root.absolute(path), text))
      const fd = await open(this.#root.absolute(path), 'r+')
      await this.#commit.add({ fd, apply: async () => {}, folders: [this.#root.absolute(parentOf(path))] })
    })
  }

  async #refuseTaken(path: string): Promise<void> {
    if ((await this.#root.lstat(path)) === undefined) return
    throw new StorageError(`Something stands at ${path} already`, { code: 'EEXIST', path })
  }

  /**
   * Are these two spellings of one entry, as on a disk that is blind to case? Two hard links are two entries, even when a disk that
   * sees case has them side by side; so the folder is asked whether it has both names.
   */
  async #sameEntry(from: string, to: string): Promise<boolean> {
    const [a, b] = await Promise.all([this.#root.identity(from), this.#root.identity(to)])
    if (a === undefined || a !== b) return false
    if (from === to) return true
    const [inA, inB] = await Promise.all([this.#root.identity(parentOf(from)), this.#root.identity(parentOf(to))])
    if (inA !== inB) return false
    const names = await this.#root.names(parentOf(to))
    return !(names.includes(nameOf(from)) && names.includes(nameOf(to)))
  }

  #draft(partial: string, target: string, options: { readonly from?: number; readonly isPrivate?: boolean } = {}): Draft {
    const { from = 0, isPrivate = false } = options
    return new Draft({ root: this.#root, path: partial, target, from, isPrivate, makeFolder: () => this.#makeFolder(parentOf(partial)) })
  }

  #makeFolder(folder: string): void {
    this.#root.makeFolder(folder, (parent) => this.#commit.noteNewFolder(this.#root.absolute(parent)))
  }

  async #inFolder(folder: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      this.#makeFolder(folder)
      await work()
    }
  }

  /** On Windows, virus scanners and indexers hold on to a new file for a moment. */
  async #rename(from: string, to: string): Promise<void> {
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
}
