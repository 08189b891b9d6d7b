import { existsSync, rmSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { AppError } from '../errors.ts'
import { DamagedDatabaseError, guarded, refuseOther, type SqliteFile, together } from './catalogue/guarded.ts'
import type { Row } from './catalogue/readers.ts'

/** A database of the twin: its file, and its tables. */
export interface TwinSchema extends SqliteFile {
  readonly version: number
  /** Statements that make the tables. */
  readonly sql: string
  /** Settings of each connection. */
  readonly pragmas: string
}

/**
 * A SQLite file of the twin. One that is damaged, of another version or somebody else's is removed and made anew: the photos and the
 * records are the truth. Complaints of SQLite are thrown as errors that a person can act on.
 */
export class TwinDatabase {
  readonly #db: DatabaseSync
  readonly #file: SqliteFile
  readonly #statements = new Map<string, StatementSync>()

  private constructor(db: DatabaseSync, file: SqliteFile) {
    this.#db = db
    this.#file = file
  }

  /** Opens or makes the file. Throws `DestinationError` if the disk refuses it, or a link or a folder stands in its place. */
  static open(schema: TwinSchema): TwinDatabase {
    refuseOther(schema)
    try {
      return TwinDatabase.#open(schema)
    } catch (error) {
      if (!(error instanceof DamagedDatabaseError)) throw error
      removeDatabase(schema.path)
      return TwinDatabase.#open(schema)
    }
  }

  /**
   * Opens an existing file to look into it; undefined if there is none, or it cannot be used. With `mayRepair`, a change that a killed run
   * left half done is undone.
   */
  static look(schema: TwinSchema, { mayRepair }: { readonly mayRepair: boolean }): TwinDatabase | undefined {
    try {
      if (!existsSync(schema.path)) return undefined
      refuseOther(schema)
      return guarded(schema, () => {
        const db = new DatabaseSync(schema.path, { timeout: 5000, readOnly: !mayRepair })
        if (db.prepare('PRAGMA user_version').get()?.user_version === schema.version) return new TwinDatabase(db, schema)
        db.close()
        return undefined
      })
    } catch (error) {
      if (error instanceof AppError) return undefined
      throw error
    }
  }

  static #open(schema: TwinSchema): TwinDatabase {
    return guarded(schema, () => {
      const db = new DatabaseSync(schema.path, { timeout: 5000 })
      try {
        const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
        const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
        if (!isEmpty && version !== schema.version) throw new DamagedDatabaseError(schema, 'it has another version')
        db.exec(schema.pragmas)
        if (isEmpty) db.exec(`BEGIN; ${schema.sql}; PRAGMA user_version = ${schema.version}; COMMIT`)
        return new TwinDatabase(db, schema)
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** Runs statements without values. */
  exec(sql: string): void {
    guarded(this.#file, () => this.#db.exec(sql))
  }

  /** Runs statements as one transaction: all of them stand then, or none. `work` must not wait. */
  together(work: () => void): void {
    together(this.#file, this.#db, work)
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return guarded(this.#file, () => this.#statement(sql).get(...values))
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return guarded(this.#file, () => this.#statement(sql).all(...values))
  }

  /** Runs a statement. Returns the number of rows that it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return guarded(this.#file, () => Number(this.#statement(sql).run(...values).changes))
  }

  /** Yields the rows one by one. The statement must not be used again before the end. */
  *each(sql: string, ...values: readonly SQLInputValue[]): Generator<Row> {
    const rows = guarded(this.#file, () => this.#db.prepare(sql).iterate(...values))
    for (;;) {
      const next = guarded(this.#file, () => rows.next())
      if (next.done === true) return
      yield next.value
    }
  }

  /** Closes the file. A transaction that is open is undone. */
  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#db.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }
}

/** Removes a SQLite file and its journal. */
export function removeDatabase(path: string): void {
  if (path === ':memory:') return
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(path + ending, { force: true })
}
