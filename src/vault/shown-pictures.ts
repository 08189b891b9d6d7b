import type { Row } from './catalogue/readers.ts'
import { type PictureRow, type ShownRow, shownRow } from './shown-rows.ts'

/** The statements of the list that pictures need. */
export interface PictureStatements {
  get(sql: string, ...values: readonly (string | number)[]): Row | undefined
  all(sql: string, ...values: readonly (string | number)[]): readonly Row[]
  run(sql: string, ...values: readonly (string | number)[]): void
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
`

/** Photos without a picture, those of which sharp has not tried to make a thumbnail, and videos with a still that was not tried. */
const DUE = `i.md5 <> '' AND CASE WHEN i.is_video
  THEN ?1 AND i.still <> '' AND (p.md5 IS NULL OR (p.kind = 'none' AND p.way <> i.still))
  ELSE p.md5 IS NULL OR (?2 AND p.kind IN ('none', 'preview') AND p.way = 'exif') END`

/** Which file has which picture, as the list remembers it. */
export class ShownPictures {
  readonly #sql: PictureStatements

  constructor(sql: PictureStatements) {
    this.#sql = sql
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
    if ((before?.kind ?? 'none') === kind && (kind === 'none' || (before?.width === width && before.height === height))) return
    if (before !== undefined && before.kind !== 'none') this.#sql.run('INSERT OR IGNORE INTO loose (md5) VALUES (?)', md5)
    this.#markShowing(md5)
  }

  /** Notes a thumbnail of the usual height for each photo without a picture: it is made when it is looked at. */
  assume(): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO pictures (md5, kind, width, height, way)
       SELECT md5, CASE is_video WHEN 1 THEN 'none' ELSE 'thumbnail' END,
         CASE WHEN height > 0 THEN MAX(1, width * 360 / height) ELSE 540 END, 360, 'assumed'
       FROM items WHERE md5 <> ''`,
    )
  }

  #markShowing(md5: string): void {
    this.#sql.run("DELETE FROM years WHERE year IN (SELECT year FROM items WHERE md5 = ? AND md5 <> '')", md5)
    this.#sql.run(
      `UPDATE albums SET is_dirty = 1 WHERE key IN (
         SELECT o.album_key FROM items i JOIN items o ON o.image_key = i.image_key WHERE i.md5 = ? AND i.md5 <> '')`,
      md5,
    )
  }

  /** Counts the files whose picture is to be made. */
  countDue({ way, stills }: PictureWay): number {
    const sql = `SELECT COUNT(DISTINCT i.md5) AS n FROM items i LEFT JOIN pictures p ON p.md5 = i.md5 WHERE ${DUE}`
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
        `SELECT i.* FROM items i LEFT JOIN pictures p ON p.md5 = i.md5 WHERE i.year = ?3 AND ${DUE} ${later}
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

  /** Returns the folders that hold pictures: their kind and the first two digits of the MD5s in them. */
  folders(): readonly { readonly kind: PictureRow['kind']; readonly digits: string }[] {
    return this.#sql
      .all("SELECT DISTINCT kind, substr(md5, 1, 2) AS digits FROM pictures WHERE kind <> 'none'")
      .map(({ kind, digits }) => ({ kind: String(kind) as PictureRow['kind'], digits: String(digits) }))
  }

  /** Forgets the pictures of a folder that is gone: they are made anew. */
  forget({ kind, digits }: { readonly kind: PictureRow['kind']; readonly digits: string }): void {
    this.#sql.run('DELETE FROM pictures WHERE kind = ? AND substr(md5, 1, 2) = ?', kind, digits)
  }

  /** Forgets the picture of one file: it is made anew. */
  forgetOne(md5: string): void {
    this.#sql.run('DELETE FROM pictures WHERE md5 = ?', md5)
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
