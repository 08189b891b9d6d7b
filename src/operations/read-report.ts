import * as v from 'valibot'
import type { Problem } from '../events.ts'
import { noTotals, type Totals } from '../model.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import { COUNT, parseJson, RecordError, TIME } from '../vault/record/read-json.ts'

/** The parts of an earlier run's report that are read again. */
export interface ReadReport {
  readonly operation: string
  readonly startedAt: number
  readonly exitCode: number
  readonly message: string
  readonly totals: Totals
  readonly problems: readonly Problem[]
}

const PROBLEM = v.object({
  kind: v.picklist(['failed', 'impossible', 'pending', 'vanished', 'replaced', 'missing', 'damaged', 'foreign', 'album', 'notice']),
  album: v.exactOptional(v.string()),
  name: v.exactOptional(v.string()),
  imageKey: v.exactOptional(v.string()),
  reason: v.string(),
})

const TOTALS = v.object(Object.fromEntries(Object.keys(noTotals).map((key) => [key, COUNT])))

const SUMMARY = v.object({ message: v.string(), totals: TOTALS, problems: v.array(PROBLEM) })

const REPORT = v.object({
  ...SUMMARY.entries,
  operation: v.string(),
  startedAt: TIME,
  exitCode: v.pipe(COUNT, v.maxValue(255)),
})

/** Reads a report's JSON. Throws `RecordError` for any other text. */
export const parseReport = (text: string): ReadReport => parseJson(text, REPORT) as unknown as ReadReport

const parseSummary = (text: string): Pick<ReadReport, 'message' | 'totals' | 'problems'> =>
  parseJson(text, SUMMARY) as unknown as ReadReport

/** Returns the summary of a run in the catalogue; undefined if it has none, or none that can be read. */
export function summaryOf(run: RunRow | undefined): ReturnType<typeof parseSummary> | undefined {
  try {
    return run?.summary === undefined ? undefined : parseSummary(run.summary)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}
