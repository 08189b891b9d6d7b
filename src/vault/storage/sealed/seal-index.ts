import { gunzipSync, gzipSync } from 'node:zlib'
import type { Digest } from '../../../flow/checked.ts'
import type { Row } from '../../catalogue/readers.ts'
import { TwinDatabase, type TwinSchema } from '../../twin-database.ts'
import { nameOf, parentOf, pathIn } from '../relative-path.ts'
import type { SumLine } from '../storage.ts'

/** A sealed file: the digests of the bytes on the disk, and of the bytes in them. */
export interface Known {
  readonly sealed: Digest
  readonly plain: Digest
}

/** A path that is known, with the change mark of its sealed file; undefined until somebody looks at it. */
export interface KnownFile extends Known {
  readonly mark: string | undefined
}

const SCHEMA = `
  CREATE TABLE known (sha256 BLOB PRIMARY KEY, md5 BLOB NOT NULL, size INTEGER NOT NULL,
    plainSha256 BLOB NOT NULL, plainMd5 BLOB NOT NULL, plainSize INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX known_plain ON known (plainSha256);
  CREATE TABLE file (folder TEXT, name TEXT, mark TEXT, sha256 BLOB NOT NULL, PRIMARY KEY (folder, name)) WITHOUT ROWID;
  CREATE INDEX file_sha256 ON file (sha256);
  CREATE TABLE words (plainSha256 BLOB, part INTEGER, bytes BLOB NOT NULL);
  CREATE INDEX words_part ON words (plainSha256, part);
  CREATE TABLE added (id INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT, name TEXT, bytes BLOB NOT NULL);
`

/** The last of the added pieces that are in sealed bytes, or were replaced by them, as long as these do not stand. */
const INCLUDED = 'TABLE included (sha256 BLOB PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID'

const schemaOf = (path: string): TwinSchema => ({
  path,
  name: 'The list of sealed files',
  harmless: 'Your photos are not affected.',
  cure: 'Remove it, and run `smugmug-backup rebuild` with the private key.',
  version: 1,
  sql: SCHEMA,
  // A commit outlives the process without a flush; a power cut may take the last ones, whose files are then looked into, or fetched again.
  pragmas: 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000',
})

const COLUMNS = `known.size, lower(hex(known.md5)) AS md5, lower(hex(known.sha256)) AS sha256,
  plainSize, lower(hex(plainMd5)) AS plainMd5, lower(hex(plainSha256)) AS plainSha256`

/** The rows of a folder and of all below it: `?1` is its path. */
const BELOW = `(folder = ?1 OR (folder > ?1 || '/' AND folder < ?1 || '0'))`

/** The added pieces that are not in the sealed bytes with the SHA-256 `?3`. */
const BEYOND = '(rowid > COALESCE((SELECT last FROM included WHERE sha256 = unhex(?3)), 0))'

/**
 * The notes of this machine about the sealed files of a vault, in a small SQLite file in the vault's home. With the digest of what is in each
 * file it compares and verifies them without a private key; with the words of our own records it goes on with them.
 *
 * A sealed file is noted by its hash before it stands under its name, and by its path afterwards. After a crash in between it is known by its hash.
 */
export class SealIndex {
  readonly #db: TwinDatabase
  readonly #mayWrite: boolean

  private constructor(db: TwinDatabase, mayWrite: boolean) {
    this.#db = db
    this.#mayWrite = mayWrite
    const has = db.get("SELECT 1 FROM sqlite_schema WHERE name = 'included'")
    if (has === undefined) db.exec(`CREATE ${mayWrite ? '' : 'TEMP '}${INCLUDED}`)
  }

  /** Opens or makes the index at a path; with `read` it only looks, and finds nothing where there is none. Throws `DestinationError`. */
  static open(path: string, mode: 'write' | 'read' = 'write'): SealIndex {
    if (mode === 'write') return new SealIndex(TwinDatabase.open(schemaOf(path)), true)
    const found = TwinDatabase.look(schemaOf(path), { mayRepair: false })
    return new SealIndex(found ?? TwinDatabase.open(schemaOf(':memory:')), false)
  }

  /** Is no file known at all? */
  get isEmpty(): boolean {
    return this.#db.get('SELECT 1 FROM file') === undefined
  }

