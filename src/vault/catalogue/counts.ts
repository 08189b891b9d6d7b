import { breathe } from '../../flow/breathe.ts'
import type { Database } from './database.ts'
import type { ItemRow } from './rows.ts'

/** The numbers of everything in the vault. */
export interface Holdings {
  readonly albums: number
  readonly items: number
  readonly held: number
  readonly bytes: number
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  readonly vanished: number
  readonly failed: number
  readonly pending: number
  readonly impossible: number
  readonly missing: number
  readonly damaged: number
}

/** Numbers of items and files, counted in the database. */
export class Counts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Counts an album's items that are in the account, as far as is known, by state. */
  states(albumKey: string): Readonly<Partial<Record<ItemRow['state'], number>>> {
    const rows = this.#db.all('SELECT state, COUNT(*) AS n FROM items WHERE album_key = ? AND vanished_at IS NULL GROUP BY state', albumKey)
    return Object.fromEntries(rows.map((row) => [String(row.state), Number(row.n)]))
  }

  /** Counts the held files of an album and their bytes, by grade. */
  grades(albumKey: string): Readonly<Record<string, { readonly files: number; readonly bytes: number }>> {
    const rows = this.#db.all(
      "SELECT grade, COUNT(*) AS n, SUM(size) AS bytes FROM files WHERE album_key = ? AND state = 'held' GROUP BY grade",
      albumKey,
    )
    return Object.fromEntries(rows.map((row) => [String(row.grade), { files: Number(row.n), bytes: Number(row.bytes) }]))
  }

  /** Does the album have items, all of them collected from other albums? */
  onlyCollected(albumKey: string): boolean {
    const row = this.#db.get('SELECT COUNT(*) AS n, SUM(collected) AS c FROM items WHERE album_key = ? AND vanished_at IS NULL', albumKey)
    return Number(row?.n ?? 0) > 0 && row?.n === row?.c
  }

  /** Counts the held items that are in the account now: the brake compares with this number. */
  async held(): Promise<number> {
    let held = 0
    await this.#eachAlbum((key) => {
      held += this.states(key).held ?? 0
    })
    return held
  }

  /** Counts everything, in the account now or not. */
  async holdings(): Promise<Holdings> {
    const states: Record<string, number> = {}
    const byState: Record<string, number> = {}
    const byGrade: Record<string, { files: number; bytes: number }> = {}
    let all = 0
    await this.#eachAlbum((key) => {
      all += Number(this.#db.get('SELECT COUNT(*) AS n FROM items WHERE album_key = ?', key)?.n ?? 0)
      for (const [state, n] of Object.entries(this.states(key))) states[state] = (states[state] ?? 0) + n
      const files = this.#db.all(
        'SELECT state, grade, COUNT(*) AS n, SUM(size) AS bytes FROM files WHERE album_key = ? GROUP BY state, grade',
        key,
      )
      for (const r of files) {
        const [state, grade, n, bytes] = [String(r.state), String(r.grade), Number(r.n), Number(r.bytes)]
        byState[state] = (byState[state] ?? 0) + n
        const known = byGrade[grade] ?? { files: 0, bytes: 0 }
        if (state === 'held') byGrade[grade] = { files: known.files + n, bytes: known.bytes + bytes }
      }
    })
    const items = Object.values(states).reduce((sum, n) => sum + n, 0)
    return {
      albums: Number(this.#db.get('SELECT COUNT(*) AS n FROM albums WHERE vanished_at IS NULL')?.n ?? 0),
      items,
      held: byState.held ?? 0,
      bytes: Object.values(byGrade).reduce((sum, g) => sum + g.bytes, 0),
      byGrade,
      vanished: all - items,
      failed: states.failed ?? 0,
      pending: states.pending ?? 0,
      impossible: states.impossible ?? 0,
      missing: byState.missing ?? 0,
      damaged: byState.damaged ?? 0,
    }
  }

  /** Visits one album after the other: a million items then hold nothing up, and need not be sorted in memory. */
  async #eachAlbum(work: (key: string) => void): Promise<void> {
    for (const { key } of this.#db.all('SELECT key FROM albums')) {
      work(String(key))
      await breathe()
    }
  }
}
