import type { Database } from './database.ts'
import { runRow } from './readers.ts'
import type { RunRow } from './rows.ts'

/** The runs of every operation on this vault. */
export class Runs {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Notes the begin of a run, and returns its number: the one after the last, or `number` if that is higher. */
  begin(operation: string, startedAt: number, number = 0): number {
    const next = Number(this.#db.get('SELECT COALESCE(MAX(id), 0) + 1 AS id FROM runs')?.id)
    const id = Math.max(next, number)
    this.#db.write('INSERT INTO runs (id, operation, started_at) VALUES (?, ?, ?)', id, operation, startedAt)
    return id
  }

  /** Notes a run of another vault under its number there: a copy knows the runs of the vault that it is a copy of. */
  mirror({ id, operation, startedAt, finishedAt, exitCode, summary }: RunRow): void {
    this.#db.write(
      'INSERT OR REPLACE INTO runs (id, operation, started_at, finished_at, exit_code, summary) VALUES (?, ?, ?, ?, ?, ?)',
      ...[id, operation, startedAt, finishedAt, exitCode, summary],
    )
  }

  /** Forgets a run, of a vault that this one is no copy of any more. */
  forget(id: number): void {
    this.#db.write('DELETE FROM runs WHERE id = ?', id)
  }

  end(id: number, end: { readonly finishedAt: number; readonly exitCode: number; readonly summary: string }): void {
    this.#db.write(
      'UPDATE runs SET finished_at = ?, exit_code = ?, summary = ? WHERE id = ?',
      end.finishedAt,
      end.exitCode,
      end.summary,
      id,
    )
  }

  /** Returns the newest run of an operation, or of any. */
  last(operation?: string): RunRow | undefined {
    const row =
      operation === undefined
        ? this.#db.get('SELECT * FROM runs ORDER BY id DESC LIMIT 1')
        : this.#db.get('SELECT * FROM runs WHERE operation = ? ORDER BY id DESC LIMIT 1', operation)
    return row && runRow(row)
  }

  /** Returns the newest run that compared the vault with the account: a backup or an adoption. */
  lastOfAccount(): RunRow | undefined {
    const row = this.#db.get("SELECT * FROM runs WHERE operation IN ('backup', 'adopt') ORDER BY id DESC LIMIT 1")
    return row && runRow(row)
  }

  /** Returns the runs after a number that compared the vault with the account, in their order. */
  ofAccount(after: number): readonly RunRow[] {
    return this.#db.all("SELECT * FROM runs WHERE id > ? AND operation IN ('backup', 'adopt') ORDER BY id", after).map(runRow)
  }

  /** Returns the newest of these runs that began with settings that can be used: one that ended with 2 looked at nothing. */
  lastLook(): RunRow | undefined {
    const row = this.#db.get("SELECT * FROM runs WHERE operation IN ('backup', 'adopt') AND exit_code IS NOT 2 ORDER BY id DESC LIMIT 1")
    return row && runRow(row)
  }

  /** Did bytes come, or was a run broken off in which some may have come, since a time in milliseconds since 1970? */
  broughtSince(time: number): boolean {
    const row = this.#db.get(
      `SELECT 1 FROM runs WHERE started_at >= ? AND operation IN ('backup', 'adopt') AND CASE WHEN json_valid(summary) THEN
         summary ->> '$.totals.stored' + summary ->> '$.totals.adopted' + summary ->> '$.totals.copied' + summary ->> '$.totals.replaced' > 0
         ELSE 1 END LIMIT 1`,
      time,
    )
    return row !== undefined
  }

  /** Returns at most `limit` runs of every operation, newest first. */
  recent(limit: number): readonly RunRow[] {
    return this.#db.all('SELECT * FROM runs ORDER BY id DESC LIMIT ?', limit).map(runRow)
  }

  /** Returns at most `limit` ended runs whose summary names no report, newest first. */
  withoutReport(limit: number): readonly RunRow[] {
    const rows = this.#db.all(
      `SELECT * FROM runs WHERE finished_at IS NOT NULL AND json_valid(summary) AND summary ->> '$.path' IS NULL ORDER BY id DESC LIMIT ?`,
      limit,
    )
    return rows.map(runRow)
  }

  /** Returns the run of this number. */
  get(id: number): RunRow | undefined {
    const row = this.#db.get('SELECT * FROM runs WHERE id = ?', id)
    return row && runRow(row)
  }

  /** Did this run end with 0? Then all that it wrote is whole. */
  endedWell(id: number): boolean {
    return this.get(id)?.exitCode === 0
  }

  /** Did any run of this operation end with 0? */
  everEndedWell(operation: string): boolean {
    return this.#db.get('SELECT 1 FROM runs WHERE operation = ? AND exit_code = 0 ORDER BY id DESC LIMIT 1', operation) !== undefined
  }

  /** Returns the last run that began before this time, in milliseconds since 1970. */
  before(time: number): RunRow | undefined {
    const row = this.#db.get('SELECT * FROM runs WHERE started_at < ? ORDER BY started_at DESC, id DESC LIMIT 1', time)
    return row && runRow(row)
  }

  /** Returns the runs whose summary has this text, oldest first. */
  mentioning(text: string): readonly RunRow[] {
    return this.#db.all('SELECT * FROM runs WHERE instr(summary, ?) > 0 ORDER BY id', text).map(runRow)
  }

  /** Counts the runs. */
  count(): number {
    return Number(this.#db.get('SELECT COUNT(*) AS n FROM runs')?.n)
  }

  /** Returns the bytes and the duration of the newest backup that received any. */
  lastFetch(): { readonly bytes: number; readonly durationMs: number } | undefined {
    const row = this.#db.get(
      `SELECT summary ->> '$.totals.bytes' AS bytes, summary ->> '$.totals.durationMs' AS ms FROM runs
       WHERE operation = 'backup' AND summary ->> '$.totals.bytes' > 0 ORDER BY id DESC LIMIT 1`,
    )
    return row === undefined ? undefined : { bytes: Number(row.bytes), durationMs: Number(row.ms) }
  }
}