  /** Returns what is known of a path. */
  file(path: string): KnownFile | undefined {
    const row = this.#db.get(
      `SELECT mark, ${COLUMNS} FROM file JOIN known USING (sha256) WHERE folder = ? AND name = ?`,
      ...[parentOf(path), nameOf(path)],
    )
    return row && fileOf(row)
  }

  /** Returns what is known of the files of a folder, by name. */
  folder(folder: string): ReadonlyMap<string, KnownFile> {
    const rows = this.#db.all(`SELECT name, mark, ${COLUMNS} FROM file JOIN known USING (sha256) WHERE folder = ?`, folder)
    return new Map(rows.map((row) => [String(row.name), fileOf(row)]))
  }

  /** Returns what is in the sealed bytes with this SHA-256. */
  bySealed(sha256: string): Known | undefined {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM known WHERE sha256 = unhex(?)`, sha256)
    return row && knownOf(row)
  }

  /** Returns the paths of the files that are known above a path or below it. Both keep a file from standing there. */
  inTheWay(path: string): readonly string[] {
    const paths = this.#db.all(`SELECT folder, name FROM file WHERE ${BELOW}`, path).map(pathOf)
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) if (this.file(above) !== undefined) paths.push(above)
    return paths
  }

  /**
   * Notes what is in sealed bytes, before they stand anywhere. `words` are the bytes in them, for those of our own records. With the path that they
   * are for, all that was added there until now goes as soon as they stand: it is in them, or they take its place. That is durable on return: else what is
   * in them would be added once more after a power cut.
   */
  know(known: Known, words?: readonly Uint8Array[], path?: string): void {
    if (!this.#mayWrite) return
    const note = (): void => this.#know(known, words, path)
    if (path !== undefined && this.added(path) > 0) this.#durably(note)
    else note()
  }

  #know({ sealed, plain }: Known, words?: readonly Uint8Array[], path?: string): void {
    this.#db.together(() => {
      if (path !== undefined)
        this.#db.run(
          'INSERT INTO included (sha256, last) SELECT unhex(?), MAX(rowid) FROM added WHERE folder = ? AND name = ? HAVING COUNT(*) > 0',
          ...[sealed.sha256, ...keyOf(path)],
        )
      this.#db.run(
        'INSERT OR REPLACE INTO known (sha256, md5, size, plainSha256, plainMd5, plainSize) VALUES (unhex(?), unhex(?), ?, unhex(?), unhex(?), ?)',
        ...[sealed.sha256, sealed.md5, sealed.size, plain.sha256, plain.md5, plain.size],
      )
      if (words === undefined) return
      this.#db.run('DELETE FROM words WHERE plainSha256 = unhex(?)', plain.sha256)
      for (const [part, bytes] of words.entries())
        this.#db.run('INSERT INTO words (plainSha256, part, bytes) VALUES (unhex(?), ?, ?)', plain.sha256, part, bytes)
    })
  }

  /** Notes that the sealed bytes with this SHA-256, which are known, stand at a path. Bytes that were added to the file and are not in them stay noted. */
  stands(path: string, sha256: string, mark?: string): void {
    if (!this.#mayWrite) return
    this.#db.together(() => {
      const before = this.#db.get('SELECT lower(hex(sha256)) AS sha256 FROM file WHERE folder = ? AND name = ?', ...keyOf(path))?.sha256
      this.#db.run(
        'INSERT OR REPLACE INTO file (folder, name, mark, sha256) VALUES (?, ?, ?, unhex(?))',
        ...[...keyOf(path), mark ?? null, sha256],
      )
      this.#db.run(`DELETE FROM added WHERE folder = ?1 AND name = ?2 AND NOT ${BEYOND}`, ...keyOf(path), sha256)
      this.#db.run('DELETE FROM included WHERE sha256 = unhex(?) OR NOT EXISTS (SELECT 1 FROM added)', sha256)
      if (before !== sha256) this.#leave(before)
    })
  }

  /** Keeps lines of the checksum files for `sumsOf`, until the index is closed. */
  takeSums(lines: readonly SumLine[]): void {
    this.#db.exec('CREATE TEMP TABLE IF NOT EXISTS sums (path TEXT PRIMARY KEY, md5 TEXT, sha256 TEXT) WITHOUT ROWID')
    this.#db.together(() => {
      for (const { kind, hash, path } of lines)
        this.#db.run(`INSERT INTO sums (path, ${kind}) VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET ${kind} = ?2`, path, hash)
    })
  }

  /** Returns the sums of sealed bytes that were taken for a path; undefined unless both are known. */
  sumsOf(path: string): Omit<Digest, 'size'> | undefined {
    const row = this.#db.get('SELECT md5, sha256 FROM sums WHERE path = ? AND md5 IS NOT NULL AND sha256 IS NOT NULL', path)
    return row && { md5: String(row.md5), sha256: String(row.sha256) }
  }

  /** Notes the change mark of a file's sealed bytes, or that it is to be looked at. */
  mark(path: string, mark: string | undefined): void {
    if (this.#mayWrite) this.#db.run('UPDATE file SET mark = ?3 WHERE folder = ?1 AND name = ?2', ...keyOf(path), mark ?? null)
  }

  /** Notes that the file at a path is gone. */
  gone(path: string): void {
    if (!this.#mayWrite) return
    this.#db.together(() => {
      const before = this.#db.get('SELECT lower(hex(sha256)) AS sha256 FROM file WHERE folder = ? AND name = ?', ...keyOf(path))?.sha256
      for (const table of ['file', 'added']) this.#db.run(`DELETE FROM ${table} WHERE folder = ? AND name = ?`, ...keyOf(path))
      this.#leave(before)
    })
  }

  /** Forgets sealed bytes that stand nowhere any more, and words that no file has. */
  #leave(sha256: unknown): void {
    if (typeof sha256 !== 'string') return
    const plain = this.#db.get(
      'SELECT plainSha256 AS hash FROM known WHERE sha256 = unhex(?1) AND NOT EXISTS (SELECT 1 FROM file WHERE sha256 = unhex(?1))',
      sha256,
    )?.hash
    if (!(plain instanceof Uint8Array)) return
    this.#db.run('DELETE FROM known WHERE sha256 = unhex(?)', sha256)
    this.#db.run('DELETE FROM words WHERE plainSha256 = ?1 AND NOT EXISTS (SELECT 1 FROM known WHERE plainSha256 = ?1)', plain)
  }

  /** Notes that a file has another path. */
  movedFile(from: string, to: string): void {
    if (!this.#mayWrite || from === to) return
    this.#db.together(() => {
      const keys = [...keyOf(from), ...keyOf(to)]
      this.#db.run('UPDATE OR REPLACE file SET folder = ?3, name = ?4, mark = NULL WHERE folder = ?1 AND name = ?2', ...keys)
      this.#db.run('UPDATE added SET folder = ?3, name = ?4 WHERE folder = ?1 AND name = ?2', ...keys)
    })
  }

  /** Notes that a folder, with everything in it, has another path. */
  movedFolder(from: string, to: string): void {
    if (!this.#mayWrite || from === to) return
    this.#db.together(() => {
      for (const table of ['file', 'added'])
        this.#db.run(`UPDATE OR REPLACE ${table} SET folder = ?2 || substr(folder, length(?1) + 1) WHERE ${BELOW}`, from, to)
    })
  }

  /** Are the words kept that are in these sealed bytes? */
  hasWords({ plain }: Known): boolean {
    return this.#db.get('SELECT 1 FROM words WHERE plainSha256 = unhex(?)', plain.sha256) !== undefined
  }

  /**
   * Returns the words of a record that are in sealed bytes which stand at a path, piece by piece, and all that was added to them; undefined if they
   * are not kept. They are read at once, so that no other process changes them meanwhile.
   */
  words(path: string, { sealed, plain }: Known): Iterable<Uint8Array> | undefined {
    const rows = this.#db.all(
      `SELECT 0 AS isAdded, part, bytes FROM words WHERE plainSha256 = unhex(?4)
        UNION ALL SELECT 1, rowid, bytes FROM added WHERE folder = ?1 AND name = ?2 AND ${BEYOND} ORDER BY 1, 2`,
      ...[...keyOf(path), sealed.sha256, plain.sha256],
    )
    return rows[0]?.isAdded === 0 ? unpacked(rows) : undefined
  }

  /** Returns all that was added to the sealed bytes that stand at a path. */
  beyond(path: string, { sealed }: Known): readonly Uint8Array[] {
    const query = `SELECT bytes FROM added WHERE folder = ?1 AND name = ?2 AND ${BEYOND} ORDER BY rowid`
    return this.#db.all(query, ...keyOf(path), sealed.sha256).map(({ bytes }) => bytes as Uint8Array)
  }

  /** Adds bytes at the end of a file, which is sealed anew later. Durable on return. */
  add(path: string, bytes: Uint8Array): void {
    this.#durably(() => this.#db.run('INSERT INTO added (folder, name, bytes) VALUES (?, ?, ?)', ...keyOf(path), bytes))
  }

  #durably(note: () => void): void {
    this.#db.exec('PRAGMA synchronous = FULL')
    note()
    this.#db.exec('PRAGMA synchronous = NORMAL')
  }

  /** Returns the number of bytes that were added to a file, and are not in the sealed bytes with this SHA-256. */
  added(path: string, sha256 = ''): number {
    const query = `SELECT COALESCE(SUM(LENGTH(bytes)), 0) AS size FROM added WHERE folder = ?1 AND name = ?2 AND ${BEYOND}`
    return Number(this.#db.get(query, ...keyOf(path), sha256)?.size)
  }

  /** Returns the paths to which something was added, at a path or below it; all for `''`. */
  withAdded(path = ''): readonly string[] {
    const paths = this.#db.all('SELECT DISTINCT folder, name FROM added').map(pathOf)
    return path === '' ? paths : paths.filter((each) => each === path || each.startsWith(`${path}/`))
  }

  close(): void {
    this.#db.close()
  }
}

/** Compresses a piece of a record's words. */
export const packed = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 1 })

function* unpacked(rows: readonly Row[]): Generator<Uint8Array> {
  for (const { isAdded, bytes } of rows) yield isAdded === 1 ? (bytes as Uint8Array) : gunzipSync(bytes as Uint8Array)
}

const pathOf = ({ folder, name }: Row): string => pathIn(String(folder), String(name))

const keyOf = (path: string): readonly [folder: string, name: string] => [parentOf(path), nameOf(path)]

const knownOf = (row: Row): Known => ({
  sealed: { size: Number(row.size), md5: String(row.md5), sha256: String(row.sha256) },
  plain: { size: Number(row.plainSize), md5: String(row.plainMd5), sha256: String(row.plainSha256) },
})

const fileOf = (row: Row): KnownFile => ({ ...knownOf(row), mark: row.mark === null ? undefined : String(row.mark) })
