import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { VersionError } from './version-text.ts'

/** Letters of changes that are kept in memory. Ten years of usual nights over a million photos have about half as many. */
const MOST_IN_MEMORY = 40 * 1024 * 1024
/** Letters that are gathered before they are written to the disk. */
const BATCH = 4 * 1024 * 1024

/**
 * The texts of changes, by record and night. A mass edit of a million captions has hundreds of megabytes of them: beyond a bound they lie in a temporary
 * database without a name, which SQLite keeps in memory as far as its cache goes, else on the disk, and which is gone with the process.
 */
export class PastTexts {
  #byRecord = new Map<string, Map<number, string[]>>()
  #letters = 0
  #spilled: { readonly db: DatabaseSync; readonly put: StatementSync; readonly get: StatementSync } | undefined
  readonly #most: number

  constructor(most = MOST_IN_MEMORY) {
    this.#most = most
  }

  /** Adds a change of a record; those of one night in their order. */
  add(record: string, night: number, text: string): void {
    const nights = this.#byRecord.get(record) ?? new Map<number, string[]>()
    this.#byRecord.set(record, nights)
    const texts = nights.get(night)
    if (texts === undefined) nights.set(night, [text])
    else texts.push(text)
    this.#letters += text.length
    if (this.#letters > (this.#spilled === undefined ? this.#most : Math.min(BATCH, this.#most))) this.#spill()
  }

  /** Returns the changes of a record in a night. */
  of(record: string, night: number): readonly string[] {
    const waiting = this.#byRecord.get(record)?.get(night) ?? []
    if (this.#spilled === undefined) return waiting
    const { get } = this.#spilled
    const rows = onDisk(() => get.all(record, night))
    return [...rows.flatMap(({ texts }) => String(texts).split('\n')), ...waiting]
  }

  #spill(): void {
    this.#spilled ??= onDisk(() => {
      const db = new DatabaseSync('')
      db.exec('PRAGMA journal_mode = OFF; PRAGMA cache_size = -16384; PRAGMA temp_store = FILE')
      db.exec('CREATE TABLE texts (record TEXT, night INTEGER, texts TEXT); CREATE INDEX of_record ON texts (record, night)')
      return {
        db,
        put: db.prepare('INSERT INTO texts VALUES (?, ?, ?)'),
        get: db.prepare('SELECT texts FROM texts WHERE record = ? AND night = ? ORDER BY rowid'),
      }
    })
    const { db, put } = this.#spilled
    onDisk(() => {
      db.exec('BEGIN')
      for (const [record, nights] of this.#byRecord) for (const [night, texts] of nights) put.run(record, night, texts.join('\n'))
      db.exec('COMMIT')
    })
    this.#byRecord = new Map()
    this.#letters = 0
  }
}

function onDisk<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) throw error
    throw new VersionError(`there is no room for its changes in the folder for temporary files (${error.message})`)
  }
}
