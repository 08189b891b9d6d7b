import { breathe } from '../flow/breathe.ts'
import { inHome } from './home/home.ts'
import { splitPath } from './layout.ts'
import { hashFile, pruneFolders } from './storage/abilities.ts'
import { type Storage, StorageError } from './storage/storage.ts'
import type { TextFile } from './text-file.ts'
import { TwinDatabase } from './twin-database.ts'
import type { Vault } from './vault.ts'
import { isNamedByHash, schemaOf, type Writer } from './written-schema.ts'

/** Receives the paths of files that could not be written or removed, each with the reason. */
export type Refused = (path: string, reason: string, more?: { readonly needsYou: true }) => void

/** A remembered file that is not as it was written. `touched` means another size or time: its bytes may be the same. */
export interface Difference {
  readonly path: string
  readonly state: 'missing' | 'touched'
}

/** Files that are written together, and their bytes: the search text of a large year has megabytes. */
const BATCH = { files: 200, bytes: 4e6 } as const

const FOREIGN = ['a file that is not of the twin stands there: move it away, or give it another name', { needsYou: true }] as const

/**
 * Writes the files of a twin and remembers each by its hash, in the home's `twin.sqlite`. A file that stands in the way and is not
 * remembered with its hash is a person's: it is never replaced, never removed.
 *
 * A hash is noted before its file is written: after a crash between the two, the file is known by either hash.
 */
export class WrittenFiles {
  readonly #db: TwinDatabase
  readonly #storage: Storage

  private constructor(storage: Storage, db: TwinDatabase) {
    this.#storage = storage
    this.#db = db
  }

  /** Opens or makes the memory at this path: that of a twin, unless a handover is named. */
  static open(storage: Storage, path: string, writer: Writer = 'twin'): WrittenFiles {
    return new WrittenFiles(storage, TwinDatabase.open(schemaOf(path, writer)))
  }

  /** Opens the memory of a vault's twin, or the one at a path, to look into it, and to note doubts; undefined if there is none. */
  static look(vault: Pick<Vault, 'storage' | 'home' | 'mode'>, path = inHome(vault.home, 'twinNote')): WrittenFiles | undefined {
    const db = TwinDatabase.look(schemaOf(path, 'twin'), { mayRepair: vault.mode === 'write' })
    return db && new WrittenFiles(vault.storage, db)
  }

