import { AppError, isAbort } from '../errors.ts'
import type { Clock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { Given, Outcome } from './outcome.ts'
import { summaryText } from './read-report.ts'

/** A run that writes no report. */
export interface NotedRun {
  readonly operation: string
  readonly catalogue: Catalogue
  readonly clock: Clock
  /** The options that restrict it to a part; empty for the whole. */
  readonly given: Given
}

/**
 * Runs `work` and notes its begin and end in the catalogue, for `history`. An `AppError` and an interruption are noted with their exit
 * code and thrown on. A bug leaves a run that did not finish.
 */
export async function noted<R extends Outcome>({ operation, catalogue, clock, given }: NotedRun, work: () => Promise<R>): Promise<R> {
  const startedAt = clock.now()
  const id = catalogue.runs.begin(operation, startedAt)
  catalogue.flush()
  const end = (outcome: Pick<Outcome, 'exitCode' | 'message' | 'totals' | 'problems'>): void => {
    const selection = Object.keys(given).length === 0 ? {} : { selection: given }
    const finishedAt = clock.now()
    const totals = { ...outcome.totals, durationMs: finishedAt - startedAt }
    catalogue.runs.end(id, { finishedAt, exitCode: outcome.exitCode, summary: summaryText({ ...outcome, totals, ...selection }) })
    catalogue.flush()
  }
  try {
    const outcome = await work()
    end(outcome)
    return outcome
  } catch (error) {
    const nothing = { totals: noTotals, problems: [] }
    if (error instanceof AppError) unlessRefused(() => end({ ...nothing, exitCode: error.exitCode, message: error.message }))
    else if (isAbort(error)) unlessRefused(() => end({ ...nothing, exitCode: 130, message: 'Interrupted.' }))
    throw error
  }
}

/** Notes an end beside the error that is thrown: when the catalogue refuses it, that error matters more. */
function unlessRefused(note: () => void): void {
  try {
    note()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
}
