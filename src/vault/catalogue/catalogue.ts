import { breathe } from '../../flow/breathe.ts'
import { Database, type DatabaseOptions } from './database.ts'
import { albumRow, fileRow, itemRow, runRow, seenFile, strayRow } from './readers.ts'
import { Records } from './records.ts'
import type { AlbumRow, FileRow, ItemRow, RunRow, SeenFile, StrayRow } from './rows.ts'

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

/** The time of a file that must be hashed before it is believed. */
const IN_DOUBT = -1

/** Follows every path. */
const LAST_PATH = '\u{10ffff}'

/**
 * What is held, why, and how it was proven: questions to a SQLite database, and the only place that asks any.
 *
 * One writer. Writes gather in a transaction of at most a second, so rows may be lost to a crash while the bytes they
 * speak of are not: the next run adopts those. A rollback journal rather than WAL, because vaults live on network disks.
 * A database that SQLite finds damaged throws `DestinationError` naming `rebuild`.
 */
export class Catalogue {
  readonly #db: Database
  /** The vault's own files, as they were last written. */
  readonly records: Records

  private constructor(db: Database) {
    this.#db = db
    this.records = new Records(db)
  }

  /** Opens or creates; brings an older schema up to date. Throws `DestinationError` for a damaged or a newer one. */
  static open(options: DatabaseOptions): Catalogue {
    return new Catalogue(Database.open(options))
  }

  /** Opened to look only. */
  get readOnly(): boolean {
    return this.#db.readOnly
  }

  // ── meta ──

  meta(key: string): string | undefined {
    const row = this.#db.get('SELECT value FROM meta WHERE key = ?', key)
    return row === undefined ? undefined : String(row.value)
  }

  setMeta(key: string, value: string | undefined): void {
    if (value === undefined) this.#db.write('DELETE FROM meta WHERE key = ?', key)
    else this.#db.write('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', key, value)
  }

  // ── albums ──

  /** Every album ever held, vanished ones too, by key. */
  albums(): readonly AlbumRow[] {
    return this.#db.all('SELECT * FROM albums ORDER BY key').map(albumRow)
  }

  album(key: string): AlbumRow | undefined {
    const row = this.#db.get('SELECT * FROM albums WHERE key = ?', key)
    return row && albumRow(row)
  }

  putAlbum(a: AlbumRow): void {
    this.#db.write(
      `INSERT OR REPLACE INTO albums (key, node_id, name, url_path, folder, image_count, last_updated, images_last_updated, listed_at, vanished_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[a.key, a.nodeId, a.name, a.urlPath, a.folder, a.imageCount, a.lastUpdated, a.imagesLastUpdated, a.listedAt, a.vanishedAt],
    )
  }

  removeAlbum(key: string): void {
    this.#db.write('DELETE FROM albums WHERE key = ?', key)
  }

  /** Albums that must be listed whatever their dates say: something in them failed, is pending, missing or damaged. */
  troubledAlbums(): ReadonlySet<string> {
    const rows = this.#db.all(
      `SELECT album_key FROM items WHERE state IN ('failed', 'pending') AND vanished_at IS NULL
       UNION SELECT f.album_key FROM files f JOIN items i USING (album_key, image_key) WHERE f.state <> 'held' AND i.vanished_at IS NULL`,
    )
    return new Set(rows.map((row) => String(row.album_key)))
  }

  // ── items and files ──

  items(albumKey: string): readonly ItemRow[] {
    return this.#db.all('SELECT * FROM items WHERE album_key = ? ORDER BY position, image_key', albumKey).map(itemRow)
  }

  item(albumKey: string, imageKey: string): ItemRow | undefined {
    const row = this.#db.get('SELECT * FROM items WHERE album_key = ? AND image_key = ?', albumKey, imageKey)
    return row && itemRow(row)
  }

  /** The item's places in every album. */
  itemsByImage(imageKey: string): readonly ItemRow[] {
    return this.#db.all('SELECT * FROM items WHERE image_key = ? ORDER BY album_key', imageKey).map(itemRow)
  }

  putItem(i: ItemRow): void {
    this.#db.write(
      `INSERT OR REPLACE INTO items (album_key, image_key, serial, position, file_name, collected, state, reason, wanted, name, vanished_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[i.albumKey, i.imageKey, i.serial, i.position, i.fileName, i.collected ? 1 : 0, i.state, i.reason, i.wanted, i.name, i.vanishedAt],
    )
  }

