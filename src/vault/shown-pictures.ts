import type { Row } from './catalogue/readers.ts'
import type { ShownDates } from './shown-dates.ts'
import { type PictureRow, type ShownRow, shownRow } from './shown-rows.ts'

/** The statements of the list that pictures need. */
export interface PictureStatements {
  get(sql: string, ...values: readonly (string | number)[]): Row | undefined
  all(sql: string, ...values: readonly (string | number)[]): readonly Row[]
  run(sql: string, ...values: readonly (string | number)[]): unknown
}

/** The way that pictures can be made in this run. */
export interface PictureWay {
  readonly way: 'sharp' | 'exif'
  /** Can the stills of videos be fetched? */
  readonly stills: boolean
}

export const PICTURE_SCHEMA = `
  CREATE TABLE pictures (md5 TEXT PRIMARY KEY, kind TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, way TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE loose (md5 TEXT PRIMARY KEY) WITHOUT ROWID;
  INSERT INTO loose (md5) VALUES ('');
  CREATE INDEX pictures_few ON pictures (kind, md5) WHERE kind IN ('preview', 'poster');
  CREATE INDEX items_waiting ON items (year, taken DESC, album_key, position, image_key) WHERE is_waiting = 1;
`

/** Photos without a picture, those of which sharp has not tried to make a thumbnail, and videos with a still that was not tried. */
const DUE = `i.md5 <> '' AND CASE WHEN i.is_video
  THEN ?1 AND i.still <> '' AND (p.md5 IS NULL OR (p.kind = 'none' AND p.way <> i.still))
  ELSE p.md5 IS NULL OR (?2 AND p.kind IN ('none', 'preview') AND p.way = 'exif') END`

/** Marks the items of a question that wait for a picture in one way or another. In a vault of a million items these few are found at once. */
const markWaiting = (which: string): string =>
  `UPDATE items AS i SET is_waiting = 1 - is_waiting
   WHERE ${which} AND is_waiting <> (SELECT ${DUE.replaceAll(/\?\d/g, '1')} FROM (SELECT 1) LEFT JOIN pictures p ON p.md5 = i.md5)`

/** Which file has which picture, as the list remembers it. */
export class ShownPictures {
  readonly #sql: PictureStatements
  readonly #dates: ShownDates

  constructor(sql: PictureStatements, dates: ShownDates) {
    this.#sql = sql
    this.#dates = dates
  }

  /** Returns the picture of a file; undefined if none was tried yet. */
  of(md5: string): PictureRow | undefined {
    const row = this.#sql.get('SELECT kind, width, height, way FROM pictures WHERE md5 = ?', md5)
    return (
      row && { kind: String(row.kind) as PictureRow['kind'], width: Number(row.width), height: Number(row.height), way: String(row.way) }
    )
  }

  /** Notes the picture of a file, and marks the pages and years that show it. */
  put(md5: string, { kind, width, height, way }: PictureRow): void {
    const before = this.of(md5)
    this.#sql.run('INSERT OR REPLACE INTO pictures (md5, kind, width, height, way) VALUES (?, ?, ?, ?, ?)', md5, kind, width, height, way)
    this.#sql.run(markWaiting("i.md5 = ? AND i.md5 <> ''"), md5)
    if ((before?.kind ?? 'none') === kind && (kind === 'none' || (before?.width === width && before.height === height))) return
    if (before !== undefined && before.kind !== 'none') this.#sql.run('INSERT OR IGNORE INTO loose (md5) VALUES (?)', md5)
    this.#markShowing(md5)
  }

