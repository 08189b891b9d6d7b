import { AppError, isAbort } from '../errors.ts'
import { type Clock, stopwatch } from '../flow/clock.ts'
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
export async function noted<R extends Outcome>(run: NotedRun, work: () => Promise<R>): Promise<R> {
  const id = begin(run, startOf(run))
  try {
    const outcome = await work()
    end(run, id, outcome)
    return outcome
  } catch (error) {
    endWith(run, id, error)
    throw error
  }
}

/** As `noted`, for an operation that writes no byte if nothing has changed: such a run is not noted, nor one that was killed. */
export const notedIfChanged = <R extends Outcome & { readonly written: number }>(run: NotedRun, work: () => Promise<R>): Promise<R> =>
  notedAtEnd(run, work, ({ written }) => written > 0)

/** As `noted`, for an operation whose steps are noted as runs of their own: it stands after them. One that was killed is not noted. */
export async function notedAtEnd<R extends Outcome>(
  run: NotedRun,
  work: () => Promise<R>,
  isWorthIt: (outcome: R) => boolean = () => true,
): Promise<R> {
  const start = startOf(run)
  try {
    const outcome = await work()
    if (isWorthIt(outcome)) end(run, begin(run, start), outcome)
    return outcome
  } catch (error) {
    if (error instanceof AppError || isAbort(error)) unlessRefused(() => endWith(run, begin(run, start), error))
    throw error
  }
}

interface Start {
  readonly startedAt: number
  /** Returns the milliseconds since then. */
  elapsed(): number
}

interface Begun extends Start {
  readonly id: number
}

const startOf = ({ clock }: NotedRun): Start => ({ startedAt: clock.now(), elapsed: stopwatch(clock) })

function begin({ operation, catalogue }: NotedRun, start: Start): Begun {
  const id = catalogue.runs.begin(operation, start.startedAt)
  catalogue.flush()
  return { ...start, id }
}

type End = Pick<Outcome, 'exitCode' | 'message' | 'totals' | 'problems'>

function end({ catalogue, given }: NotedRun, { id, startedAt, elapsed }: Begun, outcome: End): void {
  const selection = Object.keys(given).length === 0 ? {} : { selection: given }
  const totals = { ...outcome.totals, durationMs: elapsed() }
  catalogue.runs.end(id, {
    finishedAt: startedAt + totals.durationMs,
    exitCode: outcome.exitCode,
    summary: summaryText({ ...outcome, totals, ...selection }),
  })
  catalogue.flush()
}

function endWith(run: NotedRun, begun: Begun, error: unknown): void {
  const nothing = { totals: noTotals, problems: [] }
  if (error instanceof AppError) unlessRefused(() => end(run, begun, { ...nothing, exitCode: error.exitCode, message: error.message }))
  else if (isAbort(error)) unlessRefused(() => end(run, begun, { ...nothing, exitCode: 130, message: 'Interrupted.' }))
}

/** Notes an end beside the error that is thrown: when the catalogue refuses it, that error matters more. */
function unlessRefused(note: () => void): void {
  try {
    note()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
}
