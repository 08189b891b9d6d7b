import type { Database } from './database.ts'
import { strayRow } from './readers.ts'
import type { StrayRow } from './rows.ts'

/** A path that sorts after every other. */
const LAST_PATH = '\u{10ffff}'

/** The files in the vault that belong to no item. */
export class Strays {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Notes a file that belongs to no item. Its known hash stays while size and time are the same. */
  see(stray: { readonly path: string; readonly size: number; readonly mark: string }, survey: number): void {
    this.#db.write(
      `INSERT INTO strays (path, size, mark, seen) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (path) DO UPDATE SET
         md5 = CASE WHEN size = ?2 AND mark = ?3 THEN md5 END, sha256 = CASE WHEN size = ?2 AND mark = ?3 THEN sha256 END,
         size = ?2, mark = ?3, seen = ?4`,
      ...[stray.path, stray.size, stray.mark, survey],
    )
  }

  /** Forgets the strays that this survey did not meet. */
  dropNotSeenBy(survey: number): void {
    this.#db.write('DELETE FROM strays WHERE seen <> ?', survey)
  }

  get(path: string): StrayRow | undefined {
    const row = this.#db.get('SELECT * FROM strays WHERE path = ?', path)
    return row && strayRow(row)
  }

  /** Is there a stray of this size? */
  hasSize(size: number): boolean {
    return this.#db.get('SELECT 1 FROM strays WHERE size = ? LIMIT 1', size) !== undefined
  }

  /** Returns the bytes of all strays, except those in the vault's own folders. */
  bytes(): number {
    return Number(this.#db.get("SELECT SUM(size) AS bytes FROM strays WHERE path NOT LIKE '.smugmug-backup/%'")?.bytes ?? 0)
  }

  /** Returns the strays that were hashed and have these bytes. */
  byMd5(md5: string, size: number): readonly StrayRow[] {
    return this.#db.all('SELECT * FROM strays WHERE md5 = ? AND size = ? ORDER BY path LIMIT 10', md5, size).map(strayRow)
  }

  /** Yields the strays of a size that are not hashed yet, in the order of their paths, below a folder or anywhere; reads them in pages. */
  *unhashed(size: number, { below, page }: { readonly below?: string; readonly page: number }): Generator<StrayRow> {
    const end = below === undefined ? LAST_PATH : `${below}0` // '0' follows '/'
    let after = below === undefined ? '' : `${below}/`
    for (;;) {
      const rows = this.#db
        .all(
          'SELECT * FROM strays WHERE size = ? AND path > ? AND path < ? AND (md5 IS NULL OR sha256 IS NULL) ORDER BY path LIMIT ?',
          ...[size, after, end, page],
        )
        .map(strayRow)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined) return
      after = last.path
    }
  }

  *each(): Generator<StrayRow> {
    let after = ''
    for (;;) {
      const rows = this.#db.all('SELECT * FROM strays WHERE path > ? ORDER BY path LIMIT 1000', after).map(strayRow)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined) return
      after = last.path
    }
  }

  setHash(path: string, hash: { readonly md5: string; readonly sha256: string }): void {
    this.#db.write('UPDATE strays SET md5 = ?, sha256 = ? WHERE path = ?', hash.md5, hash.sha256, path)
  }

  /** Gives the strays of a moved folder their new paths. */
  moveFolder(from: string, to: string): void {
    this.#db.write(
      "UPDATE OR REPLACE strays SET path = ?2 || substr(path, length(?1) + 1) WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'",
      ...[from, to],
    )
  }

  remove(path: string): void {
    this.#db.write('DELETE FROM strays WHERE path = ?', path)
  }
}
