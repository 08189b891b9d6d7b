import type { Emit } from '../../events.ts'
import { formatCount, formatNumber, type Problem } from '../../events.ts'
import { isObject, type Json, type JsonObject, noTotals } from '../../model.ts'
import { readPresentDoc } from '../../vault/reading/as-of.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Doc, fieldsBack } from '../../vault/versions/delta.ts'
import { TREE } from '../../vault/versions/version-file.ts'
import type { Difference, DiffOutcome } from './outcome.ts'
import type { KnownMoment } from './when.ts'

/** Two moments of a vault; without `until`, the present is the second one. */
export interface DiffJob {
  readonly vault: Vault
  readonly since: KnownMoment
  readonly until?: KnownMoment
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** Finds what differs between two moments: only records that a run changed in between are read. */
export async function diff(job: DiffJob): Promise<DiffOutcome> {
  const { vault, since, until, signal } = job
  const problems: Problem[] = []
  const found: Found[] = []
  const end = until?.run ?? Number.MAX_SAFE_INTEGER
  const folders = new Map(vault.catalogue.albums().map(({ key, folder, urlPath }) => [key, { folder, urlPath }]))
  for (const record of since.past.recordsBetween(since.run, end)) {
    signal.throwIfAborted()
    const row = folders.get(record)
    try {
      const now = await readPresentDoc(vault, record)
      const [before, after] = [since.past.recordBack(record, now, since.run), since.past.recordBack(record, now, end)]
      if (before === 'lost' || after === 'lost') {
        problems.push({
          kind: 'album',
          album: row?.urlPath ?? record,
          reason: 'its record was damaged in between, and nobody knows how it was',
        })
      } else found.push(...(record === TREE ? treeDifferences(before, after) : albumDifferences(before, after)))
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      problems.push({
        kind: 'album',
        album: row?.urlPath ?? record,
        reason: 'its record cannot be read; the next backup writes it anew',
        detail: error.message,
      })
    }
  }
  if (await since.past.isStale(vault.storage)) {
    problems.push({ kind: 'failed', reason: 'a run changed the vault meanwhile: compare again when no run is under way' })
  }
  const sorted = withMoves(found).toSorted((a, b) => compare(a.album, b.album) || compare(a.name ?? '', b.name ?? ''))
  return {
    exitCode: problems.length > 0 ? 3 : 0,
    message: messageOf(job, sorted),
    totals: noTotals,
    problems,
    differences: sorted,
  }
}

/** A difference, with the item as it came or went: it may have gone to another album. */
interface Found extends Difference {
  readonly row?: JsonObject
}

/** Makes one move of an item that went from an album and came to another one: it is still on SmugMug. */
function withMoves(found: readonly Found[]): readonly Difference[] {
  const gone = Map.groupBy(
    found.filter(({ what, row }) => what === 'went' && row !== undefined),
    ({ imageKey }) => imageKey,
  )
  const moved = new Set<Found>()
  const all = found.flatMap((each): readonly Found[] => {
    const was = each.what === 'came' && each.row !== undefined ? gone.get(each.imageKey)?.shift() : undefined
    if (was?.row === undefined || each.row === undefined) return [each]
    moved.add(was)
    const { what: _came, row, ...label } = each
    const others = rowDifferences(was.row, row, label).filter(({ what }) => what !== 'moved')
    return [{ what: 'moved', ...label, from: `${was.album}/${was.name}` }, ...others]
  })
  return all.filter((each) => !moved.has(each)).map(({ row: _row, ...each }) => each)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function messageOf({ since, until }: DiffJob, differences: readonly Difference[]): string {
  const span = until === undefined ? `since run ${since.run}` : `between run ${since.run} and run ${until.run}`
  if (differences.length === 0) return `Nothing changed ${span}.`
  const counts = (['came', 'changed', 'words', 'moved', 'went'] as const).flatMap((what) => {
    const n = differences.filter((each) => each.what === what).length
    return n === 0 ? [] : [`${formatNumber(n)} ${WORDS[what]}`]
  })
  return `${formatCount(differences.length, 'difference')} ${span}: ${counts.join(', ')}.`
}

const WORDS: { readonly [What in Difference['what']]: string } = {
  came: 'came',
  changed: 'with other bytes',
  words: 'with other words',
  moved: 'moved',
  went: 'no longer on SmugMug',
}

/** Fields that follow from others, or change without anybody's doing. */
const UNTOLD =
  /^(position|state|serial|wanted|lastUpdated|imagesLastUpdated|imageCount|archived\w+|webUri|uploadKey|smugmug\..*|files|vanishedAt|name|fileName|folder|urlPath|nodeId)$/
/** SmugMug's own settings of an album or a folder, which are worth telling. */
const TOLD = /^smugmug\.(Privacy|SecurityType|SortMethod|SortDirection|Description|AllowDownloads|LargestSize|Protected|Watermark)$/

function albumDifferences(before: Doc | undefined, after: Doc | undefined): readonly Found[] {
  const [was, is] = [isPresent(before) ? before : undefined, isPresent(after) ? after : undefined]
  const head = is?.head ?? was?.head
  if (head === undefined) return []
  const album = String(head.urlPath)
  const rows = (doc: Doc | undefined): ReadonlyMap<string, JsonObject> =>
    new Map([...(doc?.rows ?? [])].filter(([, row]) => row.vanishedAt === undefined))
  const [old, present] = [rows(was), rows(is)]
  const found: Found[] = []
  if (was === undefined) found.push({ what: 'came', album })
  else if (is === undefined) found.push({ what: 'went', album })
  else found.push(...rowDifferences(was.head, is.head, { album }))
  for (const [imageKey, row] of present) {
    const label = { album, name: String(row.name), imageKey }
    const then = old.get(imageKey)
    if (then === undefined) found.push({ what: 'came', ...label, row })
    else found.push(...rowDifferences(then, row, label))
  }
  for (const [imageKey, row] of old) if (!present.has(imageKey)) found.push({ what: 'went', album, name: String(row.name), imageKey, row })
  return found
}

const isPresent = (doc: Doc | undefined): boolean => doc !== undefined && doc.head.vanishedAt === undefined

/** Returns the differences of one item, album or folder that was there before and after. */
export function rowDifferences(
  was: JsonObject,
  is: JsonObject,
  label: Pick<Difference, 'album' | 'name' | 'imageKey'>,
): readonly Difference[] {
  const found: Difference[] = []
  if (bytesOf(was) !== bytesOf(is) && bytesOf(was) !== '') found.push({ what: 'changed', ...label })
  const place = label.name === undefined ? 'urlPath' : 'name'
  if (was[place] !== is[place]) found.push({ what: 'moved', ...label, from: String(was[place]) })
  const fields = fieldsOf(was, is)
  if (Object.keys(fields).length > 0) found.push({ what: 'words', ...label, fields })
  return found
}

const bytesOf = ({ files }: JsonObject): string =>
  Array.isArray(files) ? files.flatMap((file) => (isObject(file) && file.component === undefined ? [String(file.sha256)] : [])).join() : ''

function fieldsOf(was: JsonObject, is: JsonObject): NonNullable<Difference['fields']> {
  const back = fieldsBack(was, is)
  const names = [...Object.keys(back?.set ?? {}), ...(back?.unset ?? [])].filter((name) => TOLD.test(name) || !UNTOLD.test(name))
  const value = (row: JsonObject, name: string): Json | undefined => {
    const [outer = '', inner] = name.split(/\.(.*)/s)
    const deep = row[outer]
    return inner === undefined ? deep : isObject(deep) ? deep[inner] : undefined
  }
  return Object.fromEntries(
    [...new Set(names)].map((name) => {
      const [before, after] = [value(was, name), value(is, name)]
      return [name.replace(/^smugmug\./, ''), { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }]
    }),
  )
}

/** Compares folders and pages; the differences of albums come from their own records. */
function treeDifferences(before: Doc | undefined, after: Doc | undefined): readonly Difference[] {
  const rows = (doc: Doc | undefined): ReadonlyMap<string, JsonObject> =>
    new Map([...(doc?.rows ?? [])].filter(([, row]) => row.type !== 'Album'))
  const [old, present] = [rows(before), rows(after)]
  const found: Difference[] = []
  for (const [key, row] of present) {
    const album = String(row.urlPath ?? '/')
    const then = old.get(key)
    if (then === undefined) found.push({ what: 'came', album })
    else found.push(...rowDifferences(then, row, { album }))
  }
  for (const [key, row] of old) if (!present.has(key)) found.push({ what: 'went', album: String(row.urlPath ?? '/') })
  return found
}
