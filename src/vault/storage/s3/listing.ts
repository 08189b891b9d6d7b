import { DatabaseSync } from 'node:sqlite'
import { nameOf, parentOf } from '../relative-path.ts'
import type { Entry } from '../storage.ts'

/** A file of a listing. */
export interface Listed {
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly mark: string
}

/** Files that are noted with one write. */
const BATCH = 1000

/**
 * All files of a bucket, as one listing reports them and as they were changed since: so that no question about a single file costs a request.
 * It lies in a temporary file of SQLite, which is gone with the process: memory does not grow with the vault.
 */
export class Listing {
  readonly #db = new DatabaseSync('')

  constructor() {
    this.#db.exec(`
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
      CREATE TABLE files (folder TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (folder, name))
      WITHOUT ROWID;
    `)
  }

  /** Notes files, many in one step. */
  async fill(files: AsyncIterable<Listed>): Promise<void> {
    this.#db.exec('BEGIN')
    let count = 0
    for await (const file of files) {
      this.put(file)
      count += 1
      if (count % BATCH === 0) this.#db.exec('COMMIT; BEGIN')
    }
    this.#db.exec('COMMIT')
  }

  /** Notes a file as it stands now. */
  put({ path, size, mark }: Listed): void {
    this.#prepared('INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)').run(parentOf(path), nameOf(path), size, mark)
  }

  /** Forgets a file that was removed. */
  remove(path: string): void {
    this.#prepared('DELETE FROM files WHERE folder = ? AND name = ?').run(parentOf(path), nameOf(path))
  }

  /** Returns the file or folder at a path; undefined if there is none. */
  find(path: string): Entry | undefined {
    const row = this.#prepared('SELECT size, mark FROM files WHERE folder = ? AND name = ?').get(parentOf(path), nameOf(path))
    if (row !== undefined) return fileEntry({ path, size: Number(row.size), mark: String(row.mark) })
    return this.#isFolder(path) ? folderEntry(nameOf(path)) : undefined
  }

  /** Returns the files and folders in a folder. */
  list(folder: string): readonly Entry[] {
    const files = this.#prepared('SELECT name, size, mark FROM files WHERE folder = ?').all(folder)
    return [
      ...files.map((row) => fileEntry({ path: String(row.name), size: Number(row.size), mark: String(row.mark) })),
      ...[...this.#foldersIn(folder)].map(folderEntry),
    ]
  }

  close(): void {
    this.#db.close()
  }

  #isFolder(path: string): boolean {
    if (this.#prepared('SELECT 1 FROM files WHERE folder = ? LIMIT 1').get(path) !== undefined) return true
    return this.#prepared('SELECT 1 FROM files WHERE folder > ? AND folder < ? LIMIT 1').get(`${path}/`, lastBelow(path)) !== undefined
  }

  /** Yields the names of the folders in a folder: a question or two for each, however much lies below them. */
  *#foldersIn(folder: string): Generator<string> {
    const start = folder === '' ? '' : `${folder}/`
    const next = this.#prepared('SELECT folder FROM files WHERE folder > ? AND folder < ? ORDER BY folder LIMIT 1')
    const end = folder === '' ? LAST : lastBelow(folder)
    const seen = new Set<string>()
    for (let after = start; ; ) {
      const row = next.get(after, end)
      if (row === undefined) return
      const found = String(row.folder)
      const name = found.slice(start.length).split('/', 1)[0] ?? ''
      if (!seen.has(name)) yield name
      seen.add(name)
      // Between a folder and those in it lie others that begin alike, such as `Paris-2` after `Paris` and before `Paris/Day 1`.
      after = found === start + name ? found : lastBelow(start + name)
    }
  }

  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()

  #prepared(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

/** No path is a later text. */
const LAST = '\u{10ffff}'

/** Returns a text after everything in a folder, and before everything else. */
const lastBelow = (folder: string): string => `${folder}/${LAST}`

/** Makes the entry of a file. */
export const fileEntry = ({ path, size, mark }: Listed): Entry => ({ name: nameOf(path), kind: 'file', size, mark, mtime: undefined })

/** Makes the entry of a folder. */
export const folderEntry = (name: string): Entry => ({ name, kind: 'folder', size: 0, mark: '', mtime: undefined })
