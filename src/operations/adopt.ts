import { IntegrityError } from '../errors.ts'
import type { Emit, Problem } from '../events.ts'
import { breathe } from '../flow/breathe.ts'
import { checked } from '../flow/checked.ts'
import { noting } from '../flow/noting.ts'
import { Room } from '../flow/room.ts'
import type { Source } from '../model.ts'
import { FileClock } from '../vault/record/file-clock.ts'
import { hashFile } from '../vault/storage/abilities.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import type { Loader, OtherSource, Proof } from './backup/loader.ts'
import { Candidates } from './candidates.ts'
import { type Plain, plain, prefixed } from './plain.ts'
import { walk } from './walk-folder.ts'

/** A folder to adopt from, and the vault that takes its files. */
export interface Adoption {
  readonly folder: Storage
  readonly vault: Storage
  readonly emit: Emit
  readonly signal: AbortSignal
}

/**
 * The most bytes of files that are read at once: a disk reads few large files faster than many, and each of them takes buffers. But there are two, of any
 * size: one is hashed while the other waits for the disk.
 */
const AT_ONCE = 16 * 2 ** 20

/** Bytes that are read between two reports of the progress. */
const REPORT_EVERY = 16 * 2 ** 20

/** The bytes that are looked for. */
interface Wanted {
  readonly path: string
  readonly size: number
  readonly md5: string
}

/** The way in which a file of the folder was tried. */
type Tried =
  | { readonly kind: 'taken'; readonly md5: string; readonly proof: Proof }
  | { readonly kind: 'other'; readonly md5: string }
  /** It cannot be read, or is not as large any more. */
  | { readonly kind: 'unreadable' }

/**
 * Returns a source that never asks SmugMug: its loader copies a file with the wanted bytes from a folder elsewhere, under any name and path,
 * and returns undefined if there is none. A backup with this source is an adoption. It passes over what it cannot read in the folder, and names it.
 *
 * A file that is likely the wanted one is hashed while it is copied, and so is read once. If it is another, nothing of it stays in the vault.
 */
export async function folderSource(adoption: Adoption): Promise<OtherSource> {
  const { emit } = adoption
  emit({ event: 'phase', name: 'looking through the folder' })
  const { candidates, bytes, unreadable } = await lookThrough(adoption)
  const files = new FolderFiles(adoption, { total: bytes, unreadable })
  const load: Loader = async ({ md5, size }: Source, path) => {
    if (md5 === undefined || size === undefined || !candidates.has(size)) return undefined
    return await search(candidates, files, { path, size, md5 })
  }
  const notices = (): readonly Problem[] =>
    Array.from(unreadable, ([name, why]) => ({ kind: 'notice', name, ...prefixed('nothing of it is adopted', why) }))
  return { load, mayHave: (size) => candidates.has(size), bytes, notices }
}

/** Looks for a file with the wanted bytes, and copies it. */
async function search(candidates: Candidates, files: FolderFiles, wanted: Wanted): Promise<Proof | undefined> {
  const { size, md5 } = wanted
  const changed = new Set<string>()
  const unreadable: string[] = []
  /** Tries a file that was handed out. */
  const first = async (path: string, trial: Promise<Tried>): Promise<Tried> => {
    try {
      const tried = await trial
      if (tried.kind === 'unreadable') unreadable.push(path)
      else candidates.read(path, tried.md5)
      return tried
    } catch (error) {
      candidates.giveBack(path, { size, failed: false })
      throw error
    }
  }
  try {
    for (;;) {
      const known = candidates.having(md5).find((path) => !changed.has(path))
      const likely = known === undefined ? candidates.likely(size, wanted.path) : undefined
      const other = known === undefined && likely === undefined ? candidates.next(size) : undefined
      if (known !== undefined) {
        const tried = await files.copy(known, wanted, { again: true })
        if (tried.kind === 'taken') return tried.proof
        changed.add(known)
      } else if (likely !== undefined) {
        const tried = await candidates.during(size, first(likely, files.copy(likely, wanted, { again: false })))
        if (tried.kind === 'taken') return tried.proof
      } else if (other !== undefined) await candidates.during(size, first(other, files.hash(other, size)))
      else if (!(await candidates.more(size))) return undefined
    }
  } finally {
    for (const path of unreadable) candidates.giveBack(path, { size, failed: true })
  }
}

