import { DATES_SCHEMA, ShownDates } from './shown-dates.ts'
import { PICTURE_SCHEMA, ShownPictures } from './shown-pictures.ts'
import {
  DATED_COLUMNS,
  type DatedRow,
  datedRow,
  type ListedAlbum,
  type PictureRow,
  type ShownAlbumRow,
  type ShownRow,
  shownRow,
} from './shown-rows.ts'
import { TwinDatabase } from './twin-database.ts'

/** The version of the list. Another one is thrown away and made anew. */
const VERSION = 8

const SCHEMA = `
  CREATE TABLE albums (
    key TEXT PRIMARY KEY, folder TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, is_locked INTEGER NOT NULL,
    cover TEXT NOT NULL, record TEXT NOT NULL, items INTEGER NOT NULL, videos INTEGER NOT NULL, is_dirty INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE items (
    album_key TEXT NOT NULL, image_key TEXT NOT NULL, position INTEGER NOT NULL, collected INTEGER NOT NULL, md5 TEXT NOT NULL,
    name TEXT NOT NULL, is_video INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, year INTEGER NOT NULL,
    month INTEGER NOT NULL, taken TEXT NOT NULL, latitude REAL, longitude REAL, text TEXT NOT NULL, words TEXT NOT NULL,
    note TEXT NOT NULL, still TEXT NOT NULL, is_waiting INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (album_key, image_key)
  ) WITHOUT ROWID;
  CREATE INDEX items_year ON items (year, month DESC, taken DESC, album_key, position) WHERE md5 <> '';
  CREATE INDEX items_md5 ON items (md5, collected, album_key, image_key) WHERE md5 <> '';
  CREATE INDEX items_image ON items (image_key);
  ${PICTURE_SCHEMA}
  CREATE TABLE pages (path TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
  ${DATES_SCHEMA}
`

/** Returns the year of a time, 0 if it is not known. */
export const yearOf = (taken: string): number => Number(/^(\d{4})-/.exec(taken)?.[1] ?? 0)

/** Returns the month of a time, 1 to 12; 0 if it is not known. */
const monthOf = (taken: string): number => Number(/^\d{4}-(0[1-9]|1[0-2])/.exec(taken)?.[1] ?? 0)

/**
 * The list of everything a twin shows, in one SQLite file (`.smugmug-backup/shown.sqlite`). It is made from the albums' records and
 * disposable: without it the next twin takes longer.
 */
export class Shown {
  readonly #db: TwinDatabase
  /** The pictures of the files. */
  readonly pictures: ShownPictures
  /** The years and months of the timeline. */
  readonly dates: ShownDates

  private constructor(db: TwinDatabase) {
    this.#db = db
    this.dates = new ShownDates(db)
    this.pictures = new ShownPictures(db, this.dates)
  }

  /** Opens the list at this path, or one in memory (`:memory:`). A damaged one, or one of another version, is made anew. */
  static open(path: string): Shown {
    const db = TwinDatabase.open({
      path,
      name: 'The list of the twin',
      harmless: 'Your photos are not affected.',
      cure: 'Remove it: the next `smugmug-backup twin` makes it anew.',
      version: VERSION,
      sql: SCHEMA,
      pragmas: 'PRAGMA journal_mode = DELETE; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY',
    })
    db.exec('BEGIN')
    return new Shown(db)
  }

  /** Makes everything so far durable. */
  flush(): void {
    this.#db.exec('COMMIT; BEGIN')
  }

  /** Closes the list. Everything since the last `flush` is undone: a page counts as written only if it is. */
  close(): void {
    this.#db.close()
  }

