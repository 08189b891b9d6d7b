/** Whole catalogues as files, for the copy of a catalogue elsewhere. */
import { readFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { copyDatabase } from './database.ts'
import { catalogueFile, guarded } from './guarded.ts'

/** The tables that a copy has. The others are made anew by every run. */
export const COPIED_TABLES = ['meta', 'albums', 'items', 'files', 'runs', 'records'] as const

const BEGIN = 'SQLite format 3\0'

/** Copies the committed rows of the copied tables to a new file. Memory does not grow with the catalogue. */
export async function snapshotOf(path: string, to: string): Promise<void> {
  await copyDatabase(path, to)
  changing(to, (db) => db.exec('PRAGMA secure_delete = ON; DELETE FROM strays; DELETE FROM changes'))
}

/** Is this the file of a catalogue, and not one of changes? */
export const isCatalogue = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, BEGIN.length)).toString('latin1') === BEGIN

/** Applies a file with a change-set to a catalogue. Returns false, and changes nothing, if it is not for this catalogue as it stands. */
export async function applyChanges(path: string, changes: string): Promise<boolean> {
  const bytes = await readFile(changes)
  return changing(path, (db) => db.applyChangeset(bytes))
}

function changing<T>(path: string, change: (db: DatabaseSync) => T): T {
  return guarded(catalogueFile(path), () => {
    const db = new DatabaseSync(path)
    try {
      // Nobody goes on with it after a crash.
      db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000')
      return change(db)
    } finally {
      db.close()
    }
  })
}