/** The content of a folder: its files, the sum of their bytes, and the paths that cannot be read, with the reason. */
interface FolderContent {
  readonly candidates: Candidates
  readonly bytes: number
  readonly unreadable: Map<string, Plain>
}

async function lookThrough({ folder, emit, signal }: Adoption): Promise<FolderContent> {
  const candidates = new Candidates()
  const unreadable = new Map<string, Plain>()
  let files = 0
  let bytes = 0
  for await (const file of walk(folder)) {
    if (file.kind === 'unreadable') {
      const { kind: _kind, path, ...why } = file
      unreadable.set(path, why)
      continue
    }
    candidates.add(file.path, file.size)
    files += 1
    bytes += file.size
    if (files % 1000 !== 0) continue
    signal.throwIfAborted()
    emit({ event: 'progress', done: files, unit: 'files', more: true })
    await breathe()
  }
  return { candidates, bytes, unreadable }
}

/** Reads files of the folder, and reports the bytes that are read for the first time. */
class FolderFiles {
  readonly #adoption: Adoption
  readonly #total: number
  readonly #unreadable: Map<string, Plain>
  readonly #room = new Room(AT_ONCE)
  #bytes = 0
  #reported = 0

  /** `unreadable` is kept up to date. */
  constructor(adoption: Adoption, { total, unreadable }: { readonly total: number; readonly unreadable: Map<string, Plain> }) {
    this.#adoption = adoption
    this.#total = total
    this.#unreadable = unreadable
  }

  async hash(path: string, size: number): Promise<Tried> {
    const { folder, signal } = this.#adoption
    const release = await this.#room.acquire(Math.min(size, AT_ONCE / 2), signal)
    try {
      const { md5 } = await hashFile(folder, path, { signal, seen: (bytes) => this.#count(bytes) })
      this.#report()
      this.#unreadable.delete(path)
      return { kind: 'other', md5 }
    } catch (error) {
      if (error instanceof StorageError) return this.#cannotRead(path, plain(error))
      throw error
    } finally {
      release()
    }
  }

  /**
   * Copies a file into the vault if it has the wanted bytes. Trouble of the vault is thrown. `again`: it was read before. A copy that has begun is finished, as
   * a transfer is.
   */
  async copy(path: string, { size, md5, path: to }: Wanted, { again }: { readonly again: boolean }): Promise<Tried> {
    const { folder, vault, signal } = this.#adoption
    const release = await this.#room.acquire(Math.min(size, AT_ONCE / 2), signal)
    const clock = new FileClock()
    let isTroubled = false
    const bytes = noting(folder.read(path), () => {
      isTroubled = true
    })
    const seen = (chunk: Uint8Array): void => {
      clock.see(chunk)
      if (!again) this.#count(chunk.length)
    }
    const proof = checked(bytes, { size, md5 }, { seen })
    try {
      await vault.put(to, proof.stream, { size })
      this.#report()
      this.#unreadable.delete(path)
      return { kind: 'taken', md5, proof: { ...proof.result(), captured: clock.read() } }
    } catch (error) {
      if (error instanceof IntegrityError)
        return error.expected === md5 ? { kind: 'other', md5: error.found } : this.#cannotRead(path, { reason: 'it has changed meanwhile' })
      if (isTroubled && error instanceof StorageError) return this.#cannotRead(path, plain(error))
      throw error
    } finally {
      release()
    }
  }

  #cannotRead(path: string, why: Plain): Tried {
    this.#unreadable.set(path, why)
    return { kind: 'unreadable' }
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes - this.#reported >= REPORT_EVERY) this.#report()
  }

  #report(): void {
    this.#reported = this.#bytes
    // A file may have grown since the folder was looked through.
    this.#adoption.emit({ event: 'progress', done: this.#bytes, total: Math.max(this.#bytes, this.#total), unit: 'bytes' })
  }
}
