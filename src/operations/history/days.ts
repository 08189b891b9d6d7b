import type { RunRow } from '../../vault/catalogue/rows.ts'
import type { PastRun, RunDay } from '../outcome.ts'
import { isUnderWay } from '../under-way.ts'

/** The parts of a run that decide about its day. */
type RunOfDay = Pick<PastRun, 'operation' | 'startedAt' | 'state' | 'exitCode'>

/** Returns a day as `2026-11-26`, on the local clock. */
export function dayText(at: number | Date): string {
  const date = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Returns the days on which there were runs, in the order of the runs, which come newest first. A run that is under way decides nothing yet. */
export function runDays(runs: readonly RunOfDay[]): readonly RunDay[] {
  const byDay = Map.groupBy(
    runs.filter(({ state }) => state !== 'under way'),
    ({ startedAt }) => dayText(startedAt),
  )
  return [...byDay].flatMap(([day, [last, ...earlier]]) =>
    last === undefined ? [] : [{ day, end: endOf(last, earlier), runs: earlier.length + 1 }],
  )
}

/** The last run of a day decides; that all was read again is worth more than a backup after it. */
function endOf(last: RunOfDay, earlier: readonly RunOfDay[]): RunDay['end'] {
  if (last.exitCode === 3) return 'some'
  if (last.exitCode !== 0) return 'stopped'
  return [last, ...earlier].some((run) => run.operation === 'verify' && run.exitCode === 0) ? 'proven' : 'well'
}

/** Returns the days of runs as they are noted in the catalogue, newest first; their summaries are not read. */
export const daysOfRows = (rows: readonly RunRow[], usedBy: string | undefined): readonly RunDay[] =>
  runDays(
    rows.map(({ id, operation, startedAt, finishedAt, exitCode }) => ({
      operation,
      startedAt,
      state: finishedAt !== undefined ? 'finished' : id === rows[0]?.id && isUnderWay(operation, usedBy) ? 'under way' : 'unfinished',
      ...(exitCode !== undefined && { exitCode }),
    })),
  )
