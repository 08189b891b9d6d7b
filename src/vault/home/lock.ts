import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { hasNoRoom } from '../room.ts'
import { describe, isSystemError } from '../system-error.ts'
import { HOME, inHome, type VaultPlace } from './home.ts'
import { isRegularFile, readSmallFile, writeSmallFile } from './small-file.ts'

/** The holder of a vault, for people only: process numbers repeat in containers and mean nothing on another host. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO 8601. */
  readonly since: string
  /** `backup`, `verify`… */
  readonly operation: string
}

/** The lock on a vault. It is released when the process ends, however it ends. */
export interface VaultLock {
  /** Releases the lock. Calling it again does nothing. */
  release(): Promise<void>
}

/** SQLITE_BUSY, the low byte of all its variants. */
const sqliteBusy = 5

/** The open lock databases. One that was collected as garbage would release its lock. */
const held = new Map<DatabaseSync, string>()

/** A vault as far as its lock is concerned. */
type Lockable = Pick<VaultPlace, 'home' | 'location'>

/** Locks the database in this file, or throws SQLite's error. */
export type Lock = (file: string) => DatabaseSync

/**
 * Makes this process the only one that uses a vault. Its home is made when it is missing (the folder around it is not). Throws `VaultBusyError` at once when another run holds the vault, `DestinationError` when nothing
 * can be locked there.
 *
 * The lock is SQLite's own on an empty database. It is an operating-system lock, so a killed process leaves none behind, and SQLite handles
 * the many oddities of such locks. No other code may open that file: closing it would release the lock.
 */
export const lockVault = async (place: Lockable, holder: Holder, lock: Lock = lockFileAt): Promise<VaultLock> => {
  const { home } = place
  const database = acquire(place, lock)
  held.set(database, home)
  const note = inHome(home, 'holder')
  let noted: boolean
  try {
    // Another thing in its place is left alone: the note is for people only.
    noted = writeSmallFile(note, `${JSON.stringify(holder, null, 2)}\n`)
  } catch (error) {
    letGo(database)
    throw unlockable(place, error)
  }
  return {
    release: async () => {
      if (!held.has(database)) return
      // Removed first, so that the next holder's own note stays.
      if (noted) removeQuietly(note)
      letGo(database)
    },
  }
}

/** Removes the note. A folder that lets nothing go (append-only) keeps it: without the lock it means nothing. */
const removeQuietly = (note: string): void => {
  try {
    rmSync(note, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
  }
}

/**
 * Returns the holder of the vault, in this process or another one, as far as it is known; undefined when nobody holds it.
 */
export const heldBy = (home: string): Partial<Holder> | undefined => (isHeld(home) ? readHolder(home) : undefined)

const isHeld = (home: string): boolean => {
  // Opening the database in this process would release the lock.
  if ([...held.values()].includes(home)) return true
  const path = inHome(home, 'lock')
  if (!isRegularFile(path) || oddFile(home) !== undefined) return false
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0, readOnly: true })
    database.prepare('SELECT 1 FROM sqlite_schema').get()
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    database?.close()
  }
}

const acquire = (place: Lockable, lock: Lock): DatabaseSync => {
  const { home } = place
  const path = inHome(home, 'lock')
  try {
    makeFolder(home)
    const odd = oddFile(home)
    if (odd !== undefined) throw new Error(`${odd} in it is no file, but a link, a folder or a device`)
    return lock(path)
  } catch (error) {
    if (!isBusy(error)) throw unlockable(place, error)
    if (isEverythingBusy(home, lock)) throw unlockable(place, new Error('its disk has no file locks'))
    throw busy(place)
  }
}

/** Finds a file of the lock that is no regular file: SQLite would write through a link, and wait for the other end of a pipe. */
const oddFile = (home: string): string | undefined =>
  [HOME.lock, `${HOME.lock}-journal`].find((name) => lstatSync(join(home, name), { throwIfNoEntry: false })?.isFile() === false)

const lockFileAt: Lock = (file) => {
  // Long enough to outlast a program that only looks (`isHeld`).
  const database = new DatabaseSync(file, { timeout: 50 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Does every lock seem to be held? A share without file locks answers like that, and SQLite reports both alike. Nobody can hold a fresh
 * file.
 */
const isEverythingBusy = (home: string, lock: Lock): boolean => {
  const fresh = join(home, `lock-${randomBytes(6).toString('hex')}.sqlite`)
  try {
    lock(fresh).close()
    return false
  } catch (error) {
    // If no further file can be made, only the lock itself can be asked.
    return isBusy(error)
  } finally {
    removeQuietly(fresh)
    removeQuietly(`${fresh}-journal`)
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

const busy = ({ home, location }: Lockable): VaultBusyError =>
  new VaultBusyError(`Another run${described(readHolder(home))} is using ${location}.`, {
    hint: 'Wait for it to finish, or stop it; what it has stored so far is kept.',
  })

const described = (holder: Partial<Holder>): string => {
  const process = holder.pid === undefined ? '' : `process ${holder.pid}${holder.host === undefined ? '' : ` on ${holder.host}`}`
  const parts = [holder.operation, process, holder.since === undefined ? '' : `since ${localTime(holder.since)}`]
  const text = parts.filter(Boolean).join(', ')
  return text === '' ? '' : ` (${text})`
}

/** Reads the holder's note; empty when it is not written yet. */
const readHolder = (home: string): Partial<Holder> => {
  try {
    const found: unknown = JSON.parse(readSmallFile(inHome(home, 'holder')) ?? 'null')
    return typeof found === 'object' && found !== null ? found : {}
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).syscall !== undefined) return {}
    throw error
  }
}

/** Formats day and minute in the reader's time zone. */
const localTime = (iso: string): string => {
  const time = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** Is it SQLite's refusal to write (SQLITE_READONLY, with its extended codes)? */
const isReadOnly = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 8

const unlockable = ({ home, location }: Lockable, error: unknown): DestinationError => {
  if (error instanceof Error && 'errcode' in error && hasNoRoom(inHome(home, 'lock'))) {
    return new DestinationError(`The destination ${location} is full, or your quota on it is used up: the vault cannot be locked.`, {
      hint: 'Make room on the destination and try again; everything stored so far is kept.',
      cause: error,
    })
  }
  const reason = isReadOnly(error)
    ? 'its disk is read-only, or this user may not write there'
    : error instanceof Error && !isSystemError(error)
      ? error.message
      : describe(error)
  return new DestinationError(`The vault ${location} cannot be locked: ${reason}.`, {
    hint: 'The destination must be writable, and a network disk must be mounted with file locks.',
    cause: error,
  })
}
