import type { TwinDatabase } from './twin-database.ts'

/** A year of the timeline whose files are made. A year that has no item of its own has no files: its hash is empty. */
export interface WrittenYear {
  readonly hash: string
  readonly items: number
}

/** A month whose files are made, and the part of its year's file that it stands for. */
export interface MonthRow {
  /** 1 to 12; 0 if it is not known. */
  readonly month: number
  readonly items: number
  /** The hashes in the names of its files, part by part. */
  readonly parts: readonly (readonly [grid: string, words: string, text: string])[]
  /** The shapes of its items. */
  readonly ratios: Uint8Array
  /** The places of its items. */
  readonly points: Uint8Array
}

/** A year, or one of its months. */
export interface DataDate {
  readonly year: number
  /** Absent for the files of the year itself. */
  readonly month?: number
}

export const DATES_SCHEMA = `
  CREATE TABLE years (year INTEGER PRIMARY KEY, hash TEXT NOT NULL, items INTEGER NOT NULL);
  CREATE TABLE months (
    year INTEGER NOT NULL, month INTEGER NOT NULL, items INTEGER NOT NULL, parts TEXT NOT NULL, ratios BLOB NOT NULL, points BLOB NOT NULL,
    PRIMARY KEY (year, month)
  );
  CREATE TABLE data (path TEXT PRIMARY KEY, year INTEGER NOT NULL, month INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX data_date ON data (year, month);
`

/** The number that stands for a year's own files. */
const WHOLE = -1

/** The years and months of the timeline: those that have items, and those whose data files are made. */
export class ShownDates {
  readonly #db: TwinDatabase

  constructor(db: TwinDatabase) {
    this.#db = db
  }

  /** Returns the years that have items, newest first; 0 (undated) last. */
  years(): readonly number[] {
    return this.#each('year', '1')
  }

  /** Returns the months of a year that have items, newest first; 0 (not known) last. */
  months(year: number): readonly number[] {
    return this.#each('month', 'year = ?1', year)
  }

  /** Goes from one value to the next by the index: to look for all different ones, SQLite would read every item. */
  #each(column: 'year' | 'month', which: string, ...values: readonly number[]): readonly number[] {
    const greatest = `SELECT MAX(${column}) FROM items WHERE md5 <> '' AND ${which}`
    return this.#db
      .all(
        `WITH RECURSIVE shown (value) AS (
           ${greatest} UNION ALL SELECT (${greatest} AND ${column} < shown.value) FROM shown WHERE value IS NOT NULL)
         SELECT value FROM shown WHERE value IS NOT NULL`,
        ...values,
      )
      .map((row) => Number(row.value))
  }

  /** Returns the years whose files are made. */
  writtenYears(): ReadonlyMap<number, WrittenYear> {
    return new Map(
      this.#db
        .all('SELECT year, hash, items FROM years')
        .map((row) => [Number(row.year), { hash: String(row.hash), items: Number(row.items) }]),
    )
  }

  /** Returns the months of a year whose files are made. */
  writtenMonths(year: number): ReadonlyMap<number, MonthRow> {
    const rows = this.#db.all('SELECT month, items, parts, ratios, points FROM months WHERE year = ?', year)
    return new Map(
      rows.map(({ month, items, parts, ratios, points }) => [
        Number(month),
        {
          month: Number(month),
          items: Number(items),
          parts: JSON.parse(String(parts)) as MonthRow['parts'],
          ratios: ratios as Uint8Array,
          points: points as Uint8Array,
        },
      ]),
    )
  }

  putYear(year: number, { hash, items }: WrittenYear): void {
    this.#db.run('INSERT OR REPLACE INTO years (year, hash, items) VALUES (?, ?, ?)', year, hash, items)
  }

  putMonth(year: number, { month, items, parts, ratios, points }: MonthRow): void {
    this.#db.run(
      'INSERT OR REPLACE INTO months (year, month, items, parts, ratios, points) VALUES (?, ?, ?, ?, ?, ?)',
      ...[year, month, items, JSON.stringify(parts), ratios, points],
    )
  }

  /** Forgets the years, and the months of them, that have no items any more, and the paths of their files. */
  dropEmpty(): void {
    const years = new Set(this.years())
    for (const { year } of this.#db.all('SELECT DISTINCT year FROM data'))
      if (!years.has(Number(year)))
        for (const table of ['years', 'months', 'data']) this.#db.run(`DELETE FROM ${table} WHERE year = ?`, Number(year))
  }

  /** Forgets the months of a year that are not among these. */
  keepMonths(year: number, months: readonly number[]): void {
    const kept = JSON.stringify([...months, WHOLE])
    for (const table of ['months', 'data'])
      this.#db.run(`DELETE FROM ${table} WHERE year = ? AND month NOT IN (SELECT value FROM json_each(?))`, year, kept)
  }

  /** Forgets the paths of the files of a year itself, or of a month, because others take their place. */
  dropPaths({ year, month = WHOLE }: DataDate): void {
    this.#db.run('DELETE FROM data WHERE year = ? AND month = ?', year, month)
  }

  /** Notes the path of a file. */
  putPath({ year, month = WHOLE }: DataDate, path: string): void {
    this.#db.run('INSERT OR REPLACE INTO data (path, year, month) VALUES (?, ?, ?)', path, year, month)
  }

  /** Is this one of the files that the years lead to? */
  hasPath(path: string): boolean {
    return this.#db.get('SELECT 1 FROM data WHERE path = ?', path) !== undefined
  }

  /** Forgets what a file was made from: it is made anew. */
  forgetPath(path: string): void {
    this.#db.run('DELETE FROM months WHERE (year, month) IN (SELECT year, month FROM data WHERE path = ?)', path)
    this.#db.run('DELETE FROM years WHERE year IN (SELECT year FROM data WHERE path = ?)', path)
  }

  /** Forgets the years and months that show files of a question (`SELECT md5 …`): they are out of date, also for a later run. */
  forgetShowing(files: string, value: string): void {
    // SQLite uses an index of the rows with a file only if the question says that there is one.
    const which = `FROM items WHERE md5 <> '' AND md5 IN (${files})`
    this.#db.run(`DELETE FROM months WHERE (year, month) IN (SELECT year, month ${which})`, value)
    this.#db.run(`DELETE FROM years WHERE year IN (SELECT year ${which})`, value)
  }

  /** Forgets which years and months are made, so that all are due. */
  forgetAll(): void {
    this.#db.exec('DELETE FROM years; DELETE FROM months')
  }
}
