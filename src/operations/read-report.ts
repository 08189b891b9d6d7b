import * as v from 'valibot'
import type { Problem } from '../events.ts'
import { CHANGES, type ItemChange, noTotals, type Totals } from '../model.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import { COUNT, LONGEST, parseJson, RecordError, TIME } from '../vault/record/read-json.ts'
import type { Storage } from '../vault/storage/storage.ts'
import { linesOf } from './lines.ts'
import type { Given } from './outcome.ts'

/** The parts of an earlier run's report that are read again. */
export interface ReadReport {
  readonly operation: string
  /** The run's number; absent in reports of old. */
  readonly run?: number
  readonly startedAt: number
  readonly exitCode: number
  readonly message: string
  readonly totals: Totals
  readonly problems: readonly Problem[]
  /** The options that restricted the run to a part of the account. */
  readonly selection?: Given
  /** The items that came, changed, moved and went, by name; absent in reports of old. */
  readonly changes?: Readonly<Record<ItemChange['what'], readonly Omit<ItemChange, 'what'>[]>>
}

/** The end of a run, as it is noted in the catalogue. */
export interface RunSummary extends Pick<ReadReport, 'message' | 'totals' | 'problems' | 'selection'> {
  /** The path of its report in the vault; absent if none was written. */
  readonly path?: string | undefined
}

/** The most exceptions that are noted in the catalogue; the report has them all. */
const MOST_NOTED = 1000

/** Returns the end of a run as text for the catalogue. */
export const summaryText = ({ message, totals, problems, selection, path }: RunSummary): string =>
  JSON.stringify({ message, totals, problems: problems.slice(0, MOST_NOTED), selection, path })

const KINDS = [
  'failed',
  'impossible',
  'pending',
  'vanished',
  'replaced',
  'would-vanish',
  'would-be-replaced',
  'missing',
  'damaged',
  'foreign',
  'album',
  'notice',
] as const

const PROBLEM = v.object({
  kind: v.picklist(KINDS),
  album: v.exactOptional(v.string()),
  name: v.exactOptional(v.string()),
  imageKey: v.exactOptional(v.string()),
  reason: v.string(),
  detail: v.exactOptional(v.string()),
  asBefore: v.exactOptional(v.literal(true)),
  needsYou: v.exactOptional(v.literal(true)),
  wholeAlbum: v.exactOptional(v.literal(true)),
})

const TOTALS = v.object(Object.fromEntries(Object.keys(noTotals).map((key) => [key, COUNT])))

/** The schema of the end of a run. */
export const SUMMARY = v.object({
  message: v.string(),
  totals: TOTALS,
  problems: v.array(PROBLEM),
  selection: v.exactOptional(v.record(v.string(), v.union([v.string(), v.array(v.string())]))),
  path: v.exactOptional(v.string()),
})

/** The schema of an exit code. */
export const EXIT_CODE = v.pipe(COUNT, v.maxValue(255))

const CHANGE = v.object({
  album: v.string(),
  name: v.exactOptional(v.string()),
  imageKey: v.exactOptional(v.string()),
  from: v.exactOptional(v.string()),
  items: v.exactOptional(COUNT),
  note: v.exactOptional(v.string()),
})

const REPORT = v.object({
  ...SUMMARY.entries,
  operation: v.string(),
  run: v.exactOptional(COUNT),
  startedAt: TIME,
  exitCode: EXIT_CODE,
  changes: v.exactOptional(v.object({ came: v.array(CHANGE), changed: v.array(CHANGE), moved: v.array(CHANGE), went: v.array(CHANGE) })),
})

/** The beginning of the changes of one kind in a report; each change has a line of its own below. */
export const CHANGES_OF = new RegExp(`^  "(${CHANGES.join('|')})": \\[`)

/**
 * Reads a report with at most `most` changes of each kind: one of a first run may name a million, and is never held whole. Throws
 * `RecordError` for any other file, `StorageError` if it cannot be read.
 */
export async function readReport(storage: Storage, path: string, most: number): Promise<ReadReport> {
  let text = ''
  let named: number | undefined
  for await (const line of linesOf(storage, path)) {
    if (named !== undefined && line.startsWith('   ')) {
      // A separator before each change but the first: the last one in the file has none behind it.
      if (named < most) text += `${named === 0 ? '' : ','}${line.replace(/,$/, '')}\n`
      named += 1
      continue
    }
    named = CHANGES_OF.test(line) && !line.includes(']') ? 0 : undefined
    text += `${line}\n`
    if (text.length > LONGEST) throw new RecordError('it is larger than any record')
  }
  return parseJson(text, REPORT) as unknown as ReadReport
}

const parseSummary = (text: string): RunSummary => parseJson(text, SUMMARY) as unknown as RunSummary

/** Returns the summary of a run in the catalogue; undefined if it has none, or none that can be read. */
export function summaryOf(run: RunRow | undefined): RunSummary | undefined {
  try {
    return run?.summary === undefined ? undefined : parseSummary(run.summary)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}
