import type { DatabaseSync, Session } from 'node:sqlite'

/** The table that a statement changes. */
const TABLE = /^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+)/i

/**
 * Notes the net changes of some tables of a database: a row that is changed and changed back is none. They lie in memory, about 300 bytes a row, and
 * are given up when they are too many.
 */
export class ChangeTracker {
  readonly #tables: ReadonlySet<string>
  readonly #most: number
  #sessions: readonly Session[]
  #rows = 0
  #isGivenUp = false

  constructor(db: DatabaseSync, { tables, most }: { readonly tables: readonly string[]; readonly most: number }) {
    this.#tables = new Set(tables)
    this.#most = most
    this.#sessions = tables.map((table) => db.createSession({ table }))
  }

  /** Notes that a statement changed as many rows. */
  count(sql: string, rows: number): void {
    if (!this.#tables.has(TABLE.exec(sql)?.[1] ?? '')) return
    this.#rows += rows
    if (this.#rows > this.#most) this.giveUp()
  }

  /** Forgets everything: a change of every row is to come. */
  giveUp(): void {
    this.#isGivenUp = true
    this.close()
  }

  /** Returns the change-set, in SQLite's own format; empty if there are no changes, undefined if they were too many. */
  changes(): Uint8Array | undefined {
    // The parts of a change-set follow one another, a table each.
    return this.#isGivenUp ? undefined : Buffer.concat(this.#sessions.map((session) => session.changeset()))
  }

  close(): void {
    for (const session of this.#sessions) session.close()
    this.#sessions = []
  }
}
