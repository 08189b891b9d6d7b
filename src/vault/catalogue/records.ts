import type { Database } from './database.ts'

/** A file of our own (a record, a checksum file) as it was last written. */
export interface WrittenRecord {
  /** Relative to the vault. */
  readonly path: string
  readonly size: number
  /** Milliseconds since 1970, as it stood after it was written. */
  readonly mtime: number
  readonly sha256: string
}

/** What the vault's own files were when they were written: by it a damaged one is found. */
export class Records {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Returns the file as it was last written; undefined when that is not known. */
  get(path: string): WrittenRecord | undefined {
    const row = this.#db.get('SELECT * FROM records WHERE path = ?', path)
    return row && { path, size: Number(row.size), mtime: Number(row.mtime), sha256: String(row.sha256) }
  }

  /** Notes a file that was just written, or found to be right. */
  put({ path, size, mtime, sha256 }: WrittenRecord): void {
    this.#db.write('INSERT OR REPLACE INTO records (path, size, mtime, sha256) VALUES (?, ?, ?, ?)', path, size, mtime, sha256)
  }
}
