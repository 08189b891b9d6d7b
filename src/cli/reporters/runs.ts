import { formatNumber } from '../../events.ts'
import type { PastRun } from '../../operations/outcome.ts'
import { givenText } from '../../operations/selection.ts'
import { formatBytes, formatDuration, formatMoment } from '../../progress/format.ts'
import { printable } from '../../progress/printable.ts'
import { type Column, tableLines } from './table.ts'
import { wrapped } from './width.ts'

/** The ends of runs in words, by their exit codes. */
const ENDS: Readonly<Record<number, string>> = {
  0: 'well',
  2: 'configuration',
  3: 'not whole',
  4: 'sign-in refused',
  5: 'folder not usable',
  6: 'busy',
  7: 'safety brake',
  130: 'interrupted',
}

/** Returns how a run ended, in words, with its exit code unless it is 0. */
export const endText = ({ state, exitCode }: Pick<PastRun, 'state' | 'exitCode'>): string => {
  if (state === 'under way') return 'under way'
  if (state === 'unfinished' || exitCode === undefined) return 'did not finish'
  const words = ENDS[exitCode] ?? 'with an error'
  return exitCode === 0 ? words : `${words} (${exitCode})`
}

/** Returns `, only --album "Travel/**"` for a run of a part; nothing for one of the whole. */
export const partText = ({ selection }: Pick<PastRun, 'selection'>): string =>
  selection === undefined ? '' : `, only ${givenText(selection)}`

const COLUMNS: readonly Column[] = [
  { title: 'Run', align: 'right' },
  { title: 'Begun', align: 'left' },
  { title: 'Run of', align: 'left', dispensable: 6 },
  { title: 'Came', align: 'right', ifAny: true, dispensable: 7 },
  { title: 'Changed', align: 'right', ifAny: true, dispensable: 4 },
  { title: 'Moved', align: 'right', ifAny: true, dispensable: 3 },
  { title: 'Went', align: 'right', ifAny: true, dispensable: 5 },
  { title: 'Failed', align: 'right', ifAny: true, dispensable: 8 },
  { title: 'Received', align: 'right', ifAny: true, dispensable: 2 },
  { title: 'Took', align: 'right', ifAny: true, dispensable: 1 },
  { title: 'Ended', align: 'left', atLeast: 21 },
]

const countText = (count: number): string => (count === 0 ? '' : formatNumber(count))

const cellsOf = (run: PastRun): readonly string[] => [
  String(run.run),
  formatMoment(run.startedAt),
  run.operation,
  ...[run.came, run.changed, run.moved, run.went, run.failed].map(countText),
  run.bytes === 0 ? '' : formatBytes(run.bytes),
  run.durationMs === undefined ? '' : formatDuration(run.durationMs),
  `${endText(run)}${partText(run)}`,
]

/** Does a line have room for number, time and end of each run? */
const hasRoom = (runs: readonly PastRun[], columns: number | undefined): boolean => {
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((each) => each.length))
  const needed = [runs.map(({ run }) => String(run).padStart(3)), runs.map(({ startedAt }) => formatMoment(startedAt)), runs.map(endText)]
  return columns === undefined || needed.reduce((sum, texts) => sum + widest(texts) + 2, -2) <= columns
}

/** Returns a run on lines of its own, for a terminal on which a table would lose the end of the run. */
const blockOf = (run: PastRun, columns: number | undefined): readonly string[] => {
  const counts = (['came', 'changed', 'moved', 'went', 'failed'] as const).flatMap((what) =>
    run[what] === 0 ? [] : [`${formatNumber(run[what])} ${what}`],
  )
  const facts = [formatMoment(run.startedAt), run.operation, ...(counts.length === 0 ? [] : [counts.join(', ')])]
  return [`${run.run}: ${endText(run)}${partText(run)}`, ...facts.map((fact) => `  ${fact}`)].flatMap((line) =>
    wrapped(printable(line), columns),
  )
}

/** Returns a line for each run below a line of titles. With `columns`, the width of a terminal, no line is wider, and no end is cut. */
export const runLines = (runs: readonly PastRun[], columns?: number): readonly string[] =>
  hasRoom(runs, columns)
    ? tableLines(
        COLUMNS,
        runs.map((run) => cellsOf(run).map(printable)),
        columns,
      )
    : runs.flatMap((run) => blockOf(run, columns))