  /**
   * Notes a picture of the usual height for each file without one: a thumbnail for a photo, a poster for a video of which SmugMug has a still.
   * It is made when it is looked at.
   */
  assume(): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO pictures (md5, kind, width, height, way)
       SELECT md5, CASE WHEN is_video = 0 THEN 'thumbnail' WHEN still <> '' THEN 'poster' ELSE 'none' END,
         CASE WHEN height > 0 THEN MAX(1, width * 360 / height) ELSE 540 END, 360, 'assumed'
       FROM items WHERE md5 <> ''`,
    )
  }

  /** Finds out which items of an album wait for a picture. Call it once its rows are there. */
  await(albumKey: string): void {
    this.#sql.run(markWaiting('i.album_key = ?'), albumKey)
  }

  #markShowing(md5: string): void {
    this.#dates.forgetShowing('SELECT ?', md5)
    this.#sql.run(
      `UPDATE albums SET is_dirty = 1 WHERE key IN (
         SELECT o.album_key FROM items i JOIN items o ON o.image_key = i.image_key WHERE i.md5 = ? AND i.md5 <> '')`,
      md5,
    )
  }

  /** Counts the files whose picture is to be made. */
  countDue({ way, stills }: PictureWay): number {
    const sql = `SELECT COUNT(DISTINCT i.md5) AS n FROM items i INDEXED BY items_waiting LEFT JOIN pictures p ON p.md5 = i.md5 WHERE i.is_waiting = 1 AND ${DUE}`
    return Number(this.#sql.get(sql, Number(stills), Number(way === 'sharp'))?.n ?? 0)
  }

  /** Returns up to `most` items of a year whose picture is to be made, newest first, after this one. The same bytes may come twice. */
  due(
    year: number,
    { way, stills }: PictureWay,
    { most, after }: { readonly most: number; readonly after?: ShownRow },
  ): readonly ShownRow[] {
    const first = after === undefined
    const later = first ? '' : 'AND (i.taken < ?5 OR (i.taken = ?5 AND (i.album_key, i.position, i.image_key) > (?6, ?7, ?8)))'
    return this.#sql
      .all(
        `SELECT i.* FROM items i INDEXED BY items_waiting LEFT JOIN pictures p ON p.md5 = i.md5 WHERE i.is_waiting = 1 AND i.year = ?3 AND ${DUE} ${later}
         ORDER BY i.taken DESC, i.album_key, i.position, i.image_key LIMIT ?4`,
        ...[Number(stills), Number(way === 'sharp'), year, most],
        ...(first ? [] : [after.taken, after.albumKey, after.position, after.imageKey]),
      )
      .map(shownRow)
  }

  /** Was the list made anew since the last `settle('')`? Then it does not know which pictures stand without an item. */
  get isNew(): boolean {
    return this.#sql.get("SELECT 1 FROM loose WHERE md5 = ''") !== undefined
  }

  /** Forgets the pictures of a kind in a folder that is gone, named by the first two digits of their MD5s: they are made anew. */
  forget({ kind, digits }: { readonly kind: Exclude<PictureRow['kind'], 'none'>; readonly digits: string }): void {
    // The few previews and posters have an index of their own. Beyond the digits comes no MD5 that begins with them.
    const among = kind === 'thumbnail' ? "kind = 'thumbnail'" : `kind IN ('preview', 'poster') AND kind = '${kind}'`
    const which = `${among} AND md5 >= ?1 AND md5 < ?1 || 'g'`
    for (const { md5 } of this.#sql.all(`SELECT md5 FROM pictures WHERE ${which}`, digits)) {
      this.#sql.run('DELETE FROM pictures WHERE md5 = ?', String(md5))
      this.#sql.run(markWaiting("i.md5 = ? AND i.md5 <> ''"), String(md5))
    }
  }

  /** Forgets the picture of one file: it is made anew. */
  forgetOne(md5: string): void {
    this.#sql.run('DELETE FROM pictures WHERE md5 = ?', md5)
    this.#sql.run(markWaiting("i.md5 = ? AND i.md5 <> ''"), md5)
    this.#markShowing(md5)
  }

  /** Returns the files that had another picture before, or were shown by an album that has changed since. */
  loose(): readonly string[] {
    return this.#sql.all("SELECT md5 FROM loose WHERE md5 <> ''").map(({ md5 }) => String(md5))
  }

  /** Returns the picture of a file that is still shown; forgets that of one that is not. */
  settle(md5: string): PictureRow['kind'] | undefined {
    this.#sql.run('DELETE FROM loose WHERE md5 = ?', md5)
    if (this.#sql.get("SELECT 1 FROM items WHERE md5 = ? AND md5 <> '' LIMIT 1", md5) !== undefined) return this.of(md5)?.kind
    this.#sql.run('DELETE FROM pictures WHERE md5 = ?', md5)
    return undefined
  }
}
