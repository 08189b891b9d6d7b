import { PICTURE_SCHEMA, ShownPictures } from './shown-pictures.ts'
import { type ListedAlbum, type PictureRow, type ShownAlbumRow, type ShownRow, shownRow } from './shown-rows.ts'
import { TwinDatabase } from './twin-database.ts'

/** The version of the list. Another one is thrown away and made anew. */
const VERSION = 3

const SCHEMA = `
  CREATE TABLE albums (
    key TEXT PRIMARY KEY, folder TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, is_locked INTEGER NOT NULL,
    cover TEXT NOT NULL, record TEXT NOT NULL, items INTEGER NOT NULL, is_dirty INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE items (
    album_key TEXT NOT NULL, image_key TEXT NOT NULL, position INTEGER NOT NULL, collected INTEGER NOT NULL, md5 TEXT NOT NULL,
    name TEXT NOT NULL, is_video INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, year INTEGER NOT NULL,
    taken TEXT NOT NULL, latitude REAL, longitude REAL, text TEXT NOT NULL, words TEXT NOT NULL,
    note TEXT NOT NULL, still TEXT NOT NULL, PRIMARY KEY (album_key, image_key)
  ) WITHOUT ROWID;
  CREATE INDEX items_year ON items (year, taken DESC, album_key, position) WHERE md5 <> '';
  CREATE INDEX items_md5 ON items (md5, collected, album_key, image_key) WHERE md5 <> '';
  CREATE INDEX items_image ON items (image_key);
  ${PICTURE_SCHEMA}
  CREATE TABLE pages (path TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE years (year INTEGER PRIMARY KEY, hash TEXT NOT NULL, items INTEGER NOT NULL);
  CREATE TABLE data (path TEXT PRIMARY KEY, year INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX data_year ON data (year);
`

/** Returns the year of a time, 0 if it is not known. */
export const yearOf = (taken: string): number => Number(/^(\d{4})-/.exec(taken)?.[1] ?? 0)

/**
 * The list of everything a twin shows, in one SQLite file (`.smugmug-backup/shown.sqlite`). It is made from the albums' records and
 * disposable: without it the next twin takes longer.
 */
export class Shown {
  readonly #db: TwinDatabase
  /** The pictures of the files. */
  readonly pictures: ShownPictures

