import { type Digest, Hashing } from '../../../flow/checked.ts'
import { hashFile } from '../abilities.ts'
import { checkPath } from '../relative-path.ts'
import { type DigestOptions, type Entry, type Storage, StorageError, type StoredFile, type SumLine, UNREADABLE } from '../storage.ts'
import { couldHold, open, plainSize, SealedFileError } from './age.ts'
import type { Known, KnownFile, SealIndex } from './seal-index.ts'
import { digestOf, hashed, Words } from './sealed-bytes.ts'

/** The ending of a sealed file's name. */
export const ENDING = '.age'

/** Lines of a checksum file that are kept at once. */
const LINES = 1000

/** The parts of a sealed storage. */
export interface SealedOptions {
  /** The public keys that files are sealed for: one at least. */
  readonly recipients: readonly string[]
  /** The private keys that open them. A backup needs none. */
  readonly identities?: readonly string[]
  readonly index: SealIndex
  /** False for a storage that is only looked at: the index may lack what is written meanwhile. */
  readonly mayWrite: boolean
  /** Is this a record of our own, whose words are kept in the index? A backup goes on with them, and reads no other file. */
  readonly isRecord: (path: string) => boolean
  /** Is this file left as it is, for strangers who have no key yet? */
  readonly isClear: (path: string) => boolean
}

/** Looks into the sealed files of a storage. */
export class SealedFiles {
  readonly #base: Storage
  readonly #options: SealedOptions

  constructor(base: Storage, options: SealedOptions) {
    this.#base = base
    this.#options = options
  }

  /** Returns the path of a file in the storage below. */
  at(path: string): string {
    return this.#options.isClear(path) ? path : path + ENDING
  }

  /** Describes what is in a sealed file. */
  entry(path: string, found: Entry, known: KnownFile | undefined): Entry {
    if (found.kind !== 'file') return found
    if (known === undefined || !this.#isAsNoted(path, found, known))
      return { ...found, size: plainSize(found.size, this.#options.recipients.length) }
    const more = this.#options.index.added(path, known.sealed.sha256)
    return { ...found, size: known.plain.size + more, mark: more === 0 ? found.mark : `${found.mark}+${more}` }
  }

  /**
   * Is it of the size that was stored? One of another change mark may have other bytes all the same: a caller that trusts marks compares them. A
   * file that nobody has looked at since it was stored has its mark noted now.
   */
  #isAsNoted(path: string, found: Entry, known: KnownFile): boolean {
    if (found.size !== known.sealed.size) return false
    if (known.mark === undefined) this.#options.index.mark(path, found.mark)
    return true
  }

  /** Reads what is in a file, and all that was added to it: the words of a record, if they are kept, else the file itself. */
  async *bytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { index } = this.#options
    const standing = this.#options.isRecord(path) ? await this.standing(path, signal) : undefined
    const words = standing && index.words(path, standing)
    if (words !== undefined) return yield* words
    const opened = yield* this.open(path, signal)
    // Another computer may have written the file anew, and does not know what was added here.
    if (opened !== undefined) yield* index.beyond(path, opened)
  }

  /** Returns what is known of the sealed bytes that stand at a path. Looks at them where the mark is another one. */
  async standing(path: string, signal?: AbortSignal): Promise<Known | undefined> {
    const { index } = this.#options
    const found = await this.#base.stat(this.at(path))
    if (found?.kind !== 'file') return undefined
    const known = index.file(path)
    if (known !== undefined && this.#isAsNoted(path, found, known) && (known.mark ?? found.mark) === found.mark) return known
    const { sha256 } = await hashFile(this.#base, this.at(path), { signal })
    const other = index.bySealed(sha256)
    if (other !== undefined) index.stands(path, sha256, found.mark)
    return other
  }

  /** Opens a file with a private key. Hashes both what is read and what is in it, notes it at the end, and returns it. */
  async *open(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, Known | undefined, undefined> {
    const { identities = [], index } = this.#options
    const at = this.at(path)
    const found = await this.#base.stat(at)
    const bytes = this.#base.read(at, signal === undefined ? {} : { signal })
    // Says what else stands there.
    if (found?.kind !== 'file') {
      yield* bytes
      return undefined
    }
    if (identities.length === 0) throw unreadable(path, 'is sealed, and there is no private key here that opens it')
    const [sealing, opening] = [new Hashing(), new Hashing()]
    const words = this.#options.isRecord(path) ? new Words() : undefined
    try {
      for await (const chunk of open(hashed(bytes, sealing), identities)) {
        opening.update(chunk)
        words?.add(chunk)
        yield chunk
      }
    } catch (error) {
      if (!(error instanceof SealedFileError)) throw error
      throw unreadable(path, error.message, error)
    }
    const known = { sealed: sealing.digest(), plain: opening.digest() }
    index.know(known, words?.all())
    index.stands(path, known.sealed.sha256, found.mark)
    return known
  }

  /** Returns the digest of what is in a file. See: `Seal.digest` */
  async digest(path: string, { signal, seen }: DigestOptions = {}): Promise<Digest> {
    const { index } = this.#options
    const at = this.at(path)
    const how = { signal, ...(seen !== undefined && { seen }) }
    if (at === path) return await hashFile(this.#base, path, how)
    if (index.added(path) > 0) return await digestOf(this.bytes(path, signal))
    const before = await this.#base.stat(at)
    const { sha256 } = await hashFile(this.#base, at, how)
    const known = index.bySealed(sha256)
    if (known === undefined) return await digestOf(this.open(path, signal))
    if (before !== undefined && index.file(path)?.mark !== before.mark) index.stands(path, sha256, before.mark)
    return known.plain
  }

  /** Looks into a file that is not known, as those of a vault that another machine made. Returns undefined where no key opens it. */
  async #look(path: string): Promise<KnownFile | undefined> {
    if ((this.#options.identities ?? []).length === 0) return undefined
    try {
      await this.digest(path)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
    return this.#options.index.file(path)
  }

  /** Notes files that are not known yet. See: `Seal.learn` */
  async learn(files: AsyncIterable<StoredFile>, sums: AsyncIterable<SumLine>): Promise<void> {
    const { index } = this.#options
    const lines: SumLine[] = []
    for await (const line of sums) {
      lines.push(line)
      if (lines.length >= LINES) index.takeSums(lines.splice(0))
    }
    index.takeSums(lines.splice(0))
    for await (const { path, ...plain } of files) {
      const at = this.at(path)
      const known = index.sumsOf(at)
      if (known === undefined || plain.sha256 === '' || index.file(path) !== undefined) continue
      const found = await this.#base.stat(at)
      if (found?.kind !== 'file' || !couldHold(found.size, plain.size)) continue
      index.know({ sealed: { size: found.size, ...known }, plain })
      index.stands(path, known.sha256)
    }
  }

  /** Returns the path and digest of a file's sealed bytes, if they are known. See: `Seal.stored` */
  async stored(path: string): Promise<StoredFile | undefined> {
    checkPath(path)
    if (this.#options.isClear(path)) return { path, ...(await hashFile(this.#base, path)) }
    const known = this.#options.index.file(path) ?? (await this.#look(path))
    return known && { path: this.at(path), ...known.sealed }
  }
}

const unreadable = (path: string, why: string, cause?: unknown): StorageError =>
  new StorageError(`${path}${ENDING} ${why}`, { code: UNREADABLE, path, cause })
