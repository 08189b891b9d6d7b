import { close as closeFile, constants, writeFile as writeToFile } from 'node:fs'
import { link, lstat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { IntegrityError } from '../../errors.ts'
import { hasCode, isSystemError } from '../system-error.ts'
import { AcrossDisks } from './across-disks.ts'
import { Draft } from './draft.ts'
import { Entries } from './entries.ts'
import { GroupCommit } from './group-commit.ts'
import { OwnTimes } from './own-times.ts'
import type { PartialFiles } from './partial-files.ts'
import type { Doing } from './refusal.ts'
import { parentOf } from './relative-path.ts'
import { type RootFolder, refuseOther } from './root-folder.ts'
import { type PutOptions, resumableAbove, StorageError, tooLarge } from './storage.ts'

/** Bytes gathered before they are written: a small file is written at once, a large one in few calls. Fewer of text that is made meanwhile. */
const gatherSize = { usual: 1024 * 1024, madeMeanwhile: 32_768 }

/**
 * Failures of a hard link that a copy cannot mend. Every other failure becomes a copy, because disks without links refuse them with many
 * codes.
 */
const fatalForLinks = ['ENOENT', 'EEXIST', 'ENOSPC', 'EDQUOT', 'EROFS']

const writeFile = promisify(writeToFile)
const close = promisify(closeFile)

/** The facts of a file that is being written. */
type Filling = Pick<PutOptions, 'size' | 'isMadeMeanwhile'> & { readonly path: string; readonly resumable: boolean }

/**
 * The changes of a folder storage that are durable when they return. The paths have been checked. Errors are those that `Storage` promises.
 * See: [Note: the law of put]
 */
export class FolderChanges {
  readonly #root: RootFolder
  readonly #partials: PartialFiles
  readonly #commit: GroupCommit
  readonly #entries: Entries
  readonly #acrossDisks: AcrossDisks
  readonly #times = new OwnTimes()
  /** The smallest file that the disk refused as too large, in bytes. */
  #tooLarge = Number.POSITIVE_INFINITY

  constructor(root: RootFolder, partials: PartialFiles) {
    this.#root = root
    this.#partials = partials
    this.#commit = new GroupCommit(root.calls, () => root.check())
    this.#entries = new Entries(root, this.#commit)
    this.#acrossDisks = new AcrossDisks(root, {
      copyFile: (from, to) => this.#copy(from, to),
      makeFolder: (folder) => this.#entries.makeFolder(folder),
      rename: (from, to) => this.#entries.move(from, to),
    })
  }

  async put(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<void> {
    const partial = this.#partials.begin(path, options.resumable?.validator)
    const draft = this.#draft(partial.path, path, { from: options.resumable?.from ?? 0, isPrivate: options.isPrivate ?? false })
    try {
      await this.#fill(draft, bytes, { ...options, path, resumable: partial.resumable })
      const doing: Doing = { verb: 'store', path, size: draft.size, writes: true }
      await this.#root.guard(doing, () => this.#publish(draft, path, { mtime: options.mtime, replace: true }))
    } catch (error) {
      if (error instanceof StorageError && error.code === 'EFBIG') this.#tooLarge = Math.min(this.#tooLarge, options.size ?? draft.size)
      throw error
    } finally {
      this.#partials.end(partial.path)
    }
    await this.#partials.drop(path)
  }

  /** Writes the bytes as they arrive. After a failure, removes the draft or leaves it to be resumed. */
  async #fill(draft: Draft, bytes: AsyncIterable<Uint8Array>, facts: Filling): Promise<void> {
    const enough = facts.isMadeMeanwhile === true ? gatherSize.madeMeanwhile : gatherSize.usual
    let chunks: Uint8Array[] = []
    let held = 0
    let writing = false
    let looked = false
    // Looked at with the first bytes: a stream that is refused has then begun, and is closed.
    const look = async () => {
      looked = true
      await this.#refuseHopeless(facts)
    }
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
        if (!looked) await look()
        chunks.push(chunk)
        held += chunk.byteLength
        if (held >= enough) await write()
      }
      if (!looked) await look()
      await write()
    } catch (error) {
      const worthIt = facts.resumable && draft.size + held > resumableAbove
      const left = worthIt && !writing && !(error instanceof IntegrityError) && (await this.#leave(draft, chunks))
      if (!left) await draft.discard()
      throw error
    }
  }

  /**
   * Throws before the bytes are fetched when the name is too long, when another thing than a file stands there, or when the disk does not
   * take this size.
   */
  async #refuseHopeless({ path, size }: { readonly path: string; readonly size?: number }): Promise<void> {
    refuseOther(path, await this.#root.lstatTarget(path))
    if (size !== undefined && size >= this.#tooLarge) throw tooLarge(path, size)
  }

  /** Leaves the bytes that have arrived for another try. Returns false when that fails, too. */
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

  /** Gives a whole draft its name, durably. Removes the draft when that fails. */
  async #publish(draft: Draft, path: string, options: { readonly mtime: number | undefined; readonly replace: boolean }): Promise<void> {
    try {
      await this.#commit.add({
        fd: await draft.finish(options.mtime, this.#times),
        apply: () =>
          this.#entries.naming(path, async () => {
            if (!options.replace) await this.#entries.refuseTaken(path)
            await this.#entries.rename(draft.file, this.#root.absolute(path))
          }),
        folders: [this.#root.absolute(parentOf(path))],
      })
    } catch (error) {
      await draft.discard()
      throw error
    }
  }

  async move(from: string, to: string): Promise<void> {
    await this.#root.enter(parentOf(from))
    await this.#root.enter(parentOf(to))
    await this.#root.guard({ verb: 'move', path: from, writes: true }, async () => {
      // Looked at first, to distinguish it from a missing folder at the other end.
      const found = await lstat(this.#root.absolute(from))
      try {
        await this.#entries.move(from, to)
      } catch (error) {
        // A folder in the vault may be another disk.
        if (hasCode(error, 'EXDEV')) await this.#acrossDisks.move(from, to)
        else if (!(error instanceof StorageError && error.code === 'EEXIST' && (await this.#acrossDisks.finish(from, to)))) throw error
      }
      if (found.isFile()) return
      this.#partials.forgetFolders()
      this.#root.forgetFolders()
    })
  }

  /** Returns false where the disk has no hard links. */
  async link(from: string, to: string): Promise<boolean> {
    return await this.#second({ verb: 'link', path: from, writes: true }, to, () => this.#hardLink(from, to))
  }

  async copy(from: string, to: string): Promise<void> {
    await this.#second({ verb: 'copy', path: from, writes: true }, to, () => this.#copy(from, to))
  }

  async #second<T>(doing: Doing, to: string, make: () => Promise<T>): Promise<T> {
    await this.#root.enter(parentOf(doing.path))
    await this.#root.enter(parentOf(to))
    return await this.#root.guard(doing, async () => {
      refuseOther(doing.path, await lstat(this.#root.absolute(doing.path)))
      return await make()
    })
  }

  /** Returns false when the disk refuses the link, for whatever reason: if the disk is broken, the copy will fail too. */
  async #hardLink(from: string, to: string): Promise<boolean> {
    let isLinked = true
    const make = async (): Promise<void> => {
      try {
        await link(this.#root.absolute(from), this.#root.absolute(to))
      } catch (error) {
        if (!isSystemError(error) || hasCode(error, ...fatalForLinks)) throw error
        isLinked = false
      }
    }
    await this.#commit.add({
      apply: () =>
        this.#entries.naming(to, async () => {
          await this.#entries.refuseTaken(to)
          await this.#entries.inFolder(parentOf(to), make)
        }),
      folders: [this.#root.absolute(parentOf(to))],
    })
    return isLinked
  }

  async #copy(from: string, to: string): Promise<void> {
    await this.#entries.refuseTaken(to)
    const partial = this.#partials.begin(to, undefined)
    const draft = this.#draft(partial.path, to)
    try {
      const { mtimeMs } = await lstat(this.#root.absolute(from))
      await draft.copy(from)
      await this.#publish(draft, to, { mtime: Math.round(mtimeMs), replace: false })
    } catch (error) {
      await draft.discard()
      throw error
    } finally {
      this.#partials.end(partial.path)
    }
  }

  async append(path: string, text: string | Uint8Array, { isPrivate = false }: { readonly isPrivate?: boolean } = {}): Promise<void> {
    await this.#root.enter(parentOf(path))
    await this.#root.guard({ verb: 'append to', path, size: Buffer.byteLength(text), writes: true }, async () => {
      // Checked beforehand: unlike a draft, appended text cannot be taken back.
      await this.#root.check()
      const { O_WRONLY, O_APPEND, O_CREAT } = constants
      const fd = await this.#entries.inFolder(parentOf(path), () =>
        this.#root.openFile(path, O_WRONLY | O_APPEND | O_CREAT, isPrivate ? 0o600 : 0o666),
      )
      try {
        await writeFile(fd, text)
      } catch (error) {
        await close(fd)
        throw error
      }
      await this.#commit.add({ fd, apply: async () => {}, folders: [this.#root.absolute(parentOf(path))] })
    })
  }

  #draft(partial: string, target: string, options: { readonly from?: number; readonly isPrivate?: boolean } = {}): Draft {
    const { from = 0, isPrivate = false } = options
    return new Draft({
      root: this.#root,
      path: partial,
      target,
      from,
      isPrivate,
      makeFolder: () => this.#entries.makeFolder(parentOf(partial)),
    })
  }
}
