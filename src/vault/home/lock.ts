import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DestinationError, VaultBusyError } from '../../errors.ts'

/** Who holds a vault: for people only, since process numbers repeat in containers and mean nothing on another host. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO 8601. */
  readonly since: string
  /** `backup`, `verify`… */
  readonly operation: string
}

/** A vault held. It is let go when the process ends, however it ends. */
export interface VaultLock {
  /** Lets go. Calling it again does nothing. */
  release(): Promise<void>
}

const lockFile = 'lock.sqlite'
const holderFile = 'lock.json'

/** SQLITE_BUSY, the low byte of all its variants. */
const sqliteBusy = 5

/** A lock whose database were collected as garbage would be open to all. */
const held = new Map<DatabaseSync, string>()

/**
 * Makes this process the only one that uses a vault. `folder` is the absolute path of its `.smugmug-backup`, which is made when it is missing
 * (what it lies in is not). Throws `VaultBusyError` at once when another run holds the vault, `DestinationError` when nothing can be locked there.
 *
 * The lock is SQLite's own on an empty database: an operating-system lock, so a killed process leaves none behind, and the many oddities
 * of such locks are SQLite's business. No one else may open that file: closing it would let go of the lock.
 */
export const lockVault = async (folder: string, holder: Holder): Promise<VaultLock> => {
  const database = acquire(folder)
  held.set(database, folder)
  const note = join(folder, holderFile)
  try {
    writeFileSync(note, `${JSON.stringify(holder, null, 2)}\n`)
  } catch (error) {
    letGo(database)
    throw unlockable(folder, error)
  }
  return {
    release: async () => {
      if (!held.has(database)) return
      // First, so that the next holder's own note stays.
      rmSync(note, { force: true })
      letGo(database)
    },
  }
}

/** Who holds the vault now, in this process or another one, as far as they tell; undefined when nobody does. `folder` is the path of its `.smugmug-backup`. */
export const heldBy = (folder: string): Partial<Holder> | undefined => (isHeld(folder) ? readHolder(folder) : undefined)

const isHeld = (folder: string): boolean => {
  // Looked at from within, the lock would be lost.
  if ([...held.values()].includes(folder)) return true
  const path = join(folder, lockFile)
  if (!existsSync(path)) return false
  const database = new DatabaseSync(path, { timeout: 0, readOnly: true })
  try {
    database.prepare('SELECT 1 FROM sqlite_schema').get()
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    database.close()
  }
}

const acquire = (folder: string): DatabaseSync => {
  let database: DatabaseSync | undefined
  try {
    makeFolder(folder)
    // Long enough to outlast somebody who only looks (`isHeld`).
    database = new DatabaseSync(join(folder, lockFile), { timeout: 50 })
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    if (isBusy(error)) throw busy(folder)
    throw unlockable(folder, error)
  }
}

const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy

const letGo = (database: DatabaseSync): void => {
  held.delete(database)
  database.close()
}

const makeFolder = (folder: string): void => {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

const busy = (folder: string): VaultBusyError =>
  new VaultBusyError(`Another run${described(readHolder(folder))} is using ${dirname(folder)}.`, {
    hint: 'Wait for it to finish, or stop it; what it has stored so far is kept.',
  })

const described = (holder: Partial<Holder>): string => {
  const process = holder.pid === undefined ? '' : `process ${holder.pid}${holder.host === undefined ? '' : ` on ${holder.host}`}`
  const parts = [holder.operation, process, holder.since === undefined ? '' : `since ${localTime(holder.since)}`]
  const text = parts.filter(Boolean).join(', ')
  return text === '' ? '' : ` (${text})`
}

/** What the holder wrote down; nothing when it has not come to that yet. */
const readHolder = (folder: string): Partial<Holder> => {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, holderFile), 'utf8'))
    return typeof found === 'object' && found !== null ? found : {}
  } catch {
    return {}
  }
}

/** Day and minute where the reader is. */
const localTime = (iso: string): string => {
  const time = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}

const unlockable = (folder: string, error: unknown): DestinationError => {
  const reason = error instanceof Error ? error.message : String(error)
  return new DestinationError(`The vault ${dirname(folder)} cannot be locked: ${reason}.`, {
    hint: 'The destination must be writable, and a network disk must be mounted with file locks.',
    cause: error,
  })
}
