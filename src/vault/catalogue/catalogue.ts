import { breathe } from '../../flow/breathe.ts'
import { COPIED_TABLES } from './catalogue-file.ts'
import { Counts } from './counts.ts'
import { Database, type DatabaseOptions } from './database.ts'
import { albumRow, fileRow, itemRow, SEEN, seenFile } from './readers.ts'
import { Records } from './records.ts'
import type { AlbumRow, FileKey, FileMark, FileRow, ItemRow, SeenFile } from './rows.ts'
import { RunChanges } from './run-changes.ts'
import { Runs } from './runs.ts'
import { Strays } from './strays.ts'

/** Albums that are read at once. */
const SLICE = 100

/** The time of a file that must be hashed before it is believed. */
const IN_DOUBT = 'doubt'

/**
 * The only place that asks the SQLite database: which files are held, why, and how they were proven.
 *
 * One writer. Writes gather in a transaction of at most a second. A crash may lose rows but not the bytes that they describe: the next run
 * adopts those. It uses a rollback journal instead of WAL, because vaults lie on network disks. A database that SQLite finds damaged throws
 * `DestinationError` naming `rebuild`.
 */
export class Catalogue {
  readonly #db: Database
  /** The vault's own files, as they were last written. */
  readonly records: Records
  readonly strays: Strays
  readonly runs: Runs
  /** The changes of the present run, for its report. */
  readonly changes: RunChanges
  readonly counts: Counts

  private constructor(db: Database) {
    this.#db = db
    this.records = new Records(db)
    this.strays = new Strays(db)
    this.runs = new Runs(db)
    this.changes = new RunChanges(db)
    this.counts = new Counts(db)
  }

  /** Opens or creates the database; brings an older schema up to date. Throws `DestinationError` for a damaged or a newer one. */
  static open(options: DatabaseOptions): Catalogue {
    return new Catalogue(Database.open(options))
  }

  /** True when it was opened only to read. */
  get readOnly(): boolean {
    return this.#db.readOnly
  }

