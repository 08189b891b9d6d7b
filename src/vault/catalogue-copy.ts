import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGunzip, createGzip, gzip } from 'node:zlib'
import * as v from 'valibot'
import { AppError, DestinationError } from '../errors.ts'
import { Catalogue } from './catalogue/catalogue.ts'
import { applyChanges, isCatalogue, snapshotOf } from './catalogue/catalogue-file.ts'
import { DamagedDatabaseError } from './catalogue/guarded.ts'
import { removeBelongings } from './catalogue/remake.ts'
import { inHome } from './home/home.ts'
import { readSmallFile, replaceSmallFile } from './home/small-file.ts'
import { inFolder, layout } from './layout.ts'
import { parseJson, RecordError } from './record/read-json.ts'
import { isNothing, type Storage, StorageError } from './storage/storage.ts'
import { describe, isSystemError, type SystemError } from './system-error.ts'
import type { Vault } from './vault.ts'

/**
 * [Note: the catalogue's copy] The catalogue of a vault in a bucket lies on the computer that backs up; a copy in the bucket lets another one go on.
 * It is a row of numbered files, each compressed: a snapshot (an SQLite file), and after it the change-set of each run (SQLite's own format). The
 * last ones, back to the newest snapshot, make up the catalogue. A change-set fits only the catalogue that it was made from, because it changes the
 * id in it.
 *
 * A note in the home has the last file that the catalogue here agrees with. It becomes dirty, on the disk, before a run changes anything, and is
 * clean again once the copy has the changes: after a kill the next run writes a snapshot.
 */

/** The most changed rows of one change-set. */
const MOST_ROWS = 50_000
/** The most change-sets after a snapshot: another computer fetches each. */
const MOST_SETS = 100
const NAME = /^(\d{8})\.gz$/
/** The key of the copy's id in the catalogue. */
const ID = 'catalogue.copy'

/** One file of the copy. */
export interface CopyFile {
  readonly number: number
  readonly path: string
  readonly size: number
  readonly mark: string
}

const BASE = v.object({ number: v.number(), mark: v.string() })
const NOTE = v.object({
  /** True while the catalogue may have changes that no file has. */
  isDirty: v.boolean(),
  /** The last file of the copy that the catalogue here goes on from; absent if there was none. */
  base: v.exactOptional(BASE),
  /** The number of the snapshot before it, the id in the catalogue, and the version of its schema; absent if it never was clean. */
  clean: v.exactOptional(v.object({ snapshot: v.number(), id: v.string(), schema: v.number() })),
})
type Note = v.InferOutput<typeof NOTE>

type Place = { readonly home: string; readonly storage: Storage }

/** Lists the files of the copy, the newest last. */
async function filesOf(storage: Storage): Promise<readonly CopyFile[]> {
  const found = await storage.list(layout.catalogueCopy)
  return found
    .flatMap(({ kind, name, size, mark }) => {
      const [, number] = NAME.exec(name) ?? []
      return kind === 'file' && number !== undefined
        ? [{ number: Number(number), path: inFolder(layout.catalogueCopy, name), size, mark }]
        : []
    })
    .toSorted((a, b) => a.number - b.number)
}

const pathOf = (number: number): string => inFolder(layout.catalogueCopy, `${String(number).padStart(8, '0')}.gz`)

