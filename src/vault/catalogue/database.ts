import { closeSync, fsyncSync, openSync, statSync } from 'node:fs'
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { DestinationError } from '../../errors.ts'
import { cannotFlush, isSystemError } from '../system-error.ts'
import { ChangeTracker } from './change-tracker.ts'
import { catalogueFile, guarded, refuseOther, SQLITE } from './guarded.ts'
import { migrations } from './migrations.ts'
import type { Cells, Row } from './readers.ts'

/** The options of the catalogue's database. */
export interface DatabaseOptions {
  /** The database file; `:memory:` for one in memory. */
  readonly path: string
  /**
   * `write`: for the one run that holds the vault. `read`: sees committed rows, changes nothing. `pretend`: may be written to, and discards
   * all writes; not a byte on the disk changes.
   */
  readonly mode: 'write' | 'read' | 'pretend'
  /**
   * Runs something after some milliseconds: makes the batches of writes at most a second long. Absent: only `flush` and `close` commit.
   */
  readonly later?: (run: () => void, ms: number) => () => void
}

const BATCH_MS = 1000
/** All pages are copied in one step: otherwise a run that writes in between would make it begin anew. */
const ALL_PAGES = 2 ** 30

/**
 * The SQLite database of the catalogue. Writes gather in a transaction of at most a second. SQLite's complaints about the disk are thrown
 * as errors that a person can act on: `DestinationError`, and `VaultBusyError` while another program writes.
 */
export class Database {
  readonly #db: DatabaseSync
  readonly #options: DatabaseOptions
  readonly #statements = new Map<string, StatementSync>()
  /** Those whose rows come without names. */
  readonly #cellStatements = new Map<string, StatementSync>()
  #cancelCommit: (() => void) | undefined
  #failure: unknown
  #tracker: ChangeTracker | undefined
  #closed = false

  private constructor(db: DatabaseSync, options: DatabaseOptions) {
    this.#db = db
    this.#options = options
  }

