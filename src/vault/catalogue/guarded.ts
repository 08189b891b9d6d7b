import { lstatSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { hasNoRoom } from '../room.ts'

/** A SQLite file of the vault, in words. */
export interface SqliteFile {
  readonly path: string
  /** Its name at the beginning of a sentence. */
  readonly name: string
  /** The words that follow, if it is damaged. */
  readonly harmless: string
  /** The cure, if it is damaged or no file. */
  readonly cure: string
}

/** Describes the catalogue at a path. */
export const catalogueFile = (path: string): SqliteFile => ({
  path,
  name: 'The catalogue',
  harmless: 'Your photos are not affected.',
  cure: 'Run `smugmug-backup rebuild`: it makes a new catalogue from the vault itself, without a download.',
})

/** A SQLite file that is damaged, or none at all. */
export class DamagedDatabaseError extends DestinationError {
  /** For scripts it is one of the ways in which the destination cannot be used. */
  override readonly name = 'DestinationError'
  readonly path: string

  constructor(file: SqliteFile, reason: string, cause?: unknown) {
    super(`${file.name} ${file.path} is damaged (${reason}). ${file.harmless}`, { hint: file.cure, ...(cause !== undefined && { cause }) })
    this.path = file.path
  }
}

/**
 * Throws when the database or its journal is no regular file: SQLite would write through a link, wherever it leads, and wait for the other
 * end of a pipe.
 */
export function refuseOther({ path: database, name, cure }: SqliteFile): void {
  if (database === ':memory:') return
  for (const path of ['', '-journal', '-wal', '-shm'].map((ending) => database + ending)) {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined || found.isFile()) continue
    throw new DestinationError(`${name} ${path} is no file, but a ${found.isSymbolicLink() ? 'link' : 'folder or a device'}.`, {
      hint: `Move it away, and put the file that a link leads to in its place. ${cure}`,
    })
  }
}

/** May a full disk be behind this error? Not when it came from reading, or when the file does not exist. */
const mayBeFull = (path: string, code: number): boolean =>
  (code & 0xff) !== SQLITE.READONLY &&
  code !== SQLITE.IOERR_READ &&
  code !== SQLITE.IOERR_SHORT_READ &&
  statSync(path, { throwIfNoEntry: false }) !== undefined

/** SQLite's numbers of errors. */
export const SQLITE = {
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
export function guarded<T>(file: SqliteFile, call: () => T): T {
  const { path, name } = file
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
        throw new DamagedDatabaseError(file, (error as Error).message, error)
      case SQLITE.FULL:
        throw fullError(file, error)
      case SQLITE.READONLY:
      case SQLITE.IOERR:
      case SQLITE.CANTOPEN:
        if (mayBeFull(path, code) && hasNoRoom(path)) throw fullError(file, error)
        throw new DestinationError(`${name} ${path} cannot be read or written (${(error as Error).message}).`, {
          hint: 'Check that the destination is mounted, writable and healthy, then run the backup again.',
          cause: error,
        })
      case SQLITE.BUSY:
        throw new VaultBusyError(`Another program is writing to ${name.toLowerCase()} ${path}.`, {
          hint: 'Wait until it has finished, then try again.',
          cause: error,
        })
      default:
        throw error
    }
  }
}

const fullError = ({ path, name }: SqliteFile, cause: unknown): DestinationError =>
  new DestinationError(
    `The disk is full, or your quota on it is used up: ${name.toLowerCase()} ${path} (${megabytes(path)} MB) could not be written.`,
    {
      hint: 'Make room on the destination and run the backup again; everything stored so far is kept.',
      cause,
    },
  )

const megabytes = (path: string): string => ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1e6).toFixed(1)

/** Runs writes to a database, which do not wait, as one transaction: all of them stand then, or none. */
export function together<T>(file: SqliteFile, db: DatabaseSync, work: () => T): T {
  guarded(file, () => db.exec('BEGIN IMMEDIATE'))
  try {
    const result = work()
    guarded(file, () => db.exec('COMMIT'))
    return result
  } catch (error) {
    // SQLite itself undoes some, such as on a full disk.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