function readNote(home: string): Note | undefined {
  try {
    const text = readSmallFile(inHome(home, 'catalogueCopy'))
    return text === undefined ? undefined : parseJson(text, NOTE)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}

const writeNote = (home: string, note: Note): void => replaceSmallFile(inHome(home, 'catalogueCopy'), `${JSON.stringify(note)}\n`)

const isSame = (base: Note['base'], file: CopyFile | undefined): boolean => base?.number === file?.number && base?.mark === file?.mark

const baseOf = (file: CopyFile | undefined): Pick<Note, 'base'> =>
  file === undefined ? {} : { base: { number: file.number, mark: file.mark } }

/** Notes that the catalogue here was made anew, and goes on in the place of the one in the bucket. */
export async function noteAnew({ home, storage }: Place): Promise<void> {
  writeNote(home, { isDirty: true, ...baseOf((await filesOf(storage)).at(-1)) })
}

/** The newest file of the copy, and whether the catalogue was taken from it. */
export interface Taken {
  readonly newest: CopyFile | undefined
  readonly isTaken: boolean
}

/** The questions that taking a copy asks. */
export interface Taking extends Place {
  /** Called before anything is fetched. */
  readonly before: () => Promise<void>
  /** Is this the catalogue that the vault was last written with? */
  readonly isCurrent: (catalogue: Catalogue) => Promise<boolean>
}

/**
 * Takes the catalogue from its copy in the bucket if another computer has gone on since, or if there is none here. Changes nothing if the one here
 * goes on, or the copy is not whole or not of the vault's present state. Nobody else may change the vault or its home. Throws `DestinationError` if the
 * server refuses to give it: without it, the runs of the other computer would be lost, and their numbers given once more.
 */
export async function takeCopy(taking: Taking): Promise<Taken> {
  const files = await filesOf(taking.storage)
  const newest = files.at(-1)
  const isOurs = existsSync(inHome(taking.home, 'catalogue')) && isSame(readNote(taking.home)?.base, newest)
  return { newest, isTaken: newest !== undefined && !isOurs && (await take(taking, files, newest)) }
}

async function take({ home, storage, before, isCurrent }: Taking, files: readonly CopyFile[], newest: CopyFile): Promise<boolean> {
  await before()
  const path = inHome(home, 'catalogue')
  const fresh = `${path}.taken`
  const sets: string[] = []
  try {
    let snapshot = newest
    for (let at = files.length - 1; ; at -= 1) {
      const file = files[at]
      if (file === undefined || file.number !== newest.number - sets.length) return false
      await fetchInto(storage, file.path, fresh)
      snapshot = file
      if (isCatalogue(await firstBytes(fresh))) break
      sets.push(`${fresh}-${file.number}`)
      await rename(fresh, `${fresh}-${file.number}`)
    }
    for (const set of sets.toReversed()) if (!(await applyChanges(fresh, set))) return false
    const catalogue = Catalogue.open({ path: fresh, mode: 'read' })
    let clean: Note['clean']
    try {
      if (!(await isCurrent(catalogue))) return false
      clean = { snapshot: snapshot.number, id: catalogue.meta(ID) ?? '', schema: catalogue.schema }
    } finally {
      catalogue.close()
    }
    await rm(path, { force: true })
    await removeBelongings(path)
    await rename(fresh, path)
    writeNote(home, { isDirty: false, ...baseOf(newest), clean })
    return true
  } catch (error) {
    // Each file was listed: a server that has it no more has lost it, or has trouble.
    if (error instanceof StorageError && (error.code === 'ENOENT' || !isNothing(error))) throw refusedBy(storage, error)
    if (isSystemError(error)) throw noRoomIn(home, error)
    if (!(error instanceof StorageError || error instanceof DamagedDatabaseError || isCorrupt(error))) throw error
    return false
  } finally {
    for (const each of [fresh, ...sets]) await rm(each, { force: true })
    await removeBelongings(fresh)
  }
}

const refusedBy = ({ location }: Storage, cause: StorageError): DestinationError =>
  new DestinationError(`The catalogue cannot be taken from its copy in ${location}: ${cause.message}.`, {
    hint: 'Run it again once the server gives that file. If it never does, run `smugmug-backup rebuild`: it makes the catalogue anew from the vault itself.',
    cause,
  })

const noRoomIn = (home: string, cause: SystemError): DestinationError =>
  new DestinationError(`The catalogue cannot be taken from its copy into ${home}: ${describe(cause)}.`, {
    hint: 'Make room on that disk, or check its permissions, and run it again.',
    cause,
  })

/** Is this the error of a compressed file that is damaged, or is no such file? */
const isCorrupt = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(?:Z_|ERR_STREAM_PREMATURE_CLOSE)/.test(error.code)

async function fetchInto(storage: Storage, path: string, to: string): Promise<void> {
  await pipeline(storage.read(path), createGunzip(), createWriteStream(to, { mode: 0o600 }))
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Begins to note the changes of a vault that was opened to be changed; `newest` is what `takeCopy` found. The returned function brings the copy up to date; call it once, before the
 * vault is closed. It returns the trouble, if the copy could not be written: the next run then writes a snapshot.
 */
export function beginCopy(vault: Vault, newest: CopyFile | undefined): () => Promise<Error | undefined> {
  const { catalogue, home, storage } = vault
  const note = readNote(home)
  const { clean } = note ?? {}
  const isClean =
    note?.isDirty === false && isSame(note.base, newest) && clean?.id === catalogue.meta(ID) && clean?.schema === catalogue.schema
  if (isClean) catalogue.trackChanges(MOST_ROWS)
  // On the disk before anything changes. See: [Note: the catalogue's copy]
  writeNote(home, { isDirty: true, ...baseOf(newest) })
  return async () => {
    try {
      const now = isClean && clean !== undefined ? await giveChanges(vault, clean) : undefined
      const given = now ?? (await giveSnapshot(vault))
      writeNote(home, {
        isDirty: false,
        ...baseOf((await filesOf(storage)).at(-1)),
        clean: { id: catalogue.meta(ID) ?? '', schema: catalogue.schema, snapshot: given },
      })
      return undefined
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof AppError || isSystemError(error))) throw error
      return error
    }
  }
}

const pack = promisify(gzip)

/** Puts the changes of this run, if there are any. Returns the number of the snapshot that they follow; undefined if a new one is due. */
async function giveChanges({ catalogue, storage }: Vault, { snapshot }: { readonly snapshot: number }): Promise<number | undefined> {
  catalogue.flush()
  const changed = catalogue.changeSet()
  if (changed === undefined) return undefined
  if (changed.length === 0) return snapshot
  catalogue.setMeta(ID, randomUUID())
  catalogue.flush()
  const changes = catalogue.changeSet()
  if (changes === undefined) return undefined
  const packed = await pack(changes)
  const files = await filesOf(storage)
  const sets = files.filter(({ number }) => number > snapshot)
  const size = sets.reduce((sum, set) => sum + set.size, packed.length)
  const whole = files.find(({ number }) => number === snapshot)?.size ?? 0
  if (sets.length >= MOST_SETS || size > whole / 2) return undefined
  await storage.put(pathOf((files.at(-1)?.number ?? 0) + 1), once(packed), { size: packed.length })
  return snapshot
}

/** Puts the whole catalogue, and removes what stood there before. Returns its number. */
async function giveSnapshot({ catalogue, home, storage }: Vault): Promise<number> {
  const path = inHome(home, 'catalogue')
  const to = `${path}.copied`
  catalogue.setMeta(ID, randomUUID())
  catalogue.flush()
  const files = await filesOf(storage)
  const number = (files.at(-1)?.number ?? 0) + 1
  try {
    await rm(to, { force: true })
    await snapshotOf(path, to)
    await storage.put(pathOf(number), compressed(to))
  } finally {
    await rm(to, { force: true })
    await removeBelongings(to)
  }
  for (const file of files) await storage.remove(file.path)
  return number
}

async function* compressed(path: string): AsyncGenerator<Uint8Array> {
  const packing = createGzip()
  const read = pipeline(createReadStream(path), packing)
  // Its error ends the stream below, too.
  read.catch(() => undefined)
  yield* packing
  await read
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
