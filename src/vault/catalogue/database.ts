import { closeSync, fsyncSync, lstatSync, openSync, statSync } from 'node:fs'
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { hasNoRoom } from '../room.ts'
import { cannotFlush, isSystemError } from '../system-error.ts'
import { migrations } from './migrations.ts'
import type { Row } from './readers.ts'

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
  #cancelCommit: (() => void) | undefined
  #failure: unknown
  #closed = false

  private constructor(db: DatabaseSync, options: DatabaseOptions) {
    this.#db = db
    this.#options = options
  }

  /** Opens or creates the database; brings an older schema up to date. Throws `DestinationError` for a damaged or a newer one. */
  static open(options: DatabaseOptions): Database {
    refuseOther(options.path)
    return guarded(options.path, () => {
      const db = new DatabaseSync(options.path, { readOnly: options.mode === 'read', timeout: 5000 })
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
    return guarded(this.#options.path, () => this.#prepare(sql).get(...values))
  }

  /** Returns every row of an answer. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return guarded(this.#options.path, () => this.#prepare(sql).all(...values))
  }

  /** Writes a change. It joins the batch. */
  write(sql: string, ...values: readonly (SQLInputValue | undefined)[]): void {
    this.#attempt(() => {
      if (this.#options.mode === 'write' && !this.#db.isTransaction) {
        this.#db.exec('BEGIN IMMEDIATE')
        this.#cancelCommit = this.#options.later?.(() => this.#flushLater(), BATCH_MS)
      }
      this.#prepare(sql).run(...values.map((value) => value ?? null))
    })
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
      if (this.#options.mode === 'pretend') this.#db.exec('ROLLBACK')
      else if (this.#failure === undefined) this.flush()
    } finally {
      this.#cancelCommit?.()
      this.#statements.clear()
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
}

/** Was a run broken off during a change that no one has rolled back yet? */
export function mustRollBack(path: string): boolean {
  refuseOther(path)
  const db = guarded(path, () => new DatabaseSync(path, { readOnly: true }))
  try {
    db.prepare('PRAGMA schema_version').get()
    return false
  } catch (error) {
    return (error as { readonly errcode?: number }).errcode === SQLITE.READONLY_ROLLBACK
  } finally {
    db.close()
  }
}

/** Copies the committed rows to another file. Neither disturbs a run that is writing meanwhile, nor is disturbed by it. */
export async function copyDatabase(path: string, to: string): Promise<void> {
  refuseOther(path)
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

/**
 * Throws when the database or its journal is no regular file: SQLite would write through a link, wherever it leads, and wait for the other
 * end of a pipe.
 */
function refuseOther(database: string): void {
  if (database === ':memory:') return
  for (const path of ['', '-journal', '-wal', '-shm'].map((ending) => database + ending)) {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined || found.isFile()) continue
    throw new DestinationError(`The catalogue ${path} is no file, but a ${found.isSymbolicLink() ? 'link' : 'folder or a device'}.`, {
      hint: 'Move it away, and put the file that a link leads to in its place; without it, run `smugmug-backup rebuild`.',
    })
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

/** May a full disk be behind this error? Not when it came from reading, or when the file does not exist. */
const mayBeFull = (path: string, code: number): boolean =>
  (code & 0xff) !== SQLITE.READONLY &&
  code !== SQLITE.IOERR_READ &&
  code !== SQLITE.IOERR_SHORT_READ &&
  statSync(path, { throwIfNoEntry: false }) !== undefined

/** Throws for a database that was cut short, which SQLite would notice only at the first missing page. */
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
  IOERR_READ: 266,
  IOERR_SHORT_READ: 522,
  CANTOPEN: 14,
  BUSY: 5,
} as const

/** Runs a database call; turns SQLite's complaints about the disk into errors that a person can act on. */
function guarded<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    const code = (error as { readonly errcode?: number }).errcode
    if (code === undefined || error instanceof DestinationError) throw error
    switch (code & 0xff) {
      // Our SQL is right, so an error in it means that this is not the expected database.
      case SQLITE.ERROR:
      case SQLITE.CORRUPT:
      case SQLITE.NOTADB:
        throw new DestinationError(`The catalogue ${path} is damaged (${(error as Error).message}). Your photos are not affected.`, {
          hint: 'Run `smugmug-backup rebuild`: it makes a new catalogue from the vault itself, without a download.',
          cause: error,
        })
      case SQLITE.FULL:
        throw fullError(path, error)
      case SQLITE.READONLY:
      case SQLITE.IOERR:
      case SQLITE.CANTOPEN:
        if (mayBeFull(path, code) && hasNoRoom(path)) throw fullError(path, error)
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

const fullError = (path: string, cause: unknown): DestinationError =>
  new DestinationError(
    `The disk is full, or your quota on it is used up: the catalogue ${path} (${megabytes(path)} MB) could not be written.`,
    {
      hint: 'Make room on the destination and run the backup again; everything stored so far is kept.',
      cause,
    },
  )

const megabytes = (path: string): string => ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1e6).toFixed(1)
