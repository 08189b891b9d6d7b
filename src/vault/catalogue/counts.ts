import { breathe } from '../../flow/breathe.ts'
import type { Grade } from '../../model.ts'
import type { Database } from './database.ts'
import type { Row } from './readers.ts'
import type { ItemRow } from './rows.ts'

/** The numbers of one album. All but the last two are about items that the account has, as far as is known. */
export interface AlbumHoldings {
  readonly key: string
  readonly states: Readonly<Partial<Record<ItemRow['state'], number>>>
  /** Items that count as held and of which a file is missing or damaged. */
  readonly unsound: number
  /** Held items by the grade of their file. */
  readonly grades: Readonly<Partial<Record<Grade, number>>>
  /** Items gone from the account whose file is kept in its place. */
  readonly vanishedKept: number
  /** Items gone from the account whose file is missing or damaged: nobody has them any more. */
  readonly vanishedLost: number
}

/** The numbers of everything in the vault. */
export interface Holdings {
  /** The numbers of each album, vanished ones too. */
  readonly byAlbum: readonly AlbumHoldings[]
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

/** Returns the number of items that are held, in their own album's folder or, collected, in another's. */
export const heldItems = ({ held = 0, elsewhere = 0 }: AlbumHoldings['states']): number => held + elsewhere

/** Returns the number of held items among the `counted` ones of SmugMug. An item that is gone from the account, and not settled yet, is none of them. */
export const heldAmong = (states: AlbumHoldings['states'], counted: number): number => {
  const { failed = 0, pending = 0, impossible = 0 } = states
  return Math.min(heldItems(states), Math.max(0, counted - failed - pending - impossible))
}

/** Numbers of items and files, counted in the database. */
export class Counts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Counts an album's items that are in the account, as far as is known. */
  present(albumKey: string): number {
    return Object.values(this.states(albumKey)).reduce((sum, n) => sum + n, 0)
  }

  /** Counts an album's items that are in the account, as far as is known, by state. */
  states(albumKey: string): Readonly<Partial<Record<ItemRow['state'], number>>> {
    return this.#items(albumKey).states
  }

  /** Counts an album's items that are gone from the account. */
  vanished(albumKey: string): number {
    const row = this.#db.get('SELECT COUNT(*) AS n FROM items WHERE album_key = ? AND vanished_at IS NOT NULL', albumKey)
    return Number(row?.n ?? 0)
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
    const byAlbum: AlbumHoldings[] = []
    let all = 0
    await this.#eachAlbum((key) => {
      const items = this.#items(key)
      all += items.all
      for (const [state, n] of Object.entries(items.states)) states[state] = (states[state] ?? 0) + n
      const files = this.#files(key)
      byAlbum.push(this.#albumHoldings(key, { items: items.all, states: items.states, files }))
      for (const r of files) {
        const [state, grade, n, bytes] = [String(r.state), String(r.grade), Number(r.n), Number(r.bytes)]
        byState[state] = (byState[state] ?? 0) + n
        const known = byGrade[grade] ?? { files: 0, bytes: 0 }
        if (state === 'held') byGrade[grade] = { files: known.files + n, bytes: known.bytes + bytes }
      }
    })
    const items = Object.values(states).reduce((sum, n) => sum + n, 0)
    return {
      byAlbum,
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

  /** Counts an album's items: all of them, and those that are in the account, by state. Sorts them only if one is not held, which is rare. */
  #items(albumKey: string): { readonly all: number; readonly states: AlbumHoldings['states'] } {
    const row = this.#db.get(
      `SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE vanished_at IS NULL) AS present,
         COUNT(*) FILTER (WHERE vanished_at IS NULL AND state = 'held') AS held FROM items WHERE album_key = ?`,
      albumKey,
    )
    const [all, present, held] = [Number(row?.n), Number(row?.present), Number(row?.held)]
    if (present === held) return { all, states: held === 0 ? {} : { held } }
    const rows = this.#db.all('SELECT state, COUNT(*) AS n FROM items WHERE album_key = ? AND vanished_at IS NULL GROUP BY state', albumKey)
    return { all, states: Object.fromEntries(rows.map(({ state, n }) => [String(state), Number(n)])) }
  }

  /** Counts an album's files and their bytes by state, grade and `own` (no companion). Sorts them only if they differ in that, which is rare. */
  #files(albumKey: string): readonly Row[] {
    const row = this.#db.get(
      `SELECT 'held' AS state, 'original' AS grade, 1 AS own, COUNT(*) AS n, SUM(size) AS bytes,
         COUNT(*) FILTER (WHERE state = 'held' AND grade = 'original' AND component = '') AS usual FROM files WHERE album_key = ?`,
      albumKey,
    )
    if (row !== undefined && row.n === row.usual) return row.n === 0 ? [] : [row]
    return this.#db.all(
      `SELECT state, grade, component = '' AS own, COUNT(*) AS n, SUM(size) AS bytes FROM files WHERE album_key = ?
       GROUP BY state, grade, own`,
      albumKey,
    )
  }

  /** Completes the numbers of an album. The counts of its files are joined with its items only where some are not held, which is rare. */
  #albumHoldings(
    key: string,
    { items, states, files }: { readonly items: number; readonly states: AlbumHoldings['states']; readonly files: readonly Row[] },
  ): AlbumHoldings {
    const grades: Partial<Record<Grade, number>> = {}
    const add = (grade: Grade, n: number): void => {
      grades[grade] = (grades[grade] ?? 0) + n
    }
    for (const row of files) if (row.state === 'held' && row.own === 1) add(String(row.grade) as Grade, Number(row.n))
    let [vanishedKept, vanishedLost] = [0, 0]
    if (items > (states.held ?? 0)) {
      const others = this.#db.all(
        `SELECT f.grade AS grade, f.state = 'held' AS sound, i.vanished_at IS NOT NULL AS gone, COUNT(*) AS n
         FROM items i JOIN files f USING (album_key, image_key)
         WHERE i.album_key = ? AND (i.vanished_at IS NOT NULL OR i.state <> 'held') AND f.component = ''
         GROUP BY f.grade, sound, gone`,
        key,
      )
      for (const { grade, sound, gone, n } of others) {
        if (sound === 1) add(String(grade) as Grade, -Number(n))
        if (gone === 1 && sound === 1) vanishedKept += Number(n)
        else if (gone === 1) vanishedLost += Number(n)
      }
    }
    const isSound = files.every((row) => row.state === 'held')
    const unsound = isSound
      ? undefined
      : this.#db.get(
          `SELECT COUNT(DISTINCT f.image_key) AS n FROM files f JOIN items i USING (album_key, image_key)
           WHERE f.album_key = ? AND f.state <> 'held' AND i.state = 'held' AND i.vanished_at IS NULL`,
          key,
        )
    return { key, states, grades, unsound: Number(unsound?.n ?? 0), vanishedKept, vanishedLost }
  }

  /** Visits one album after the other: a million items then hold nothing up, and need not be sorted in memory. */
  async #eachAlbum(work: (key: string) => void): Promise<void> {
    for (const { key } of this.#db.all('SELECT key FROM albums')) {
      work(String(key))
      await breathe()
    }
  }
}
