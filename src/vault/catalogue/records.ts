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

  /** Forgets a file that no longer says what the catalogue does: the next run reads it. */
  forget(path: string): void {
    this.#db.write('DELETE FROM records WHERE path = ?', path)
  }

  /** Notes a file that was just written, or found to be right. */
  put({ path, size, mark, sha256 }: WrittenRecord): void {
    this.#db.write('INSERT OR REPLACE INTO records (path, size, mark, sha256) VALUES (?, ?, ?, ?)', path, size, mark, sha256)
  }
}
