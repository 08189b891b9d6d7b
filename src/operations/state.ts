import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { ConfigurationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { FileState } from '../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, layout } from '../vault/layout.ts'
import { type Entries, jsonPieces } from '../vault/record/json-pieces.ts'
import { COUNT, parseJson, RecordError, readText, TIME } from '../vault/record/read-json.ts'
import { writeIfChanged } from '../vault/record/write-if-changed.ts'
import { isNothing, type Storage, StorageError, UNREADABLE } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { LOOK, type Look, readLook } from './look.ts'
import { EXIT_CODE, type RunSummary, SUMMARY, summaryOf } from './read-report.ts'

export const STATE_FORMAT = 'smugmug-backup/state/1'

/** The notes of the catalogue that a rebuilt one needs, too. */
const NOTES = [
  'account',
  'manner',
  'extras',
  'tree.readAt',
  'verify.cursor',
  'verify.moved',
  'verify.begun',
  'verify.completed',
  'verify.spoilt',
  'copy',
] as const

/** The content of `state.json`: facts that `rebuild` cannot read from the records of albums. */
export interface VaultState {
  readonly format: string
  readonly vault: string
  /** A new one after every run that changed the vault: a catalogue without it is of another day, or of another vault. */
  readonly generation?: string
  readonly notes: Readonly<Partial<Record<(typeof NOTES)[number], string>>>
  /** The account as the last complete album list showed it. */
  readonly look?: Look
  /** When each album was listed completely, by its key. */
  readonly listed: Readonly<Record<string, number>>
  /** The other albums that have a record or had one: those that are gone from the account, say. Absent where there are none. */
  readonly unlisted?: readonly string[]
  /** Files that were found missing or damaged, and are not fetched again yet. */
  readonly unsound: readonly {
    readonly albumKey: string
    readonly imageKey: string
    readonly component: string
    readonly state: FileState
  }[]
  /** The newest runs that wrote no report, oldest first; absent in states of old. */
  readonly runs?: readonly StateRun[]
  /**
   * The beginning of the SHA-256 of each album's record, by the album's key, and of `tree.json` under an empty key, as they were written last. Absent
   * where no put comes late. See: [Note: generations]
   */
  readonly records?: Readonly<Record<string, string>>
}

/** A run that wrote no report: a verification, say. */
export interface StateRun extends RunSummary {
  readonly run: number
  readonly operation: string
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
}

/** The most runs without a report that the state names, and the most exceptions of each. */
const MOST_RUNS = 100
const MOST_EXCEPTIONS = 20

const MOMENT = v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}$/)))
const TEXT = v.exactOptional(v.string())

const HEAD = v.object({
  format: v.literal(STATE_FORMAT),
  vault: v.pipe(v.string(), v.nonEmpty()),
  generation: v.exactOptional(v.string()),
})

const STATE = v.object({
  ...HEAD.entries,
  notes: v.object({
    account: TEXT,
    manner: TEXT,
    extras: TEXT,
    'tree.readAt': MOMENT,
    'verify.cursor': TEXT,
    'verify.moved': TEXT,
    'verify.begun': MOMENT,
    'verify.completed': MOMENT,
    'verify.spoilt': TEXT,
    copy: TEXT,
  } satisfies Record<(typeof NOTES)[number], unknown>),
  look: v.exactOptional(LOOK),
  listed: v.record(v.string(), TIME),
  unlisted: v.exactOptional(v.array(v.string())),
  unsound: v.array(
    v.object({ albumKey: v.string(), imageKey: v.string(), component: v.string(), state: v.picklist(['held', 'missing', 'damaged']) }),
  ),
  runs: v.exactOptional(
    v.array(v.object({ ...SUMMARY.entries, run: COUNT, operation: v.string(), startedAt: TIME, finishedAt: TIME, exitCode: EXIT_CODE })),
  ),
  records: v.exactOptional(v.record(v.string(), v.string())),
})

/** Reads the text of `state.json`. Throws `RecordError` for any other text. */
export const parseState = (text: string): VaultState => parseJson(text, STATE) as unknown as VaultState

/**
 * Returns true if the vault was last written with this catalogue. An older one that was put back, or one of another vault, is not
 * believed: each file counts as held again only once its bytes have been hashed. Throws `ConfigurationError` where another computer went on with a
 * sealed vault that cannot be opened here: its files would be called damaged.
 */
export async function checkGeneration({ catalogue, storage }: Vault, emit: Emit): Promise<boolean> {
  const state = await readHead(storage)
  if (state === undefined && (await areLocked(storage, SEALED_TOGETHER))) throw wentOnElsewhere(storage)
  if (state?.generation === undefined || agrees(state, catalogue)) return true
  emit({
    event: 'warning',
    message: 'The catalogue is not the one that this vault was last written with: every file is read again before it is believed.',
  })
  catalogue.doubtFiles()
  noteGeneration(catalogue, state.generation)
  return false
}

/** The files that each run of another computer seals anew. A damaged file is one alone. */
const SEALED_TOGETHER = [layout.state, layout.md5sums]

/** Are all these files sealed, and none of the private keys at hand opens them? This computer knows the words of those that it sealed. */
async function areLocked(storage: Storage, paths: readonly string[]): Promise<boolean> {
  if (storage.seal === undefined) return false
  for (const path of paths) {
    try {
      for await (const _piece of storage.read(path)) break
      return false
    } catch (error) {
      if (!(error instanceof StorageError && error.code === UNREADABLE)) return false
    }
  }
  return true
}

