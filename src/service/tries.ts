import type { RecentRun } from '../app/recent-runs.ts'
import { type Try, TURNS, type TurnKind } from './schedule.ts'

/** A task that the service has seen, and the newest runs of the vault before it and at its end. */
export interface SeenTask extends Try {
  readonly before: number
  readonly after: number
}

/** The facts that runs are judged by. */
export interface Seen {
  /** The runs of the vault, newest first. */
  readonly runs: readonly RecentRun[]
  /** The tasks since the service started, newest first. */
  readonly tasks: readonly SeenTask[]
  /** Do the settings themselves restrict backups to a part of the account? */
  readonly isPart: boolean
  /** Returns the print of the settings with which a run was seen to end; undefined for one of before the service started. */
  printOf(run: number): string | undefined
}

/**
 * Returns the runs over all of the vault in their order, newest first: those that the vault has noted, and the tasks that were refused
 * before it could. A task counts for the run that it noted: it knows the exit code of one that was killed.
 */
export function triesOf({ runs, tasks, isPart, printOf }: Seen): readonly Try[] {
  const isOf = (task: SeenTask, run: RecentRun): boolean => run.operation === task.kind && run.run > task.before && run.run <= task.after
  const noted = runs
    .filter((run) => isTurn(run.operation) && run.state !== 'under way' && isWhole(run, isPart) && !tasks.some((task) => isOf(task, run)))
    .map((run) => ({ order: run.run, isTask: false, try: tryOf(run, printOf(run.run)) }))
  const seen = tasks.map((task) => {
    const noted = runs.find((run) => isOf(task, run))
    return { order: task.after, isTask: true, try: { ...task, hasNewDamage: noted?.damage?.isNew } }
  })
  // Of a task and the newest run at its end the task came later; of two tasks the first in the list.
  return [...seen, ...noted].toSorted((a, b) => b.order - a.order || Number(b.isTask) - Number(a.isTask)).map((each) => each.try)
}

const isTurn = (operation: string): operation is TurnKind => (TURNS as readonly string[]).includes(operation)

/** Was it about all that the service's own run would be about? */
export const isWhole = ({ operation, selection }: RecentRun, isPart: boolean): boolean =>
  selection === undefined || (operation === 'verify' ? !('sample' in selection) : operation !== 'backup' || isPart)

const tryOf = ({ operation, startedAt, finishedAt, exitCode, message, damage }: RecentRun, print: string | undefined): Try => ({
  kind: operation as TurnKind,
  startedAt,
  endedAt: finishedAt,
  exitCode,
  print,
  message,
  hasNewDamage: damage?.isNew,
})
