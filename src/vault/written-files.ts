import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { hashAll } from '../flow/checked.ts'
import { type Storage, StorageError } from './storage/storage.ts'

/** A text for a path. */
export interface TextFile {
  readonly path: string
  readonly bytes: Uint8Array
  /** Hexadecimal. */
  readonly sha256: string
}

/** Files that are written together. */
const BATCH = 200

/**
 * Writes the files of a twin and remembers each by its hash, in `.smugmug-backup/twin.sqlite`. A file that stands in the way and is not
 * remembered with its hash is a person's: it is never replaced, never removed.
 *
 * A hash is noted before its file is written: after a crash between the two, the file is known by either hash.
 */
export class WrittenFiles {
  readonly #db: DatabaseSync
  readonly #storage: Storage
  readonly #get: StatementSync
  readonly #expect: StatementSync
  readonly #confirm: StatementSync
  readonly #forget: StatementSync

  constructor(storage: Storage, path: string) {
    this.#storage = storage
    this.#db = new DatabaseSync(path)
    this.#db.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA cache_size = -4000;
      CREATE TABLE IF NOT EXISTS written (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, next TEXT, size INTEGER, mtime INTEGER) WITHOUT ROWID;`)
    this.#get = this.#db.prepare('SELECT sha256, next, size, mtime FROM written WHERE path = ?')
    this.#expect = this.#db.prepare(
      'INSERT INTO written (path, sha256, next) VALUES (?1, ?2, ?2) ON CONFLICT (path) DO UPDATE SET next = ?2',
    )
    this.#confirm = this.#db.prepare('UPDATE written SET sha256 = ?2, next = NULL, size = ?3, mtime = ?4 WHERE path = ?1')
    this.#forget = this.#db.prepare('DELETE FROM written WHERE path = ?')
  }

  /**
   * Writes the files that are not there already. Files of persons, and those that the disk refuses, go to `refused` with the reason; the
   * others are written. Returns the number written.
   */
  async write(files: AsyncIterable<TextFile> | Iterable<TextFile>, refused: (path: string, reason: string) => void): Promise<number> {
    let written = 0
    let batch: TextFile[] = []
    const flush = async (): Promise<void> => {
      this.#together(() => {
        for (const { path, sha256 } of batch) this.#expect.run(path, sha256)
      })
      await Promise.all(
        batch.map(async ({ path, bytes, sha256 }) => {
          try {
            await this.#storage.put(path, once(bytes))
            await this.#note(path, sha256)
            written += 1
          } catch (error) {
            if (!(error instanceof StorageError)) throw error
            refused(path, error.message)
          }
        }),
      )
      batch = []
    }
    for await (const file of files) {
      const state = await this.#stateOf(file)
      if (state === 'foreign') refused(file.path, 'a file that is not of the twin stands there: move it away, or give it another name')
      if (state !== 'due') continue
      batch.push(file)
      if (batch.length >= BATCH) await flush()
    }
    await flush()
    return written
  }

  async #note(path: string, sha256: string): Promise<void> {
    const entry = await this.#storage.stat(path)
    this.#confirm.run(path, sha256, entry?.size ?? null, entry?.mtime ?? null)
  }

  /** Decides whether a file must be written: `same` if it stands there, `foreign` if something of a person's stands there. */
  async #stateOf({ path, sha256 }: Pick<TextFile, 'path' | 'sha256'>): Promise<'due' | 'same' | 'foreign'> {
    const entry = await this.#storage.stat(path)
    if (entry === undefined) return 'due'
    if (entry.kind !== 'file') return 'foreign'
    const known = this.#get.get(path)
    const isUntouched = known !== undefined && known.next === null && known.size === entry.size && known.mtime === entry.mtime
    if (isUntouched) return known.sha256 === sha256 ? 'same' : 'due'
    const found = await this.#hashOf(path)
    if (found === sha256) {
      this.#expect.run(path, sha256)
      await this.#note(path, sha256)
      return 'same'
    }
    return known !== undefined && (found === known.sha256 || found === known.next) ? 'due' : 'foreign'
  }

  async #hashOf(path: string): Promise<string | undefined> {
    try {
      return (await hashAll(this.#storage.read(path))).digest().sha256
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return undefined
    }
  }

  /**
   * Copies a file whose hash is known, as `write` does. The stream must end in an error if its bytes are not those of the hash. Returns false
   * for a file that is refused.
   */
  async copy(
    { path, sha256 }: Pick<TextFile, 'path' | 'sha256'>,
    bytes: () => AsyncIterable<Uint8Array>,
    refused: (path: string, reason: string) => void,
  ): Promise<boolean> {
    const state = await this.#stateOf({ path, sha256 })
    if (state === 'foreign') refused(path, 'a file that is not of the twin stands there: move it away, or give it another name')
    if (state !== 'due') return state === 'same'
    this.#expect.run(path, sha256)
    try {
      await this.#storage.put(path, bytes())
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      refused(path, error.message)
      return false
    }
    await this.#note(path, sha256)
    return true
  }

  /** Was this path last written whole with this hash? */
  isCurrent(path: string, sha256: string): boolean {
    const known = this.#get.get(path)
    return known !== undefined && known.next === null && known.sha256 === sha256
  }

  /** Is the file at this path still as it was written? */
  async isUntouched(path: string): Promise<boolean> {
    const known = this.#get.get(path)
    const found = known && (await this.#hashOf(path))
    return found !== undefined && (found === known?.sha256 || found === known?.next)
  }

  /** Returns true if a path was written by a twin. */
  isOurs(path: string): boolean {
    return this.#get.get(path) !== undefined
  }

  /** Returns every path that was written. */
  paths(): readonly string[] {
    return this.#db
      .prepare('SELECT path FROM written ORDER BY path')
      .all()
      .map(({ path }) => String(path))
  }

  /** Removes a file if it is still as it was written. Returns false if it is a person's now, or the disk refuses. */
  async remove(path: string): Promise<boolean> {
    const known = this.#get.get(path)
    if (known === undefined) return false
    const entry = await this.#storage.stat(path)
    if (entry !== undefined) {
      const found = entry.kind === 'file' ? await this.#hashOf(path) : undefined
      if (found === undefined || (found !== known.sha256 && found !== known.next)) return false
      try {
        await this.#storage.remove(path)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        return false
      }
    }
    this.#forget.run(path)
    return true
  }

  close(): void {
    this.#db.close()
  }

  #together(work: () => void): void {
    this.#db.exec('BEGIN')
    work()
    this.#db.exec('COMMIT')
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