  /** Forgets an item and its files. */
  removeItem(albumKey: string, imageKey: string): void {
    this.#db.write('DELETE FROM items WHERE album_key = ? AND image_key = ?', albumKey, imageKey)
    this.#db.write('DELETE FROM files WHERE album_key = ? AND image_key = ?', albumKey, imageKey)
  }

  /** Number of items of an album that are in the account, as far as is known, by state. */
  countStates(albumKey: string): Readonly<Partial<Record<ItemRow['state'], number>>> {
    const rows = this.#db.all('SELECT state, COUNT(*) AS n FROM items WHERE album_key = ? AND vanished_at IS NULL GROUP BY state', albumKey)
    return Object.fromEntries(rows.map((row) => [String(row.state), Number(row.n)]))
  }

  /** What is held of an album, by grade. */
  gradesOf(albumKey: string): Readonly<Record<string, { readonly files: number; readonly bytes: number }>> {
    const rows = this.#db.all(
      "SELECT grade, COUNT(*) AS n, SUM(size) AS bytes FROM files WHERE album_key = ? AND state = 'held' GROUP BY grade",
      albumKey,
    )
    return Object.fromEntries(rows.map((row) => [String(row.grade), { files: Number(row.n), bytes: Number(row.bytes) }]))
  }

  /** Has the album items, and is every one of them collected from another album? */
  onlyCollected(albumKey: string): boolean {
    const row = this.#db.get('SELECT COUNT(*) AS n, SUM(collected) AS c FROM items WHERE album_key = ? AND vanished_at IS NULL', albumKey)
    return Number(row?.n ?? 0) > 0 && row?.n === row?.c
  }

  files(albumKey: string): readonly FileRow[] {
    return this.#db.all('SELECT * FROM files WHERE album_key = ? ORDER BY image_key, component', albumKey).map(fileRow)
  }

  /** An item's own file and its companions. */
  filesOf(albumKey: string, imageKey: string): readonly FileRow[] {
    return this.#db.all('SELECT * FROM files WHERE album_key = ? AND image_key = ? ORDER BY component', albumKey, imageKey).map(fileRow)
  }

  file(albumKey: string, imageKey: string, component = ''): FileRow | undefined {
    const row = this.#db.get('SELECT * FROM files WHERE album_key = ? AND image_key = ? AND component = ?', albumKey, imageKey, component)
    return row && fileRow(row)
  }

  /** The files of an album with the time each was last seen with. */
  filesSeen(albumKey: string): readonly SeenFile[] {
    return this.#db.all('SELECT * FROM files WHERE album_key = ?', albumKey).map(seenFile)
  }

  /** At most so many files that nobody has looked at since they were stored. */
  unseenFiles(limit: number): readonly FileRow[] {
    return this.#db.all("SELECT * FROM files WHERE mtime IS NULL AND state = 'held' LIMIT ?", limit).map(fileRow)
  }

  /**
   * Notes the time that a file stands with, in milliseconds since 1970; `doubt`: its bytes must be hashed before it is believed;
   * `unseen`: the time was changed on purpose, and is looked at anew.
   */
  noteMtime(
    { albumKey, imageKey, component }: Pick<FileRow, 'albumKey' | 'imageKey' | 'component'>,
    mtime: number | 'doubt' | 'unseen',
  ): void {
    this.#db.write(
      'UPDATE files SET mtime = ? WHERE album_key = ? AND image_key = ? AND component = ?',
      ...[mtime === 'doubt' ? IN_DOUBT : mtime === 'unseen' ? undefined : mtime, albumKey, imageKey, component],
    )
  }

  /** Believes no file by its name and size: each must be hashed before it counts as held again. */
  doubtFiles(): void {
    this.#db.write('UPDATE files SET mtime = ?', IN_DOUBT)
  }

  /** Files with these bytes that still stand. */
  filesByMd5(md5: string): readonly FileRow[] {
    return this.#db.all("SELECT * FROM files WHERE md5 = ? AND state = 'held' ORDER BY album_key, image_key LIMIT 100", md5).map(fileRow)
  }

  /** Files of this image that still stand, in every album; without companions. */
  filesByImage(imageKey: string): readonly FileRow[] {
    return this.#db
      .all("SELECT * FROM files WHERE image_key = ? AND component = '' AND state = 'held' ORDER BY album_key", imageKey)
      .map(fileRow)
  }

  putFile(f: FileRow): void {
    this.#db.write(
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
    this.#db.write('DELETE FROM files WHERE album_key = ? AND image_key = ? AND component = ?', albumKey, imageKey, component)
  }

  /** Every stored file with its path in the vault, album folder by album folder. Memory does not grow with the vault. */
  async *eachFile(): AsyncGenerator<FileRow & { readonly path: string }> {
    const albums = [...this.albums()].sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0))
    for (const album of albums) {
      for (const row of this.#db.all('SELECT * FROM files WHERE album_key = ? ORDER BY name', album.key)) {
        const file = fileRow(row)
        yield { ...file, path: album.folder === '' ? file.name : `${album.folder}/${file.name}` }
      }
      await breathe()
    }
  }

  /** Items of the account of which less is held than exists. */
  fallbacks(): readonly ItemRow[] {
    return this.#db
      .all(
        "SELECT i.* FROM items i JOIN files f USING (album_key, image_key) WHERE f.grade = 'fallback' AND f.component = '' AND i.vanished_at IS NULL ORDER BY i.album_key, i.position",
      )
      .map(itemRow)
  }

  /** Files that are not where, or what, they should be. */
  unsoundFiles(): readonly FileRow[] {
    return this.#db.all("SELECT * FROM files WHERE state <> 'held' ORDER BY album_key, image_key, component").map(fileRow)
  }

  /** Files kept of vanished items that are not where, or what, they should be. */
  vanishedNotHeld(): readonly FileRow[] {
    return this.#db
      .all("SELECT f.* FROM files f JOIN items i USING (album_key, image_key) WHERE f.state <> 'held' AND i.vanished_at IS NOT NULL")
      .map(fileRow)
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
      all += Number(this.#db.get('SELECT COUNT(*) AS n FROM items WHERE album_key = ?', key)?.n ?? 0)
      for (const [state, n] of Object.entries(this.countStates(key))) states[state] = (states[state] ?? 0) + n
      const files = this.#db.all(
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
      albums: Number(this.#db.get('SELECT COUNT(*) AS n FROM albums WHERE vanished_at IS NULL')?.n ?? 0),
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
    for (const { key } of this.#db.all('SELECT key FROM albums')) {
      work(String(key))
      await breathe()
    }
  }

  // ── strays ──

  /** Notes a file that belongs to no item; what is known of its hash is kept while size and time are the same. */
  seeStray(stray: { readonly path: string; readonly size: number; readonly mtime: number }, survey: number): void {
    this.#db.write(
      `INSERT INTO strays (path, size, mtime, seen) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (path) DO UPDATE SET
         md5 = CASE WHEN size = ?2 AND mtime = ?3 THEN md5 END, sha256 = CASE WHEN size = ?2 AND mtime = ?3 THEN sha256 END,
         size = ?2, mtime = ?3, seen = ?4`,
      ...[stray.path, stray.size, stray.mtime, survey],
    )
  }

  /** Forgets the strays that this survey has not met. */
  dropStraysNotSeenBy(survey: number): void {
    this.#db.write('DELETE FROM strays WHERE seen <> ?', survey)
  }

  stray(path: string): StrayRow | undefined {
    const row = this.#db.get('SELECT * FROM strays WHERE path = ?', path)
    return row && strayRow(row)
  }

  /** Strays that were hashed and have these bytes. */
  straysByMd5(md5: string, size: number): readonly StrayRow[] {
    return this.#db.all('SELECT * FROM strays WHERE md5 = ? AND size = ? ORDER BY path LIMIT 10', md5, size).map(strayRow)
  }

  /** Strays of a size that were not hashed yet, in the order of their paths, below a folder or anywhere; read in pages. */
  *unhashedStrays(size: number, { below, page }: { readonly below?: string; readonly page: number }): Generator<StrayRow> {
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

  *eachStray(): Generator<StrayRow> {
    let after = ''
    for (;;) {
      const rows = this.#db.all('SELECT * FROM strays WHERE path > ? ORDER BY path LIMIT 1000', after).map(strayRow)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined) return
      after = last.path
    }
  }

  setStrayHash(path: string, hash: { readonly md5: string; readonly sha256: string }): void {
    this.#db.write('UPDATE strays SET md5 = ?, sha256 = ? WHERE path = ?', hash.md5, hash.sha256, path)
  }

  /** A folder was moved, and the strays in it with it. */
  moveStrays(from: string, to: string): void {
    this.#db.write(
      "UPDATE OR REPLACE strays SET path = ?2 || substr(path, length(?1) + 1) WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'",
      ...[from, to],
    )
  }

  removeStray(path: string): void {
    this.#db.write('DELETE FROM strays WHERE path = ?', path)
  }

  // ── runs ──

  beginRun(operation: string, startedAt: number): number {
    this.#db.write('INSERT INTO runs (operation, started_at) VALUES (?, ?)', operation, startedAt)
    return Number(this.#db.get('SELECT last_insert_rowid() AS id')?.id)
  }

  endRun(id: number, end: { readonly finishedAt: number; readonly exitCode: number; readonly summary: string }): void {
    this.#db.write(
      'UPDATE runs SET finished_at = ?, exit_code = ?, summary = ? WHERE id = ?',
      end.finishedAt,
      end.exitCode,
      end.summary,
      id,
    )
  }

  /** The newest run of an operation, or of any. */
  lastRun(operation?: string): RunRow | undefined {
    const row =
      operation === undefined
        ? this.#db.get('SELECT * FROM runs ORDER BY id DESC LIMIT 1')
        : this.#db.get('SELECT * FROM runs WHERE operation = ? ORDER BY id DESC LIMIT 1', operation)
    return row && runRow(row)
  }

  /** What the newest backup that received anything received, and in what time. */
  lastFetch(): { readonly bytes: number; readonly durationMs: number } | undefined {
    const row = this.#db.get(
      `SELECT summary ->> '$.totals.bytes' AS bytes, summary ->> '$.totals.durationMs' AS ms FROM runs
       WHERE operation = 'backup' AND summary ->> '$.totals.bytes' > 0 ORDER BY id DESC LIMIT 1`,
    )
    return row === undefined ? undefined : { bytes: Number(row.bytes), durationMs: Number(row.ms) }
  }

  // ── life ──

  /** SQLite's own check; empty when sound. */
  check(): readonly string[] {
    const rows = this.#db.all('PRAGMA integrity_check(20)').map((row) => String(row.integrity_check))
    return rows.length === 1 && rows[0] === 'ok' ? [] : rows
  }

  /** Makes durable what was written so far. Throws the first failure again: nothing is written after one. */
  flush(): void {
    this.#db.flush()
  }

  /** Flushes and closes; a `pretend` catalogue forgets. A failure that was thrown before is not thrown again. */
  close(): void {
    this.#db.close()
  }
}