const wentOnElsewhere = ({ location }: Storage): ConfigurationError =>
  new ConfigurationError(`Another computer went on with the sealed vault ${location}, and no private key here opens what it sealed.`, {
    hint: 'Name the file of the private key in `identity_file` of [encryption], for one run: after it, this computer goes on without the key.',
  })

const agrees = ({ vault, generation }: v.InferOutput<typeof HEAD>, catalogue: Catalogue): boolean =>
  vault === catalogue.meta('vault.id') && [catalogue.meta(KNOWN), catalogue.meta(NEXT)].includes(generation)

/** Is this the catalogue of the state that the vault has? False if that has no generation, or is none. Throws `StorageError` if the disk or server refuses it. */
export async function isOfState(catalogue: Catalogue, storage: Storage): Promise<boolean> {
  const state = await readHead(storage, (error) => {
    if (!isNothing(error)) throw error
  })
  return state?.generation !== undefined && agrees(state, catalogue)
}

/** Notes the generation of the vault's state in the catalogue. */
export function noteGeneration(catalogue: Catalogue, generation: string | undefined): void {
  catalogue.setMeta(KNOWN, generation)
  catalogue.setMeta(NEXT, undefined)
}

/** Returns the beginning of the state on the disk, above all that grows with the account; undefined if there is none, or it cannot be read. */
async function readHead(
  storage: Storage,
  refused: (error: StorageError) => void = () => undefined,
): Promise<v.InferOutput<typeof HEAD> | undefined> {
  try {
    const text = await readText(storage.read(layout.state))
    const end = text.indexOf(',\n "notes": ')
    return parseJson(end < 0 ? text : `${text.slice(0, end)}}`, HEAD)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    if (error instanceof StorageError) refused(error)
    return undefined
  }
}

function runsWithoutReport(catalogue: Catalogue): readonly StateRun[] {
  const rows = catalogue.runs.withoutReport(MOST_RUNS).toReversed()
  return rows.flatMap((row) => {
    const { id, operation, startedAt, finishedAt, exitCode } = row
    const summary = summaryOf(row)
    if (summary === undefined || finishedAt === undefined || exitCode === undefined) return []
    const { message, totals, problems, selection } = summary
    const end = { message, totals, problems: problems.slice(0, MOST_EXCEPTIONS), ...(selection !== undefined && { selection }) }
    return [{ run: id, operation, startedAt, finishedAt, exitCode, ...end }]
  })
}

/** Notes in the catalogue: the generation of the state that it agrees with, and the one being written. */
const KNOWN = 'state.generation'
const NEXT = 'state.next'

/** Writes the state, if it has changed; with a new generation if the vault has changed. */
export async function writeState({ catalogue, storage, id }: Vault, options: { readonly isChanged?: boolean } = {}): Promise<void> {
  const isNext = options.isChanged === true || catalogue.meta(KNOWN) === undefined
  const generation = isNext ? randomUUID() : (catalogue.meta(KNOWN) ?? '')
  if (isNext) {
    // On the disk before the state: after a crash between the two, the catalogue knows either state.
    catalogue.setMeta(NEXT, generation)
    catalogue.flush()
  }
  const look = readLook(catalogue)
  const unlisted = [...unlistedIn(catalogue)]
  const state: Written<VaultState> = {
    format: STATE_FORMAT,
    vault: id,
    generation,
    notes: Object.fromEntries(NOTES.flatMap((note) => (catalogue.meta(note) === undefined ? [] : [[note, catalogue.meta(note)]]))),
    ...(look !== undefined && { look }),
    listed: () => eachListed(catalogue),
    ...(unlisted.length > 0 && { unlisted }),
    unsound: catalogue
      .unsoundFiles()
      .map(({ albumKey, imageKey, component, state: found }) => ({ albumKey, imageKey, component, state: found })),
    runs: runsWithoutReport(catalogue),
    ...(storage.comesLate === true && { records: () => eachPrint(catalogue) }),
  }
  const text = function* (): Generator<string> {
    yield* jsonPieces(state)
    yield '\n}\n'
  }
  await writeIfChanged(storage, layout.state, text, { isNew: isNext })
  noteGeneration(catalogue, generation)
}

/** A state whose facts of each album are made when they are written. */
type Written<State> = { [Name in keyof State]: Name extends 'listed' | 'records' ? Entries : State[Name] }

function* eachListed(catalogue: Catalogue): Generator<readonly [key: string, listedAt: number]> {
  for (const { key, listedAt } of catalogue.eachAlbum()) if (listedAt !== undefined) yield [key, listedAt]
}

function* unlistedIn(catalogue: Catalogue): Generator<string> {
  for (const { key, listedAt } of catalogue.eachAlbum()) if (listedAt === undefined) yield key
  yield* catalogue.records.lost()
}

/** The characters of a SHA-256 that the state has of a record: a late one is no forgery. */
const PRINT = 16

/** Returns the print of a record that is read back, for `VaultState.records`. */
export const printOf = (sha256: string): string => sha256.slice(0, PRINT)

function* eachPrint(catalogue: Catalogue): Generator<readonly [key: string, print: string]> {
  const printAt = (path: string): string | undefined => {
    const written = catalogue.records.get(path)
    return written && printOf(written.sha256)
  }
  const tree = printAt(layout.tree)
  if (tree !== undefined) yield ['', tree]
  for (const { key, folder } of catalogue.eachAlbum()) {
    const print = printAt(inFolder(folder, ALBUM_RECORD))
    if (print !== undefined) yield [key, print]
  }
}

/** Writes the state after a run that wrote no report, for a catalogue made anew. A disk that refuses it has been reported by that run. */
export async function rememberRuns(vault: Vault): Promise<void> {
  try {
    await writeState(vault)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}