  /**
   * Writes the files that are not there already. Files of persons, and those that the disk refuses, go to `refused` with the reason; the
   * others are written. Returns the number written.
   */
  async write(files: AsyncIterable<TextFile> | Iterable<TextFile>, refused: Refused): Promise<number> {
    let written = 0
    let batch: TextFile[] = []
    const flush = async (): Promise<void> => {
      this.#db.together(() => {
        for (const { path, sha256 } of batch) this.#expect(path, sha256)
      })
      const done: (() => void)[] = []
      await Promise.all(
        batch.map(async ({ path, bytes, sha256 }) => {
          try {
            await this.#storage.put(path, once(bytes))
            const note = await this.#standing(path, sha256)
            done.push(note)
            written += 1
          } catch (error) {
            if (!(error instanceof StorageError)) throw error
            refused(path, error.message)
          }
        }),
      )
      this.#db.together(() => {
        for (const note of done) note()
      })
      batch = []
    }
    for await (const file of files) {
      await breathe()
      const state = await this.#stateOf(file, refused)
      if (state === 'foreign') refused(file.path, ...FOREIGN)
      if (state !== 'due') continue
      batch.push(file)
      if (batch.length >= BATCH.files || batch.reduce((sum, { bytes }) => sum + bytes.length, 0) >= BATCH.bytes) await flush()
    }
    await flush()
    return written
  }

  #expect(path: string, sha256: string): void {
    this.#db.run('INSERT INTO written (path, sha256, next) VALUES (?1, ?2, ?2) ON CONFLICT (path) DO UPDATE SET next = ?2', path, sha256)
  }

  /** Looks at a file that was written. Returns the function that notes it. */
  async #standing(path: string, sha256: string): Promise<() => void> {
    const entry = await this.#storage.stat(path)
    const [size, mark] = [entry?.size ?? null, entry?.mark ?? null]
    return () =>
      this.#db.run(
        `INSERT INTO written (path, sha256, next, size, mtime) VALUES (?1, ?2, NULL, ?3, ?4)
         ON CONFLICT (path) DO UPDATE SET sha256 = ?2, next = NULL, size = ?3, mtime = ?4`,
        ...[path, sha256, size, mark],
      )
  }

  /**
   * Decides whether a file must be written: `same` if it stands there, `foreign` if something of a person's stands there, `refused` if the
   * disk does not say it.
   */
  async #stateOf({ path, sha256 }: Pick<TextFile, 'path' | 'sha256'>, refused: Refused): Promise<'due' | 'same' | 'foreign' | 'refused'> {
    try {
      const entry = await this.#storage.stat(path)
      if (entry === undefined) return 'due'
      if (entry.kind !== 'file') return 'foreign'
      const known = this.#known(path)
      if (known !== undefined && known.next === null && known.size === entry.size && known.mark === entry.mark)
        return known.sha256 === sha256 ? 'same' : 'due'
      const found = await this.#hashOf(path)
      if (found === sha256) {
        const note = await this.#standing(path, sha256)
        note()
        return 'same'
      }
      // An empty file is what a power cut leaves of one, and no person gives a file a hash for a name: these are damaged files of the twin.
      const isDamaged = known !== undefined && (entry.size === 0 || isNamedByHash(path))
      return isDamaged || this.#isWritten(found) ? 'due' : 'foreign'
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      refused(path, error.message)
      return 'refused'
    }
  }

  /**
   * Copies a file whose hash is known, as `write` does, with the time that `mtime` gives. `bytes` and `mtime` are called only if the file does
   * not stand yet. The stream must end in an error if its bytes are not those of the hash. Returns false for a file that is refused.
   */
  async copy(
    { path, sha256, mtime }: Pick<TextFile, 'path' | 'sha256'> & { mtime?(): Promise<number | undefined> },
    bytes: () => AsyncIterable<Uint8Array>,
    refused: Refused,
  ): Promise<boolean> {
    const state = await this.#stateOf({ path, sha256 }, refused)
    if (state === 'foreign') refused(path, ...FOREIGN)
    if (state !== 'due') return state === 'same'
    const at = await mtime?.()
    this.#expect(path, sha256)
    try {
      await this.#storage.put(path, bytes(), at === undefined ? {} : { mtime: at })
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      refused(path, error.message)
      return false
    }
    const note = await this.#standing(path, sha256)
    note()
    return true
  }

  /** Was this path last written whole with this hash? */
  isCurrent(path: string, sha256: string): boolean {
    const known = this.#known(path)
    return known !== undefined && known.next === null && known.sha256 === sha256
  }

  #known(path: string) {
    return this.#db.get('SELECT sha256, next, size, CAST(mtime AS TEXT) AS mark FROM written WHERE path = ?', path)
  }

  /** Did the twin write these bytes, at whatever path? A folder that is renamed takes its page along. */
  #isWritten(sha256: string | undefined): boolean {
    return sha256 !== undefined && this.#db.get('SELECT 1 FROM written WHERE sha256 = ?1 OR next = ?1', sha256) !== undefined
  }

  async #hashOf(path: string): Promise<string> {
    return (await hashFile(this.#storage, path)).sha256
  }

  /** Returns true if a path was written by a twin. */
  isOurs(path: string): boolean {
    return this.#known(path) !== undefined
  }

  /** Counts the files that are known. */
  count(): number {
    return Number(this.#db.get('SELECT COUNT(*) AS n FROM written')?.n ?? 0)
  }

  /** Returns true if nothing is remembered. */
  isEmpty(): boolean {
    return this.#db.get('SELECT 1 FROM written') === undefined
  }

  /** Does a twin's page stand at this path, although it was written for another one? */
  async isMoved(path: string): Promise<boolean> {
    try {
      return this.#isWritten(await this.#hashOf(path))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return false
    }
  }

  /** Yields every remembered path; with `besides`, those outside this folder; with `below`, those in it. */
  *paths(where: { readonly besides?: string; readonly below?: string } = {}): Generator<string> {
    const { besides, below } = where
    const [begin, end] = besides === undefined ? ['', ''] : [`${besides}/`, `${besides}0`]
    const [first, last] = below === undefined ? ['', '\u{10FFFF}'] : [`${below}/`, `${below}0`]
    // In pages: the caller may forget a path meanwhile.
    for (let after = ''; ; ) {
      const rows = this.#db.all(
        'SELECT path FROM written WHERE path > ? AND path >= ? AND path < ? AND NOT (path >= ? AND path < ?) ORDER BY path LIMIT 1000',
        ...[after, first, last, begin, end],
      )
      for (const { path } of rows) yield String(path)
      if (rows.length < 1000) return
      after = String(rows.at(-1)?.path)
    }
  }

  /** Yields the remembered files that are not as they were written. Photos are not read; a file with another time is not hashed. */
  async *differences(paths: Iterable<string>): AsyncGenerator<Difference> {
    for (const path of paths) {
      await breathe()
      const known = this.#known(path)
      try {
        const entry = await this.#storage.stat(path)
        if (entry === undefined) yield { path, state: 'missing' }
        else if (entry.kind !== 'file' || known?.next !== null || known.size !== entry.size || known.mark !== entry.mark)
          yield { path, state: 'touched' }
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        yield { path, state: 'touched' }
      }
    }
  }

  /** Is this path remembered, and does a file stand there? */
  async stands(path: string): Promise<boolean> {
    return this.isOurs(path) && (await this.#storage.stat(path))?.kind === 'file'
  }

  /** Is a file, whose size or time has changed, the one that was written all the same? */
  async isAsWritten(path: string): Promise<boolean> {
    const known = this.#known(path)
    try {
      if ((await this.#storage.stat(path))?.kind !== 'file') return false
      const found = await this.#hashOf(path)
      return known !== undefined && (found === known.sha256 || found === known.next)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return false
    }
  }

  /**
   * Removes a file if it is still as it was written, and its folder if that is empty then. A person's file stays. A file that the disk keeps
   * goes to `refused`. Returns true if it is gone.
   */
  async remove(path: string, refused: Refused = () => undefined): Promise<boolean> {
    if (!this.isOurs(path)) return false
    try {
      const isThere = (await this.#storage.stat(path)) !== undefined
      if (isThere && !(await this.isAsWritten(path))) return false
      if (isThere) await this.#storage.remove(path)
      this.#db.run('DELETE FROM written WHERE path = ?', path)
      await pruneFolders(this.#storage, splitPath(path).folder)
      return true
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      refused(path, error.message)
      return false
    }
  }

  /** Notes that a file is not as it was written: the next twin looks at it. */
  doubt(path: string): void {
    this.#db.run('UPDATE written SET next = sha256 WHERE path = ?', path)
  }

  /** Notes that a file stands as it was written, after all. */
  async trust(path: string): Promise<void> {
    const known = this.#known(path)
    if (known === undefined) return
    const note = await this.#standing(path, String(known.sha256))
    note()
  }

  /** Returns the paths that are in doubt, or whose writing was broken off: they may have left partial files. */
  brokenOff(): readonly string[] {
    return this.#db.all('SELECT path FROM written WHERE next IS NOT NULL').map(({ path }) => String(path))
  }

  /** Closes the memory. */
  close(): void {
    this.#db.close()
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