  /** Opens or creates the database; brings an older schema up to date. Throws `DestinationError` for a damaged or a newer one. */
  static open(options: DatabaseOptions): Database {
    refuseOther(catalogueFile(options.path))
    return guarded(catalogueFile(options.path), () => {
      const db = new DatabaseSync(options.path, { readOnly: options.mode === 'read', timeout: PATIENCE[options.mode] })
      try {
        prepareConnection(db, options)
        return new Database(db, options)
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  get readOnly(): boolean {
    return this.#options.mode === 'read'
  }

  /** Returns the first row of an answer. */
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return guarded(catalogueFile(this.#options.path), () => this.#prepare(sql).get(...values))
  }

  /** Returns every row of an answer. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return guarded(catalogueFile(this.#options.path), () => this.#prepare(sql).all(...values))
  }

  /** Returns every row of an answer as its values, in the order of the columns. */
  cells(sql: string, ...values: readonly SQLInputValue[]): readonly Cells[] {
    return guarded(
      catalogueFile(this.#options.path),
      () => this.#prepare(sql, { asCells: true }).all(...values) as unknown as readonly Cells[],
    )
  }

  /** Writes a change. It joins the batch. */
  write(sql: string, ...values: readonly (SQLInputValue | undefined)[]): void {
    this.#attempt(() => {
      if (this.#options.mode === 'write' && !this.#db.isTransaction) {
        this.#db.exec('BEGIN IMMEDIATE')
        this.#cancelCommit = this.#options.later?.(() => this.#flushLater(), BATCH_MS)
      }
      const { changes } = this.#prepare(sql).run(...values.map((value) => value ?? null))
      this.#tracker?.count(sql, Number(changes))
    })
  }

  /** Writes a change of every row of a table: no change-set has room for it. */
  writeAll(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#tracker?.giveUp()
    this.write(sql, ...values)
  }

  /** Notes the net changes of some tables from now on. See: `changeSet` */
  track(tables: readonly string[], most: number): void {
    this.#tracker?.close()
    this.#tracker = guarded(catalogueFile(this.#options.path), () => new ChangeTracker(this.#db, { tables, most }))
  }

  /** Returns the noted changes as a change-set of SQLite; undefined if there were more than `most`, or none are noted. */
  changeSet(): Uint8Array | undefined {
    return guarded(catalogueFile(this.#options.path), () => this.#tracker?.changes())
  }

  /** Makes all writes so far durable. Throws the first failure again: nothing is written after one. */
  flush(): void {
    this.#cancelCommit?.()
    this.#cancelCommit = undefined
    if (this.#failure !== undefined) throw this.#failure
    if (this.#options.mode !== 'pretend' && this.#db.isTransaction) this.#attempt(() => this.#db.exec('COMMIT'))
  }

  /**
   * Flushes and closes; in `pretend` mode, discards all writes. A failure that was thrown before is not thrown again, because closing must
   * not hide the error that ended the run. Closing again does nothing.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    try {
      if (this.#options.mode === 'pretend') {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      } else if (this.#failure === undefined) this.flush()
    } finally {
      this.#cancelCommit?.()
      this.#statements.clear()
      this.#cellStatements.clear()
      this.#tracker?.close()
      this.#db.close()
    }
  }

  /** Commits in the background. A failure waits for the next write. */
  #flushLater(): void {
    try {
      this.flush()
    } catch {
      // Kept by #attempt.
    }
  }

  /** Makes a change to the database. Remembers the first failure, because SQLite then discards the batch. */
  #attempt(change: () => void): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      guarded(catalogueFile(this.#options.path), change)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  #prepare(sql: string, { asCells = false } = {}): StatementSync {
    const statements = asCells ? this.#cellStatements : this.#statements
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql, { returnArrays: asCells })
      statements.set(sql, statement)
    }
    return statement
  }
}

/**
 * Milliseconds to wait for another program's lock. A copy of a large catalogue, which `copyDatabase` makes, keeps the one run that may write waiting
 * for as long as the disk takes to read it; that run must not end for it.
 */
const PATIENCE: Readonly<Record<DatabaseOptions['mode'], number>> = { write: 60_000, read: 5000, pretend: 5000 }

/** Was a run broken off during a change that no one has rolled back yet? */
export function mustRollBack(path: string): boolean {
  refuseOther(catalogueFile(path))
  const db = guarded(catalogueFile(path), () => new DatabaseSync(path, { readOnly: true }))
  try {
    db.prepare('PRAGMA schema_version').get()
    return false
  } catch (error) {
    return (error as { readonly errcode?: number }).errcode === SQLITE.READONLY_ROLLBACK
  } finally {
    db.close()
  }
}

/** Copies the committed rows to another file. A run that is writing meanwhile waits for it where it commits. */
export async function copyDatabase(path: string, to: string): Promise<void> {
  refuseOther(catalogueFile(path))
  const db = guarded(catalogueFile(path), () => new DatabaseSync(path, { readOnly: true, timeout: 5000 }))
  try {
    await backup(db, to, { rate: ALL_PAGES })
  } catch (error) {
    guarded(catalogueFile(path), () => {
      throw error
    })
  } finally {
    db.close()
  }
}

function prepareConnection(db: DatabaseSync, options: DatabaseOptions): void {
  // [Note: a dry run writes no byte] Dirty pages stay in memory until a commit that never comes, and so does the journal.
  if (options.mode === 'pretend') db.exec('PRAGMA journal_mode = MEMORY; PRAGMA cache_spill = OFF')
  else if (options.mode === 'write')
    db.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = ${canFlush(options.path) ? 'FULL' : 'OFF'}`)
  db.exec('PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY')
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

/** Can the disk flush? SQLite takes one that cannot for a broken one, but photos are stored there, and the catalogue is too. */
function canFlush(path: string): boolean {
  if (path === ':memory:') return true
  try {
    const fd = openSync(path, 'r+')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    return true
  } catch (error) {
    if (!isSystemError(error)) throw error
    return !(error.syscall === 'fsync' && cannotFlush(error))
  }
}

/** Throws for a database that was cut short, which SQLite would notice only at the first missing page. */
function checkLength(db: DatabaseSync, path: string): void {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count ?? 0)
  const size = Number(db.prepare('PRAGMA page_size').get()?.page_size ?? 0)
  if (pages * size > statSync(path).size) throw Object.assign(new Error('it is cut short'), { errcode: SQLITE.CORRUPT })
}