  /** The number of its schema. */
  get schema(): number {
    return Number(this.#db.get('PRAGMA user_version')?.user_version)
  }

  /** Notes the net changes from now on, for `changeSet`, up to as many rows. */
  trackChanges(most: number): void {
    this.#db.track(COPIED_TABLES, most)
  }

  /** Returns the changes since `trackChanges`, those of the tables that a copy has; empty if there are none, undefined if they are too many. */
  changeSet(): Uint8Array | undefined {
    return this.#db.changeSet()
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

  /** Returns every album ever held, vanished ones too, by key. */
  albums(): readonly AlbumRow[] {
    return this.#db.all('SELECT * FROM albums ORDER BY key').map(albumRow)
  }

  /** Yields the same albums in slices: they are never in memory together, and may be written meanwhile. */
  *eachAlbum(): Generator<AlbumRow> {
    let last = ''
    for (;;) {
      const rows = this.#db.all('SELECT * FROM albums WHERE key > ? ORDER BY key LIMIT ?', last, SLICE)
      for (const row of rows) yield albumRow(row)
      if (rows.length < SLICE) return
      last = String(rows.at(-1)?.key)
    }
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

  /**
   * Returns the albums that must be listed whatever their dates say: an item in them failed or is pending, or a file is missing or damaged.
   */
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

  /** Returns the image's items in every album. */
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

  files(albumKey: string): readonly FileRow[] {
    return this.#db.all('SELECT * FROM files WHERE album_key = ? ORDER BY image_key, component', albumKey).map(fileRow)
  }

  /** Returns an item's own file and its companions. */
  filesOf(albumKey: string, imageKey: string): readonly FileRow[] {
    return this.#db.all('SELECT * FROM files WHERE album_key = ? AND image_key = ? ORDER BY component', albumKey, imageKey).map(fileRow)
  }

  file(albumKey: string, imageKey: string, component = ''): FileRow | undefined {
    const row = this.#db.get('SELECT * FROM files WHERE album_key = ? AND image_key = ? AND component = ?', albumKey, imageKey, component)
    return row && fileRow(row)
  }

  /** Returns the files of an album, each with the change mark that it was last seen with. */
  filesSeen(albumKey: string): readonly SeenFile[] {
    return this.#db.cells(`SELECT ${SEEN} FROM files WHERE album_key = ?`, albumKey).map((cells) => seenFile(albumKey, cells))
  }

  /** Returns name, size and change mark of each file of an album. The mark of a file that is not held is null. */
  marks(albumKey: string): readonly FileMark[] {
    return this.#db.cells(
      "SELECT name, size, CASE state WHEN 'held' THEN mark END FROM files WHERE album_key = ?",
      albumKey,
    ) as readonly FileMark[]
  }

  /** Returns at most `limit` files that nobody has looked at since they were stored. */
  unseenFiles(limit: number): readonly FileRow[] {
    return this.#db.all("SELECT * FROM files WHERE mark IS NULL AND state = 'held' LIMIT ?", limit).map(fileRow)
  }

  /**
   * Notes the change mark of a file as it stands. `doubt`: its bytes must be hashed before it counts as held. `unseen`: it was changed on
   * purpose, and is looked at again.
   */
  noteMark({ albumKey, imageKey, component }: FileKey, mark: { readonly seen: string } | 'doubt' | 'unseen'): void {
    this.#db.write(
      'UPDATE files SET mark = ? WHERE album_key = ? AND image_key = ? AND component = ?',
      ...[mark === 'doubt' ? IN_DOUBT : mark === 'unseen' ? undefined : mark.seen, albumKey, imageKey, component],
    )
  }

  /** Doubts every file: each must be hashed before it counts as held again. */
  doubtFiles(): void {
    this.#db.writeAll('UPDATE files SET mark = ?', IN_DOUBT)
  }

  /** Doubts the files of these albums whose size other bytes have, too. */
  doubtEqualSizes(albumKeys: readonly string[]): void {
    const update = `UPDATE files SET mark = ? WHERE album_key IN (SELECT value FROM json_each(?))
      AND size IN (SELECT size FROM files GROUP BY size HAVING COUNT(DISTINCT md5) > 1)`
    this.#db.writeAll(update, IN_DOUBT, JSON.stringify(albumKeys))
  }

  /** Returns the held files with these bytes. */
  filesByMd5(md5: string): readonly FileRow[] {
    return this.#db.all("SELECT * FROM files WHERE md5 = ? AND state = 'held' ORDER BY album_key, image_key LIMIT 100", md5).map(fileRow)
  }

  /** Returns the held files of this image in every album, without companions. */
  filesByImage(imageKey: string): readonly FileRow[] {
    return this.#db
      .all("SELECT * FROM files WHERE image_key = ? AND component = '' AND state = 'held' ORDER BY album_key", imageKey)
      .map(fileRow)
  }

  putFile(f: FileRow): void {
    this.#db.write(
      `INSERT OR REPLACE INTO files (album_key, image_key, component, name, size, md5, sha256, grade, serial, told_size, told_md5, state, captured)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[f.albumKey, f.imageKey, f.component, f.name, f.size, f.md5, f.sha256],
      ...[f.grade, f.serial, f.toldSize, f.toldMd5, f.state, f.captured],
    )
  }

  removeFile(albumKey: string, imageKey: string, component: string): void {
    this.#db.write('DELETE FROM files WHERE album_key = ? AND image_key = ? AND component = ?', albumKey, imageKey, component)
  }

  /** Yields every stored file with its path in the vault, album folder by album folder. Memory does not grow with the vault. */
  async *eachFile(): AsyncGenerator<FileRow & { readonly path: string }> {
    const albums: Pick<AlbumRow, 'folder' | 'key'>[] = []
    for (const { folder, key } of this.eachAlbum()) {
      albums.push({ folder, key })
      await breathe()
    }
    for (const { folder, key } of albums.sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0))) {
      for (const row of this.#db.all('SELECT * FROM files WHERE album_key = ? ORDER BY name', key)) {
        const file = fileRow(row)
        yield { ...file, path: folder === '' ? file.name : `${folder}/${file.name}` }
      }
      await breathe()
    }
  }

  /** Returns the next `limit` files after one in the order of their keys, which no move of an album and no new name changes. */
  filesAfter(last: FileKey, limit: number): readonly FileRow[] {
    const sql = `SELECT * FROM files WHERE (album_key, image_key, component) > (?, ?, ?) ORDER BY album_key, image_key, component LIMIT ?`
    return this.#db.all(sql, last.albumKey, last.imageKey, last.component, limit).map(fileRow)
  }

  /** Returns the items of the account whose file is a fallback. */
  fallbacks(): readonly ItemRow[] {
    return this.#db
      .all(
        "SELECT i.* FROM items i JOIN files f USING (album_key, image_key) WHERE f.grade = 'fallback' AND f.component = '' AND i.vanished_at IS NULL ORDER BY i.album_key, i.position",
      )
      .map(itemRow)
  }

  /** Returns the files that are missing or damaged, at most `limit` of them. */
  unsoundFiles(limit = -1): readonly FileRow[] {
    return this.#db.all("SELECT * FROM files WHERE state <> 'held' ORDER BY album_key, image_key, component LIMIT ?", limit).map(fileRow)
  }

  /** Returns the missing or damaged files of vanished items. */
  vanishedNotHeld(): readonly FileRow[] {
    return this.#db
      .all("SELECT f.* FROM files f JOIN items i USING (album_key, image_key) WHERE f.state <> 'held' AND i.vanished_at IS NOT NULL")
      .map(fileRow)
  }

  // ── life ──

  /** Returns the complaints of SQLite's own check; none when the database is sound. */
  check(): readonly string[] {
    const rows = this.#db.all('PRAGMA integrity_check(20)').map((row) => String(row.integrity_check))
    return rows.length === 1 && rows[0] === 'ok' ? [] : rows
  }

  /** Makes all writes so far durable. Throws the first failure again: nothing is written after one. */
  flush(): void {
    this.#db.flush()
  }

  /** Flushes and closes; a `pretend` catalogue discards its writes. A failure that was thrown before is not thrown again. */
  close(): void {
    this.#db.close()
  }
}