  private constructor(db: TwinDatabase) {
    this.#db = db
    this.pictures = new ShownPictures(db)
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
    this.removeAlbum(key)
    let items = 0
    for await (const row of rows) {
      this.#putItem(key, row)
      items += 1
      if (row.md5 !== '') this.#forgetYears('SELECT year FROM items WHERE md5 = ?', row.md5)
    }
    this.#db.run(
      'INSERT INTO albums (key, folder, name, description, is_locked, cover, record, items, is_dirty) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)',
      ...[key, folder, name, description, isLocked ? 1 : 0, cover, record, items],
    )
    this.#markSharing(key)
  }

  #putItem(key: string, row: ShownRow): void {
    this.#db.run(
      `INSERT OR REPLACE INTO items (album_key, image_key, position, collected, md5, name, is_video, width, height, year, taken,
       latitude, longitude, text, words, note, still) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[key, row.imageKey, row.position, row.collected ? 1 : 0, row.md5, row.name, row.isVideo ? 1 : 0, row.width, row.height],
      ...[yearOf(row.taken), row.taken, row.latitude ?? null, row.longitude ?? null, row.text, row.words, row.note, row.still],
    )
  }

  /** Removes an album and its rows, and marks the pages and years that showed its files. */
  removeAlbum(key: string): void {
    this.#forgetYears("SELECT year FROM items WHERE md5 <> '' AND md5 IN (SELECT md5 FROM items WHERE album_key = ?)", key)
    this.#markSharing(key)
    this.#db.run('INSERT OR IGNORE INTO loose (md5) SELECT p.md5 FROM items i JOIN pictures p ON p.md5 = i.md5 WHERE i.album_key = ?', key)
    this.#db.run('DELETE FROM items WHERE album_key = ?', key)
    this.#db.run('DELETE FROM albums WHERE key = ?', key)
  }

  /** Forgets the files of these years: they are out of date, also for a later run, if this one ends before it writes them. */
  #forgetYears(which: string, value: string): void {
    this.#db.run(`DELETE FROM years WHERE year IN (${which})`, value)
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

  /** Returns the years that have items, newest first; 0 (undated) last. */
  years(): readonly number[] {
    return this.#db.all("SELECT DISTINCT year FROM items WHERE md5 <> '' ORDER BY year DESC").map((row) => Number(row.year))
  }

  /** Yields the items of a year, newest first, the same bytes once: in the album they were not collected into, else in the first by key. */
  *ofYear(year: number): Generator<ShownRow> {
    const rows = this.#db.each(
      `SELECT * FROM items i WHERE year = ? AND md5 <> '' AND NOT EXISTS (
         SELECT 1 FROM items o WHERE o.md5 = i.md5 AND o.md5 <> '' AND (o.collected, o.album_key, o.image_key) < (i.collected, i.album_key, i.image_key))
       ORDER BY taken DESC, album_key, position`,
      year,
    )
    for (const row of rows) yield shownRow(row)
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

  /** Returns items whose folded text holds every word, the newest first. */
  search(words: readonly string[], most: number): readonly ShownRow[] {
    const all = words.map(() => 'instr(text, ?) > 0').join(' AND ')
    return this.#db.all(`SELECT * FROM items WHERE ${all} AND md5 <> '' ORDER BY taken DESC LIMIT ?`, ...words, most).map(shownRow)
  }

  /** Returns the facts that a page was made from, as a hash. */
  page(path: string): string | undefined {
    const row = this.#db.get('SELECT facts FROM pages WHERE path = ?', path)
    return row && String(row.facts)
  }

  /** Forgets which pages and years are made, so that all are due. */
  forgetMade(): void {
    this.#db.run("DELETE FROM pages WHERE path LIKE '%.html'")
    this.#db.run('DELETE FROM years')
    this.#db.run('UPDATE albums SET is_dirty = 1')
  }

  putPage(path: string, facts: string): void {
    this.#db.run('INSERT OR REPLACE INTO pages (path, facts) VALUES (?, ?)', path, facts)
  }

  /** Returns the written years: the hash of their files and the number of items. */
  writtenYears(): ReadonlyMap<number, { readonly hash: string; readonly items: number }> {
    return new Map(
      this.#db
        .all('SELECT year, hash, items FROM years')
        .map((row) => [Number(row.year), { hash: String(row.hash), items: Number(row.items) }]),
    )
  }

  putYear(year: number, { hash, items }: { readonly hash: string; readonly items: number }): void {
    this.#db.run('INSERT OR REPLACE INTO years (year, hash, items) VALUES (?, ?, ?)', year, hash, items)
  }

  /** Returns the years that have files. */
  dataYears(): readonly number[] {
    return this.#db.all('SELECT DISTINCT year FROM data').map((row) => Number(row.year))
  }

  removeYear(year: number): void {
    this.#db.run('DELETE FROM years WHERE year = ?', year)
    this.#db.run('DELETE FROM data WHERE year = ?', year)
  }

  /** Forgets what every file was made from, but not the pictures. */
  forgetFiles(): void {
    this.#db.run('DELETE FROM pages')
    this.#db.run('DELETE FROM years')
  }

  /** Forgets what a file was made from: it is made anew. */
  forgetFile(path: string): void {
    this.#db.run('DELETE FROM pages WHERE path = ?', path)
    this.#db.run('DELETE FROM years WHERE year IN (SELECT year FROM data WHERE path = ?)', path)
  }

  /** Forgets every page that is not among these. */
  keepPages(paths: ReadonlySet<string>): void {
    for (const row of this.#db.all('SELECT path FROM pages')) if (!paths.has(String(row.path))) this.forgetFile(String(row.path))
  }

  /** Notes the paths of a year's files, in place of those that it had. */
  putData(year: number, paths: readonly string[]): void {
    this.#db.run('DELETE FROM data WHERE year = ?', year)
    for (const path of paths) this.#db.run('INSERT OR REPLACE INTO data (path, year) VALUES (?, ?)', path, year)
  }

  /** Is this one of the files that the years lead to? */
  hasData(path: string): boolean {
    return this.#db.get('SELECT 1 FROM data WHERE path = ?', path) !== undefined
  }
}
