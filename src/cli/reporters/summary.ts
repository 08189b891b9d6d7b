import type { ExitCode } from '../../errors.ts'
import type { Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import type { Totals } from '../../model.ts'
import { formatBytes, formatDuration } from '../../progress/format.ts'
import { type Tone, tone } from '../../progress/phase.ts'
import { printable } from '../../progress/printable.ts'
import { asBeforeText, type Grouped, groupedLines, isOld, problemText, shownKind } from './exceptions.ts'
import { WRONG } from './text.ts'
import { wrapped } from './width.ts'

/** The end of a command, to be summed up. */
export interface SummaryInput {
  readonly command: string
  readonly dryRun: boolean
  readonly exitCode: ExitCode
  /** The operation's own sentence. */
  readonly message: string
  readonly hint?: string
  readonly totals: Totals
  readonly problems: readonly Problem[]
  /** Only what went wrong. */
  readonly quiet: boolean
  /** True if the message is no good news although the exit code is 0: photos are held only smaller than their originals. */
  readonly hasCaveat?: boolean
  /** A sentence that a quiet run prints, too, although its exit code is 0. */
  readonly notice?: string
  /** The changes that a dry run foresees, by name. */
  readonly foreseen?: readonly string[]
  /** The last lines: where the photos are, and where the report is. */
  readonly ending?: readonly string[]
  /** The folder of the reports, named when there are too many exceptions to list. */
  readonly reports?: string
  /** The terminal's width; absent: lines stay whole. */
  readonly columns?: number | undefined
  /** Each exception with its detail. */
  readonly verbose?: boolean
  /** Peak memory in bytes: adds the numbers of `--stats`. */
  readonly peakMemory?: number
}

/** A line and its tone, which decides only its colour. */
export interface SummaryLine {
  readonly tone: Tone | 'plain'
  readonly text: string
}

const MOST_LINES = 50

/** The commands whose totals count the outcomes of items. */
const COUNTING: ReadonlySet<string> = new Set(['backup', 'adopt'])

interface Group {
  readonly kind: Problem['kind']
  /** Only those with this reason; a later group of the same kind has the others. */
  readonly reason?: string
  /** Only those that a person must mend. */
  readonly needsYou?: true
  readonly title: string
  readonly advice: string
}

/** The exceptions by kind, the gravest first, each with its advice. */
const GROUPS: readonly Group[] = [
  { kind: 'would-vanish', title: 'Would vanish', advice: 'nothing has happened to these; they wait for your word' },
  { kind: 'would-be-replaced', title: 'Would be replaced', advice: 'nothing has happened to these; they wait for your word' },
  { kind: 'failed', needsYou: true, title: 'For you to do', advice: 'no run can mend these' },
  { kind: 'album', title: 'Albums that failed', advice: 'the next run tries again' },
  { kind: 'failed', title: 'Failed', advice: 'the next run tries again' },
  { kind: 'missing', title: 'Missing', advice: 'the next backup brings back what it can' },
  { kind: 'damaged', title: 'Damaged', advice: 'the next backup brings back what it can' },
  { kind: 'impossible', title: 'Impossible', advice: 'SmugMug does not offer these until you change something there' },
  { kind: 'pending', title: 'Pending', advice: 'SmugMug has not finished with these; a later run will have them' },
  { kind: 'vanished', title: 'Vanished', advice: 'no longer in the account' },
  { kind: 'replaced', title: 'Replaced', advice: 'changed in the account since they were stored' },
  { kind: 'foreign', title: 'Foreign', advice: 'these lie in the vault, but are not its own' },
  {
    kind: 'notice',
    reason: 'smaller than your original',
    title: 'Smaller than your originals',
    advice: 'allow downloads in these albums on SmugMug, with Original as the largest size',
  },
  { kind: 'notice', title: 'Worth knowing', advice: '' },
]

/** A proof has its own words: the vault lacks these files, and no backup will fetch them. */
const PROOF_GROUPS: readonly Group[] = [{ kind: 'missing', title: 'Not held', advice: 'do not delete these' }]

/** So has a checkout: no run brings bytes of the past again. */
const CHECKOUT_GROUPS: readonly Group[] = [
  { kind: 'album', title: 'Albums that cannot be brought back', advice: 'the others are whole' },
  { kind: 'failed', title: 'Not written', advice: 'everything else is there' },
  { kind: 'missing', title: 'No longer held', advice: 'keep_replaced and keep_trash say how long such bytes are kept' },
  { kind: 'notice', title: 'Worth knowing', advice: '' },
]

const groupsOf = (command: string | undefined): readonly Group[] =>
  command === 'proof' ? PROOF_GROUPS : command === 'checkout' ? CHECKOUT_GROUPS : GROUPS

const phrases = (...parts: readonly (readonly [number, string])[]): string =>
  parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatNumber(count)} ${what}`)
    .join(', ')

/** Returns the outcomes of a run, or those that a dry run expects, in numbers. */
const counts = ({ dryRun, totals }: SummaryInput): string => {
  const items = phrases(
    [totals.stored, dryRun ? 'to fetch' : 'new'],
    [totals.replaced, dryRun ? 'to replace' : 'replaced'],
    [totals.adopted, dryRun ? 'to adopt' : 'adopted'],
    [totals.copied, dryRun ? 'to copy' : 'copied'],
    [totals.moved, dryRun ? 'to move' : 'moved'],
    [totals.kept, 'unchanged'],
    [totals.failed, 'failed'],
    [totals.impossible, 'impossible'],
    [totals.pending, 'pending'],
    [totals.vanished, dryRun ? 'gone from SmugMug' : 'vanished'],
  )
  const bytes = totals.bytes === 0 ? '' : `${formatBytes(totals.bytes)} ${dryRun ? 'to receive' : 'received'}`
  const parts = [items, bytes].filter((part) => part !== '')
  return parts.length === 0 ? '' : `${[...parts, formatDuration(totals.durationMs)].join('. ')}.`
}

/** The way to show exceptions. */
export type ProblemView = Pick<SummaryInput, 'command' | 'problems' | 'quiet' | 'reports' | 'columns' | 'verbose'>

/** Takes the problems of one group out of those that are left. */
const taken = (left: Set<Problem>, { kind, reason, needsYou }: Group): readonly Problem[] => {
  const isOfIt = (problem: Problem): boolean =>
    needsYou === true
      ? problem.needsYou === true && WRONG.has(problem.kind)
      : shownKind(problem) === kind && (reason === undefined || problem.reason === reason)
  const group = [...left].filter(isOfIt)
  for (const problem of group) left.delete(problem)
  return group
}

/** Returns the lines of one group, and the number of problems that none stands for. A proof names each file: that is its answer. */
const groupLines = (problems: readonly Problem[], { command, columns, verbose }: ProblemView, room: number): Grouped =>
  verbose === true || command === 'proof'
    ? { lines: problems.map((problem) => problemText(problem, verbose)), unlisted: 0 }
    : groupedLines(problems, { columns: columns === undefined ? undefined : columns - 2, room })

/**
 * Returns the exceptions by kind, reason and album, in at most fifty lines; with `verbose` each with its detail. Trouble on SmugMug's side
 * that the last run reported as well takes one line, except in `status`.
 */
export const problemLines = (view: ProblemView): readonly string[] => {
  const { command, columns, problems, quiet, reports, verbose } = view
  const showsAll = verbose === true || command === 'status'
  const old = showsAll ? [] : problems.filter(isOld)
  const left = new Set(showsAll ? problems : problems.filter((problem) => !isOld(problem)))
  const lines: string[] = []
  let room = MOST_LINES
  let unlisted = 0
  for (const group of groupsOf(command)) {
    const found = taken(left, group)
    if (found.length === 0 || (quiet && command !== 'leave' && !WRONG.has(group.kind))) continue
    const { title, advice } = group
    const grouped = groupLines(found, view, room)
    room = Math.max(0, room - grouped.lines.length)
    unlisted += grouped.unlisted
    lines.push(
      '',
      `${title} (${formatNumber(found.length)})${advice === '' ? '' : `: ${advice}`}`,
      ...grouped.lines.map((line) => `  ${line}`),
    )
  }
  const elsewhere = reports === undefined ? '--json names all' : `see the report in ${reports}`
  if (unlisted > 0) lines.push('', `And ${formatNumber(unlisted)} more: ${elsewhere}.`)
  if (old.length > 0 && !quiet)
    lines.push('', asBeforeText(old, { columns, elsewhere: reports === undefined ? elsewhere : 'see the report' }))
  return lines
}

const statistics = ({ dryRun, totals, peakMemory }: SummaryInput): string[] => {
  if (peakMemory === undefined) return []
  const speed = totals.durationMs === 0 ? 0 : (totals.bytes * 1000) / totals.durationMs
  const received = dryRun ? '' : `${formatBytes(speed)}/s on average, `
  return [`${formatCount(totals.apiCalls, 'API call')}, ${received}${formatBytes(peakMemory)} of memory at most.`]
}

/** Returns the end of a run in a photographer's words: every exception with its name, reason and advice. Empty if quiet and all is well. */
export const summaryLines = (input: SummaryInput): readonly SummaryLine[] => {
  if (input.quiet && input.exitCode === 0) return input.notice === undefined ? [] : [{ tone: 'warning', text: printable(input.notice) }]
  const details = [
    ...(COUNTING.has(input.command) ? [counts(input)].filter((line) => line !== '') : []),
    ...statistics(input),
    ...(input.quiet ? [] : (input.foreseen ?? [])),
    ...problemLines(
      input.foreseen === undefined ? input : { ...input, problems: input.problems.filter(({ kind }) => kind !== 'vanished') },
    ),
    ...(input.hint === undefined ? [] : ['', input.hint]),
    ...(input.quiet || input.ending === undefined ? [] : ['', ...input.ending]),
  ]
  const lines = (kind: SummaryLine['tone'], text: string): readonly SummaryLine[] =>
    wrapped(printable(text), input.columns).map((line) => ({ tone: kind, text: line }))
  const headline = input.exitCode === 0 && input.hasCaveat === true ? 'warning' : tone(input.exitCode)
  return [...lines(headline, input.message), ...details.flatMap((text) => lines('plain', text))]
}
