import type { Database } from './database.ts'

/** A file of our own (a record, a checksum file) as it was last written. */
export interface WrittenRecord {
  /** The path, relative to the vault. */
  readonly path: string
  readonly size: number
  /** The time that it had after it was written, in milliseconds since 1970. */
  readonly mark: string
  readonly sha256: string
}

/** Notes of albums whose record is missing begin so, and end before the other text. */
const LOST = 'record.lost:'
const LOST_END = 'record.lost;'

/** The facts of the vault's own files at the time when they were written: a damaged file is found by them. */
export class Records {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Returns the file as it was last written; undefined when that is not known. */
  get(path: string): WrittenRecord | undefined {
    const row = this.#db.get('SELECT * FROM records WHERE path = ?', path)
    return row && { path, size: Number(row.size), mark: String(row.mark), sha256: String(row.sha256) }
  }

  /** Is no file known? Each finished run of a vault leaves some. */
  isEmpty(): boolean {
    return this.#db.get('SELECT 1 FROM records LIMIT 1') === undefined
  }

  /** Forgets a file that no longer says what the catalogue does: the next run reads it. */
  forget(path: string): void {
    this.#db.write('DELETE FROM records WHERE path = ?', path)
  }

  /** Notes a file that was just written, or found to be right. */
  put({ path, size, mark, sha256 }: WrittenRecord): void {
    this.#db.write('INSERT OR REPLACE INTO records (path, size, mark, sha256) VALUES (?, ?, ?, ?)', path, size, mark, sha256)
  }

  /** Was the record of this album missing when the catalogue was made anew, and not written since? Its past must not be taken for nothing. */
  isLost(albumKey: string): boolean {
    return this.#db.get('SELECT key FROM meta WHERE key = ?', LOST + albumKey) !== undefined
  }

  /** Returns the keys of the albums that `isLost` is true for. */
  lost(): readonly string[] {
    const rows = this.#db.all('SELECT key FROM meta WHERE key >= ? AND key < ? ORDER BY key', LOST, LOST_END)
    return rows.map(({ key }) => String(key).slice(LOST.length))
  }

  /** Notes that an album's record is missing, or that it is there again or its loss written down. */
  noteLost(albumKey: string, isLost: boolean): void {
    if (isLost) this.#db.write('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', LOST + albumKey, 'missing')
    else this.#db.write('DELETE FROM meta WHERE key = ?', LOST + albumKey)
  }
}
