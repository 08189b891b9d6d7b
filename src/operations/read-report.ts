import * as v from 'valibot'
import type { Problem } from '../events.ts'
import { type ItemChange, noTotals, type Totals } from '../model.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import { COUNT, parseJson, RecordError, TIME } from '../vault/record/read-json.ts'
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
  wholeAlbum: v.exactOptional(v.literal(true)),
})

const TOTALS = v.object(Object.fromEntries(Object.keys(noTotals).map((key) => [key, COUNT])))

const SUMMARY = v.object({
  message: v.string(),
  totals: TOTALS,
  problems: v.array(PROBLEM),
  selection: v.exactOptional(v.record(v.string(), v.union([v.string(), v.array(v.string())]))),
  path: v.exactOptional(v.string()),
})

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
  exitCode: v.pipe(COUNT, v.maxValue(255)),
  changes: v.exactOptional(v.object({ came: v.array(CHANGE), changed: v.array(CHANGE), moved: v.array(CHANGE), went: v.array(CHANGE) })),
})

/** Reads a report's JSON. Throws `RecordError` for any other text. */
export const parseReport = (text: string): ReadReport => parseJson(text, REPORT) as unknown as ReadReport

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
