import { statSync } from 'node:fs'
import { backup, DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { migrations } from './migrations.ts'
import type { AlbumRow, FileRow, ItemRow, RunRow, StrayRow } from './rows.ts'

type Row = Record<string, SQLOutputValue>

/** How a catalogue is opened. */
export interface CatalogueOptions {
  /** The database file; `:memory:` for one that is forgotten. */
  readonly path: string
  /**
   * `write`: for the one run that holds the vault. `read`: sees what is committed, changes nothing.
   * `pretend`: may be written to, and forgets all of it; not a byte on the disk changes.
   */
  readonly mode: 'write' | 'read' | 'pretend'
  /** Runs something soon: makes the batches of writes at most a second long. Absent: only `flush` and `close` commit. */
  readonly later?: (run: () => void, ms: number) => () => void
}

const BATCH_MS = 1000
/** In one step: else a run that writes in between would have it begin anew. */
const ALL_PAGES = 2 ** 30
/** So long a question to the whole catalogue may hold up everything else. */
const TURN_MS = 20

/** What is counted of everything held. */
export interface Holdings {
  readonly albums: number
  readonly items: number
  readonly held: number
  readonly bytes: number
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  readonly vanished: number
  readonly failed: number
  readonly pending: number
  readonly impossible: number
  readonly missing: number
  readonly damaged: number
}

/**
 * What is held, why, and how it was proven: a SQLite database, and the only place with SQL in it.
 *
 * One writer. Writes gather in a transaction of at most a second, so rows may be lost to a crash while the bytes they
 * speak of are not: the next run adopts those. A rollback journal rather than WAL, because vaults live on network disks.
 * A database that SQLite finds damaged throws `DestinationError` naming `rebuild`.
 */
export class Catalogue {
  readonly #db: DatabaseSync
  readonly #options: CatalogueOptions
  readonly #statements = new Map<string, StatementSync>()
  #cancelCommit: (() => void) | undefined
  #failure: unknown

  private constructor(db: DatabaseSync, options: CatalogueOptions) {
    this.#db = db
    this.#options = options
  }

  /** Opens or creates; brings an older schema up to date. Throws `DestinationError` for a damaged or a newer one. */
  static open(options: CatalogueOptions): Catalogue {
    return guarded(options.path, () => {
      const db = new DatabaseSync(options.path, { readOnly: options.mode === 'read', timeout: 5000 })
      try {
        prepareConnection(db, options)
        return new Catalogue(db, options)
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** Was a run broken off in the middle of a change, that nobody has taken back yet? */
  static mustRollBack(path: string): boolean {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      db.prepare('PRAGMA schema_version').get()
      return false
    } catch (error) {
      return (error as { readonly errcode?: number }).errcode === SQLITE.READONLY_ROLLBACK
    } finally {
      db.close()
    }
  }

  /** Copies what is committed to another file. A run that is writing meanwhile is neither disturbed nor disturbs. */
  static async copy(path: string, to: string): Promise<void> {
    const db = guarded(path, () => new DatabaseSync(path, { readOnly: true, timeout: 5000 }))
    try {
      await backup(db, to, { rate: ALL_PAGES })
    } catch (error) {
      guarded(path, () => {
        throw error
      })
    } finally {
      db.close()
    }
  }

  /** Opened to look only. */
  get readOnly(): boolean {
    return this.#options.mode === 'read'
  }

  // ── meta ──

  meta(key: string): string | undefined {
    const row = this.#get('SELECT value FROM meta WHERE key = ?', key)
    return row === undefined ? undefined : String(row.value)
  }

  setMeta(key: string, value: string | undefined): void {
    if (value === undefined) this.#write('DELETE FROM meta WHERE key = ?', key)
    else this.#write('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', key, value)
  }

  // ── albums ──

  /** Every album ever held, vanished ones too, by key. */
  albums(): readonly AlbumRow[] {
    return this.#all('SELECT * FROM albums ORDER BY key').map(albumRow)
  }

  album(key: string): AlbumRow | undefined {
    const row = this.#get('SELECT * FROM albums WHERE key = ?', key)
    return row && albumRow(row)
  }

  putAlbum(a: AlbumRow): void {
    this.#write(
      `INSERT OR REPLACE INTO albums (key, node_id, name, url_path, folder, image_count, last_updated, images_last_updated, listed_at, vanished_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[a.key, a.nodeId, a.name, a.urlPath, a.folder, a.imageCount, a.lastUpdated, a.imagesLastUpdated, a.listedAt, a.vanishedAt],
    )
  }

  removeAlbum(key: string): void {
    this.#write('DELETE FROM albums WHERE key = ?', key)
  }

  /** Albums that must be listed whatever their dates say: something in them failed, is pending, missing or damaged. */
  troubledAlbums(): ReadonlySet<string> {
    const rows = this.#all(
      `SELECT album_key FROM items WHERE state IN ('failed', 'pending') AND vanished_at IS NULL
       UNION SELECT f.album_key FROM files f JOIN items i USING (album_key, image_key) WHERE f.state <> 'held' AND i.vanished_at IS NULL`,
    )
    return new Set(rows.map((row) => String(row.album_key)))
  }

  // ── items and files ──

  items(albumKey: string): readonly ItemRow[] {
    return this.#all('SELECT * FROM items WHERE album_key = ? ORDER BY position, image_key', albumKey).map(itemRow)
  }

  item(albumKey: string, imageKey: string): ItemRow | undefined {
    const row = this.#get('SELECT * FROM items WHERE album_key = ? AND image_key = ?', albumKey, imageKey)
    return row && itemRow(row)
  }

  /** The item's places in every album. */
  itemsByImage(imageKey: string): readonly ItemRow[] {
    return this.#all('SELECT * FROM items WHERE image_key = ? ORDER BY album_key', imageKey).map(itemRow)
  }

  putItem(i: ItemRow): void {
    this.#write(
      `INSERT OR REPLACE INTO items (album_key, image_key, serial, position, file_name, collected, state, reason, wanted, name, vanished_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[i.albumKey, i.imageKey, i.serial, i.position, i.fileName, i.collected ? 1 : 0, i.state, i.reason, i.wanted, i.name, i.vanishedAt],
    )
  }

  /** Forgets an item and its files. */
  removeItem(albumKey: string, imageKey: string): void {
    this.#write('DELETE FROM items WHERE album_key = ? AND image_key = ?', albumKey, imageKey)
    this.#write('DELETE FROM files WHERE album_key = ? AND image_key = ?', albumKey, imageKey)
  }

  /** Number of items of an album that are in the account, as far as is known, by state. */
  countStates(albumKey: string): Readonly<Partial<Record<ItemRow['state'], number>>> {
    const rows = this.#all('SELECT state, COUNT(*) AS n FROM items WHERE album_key = ? AND vanished_at IS NULL GROUP BY state', albumKey)
    return Object.fromEntries(rows.map((row) => [String(row.state), Number(row.n)]))
  }

  /** What is held of an album, by grade. */
  gradesOf(albumKey: string): Readonly<Record<string, { readonly files: number; readonly bytes: number }>> {
    const rows = this.#all(
      "SELECT grade, COUNT(*) AS n, SUM(size) AS bytes FROM files WHERE album_key = ? AND state = 'held' GROUP BY grade",
      albumKey,
    )
    return Object.fromEntries(rows.map((row) => [String(row.grade), { files: Number(row.n), bytes: Number(row.bytes) }]))
  }

  /** Has the album items, and is every one of them collected from another album? */
  onlyCollected(albumKey: string): boolean {
    const row = this.#get('SELECT COUNT(*) AS n, SUM(collected) AS c FROM items WHERE album_key = ? AND vanished_at IS NULL', albumKey)
    return Number(row?.n ?? 0) > 0 && row?.n === row?.c
  }

  files(albumKey: string): readonly FileRow[] {
    return this.#all('SELECT * FROM files WHERE album_key = ? ORDER BY image_key, component', albumKey).map(fileRow)
  }

  file(albumKey: string, imageKey: string, component = ''): FileRow | undefined {
    const row = this.#get('SELECT * FROM files WHERE album_key = ? AND image_key = ? AND component = ?', albumKey, imageKey, component)
    return row && fileRow(row)
  }

  /** Files with these bytes that still stand. */
  filesByMd5(md5: string): readonly FileRow[] {
    return this.#all("SELECT * FROM files WHERE md5 = ? AND state = 'held' ORDER BY album_key, image_key LIMIT 100", md5).map(fileRow)
  }

  /** Files of this image that still stand, in every album; without companions. */
  filesByImage(imageKey: string): readonly FileRow[] {
    return this.#all("SELECT * FROM files WHERE image_key = ? AND component = '' AND state = 'held' ORDER BY album_key", imageKey).map(
      fileRow,
    )
  }

  putFile(f: FileRow): void {
    this.#write(
      `INSERT OR REPLACE INTO files (album_key, image_key, component, name, size, md5, sha256, grade, serial, told_size, told_md5, state, captured)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[
        f.albumKey,
        f.imageKey,
        f.component,
        f.name,
        f.size,
        f.md5,
        f.sha256,
        f.grade,
        f.serial,
        f.toldSize,
        f.toldMd5,
        f.state,
        f.captured,
      ],
    )
  }

  removeFile(albumKey: string, imageKey: string, component: string): void {
    this.#write('DELETE FROM files WHERE album_key = ? AND image_key = ? AND component = ?', albumKey, imageKey, component)
  }

  /** Every stored file with its path in the vault, album folder by album folder. Memory does not grow with the vault. */
  *eachFile(): Generator<FileRow & { readonly path: string }> {
    const albums = [...this.albums()].sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0))
    for (const album of albums) {
      for (const row of this.#all('SELECT * FROM files WHERE album_key = ? ORDER BY name', album.key)) {
        const file = fileRow(row)
        yield { ...file, path: album.folder === '' ? file.name : `${album.folder}/${file.name}` }
      }
    }
  }

  /** Items of the account of which less is held than exists. */
  fallbacks(): readonly ItemRow[] {
    return this.#all(
      "SELECT i.* FROM items i JOIN files f USING (album_key, image_key) WHERE f.grade = 'fallback' AND f.component = '' AND i.vanished_at IS NULL ORDER BY i.album_key, i.position",
    ).map(itemRow)
  }

  /** Files that are not where, or what, they should be. */
  unsoundFiles(): readonly FileRow[] {
    return this.#all("SELECT * FROM files WHERE state <> 'held' ORDER BY album_key, image_key, component").map(fileRow)
  }

  /** Files kept of vanished items that are not where, or what, they should be. */
  vanishedNotHeld(): readonly FileRow[] {
    return this.#all(
      "SELECT f.* FROM files f JOIN items i USING (album_key, image_key) WHERE f.state <> 'held' AND i.vanished_at IS NOT NULL",
    ).map(fileRow)
  }

  /** Items held that are in the account now: what the brake measures against. */
  async countHeld(): Promise<number> {
    let held = 0
    await this.#eachAlbum((key) => {
      held += this.countStates(key).held ?? 0
    })
    return held
  }

  /** What there is of everything, in the account now or not. */
  async holdings(): Promise<Holdings> {
    const states: Record<string, number> = {}
    const byState: Record<string, number> = {}
    const byGrade: Record<string, { files: number; bytes: number }> = {}
    let all = 0
    await this.#eachAlbum((key) => {
      all += Number(this.#get('SELECT COUNT(*) AS n FROM items WHERE album_key = ?', key)?.n ?? 0)
      for (const [state, n] of Object.entries(this.countStates(key))) states[state] = (states[state] ?? 0) + n
      const files = this.#all(
        'SELECT state, grade, COUNT(*) AS n, SUM(size) AS bytes FROM files WHERE album_key = ? GROUP BY state, grade',
        key,
      )
      for (const r of files) {
        const [state, grade, n, bytes] = [String(r.state), String(r.grade), Number(r.n), Number(r.bytes)]
        byState[state] = (byState[state] ?? 0) + n
        const known = byGrade[grade] ?? { files: 0, bytes: 0 }
        if (state === 'held') byGrade[grade] = { files: known.files + n, bytes: known.bytes + bytes }
      }
    })
    const items = Object.values(states).reduce((sum, n) => sum + n, 0)
    return {
      albums: Number(this.#get('SELECT COUNT(*) AS n FROM albums WHERE vanished_at IS NULL')?.n ?? 0),
      items,
      held: byState.held ?? 0,
      bytes: Object.values(byGrade).reduce((sum, g) => sum + g.bytes, 0),
      byGrade,
      vanished: all - items,
      failed: states.failed ?? 0,
      pending: states.pending ?? 0,
      impossible: states.impossible ?? 0,
      missing: byState.missing ?? 0,
      damaged: byState.damaged ?? 0,
    }
  }

  /** One after the other, so that a million items hold nothing up, nor have to be sorted in memory. */
  async #eachAlbum(work: (key: string) => void): Promise<void> {
    let turn = performance.now()
    for (const { key } of this.#all('SELECT key FROM albums')) {
      work(String(key))
      if (performance.now() - turn < TURN_MS) continue
      await nextTurn()
      turn = performance.now()
    }
  }

  // ── strays ──

  /** Notes a file that belongs to no item; what is known of its hash is kept while size and time are the same. */
  seeStray(stray: { readonly path: string; readonly size: number; readonly mtime: number }, survey: number): void {
    this.#write(
      `INSERT INTO strays (path, size, mtime, seen) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (path) DO UPDATE SET
         md5 = CASE WHEN size = ?2 AND mtime = ?3 THEN md5 END, sha256 = CASE WHEN size = ?2 AND mtime = ?3 THEN sha256 END,
         size = ?2, mtime = ?3, seen = ?4`,
      ...[stray.path, stray.size, stray.mtime, survey],
    )
  }

  /** Forgets the strays that this survey has not met. */
  dropStraysNotSeenBy(survey: number): void {
    this.#write('DELETE FROM strays WHERE seen <> ?', survey)
  }

  stray(path: string): StrayRow | undefined {
    const row = this.#get('SELECT * FROM strays WHERE path = ?', path)
    return row && strayRow(row)
  }

  straysOfSize(size: number): readonly StrayRow[] {
    return this.#all('SELECT * FROM strays WHERE size = ? ORDER BY path LIMIT 1000', size).map(strayRow)
  }

  *eachStray(): Generator<StrayRow> {
    let after = ''
    for (;;) {
      const rows = this.#all('SELECT * FROM strays WHERE path > ? ORDER BY path LIMIT 1000', after).map(strayRow)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined) return
      after = last.path
    }
  }

  setStrayHash(path: string, hash: { readonly md5: string; readonly sha256: string }): void {
    this.#write('UPDATE strays SET md5 = ?, sha256 = ? WHERE path = ?', hash.md5, hash.sha256, path)
  }

  /** A folder was moved, and the strays in it with it. */
  moveStrays(from: string, to: string): void {
    this.#write(
      "UPDATE OR REPLACE strays SET path = ?2 || substr(path, length(?1) + 1) WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'",
      ...[from, to],
    )
  }

  removeStray(path: string): void {
    this.#write('DELETE FROM strays WHERE path = ?', path)
  }

  // ── runs ──

  beginRun(operation: string, startedAt: number): number {
    this.#write('INSERT INTO runs (operation, started_at) VALUES (?, ?)', operation, startedAt)
    return Number(this.#get('SELECT last_insert_rowid() AS id')?.id)
  }

  endRun(id: number, end: { readonly finishedAt: number; readonly exitCode: number; readonly summary: string }): void {
    this.#write('UPDATE runs SET finished_at = ?, exit_code = ?, summary = ? WHERE id = ?', end.finishedAt, end.exitCode, end.summary, id)
  }

  /** The newest run of an operation, or of any. */
  lastRun(operation?: string): RunRow | undefined {
    const row =
      operation === undefined
        ? this.#get('SELECT * FROM runs ORDER BY id DESC LIMIT 1')
        : this.#get('SELECT * FROM runs WHERE operation = ? ORDER BY id DESC LIMIT 1', operation)
    return row && runRow(row)
  }

  /** What the newest backup that received anything received, and in what time. */
  lastFetch(): { readonly bytes: number; readonly durationMs: number } | undefined {
    const row = this.#get(
      `SELECT summary ->> '$.totals.bytes' AS bytes, summary ->> '$.totals.durationMs' AS ms FROM runs
       WHERE operation = 'backup' AND summary ->> '$.totals.bytes' > 0 ORDER BY id DESC LIMIT 1`,
    )
    return row === undefined ? undefined : { bytes: Number(row.bytes), durationMs: Number(row.ms) }
  }

  // ── life ──

  /** SQLite's own check; empty when sound. */
  check(): readonly string[] {
    const rows = this.#all('PRAGMA integrity_check(20)').map((row) => String(row.integrity_check))
    return rows.length === 1 && rows[0] === 'ok' ? [] : rows
  }

  /** Makes durable what was written so far. Throws the first failure again: nothing is written after one. */
  flush(): void {
    this.#cancelCommit?.()
    this.#cancelCommit = undefined
    if (this.#failure !== undefined) throw this.#failure
    if (this.#options.mode !== 'pretend' && this.#db.isTransaction) this.#attempt(() => this.#db.exec('COMMIT'))
  }

  /**
   * Flushes and closes; a `pretend` catalogue forgets. A failure that was thrown before is not thrown again:
   * closing must not hide what ended the run.
   */
  close(): void {
    try {
      if (this.#options.mode === 'pretend') this.#db.exec('ROLLBACK')
      else if (this.#failure === undefined) this.flush()
    } finally {
      this.#cancelCommit?.()
      this.#statements.clear()
      this.#db.close()
    }
  }

  /** In the background a failure waits for the next write. */
  #flushLater(): void {
    try {
      this.flush()
    } catch {
      // Kept by #attempt.
    }
  }

  /** A change to the database; the first failure is remembered, for SQLite has forgotten the batch then. */
  #attempt(change: () => void): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      guarded(this.#options.path, change)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return guarded(this.#options.path, () => this.#prepare(sql).get(...values))
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return guarded(this.#options.path, () => this.#prepare(sql).all(...values))
  }

  #write(sql: string, ...values: readonly (SQLInputValue | undefined)[]): void {
    this.#attempt(() => {
      if (this.#options.mode === 'write' && !this.#db.isTransaction) {
        this.#db.exec('BEGIN IMMEDIATE')
        this.#cancelCommit = this.#options.later?.(() => this.#flushLater(), BATCH_MS)
      }
      this.#prepare(sql).run(...values.map((value) => value ?? null))
    })
  }
}

function prepareConnection(db: DatabaseSync, options: CatalogueOptions): void {
  // [Note: a dry run writes no byte] Dirty pages stay in memory until a commit that never comes, and so does the journal.
  if (options.mode === 'pretend') db.exec('PRAGMA journal_mode = MEMORY; PRAGMA cache_spill = OFF')
  else if (options.mode === 'write') db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL')
  db.exec('PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY')
  if (options.path !== ':memory:') checkLength(db, options.path)
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (version > migrations.length) {
    throw new DestinationError(
      `The catalogue ${options.path} was made by a newer smugmug-backup (its format is ${version}, this one knows ${migrations.length}).`,
      {
        hint: 'Update smugmug-backup.',
      },
    )
  }
  if (options.mode === 'read') return
  if (options.mode === 'pretend') db.exec('BEGIN')
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue
    const upgrade = `${step}; PRAGMA user_version = ${index + 1}`
    db.exec(options.mode === 'pretend' ? upgrade : `BEGIN EXCLUSIVE; ${upgrade}; COMMIT`)
  }
}

/** A database that was cut short is found out at once, not at the first page that is not there. */
function checkLength(db: DatabaseSync, path: string): void {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count ?? 0)
  const size = Number(db.prepare('PRAGMA page_size').get()?.page_size ?? 0)
  if (pages * size > statSync(path).size) throw Object.assign(new Error('it is cut short'), { errcode: SQLITE.CORRUPT })
}

const SQLITE = {
  ERROR: 1,
  FULL: 13,
  CORRUPT: 11,
  NOTADB: 26,
  READONLY: 8,
  READONLY_ROLLBACK: 776,
  IOERR: 10,
  CANTOPEN: 14,
  BUSY: 5,
} as const

/** Runs a database call; turns SQLite's complaints about the disk into what a person can act on. */
function guarded<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    const code = (error as { readonly errcode?: number }).errcode
    if (code === undefined || error instanceof DestinationError) throw error
    switch (code & 0xff) {
      // Our SQL is right: an error in it means that this is not the database it should be.
      case SQLITE.ERROR:
      case SQLITE.CORRUPT:
      case SQLITE.NOTADB:
        throw new DestinationError(`The catalogue ${path} is damaged (${(error as Error).message}). Your photos are not affected.`, {
          hint: 'Run `smugmug-backup rebuild`: it makes a new catalogue from the vault itself, without a download.',
          cause: error,
        })
      case SQLITE.FULL:
        throw new DestinationError(`The disk is full: the catalogue ${path} (${megabytes(path)} MB) could not be written.`, {
          hint: 'Make room on the destination and run the backup again; everything stored so far is kept.',
          cause: error,
        })
      case SQLITE.READONLY:
      case SQLITE.IOERR:
      case SQLITE.CANTOPEN:
        throw new DestinationError(`The catalogue ${path} cannot be read or written (${(error as Error).message}).`, {
          hint: 'Check that the destination is mounted, writable and healthy, then run the backup again.',
          cause: error,
        })
      case SQLITE.BUSY:
        throw new VaultBusyError(`Another program is writing to the catalogue ${path}.`, {
          hint: 'Wait until it has finished, then try again.',
          cause: error,
        })
      default:
        throw error
    }
  }
}

const megabytes = (path: string): string => ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1e6).toFixed(1)

const text = (value: SQLOutputValue | undefined): string | undefined => (value === null || value === undefined ? undefined : String(value))
const number = (value: SQLOutputValue | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value)

const albumRow = (r: Row): AlbumRow => ({
  key: String(r.key),
  nodeId: text(r.node_id),
  name: String(r.name),
  urlPath: String(r.url_path),
  folder: String(r.folder),
  imageCount: number(r.image_count),
  lastUpdated: text(r.last_updated),
  imagesLastUpdated: text(r.images_last_updated),
  listedAt: number(r.listed_at),
  vanishedAt: number(r.vanished_at),
})

const itemRow = (r: Row): ItemRow => ({
  albumKey: String(r.album_key),
  imageKey: String(r.image_key),
  serial: number(r.serial),
  position: Number(r.position),
  fileName: String(r.file_name),
  collected: r.collected === 1,
  state: String(r.state) as ItemRow['state'],
  reason: text(r.reason),
  wanted: String(r.wanted),
  name: String(r.name),
  vanishedAt: number(r.vanished_at),
})

const fileRow = (r: Row): FileRow => ({
  albumKey: String(r.album_key),
  imageKey: String(r.image_key),
  component: String(r.component),
  name: String(r.name),
  size: Number(r.size),
  md5: String(r.md5),
  sha256: String(r.sha256),
  grade: String(r.grade) as FileRow['grade'],
  serial: number(r.serial),
  toldSize: number(r.told_size),
  toldMd5: text(r.told_md5),
  state: String(r.state) as FileRow['state'],
  captured: text(r.captured),
})

const strayRow = (r: Row): StrayRow => ({
  path: String(r.path),
  size: Number(r.size),
  mtime: Number(r.mtime),
  md5: text(r.md5),
  sha256: text(r.sha256),
})

const runRow = (r: Row): RunRow => ({
  id: Number(r.id),
  operation: String(r.operation),
  startedAt: Number(r.started_at),
  finishedAt: number(r.finished_at),
  exitCode: number(r.exit_code),
  summary: text(r.summary),
})
