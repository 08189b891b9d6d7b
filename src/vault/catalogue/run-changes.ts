import type { ItemChange } from '../../model.ts'
import type { Database } from './database.ts'

/** Rows that are read at once. */
const SLICE = 1000

/** The changes of the present run by name, for its report: on the disk, because a first run brings every item of the account. */
export class RunChanges {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Forgets those of the run before. */
  clear(): void {
    if (this.#db.get('SELECT 1 FROM changes LIMIT 1') !== undefined) this.#db.write('DELETE FROM changes')
  }

  add({ what, album, name = '', imageKey = '', from, items, note }: ItemChange): void {
    this.#db.write(
      'INSERT OR REPLACE INTO changes (what, album, name, image_key, former, items, note) VALUES (?, ?, ?, ?, ?, ?, ?)',
      // Two whole albums may move to one path: they are told apart by the path that they left.
      ...[what, album, name, name === '' ? (from ?? '') : imageKey, from, items, note],
    )
  }

  /** Yields the changes of one kind, by album and name. */
  *each(what: ItemChange['what']): Generator<ItemChange> {
    let last = ['', '', '']
    for (;;) {
      const rows = this.#db.all(
        'SELECT * FROM changes WHERE what = ? AND (album, name, image_key) > (?, ?, ?) ORDER BY album, name, image_key LIMIT ?',
        ...[what, ...last, SLICE],
      )
      for (const row of rows) {
        yield {
          what,
          album: String(row.album),
          ...(row.name !== '' && { name: String(row.name) }),
          ...(row.name !== '' && row.image_key !== '' && { imageKey: String(row.image_key) }),
          ...(row.former !== null && { from: String(row.former) }),
          ...(row.items !== null && { items: Number(row.items) }),
          ...(row.note !== null && { note: String(row.note) }),
        }
      }
      if (rows.length < SLICE) return
      const end = rows.at(-1)
      last = [String(end?.album), String(end?.name), String(end?.image_key)]
    }
  }
}
