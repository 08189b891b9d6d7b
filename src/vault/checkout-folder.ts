import { createWriteStream } from 'node:fs'
import { lstat, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as v from 'valibot'
import { ConfigurationError } from '../errors.ts'
import { freeBytes } from '../flow/disk-room.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { type Brought, bringFile, cloned, isFull, isProven, linked, noRoom, onTarget, placed, type Wanted } from './checkout-file.ts'
import { refuseVaults } from './folder-elsewhere.ts'
import { inHome } from './home/home.ts'
import { withLocalFile } from './local-file.ts'
import { COUNT, parseJson, RecordError } from './record/read-json.ts'
import { StorageError } from './storage/storage.ts'
import { describe, isSystemError } from './system-error.ts'
import type { Vault } from './vault.ts'

/**
 * [Note: a checkout goes on] As long as a checkout is not finished, its folder holds `.smugmug-checkout`: a note of what is checked out, and the file
 * under way. Every other file there is whole. A checkout of the same, given again after Ctrl-C, a full disk or a kill, finds the note and goes on;
 * files that stand there already are proven by their hash, and one with other bytes is left alone. The end takes the note away.
 */
export const UNFINISHED = '.smugmug-checkout'
const NOTE = 'checkout.json'
const DRAFT = 'file'
const PROBE = 'probe'
const OURS_THERE: readonly string[] = [NOTE, DRAFT, PROBE]
const NOTE_FORMAT = 'smugmug-backup/checkout/1'

/** The subject of a checkout: the same one goes on in a folder where it was broken off. */
export interface CheckoutSubject {
  /** The vault's id. */
  readonly vault: string
  readonly run: number
  /** The part that is wanted, as text; empty for all. */
  readonly part: string
}

/** The vault of a checkout. */
type CheckedOut = Pick<Vault, 'storage' | 'home' | 'folders'>

/** A folder outside of the vault that a past state of it is written into. */
export interface CheckoutFolder {
  readonly path: string
  /** Does a checkout go on here that was broken off? */
  readonly goesOn: boolean
  /** Bytes free there, if the disk says it. */
  free(): Promise<number | undefined>
  /** Returns the way in which files of the vault come here: as second names if `links` are wanted and the disk takes them, else as clones, else as copies. */
  way(links: boolean): Promise<'links' | 'clones' | 'copies'>
  /** Writes a record. `isPrivate`: only the owner may read it. Returns the words of the disk if it does not take the path. Throws `DestinationError`. */
  write(path: string, text: Iterable<string>, options: { readonly isPrivate: boolean }): Promise<string | undefined>
  /** Returns the state of a file that may stand here from the checkout that was broken off. */
  standing(path: string, wanted: Wanted): Promise<'nothing' | 'same size' | 'another'>
  /** Has the file that stands here these bytes? */
  holds(path: string, wanted: Wanted): Promise<boolean>
  /** Gives a file of the vault a second life at a path of this folder. Throws `DestinationError` when this disk is full or fails. */
  bring(file: { readonly from: string; readonly to: string; readonly links: boolean }, wanted: Wanted): Promise<Brought>
  /**
   * Notes that all is written. Without it the folder stays one that a checkout goes on in, unless nothing was written. Returns the words of the disk if
   * it does not let the note be taken away: nothing else is missing then.
   */
  finish(): Promise<string | undefined>
  close(): Promise<void>
}

/**
 * Opens a folder for a checkout: a new one, which is made, an empty one, or one in which a checkout of the same was broken off. Throws
 * `ConfigurationError` if it has anything else in it, is no folder, is part of a vault or holds one, `DestinationError` if its disk is full.
 * See: [Note: a checkout goes on]
 */
export async function checkoutFolder(path: string, vault: CheckedOut, subject: CheckoutSubject): Promise<CheckoutFolder> {
  const made = await usable(path, () => makeFolders(path))
  const unmake = async (): Promise<void> => {
    for (let each = path; made !== undefined && each.length >= made.length; each = dirname(each)) await rmdir(each).catch(ignored)
  }
  let goesOn = false
  try {
    goesOn = await usable(path, () => refuseOthers(path, vault, subject))
    await usable(path, () => note(path, subject))
  } catch (error) {
    await unmake()
    throw error
  }
  const scratch = join(path, UNFINISHED)
  const draft = join(scratch, DRAFT)
  let isFinished = false
  // Nobody can have put a link into a folder that was empty a moment ago.
  const leadsElsewhere = async (to: string): Promise<boolean> => goesOn && (await hasLink(path, dirname(to)))
  return {
    path,
    goesOn,
    free: () => freeBytes(path),
    way: async (links) => {
      if (vault.storage.pathOf === undefined) return 'copies'
      const [source, probe] = [inHome(vault.home, 'catalogue'), join(scratch, PROBE)]
      await rm(probe, { force: true })
      const found = links && (await linked(source, probe)) ? 'links' : (await cloned(source, probe)) ? 'clones' : 'copies'
      await rm(probe, { force: true })
      return found
    },
    write: async (to, text, { isPrivate }) => {
      if (await leadsElsewhere(to)) return A_LINK
      const mode = isPrivate ? 0o600 : 0o666
      const why = await onTarget(path, async () => {
        await rm(draft, { force: true })
        await pipeline(Readable.from(text, { objectMode: false }), createWriteStream(draft, { mode, flags: 'wx' }))
      })
      if (why !== undefined) return why
      const done = await placed(draft, join(path, to), path)
      return 'why' in done ? done.why : undefined
    },
    standing: async (to, { size }) => {
      if (!goesOn) return 'nothing'
      const found = await lstat(join(path, to)).catch(ignored)
      // After a power cut, a file may have a name and no bytes yet.
      if (found === undefined || (found.isFile() && found.size === 0 && size > 0)) return 'nothing'
      return found.isFile() && found.size === size ? 'same size' : 'another'
    },
    holds: async (to, wanted) => (await isProven(join(path, to), wanted)) === true,
    bring: async ({ from, to, links }, wanted) =>
      (await leadsElsewhere(to))
        ? { end: 'refused', why: A_LINK }
        : await unlessUnreadable(() =>
            withLocalFile(vault.storage, from, (source) => bringFile({ source, draft, target: join(path, to), links }, wanted, path)),
          ),
    finish: async () => {
      isFinished = true
      return await unmark(scratch)
    },
    close: async () => {
      if (isFinished) return
      await rm(draft, { force: true }).catch(ignored)
      const others = await namesBeside(path).catch(ignored)
      if (others?.length !== 0) return
      await clear(scratch).catch(ignored)
      await rmdir(scratch).catch(ignored)
      await unmake()
    },
  }
}

/** Turns the refusal of a storage whose files lie elsewhere into an end. */
async function unlessUnreadable(bring: () => Promise<Brought>): Promise<Brought> {
  try {
    return await bring()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return error.code === 'ENOENT' ? { end: 'other bytes' } : { end: 'unreadable', why: error.message }
  }
}

const A_LINK = 'a link stands where a folder belongs'

/** Is one of the folders on the way from the root to a folder below it a link? */
async function hasLink(root: string, folder: string): Promise<boolean> {
  if (folder === '.') return false
  const found = await lstat(join(root, folder)).catch(ignored)
  return found?.isSymbolicLink() === true || (await hasLink(root, dirname(folder)))
}

const namesBeside = async (path: string): Promise<readonly string[]> => (await readdir(path)).filter((name) => name !== UNFINISHED)

/** Refuses a folder that cannot be used. Returns true if a checkout of the same was broken off there. */
async function refuseOthers(path: string, vault: CheckedOut, subject: CheckoutSubject): Promise<boolean> {
  const isEmpty = (await namesBeside(path)).length === 0
  const unfinished = isEmpty ? undefined : await unfinishedIn(path)
  if (!isEmpty && unfinished === undefined) throw notEmpty(path)
  refuseVaults(path, { vault, hint: 'A checkout lies outside of every vault: name a folder elsewhere.' })
  if (unfinished === undefined) return false
  if (unfinished.vault === subject.vault && unfinished.run === subject.run && unfinished.part === subject.part) return true
  throw new ConfigurationError(`In the folder ${path}, another checkout was broken off: one of run ${unfinished.run}.`, {
    hint: 'Give that one again to let it go on, or name an empty folder.',
  })
}

const notEmpty = (path: string): ConfigurationError =>
  new ConfigurationError(`The folder ${path} is not empty.`, { hint: 'Name an empty folder, or one that does not exist.' })

/** Notes what is checked out here. */
async function note(path: string, subject: CheckoutSubject): Promise<void> {
  const folder = join(path, UNFINISHED)
  await makeFolders(folder)
  const isOurs = (await lstat(folder)).isDirectory() && (await readdir(folder)).every((name) => OURS_THERE.includes(name))
  if (!isOurs) throw notEmpty(path)
  await clear(folder)
  await writeFile(join(folder, NOTE), JSON.stringify({ format: NOTE_FORMAT, ...subject }), { flag: 'wx', flush: true })
}

/** Takes the note away. Returns the words of the disk if it refuses that. */
async function unmark(folder: string): Promise<string | undefined> {
  try {
    await clear(folder)
    await rmdir(folder)
    return undefined
  } catch (error) {
    if (!isSystemError(error)) throw error
    return describe(error)
  }
}

/** Removes what a checkout has in its folder beside the files. */
async function clear(folder: string): Promise<void> {
  for (const name of OURS_THERE) await rm(join(folder, name), { force: true })
}

/** Reads the note of a checkout that was broken off. */
async function unfinishedIn(path: string): Promise<CheckoutSubject | undefined> {
  try {
    if (!(await lstat(join(path, UNFINISHED))).isDirectory() || !(await lstat(join(path, UNFINISHED, NOTE))).isFile()) return undefined
    return parseJson(await readFile(join(path, UNFINISHED, NOTE), 'utf8'), SUBJECT)
  } catch (error) {
    if (!(error instanceof RecordError || isSystemError(error))) throw error
    return undefined
  }
}

const SUBJECT = v.object({ format: v.literal(NOTE_FORMAT), vault: v.string(), run: COUNT, part: v.string() })

/** Takes an error of the system for nothing. */
const ignored = (error: unknown): undefined => {
  if (!isSystemError(error)) throw error
}

async function usable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (isFull(error)) throw noRoom(error, path)
    throw new ConfigurationError(`The folder ${path} cannot be used: ${describe(error)}.`, {
      hint: 'Name a folder that can be made, or an empty one.',
      cause: error,
    })
  }
}
