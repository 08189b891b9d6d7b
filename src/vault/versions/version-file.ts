import * as v from 'valibot'
import { isObject, type JsonObject } from '../../model.ts'
import { inFolder, layout } from '../layout.ts'
import { parseJson, RecordError } from '../record/read-json.ts'
import { appendTo } from '../storage/abilities.ts'
import type { Storage } from '../storage/storage.ts'
import type { Change } from './delta.ts'
import { packedLines, packedText, textLines, VersionError } from './version-text.ts'

/**
 * A file of reverse changes: `.smugmug-backup/versions/YYYY/RUN.jsonl.gz`, one a run that changed a record. The first line says which run it is of;
 * every other line is one change of one record. It is written piece by piece, each a gzip member of its own, before the record that it leads back
 * from. Format: docs/vault-format.md.
 */
export const VERSIONS_FORMAT = 'smugmug-backup/versions/1'

/** The record that a change is of: an album, or the tree. */
export const TREE = 'tree'

/** The first line of a file. */
export interface VersionHead {
  readonly run: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** The first run whose state is forgotten, if some between this one and the last kept one are. */
  readonly forgottenFrom?: number
  /** The run of the file before this one, if there was one: a file that somebody removed must not be passed by. Absent in early files. */
  readonly previous?: number
}