  /** Returns every album of the list, by folder. */
  albums(): readonly ListedAlbum[] {
    return this.#db.all('SELECT * FROM albums ORDER BY folder').map((row) => ({
      key: String(row.key),
      folder: String(row.folder),
      name: String(row.name),
      description: String(row.description),
      isLocked: row.is_locked === 1,
      cover: String(row.cover),
      record: String(row.record),
      items: Number(row.items),
      videos: Number(row.videos),
      isDirty: row.is_dirty === 1,
    }))
  }

  /** Replaces an album's rows, and marks the pages and years that show them. If `rows` ends in an error, nothing has changed. */
  async putAlbum(album: ShownAlbumRow, rows: AsyncIterable<ShownRow>): Promise<void> {
    this.#db.exec('SAVEPOINT album')
    try {
      await this.#replaceAlbum(album, rows)
    } catch (error) {
      this.#db.exec('ROLLBACK TO album')
      throw error
    } finally {
      this.#db.exec('RELEASE album')
    }
  }

  async #replaceAlbum(album: ShownAlbumRow, rows: AsyncIterable<ShownRow>): Promise<void> {
    const { key, folder, name, description, isLocked, cover, record } = album
    this.#markShown(key)
    const gone = new Set(this.#db.all('SELECT image_key FROM items WHERE album_key = ?', key).map((row) => String(row.image_key)))
    let [items, videos] = [0, 0]
    for await (const row of rows) {
      gone.delete(row.imageKey)
      this.#putItem(key, row)
      items += 1
      if (row.isVideo) videos += 1
    }
    for (const imageKey of gone) this.#db.run('DELETE FROM items WHERE album_key = ? AND image_key = ?', key, imageKey)
    this.pictures.await(key)
    this.#forgetDates(key)
    this.#db.run(
      'INSERT OR REPLACE INTO albums (key, folder, name, description, is_locked, cover, record, items, videos, is_dirty) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)',
      ...[key, folder, name, description, isLocked ? 1 : 0, cover, record, items, videos],
    )
    this.#markSharing(key)
  }

  /** Puts an item in the list. The same file in other words leaves its place in the index of files: each is on a page of its own. */
  #putItem(key: string, row: ShownRow): void {
    const file = [key, row.imageKey, row.md5, row.collected ? 1 : 0]
    const others = [row.position, row.name, row.isVideo ? 1 : 0, row.width, row.height, yearOf(row.taken), monthOf(row.taken), row.taken]
    const words = [row.latitude ?? null, row.longitude ?? null, row.text, row.words, row.note, row.still]
    const changed = this.#db.run(
      `UPDATE items SET position = ?5, name = ?6, is_video = ?7, width = ?8, height = ?9, year = ?10, month = ?11, taken = ?12,
       latitude = ?13, longitude = ?14, text = ?15, words = ?16, note = ?17, still = ?18
       WHERE album_key = ?1 AND image_key = ?2 AND md5 = ?3 AND collected = ?4`,
      ...[...file, ...others, ...words],
    )
    if (changed > 0) return
    this.#db.run(
      `INSERT OR REPLACE INTO items (album_key, image_key, md5, collected, position, name, is_video, width, height, year, month, taken,
       latitude, longitude, text, words, note, still) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[...file, ...others, ...words],
    )
  }

  /** Removes an album and its rows, and marks the pages and years that showed its files. */
  removeAlbum(key: string): void {
    this.#markShown(key)
    this.#db.run('DELETE FROM items WHERE album_key = ?', key)
    this.#db.run('DELETE FROM albums WHERE key = ?', key)
  }

  /** Marks the years and pages that show a file of this album, and its pictures: they may be shown nowhere any more. */
  #markShown(key: string): void {
    this.#forgetDates(key)
    this.#markSharing(key)
    this.#db.run('INSERT OR IGNORE INTO loose (md5) SELECT p.md5 FROM items i JOIN pictures p ON p.md5 = i.md5 WHERE i.album_key = ?', key)
  }

  /** Forgets the years and months that show a file of this album. */
  #forgetDates(key: string): void {
    this.dates.forgetShowing('SELECT md5 FROM items WHERE album_key = ?', key)
  }

  /** Marks the albums that show an item of this album. */
  #markSharing(key: string): void {
    this.#db.run(
      `UPDATE albums SET is_dirty = 1 WHERE key IN (
         SELECT o.album_key FROM items i JOIN items o ON o.image_key = i.image_key WHERE i.album_key = ? AND i.collected + o.collected > 0)`,
      key,
    )
  }

  /** Notes that an album's page is made. */
  markMade(key: string): void {
    this.#db.run('UPDATE albums SET is_dirty = 0 WHERE key = ?', key)
  }

  /** Yields the items of an album in its order. */
  *ofAlbum(key: string): Generator<ShownRow> {
    for (const row of this.#db.each('SELECT * FROM items WHERE album_key = ? ORDER BY position, image_key', key)) yield shownRow(row)
  }

  /** Yields the items of a month, newest first, the same bytes once: in the album they were not collected into, else in the first by key. */
  *ofMonth(year: number, month: number): Generator<DatedRow> {
    const rows = this.#db.each(
      `SELECT ${DATED_COLUMNS} FROM items i LEFT JOIN pictures p ON p.md5 = i.md5 WHERE i.year = ? AND i.month = ? AND i.md5 <> '' AND NOT EXISTS (
         SELECT 1 FROM items o WHERE o.md5 = i.md5 AND o.md5 <> '' AND (o.collected, o.album_key, o.image_key) < (i.collected, i.album_key, i.image_key))
       ORDER BY i.taken DESC, i.album_key, i.position`,
      ...[year, month],
    )
    for (const row of rows) yield datedRow(row)
  }

  /** Returns the item's row in the album that holds its file; undefined if none does. */
  holder(imageKey: string): ShownRow | undefined {
    const row = this.#db.get("SELECT * FROM items WHERE image_key = ? AND md5 <> '' ORDER BY collected, album_key LIMIT 1", imageKey)
    return row && shownRow(row)
  }

  /** Returns the MD5 of the first file of an album that has a picture. */
  firstPictured(albumKey: string): string | undefined {
    const row = this.#db.get(
      `SELECT h.md5 AS md5 FROM items i JOIN items h ON h.image_key = i.image_key JOIN pictures p ON p.md5 = h.md5
       WHERE i.album_key = ? AND h.md5 <> '' AND p.kind <> 'none' ORDER BY i.position LIMIT 1`,
      albumKey,
    )
    return row && String(row.md5)
  }

  /** Returns the folder of an album. */
  folderOf(albumKey: string): string | undefined {
    const row = this.#db.get('SELECT folder FROM albums WHERE key = ?', albumKey)
    return row && String(row.folder)
  }

  /** Returns the picture of a file; undefined if none was tried yet. */
  picture(md5: string): PictureRow | undefined {
    return this.pictures.of(md5)
  }

  /** Returns an item whose file has these bytes; undefined if there is none. */
  itemOf(md5: string): ShownRow | undefined {
    const row = this.#db.get("SELECT * FROM items WHERE md5 = ? AND md5 <> '' ORDER BY collected, album_key LIMIT 1", md5)
    return row && shownRow(row)
  }

  /** Returns the name that all items with these bytes have; undefined if they differ. */
  nameOf(md5: string): string | undefined {
    const row = this.#db.get("SELECT MIN(name) AS first, MAX(name) AS last FROM items WHERE md5 = ? AND md5 <> ''", md5)
    return row !== undefined && row.first !== null && row.first === row.last ? String(row.first) : undefined
  }

  /** Returns items whose folded text holds every word, or whose time begins with it (`2009`, `2009-07`), the newest first. */
  search(words: readonly string[], most: number): readonly ShownRow[] {
    const all = words.map(() => '(instr(text, ?) > 0 OR instr(taken, ?) = 1)').join(' AND ')
    const values = words.flatMap((word) => [word, /^\d{4}(-\d\d)?$/.test(word) ? word : '-'])
    return this.#db.all(`SELECT * FROM items WHERE ${all} AND md5 <> '' ORDER BY taken DESC LIMIT ?`, ...values, most).map(shownRow)
  }

  /** Returns the facts that a page was made from, as a hash. */
  page(path: string): string | undefined {
    const row = this.#db.get('SELECT facts FROM pages WHERE path = ?', path)
    return row && String(row.facts)
  }

  /** Forgets which pages and years are made, so that all are due. */
  forgetMade(): void {
    this.#db.run("DELETE FROM pages WHERE path LIKE '%.html'")
    this.dates.forgetAll()
    this.#db.run('UPDATE albums SET is_dirty = 1')
  }

  putPage(path: string, facts: string): void {
    this.#db.run('INSERT OR REPLACE INTO pages (path, facts) VALUES (?, ?)', path, facts)
  }

  /** Forgets what every file was made from, but not the pictures. */
  forgetFiles(): void {
    this.#db.run('DELETE FROM pages')
    this.dates.forgetAll()
  }

  /** Forgets what a file was made from: it is made anew. */
  forgetFile(path: string): void {
    this.#db.run('DELETE FROM pages WHERE path = ?', path)
    this.dates.forgetPath(path)
  }

  /** Forgets every page that is not among these. */
  keepPages(paths: ReadonlySet<string>): void {
    for (const row of this.#db.all('SELECT path FROM pages')) if (!paths.has(String(row.path))) this.forgetFile(String(row.path))
  }
}