/** A file of reverse changes, by its name. */
export interface VersionEntry {
  readonly run: number
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** Returns the path of a run's file. `at` is the run's time in milliseconds since 1970. */
export const versionPath = (run: number, at: number): string => `${layout.versions}/${new Date(at).getUTCFullYear()}/${run}.jsonl.gz`

/**
 * Lists the files of reverse changes, newest first. A pipe or a link with such a name is listed too: reading it fails, where passing it by would give
 * a wrong past. Throws `VersionError` for one in place of a year.
 */
export async function listVersions(storage: Storage): Promise<readonly VersionEntry[]> {
  const found: VersionEntry[] = []
  for (const year of await storage.list(layout.versions)) {
    if (!/^\d{4,6}$/.test(year.name)) continue
    const folder = inFolder(layout.versions, year.name)
    if (year.kind !== 'folder') throw new VersionError(`${folder} is no folder`)
    for (const { name, kind, size } of await storage.list(folder)) {
      const run = runOfPath(name)
      if (kind !== 'folder' && run !== undefined) found.push({ run, path: inFolder(folder, name), size })
    }
  }
  return found.toSorted((a, b) => b.run - a.run)
}

/** Returns the run that the name of a file gives. */
function runOfPath(path: string): number | undefined {
  const run = /(?:^|\/)(\d{1,15})\.jsonl\.gz$/.exec(path)?.[1]
  return run === undefined ? undefined : Number(run)
}

/** A file of reverse changes, and its first line. */
export interface Version extends VersionEntry, VersionHead {}

/** The files that are the past, and those that a broken-off `prune` left. */
export interface Versions {
  /** Newest first. */
  readonly versions: readonly Version[]
  /** The files of forgotten runs that still stand: a newer file says that they are forgotten. They are never read. */
  readonly leftovers: readonly VersionEntry[]
}

/**
 * Reads the first lines of the files of all runs after `since`. A file without a whole first line is of a run that was killed before it changed
 * anything, and left out. Throws `VersionError` for a damaged one, `StorageError` when the disk refuses one.
 */
export async function readVersions(storage: Storage, since = 0): Promise<Versions> {
  const versions: Version[] = []
  const leftovers: VersionEntry[] = []
  let forgottenFrom = Number.POSITIVE_INFINITY
  for (const entry of await listVersions(storage)) {
    if (entry.run <= since) break
    if (entry.run >= forgottenFrom) {
      leftovers.push(entry)
      continue
    }
    const head = await readVersionHead(storage, entry.path)
    if (head === undefined) continue
    versions.push({ ...entry, ...head, run: entry.run })
    forgottenFrom = head.forgottenFrom ?? forgottenFrom
  }
  return { versions, leftovers }
}

/** Reads the first line of a file; undefined if it is not whole. Throws as `readVersions` does. */
export async function readVersionHead(storage: Storage, path: string): Promise<VersionHead | undefined> {
  for await (const line of readVersion(storage, path)) return 'head' in line ? line.head : undefined
  return undefined
}

/** Renders the first line of a file. */
export function headLine({ run, at, previous, forgottenFrom }: VersionHead): string {
  return JSON.stringify({
    format: VERSIONS_FORMAT,
    run,
    at: new Date(at).toISOString(),
    ...(previous !== undefined && { previous }),
    ...(forgottenFrom !== undefined && { forgottenFrom }),
  })
}

/** Renders a change of an album's record, or of the tree. */
export const changeLine = (record: string, change: Change): string =>
  JSON.stringify(record === TREE ? { tree: true, ...change } : { album: record, ...change })

/** A line of a file: its head, or a change of a record. */
export type VersionLine = { readonly head: VersionHead } | { readonly record: string; readonly change: Change }

/** A line of a file whose change is still text. */
export type VersionText = { readonly head: VersionHead } | { readonly record: string; readonly text: string }

/** The beginning of a line as this program writes it. */
const BEGINNING = /^\{(?:"album":("(?:[^"\\]|\\.)*")|("tree"):true),/

/**
 * Reads a file line by line, and parses no change. A file whose end was cut off by a kill is read as far as it goes: the record that the lost end
 * leads back from was never written. A run that ended well left no such file, so `isWhole` refuses one. Throws `VersionError` when it is no such file,
 * is the file of another run, or is damaged, `StorageError` when the disk refuses it.
 */
export async function* readVersionTexts(
  storage: Storage,
  path: string,
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): AsyncGenerator<VersionText> {
  let isHead = true
  for await (const text of textLines({ bytes: storage.read(path), path, isWhole })) {
    if (isHead) yield { head: headOf(parsed(text, path), path) }
    else {
      const [, album, tree] = BEGINNING.exec(text) ?? []
      const record = tree === undefined ? (album === undefined ? parsed(text, path).album : JSON.parse(album)) : TREE
      if (typeof record === 'string') yield { record, text }
      else if (parsed(text, path).tree === true) yield { record: TREE, text }
    }
    isHead = false
  }
  if (isHead && isWhole) throw new VersionError(`${path} is cut short`)
}

/** Reads a file line by line, as `readVersionTexts` does. */
export async function* readVersion(
  storage: Storage,
  path: string,
  options: { readonly isWhole?: boolean } = {},
): AsyncGenerator<VersionLine> {
  for await (const line of readVersionTexts(storage, path, options)) {
    if ('head' in line) yield line
    else {
      const change = changeOf(line.text, path)
      if (change !== undefined) yield { record: line.record, change }
    }
  }
}

/** Parses the change of a line; undefined for one that only a newer program knows. Throws `VersionError`; `path` is that of its file. */
export function changeOf(text: string, path: string): Change | undefined {
  const { album: _album, tree: _tree, ...change } = parsed(text, path)
  return isChange(change) ? change : undefined
}

const OBJECT = v.custom<JsonObject>(isObject)

function parsed(text: string, path: string): JsonObject {
  try {
    return parseJson(text, OBJECT)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    throw new VersionError(`${path} has a line that is no record`)
  }
}

function headOf({ format, run, at, previous, forgottenFrom }: JsonObject, path: string): VersionHead {
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN
  if (format !== VERSIONS_FORMAT || typeof run !== 'number' || Number.isNaN(time)) throw new VersionError(`${path} has another format`)
  if (runOfPath(path) !== run) throw new VersionError(`${path} is the file of run ${run}`)
  return {
    ...{ run, at: time },
    ...(typeof previous === 'number' && { previous }),
    ...(typeof forgottenFrom === 'number' && { forgottenFrom }),
  }
}

const ROWS: ReadonlySet<unknown> = new Set(['came', 'was', 'after', 'gone'])

/** Is this a change that `undo` can apply? One of a newer program may be another. */
function isChange(change: JsonObject): change is JsonObject & Change {
  const { op, row, head, was } = change
  if (ROWS.has(op)) return typeof row === 'string' && (op !== 'gone' || isObject(was))
  return op === 'new' || op === 'lost' || op === 'again' || op === 'head' || (op === 'record' && isObject(head))
}

/** Adds pieces to the file of one run, one at a time, in the order of the calls. The first piece begins with the head. */
export class VersionWriter {
  readonly #storage: Storage
  readonly #head: VersionHead
  readonly #isPrivate: boolean
  #state: 'empty' | 'whole' | 'torn' = 'empty'
  /** The records whose past this run has written already. */
  readonly #noted = new Set<string>()
  /** The write under way. */
  #writing: Promise<void> = Promise.resolve()
  /** Lines that wait for it, and the write that will take them: albums that are finished meanwhile share it, and one flush of the disk. */
  #next: { readonly lines: string[]; readonly written: Promise<void> } | undefined

  /** Does the file of this run stand? */
  get isWritten(): boolean {
    return this.#state === 'whole'
  }

  /** Do earlier runs have such files? */
  readonly hasPast: boolean

  constructor(
    storage: Storage,
    head: VersionHead,
    { isPrivate, hasPast = false }: { readonly isPrivate: boolean; readonly hasPast?: boolean },
  ) {
    this.hasPast = hasPast
    this.#storage = storage
    this.#head = head
    this.#isPrivate = isPrivate
  }

  /** Writes changes of a record. Resolves when they are on the disk: only then may the record be written. */
  async add(record: string, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    const lines = [...(this.#noted.has(record) ? [{ op: 'again' } as const] : []), ...changes].map((change) => changeLine(record, change))
    this.#noted.add(record)
    if (this.#next === undefined) {
      const gathered: string[] = []
      const written = this.#writing.then(() => {
        this.#next = undefined
        return this.#write(gathered)
      })
      this.#next = { lines: gathered, written }
      this.#writing = written.catch(() => undefined)
    }
    const next = this.#next
    for (const line of lines) next.lines.push(line)
    await next.written
  }

  async #write(lines: readonly string[]): Promise<void> {
    const path = versionPath(this.#head.run, this.#head.at)
    if (this.#state === 'torn') await mend(this.#storage, path, { head: this.#head, isPrivate: this.#isPrivate })
    const first = this.#state === 'empty' ? [headLine(this.#head)] : []
    this.#state = 'torn'
    await appendTo(this.#storage, path, { text: packedLines([...first, ...lines]), isPrivate: this.#isPrivate })
    this.#state = 'whole'
  }
}

/** Renders a whole file, piece by piece. */
export async function* packedFile(head: VersionHead, lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  async function* all(): AsyncGenerator<string> {
    yield headLine(head)
    yield* lines
  }
  yield* packedText(all())
}

/** Writes a file anew whose last piece was cut off: a further piece after the rest of it could not be read. */
async function mend(
  storage: Storage,
  path: string,
  { head, isPrivate }: { readonly head: VersionHead; readonly isPrivate: boolean },
): Promise<void> {
  const lines = [headLine(head)]
  if ((await storage.stat(path)) !== undefined) {
    for await (const line of readVersion(storage, path)) if (!('head' in line)) lines.push(changeLine(line.record, line.change))
  }
  await storage.put(path, pieces(packedLines(lines)), { isPrivate })
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
