import type { ExitCode } from '../../errors.ts'
import type { Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import type { Totals } from '../../model.ts'
import { formatBytes, formatDuration } from '../../progress/format.ts'
import { type Tone, tone } from '../../progress/phase.ts'
import { printable } from '../../progress/printable.ts'
import { problemText, WRONG } from './text.ts'

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
  /** The last lines: where the photos are, and where the report is. */
  readonly ending?: readonly string[]
  /** The folder of the reports, named when there are too many exceptions to list. */
  readonly reports?: string
  /** Peak memory in bytes: adds the numbers of `--stats`. */
  readonly peakMemory?: number
}

/** A line and its tone, which decides only its colour. */
export interface SummaryLine {
  readonly tone: Tone | 'plain'
  readonly text: string
}

const MOST_LISTED = 50

/** The commands whose totals count the outcomes of items. */
const COUNTING: ReadonlySet<string> = new Set(['backup', 'adopt'])

/** The exceptions by kind, the gravest first, each with its advice. */
const GROUPS: readonly { readonly kind: Problem['kind']; readonly title: string; readonly advice: string }[] = [
  { kind: 'album', title: 'Albums that failed', advice: 'the next run tries again' },
  { kind: 'failed', title: 'Failed', advice: 'the next run tries again' },
  { kind: 'missing', title: 'Missing', advice: 'the next backup fetches these again' },
  { kind: 'damaged', title: 'Damaged', advice: 'the next backup fetches these again' },
  { kind: 'impossible', title: 'Impossible', advice: 'SmugMug does not offer these until you change something there' },
  { kind: 'pending', title: 'Pending', advice: 'SmugMug has not finished with these; a later run will have them' },
  { kind: 'vanished', title: 'Vanished', advice: 'no longer in the account' },
  { kind: 'replaced', title: 'Replaced', advice: 'changed in the account since they were stored' },
  { kind: 'foreign', title: 'Foreign', advice: 'these lie in the vault, but are not its own' },
  { kind: 'notice', title: 'Worth knowing', advice: '' },
]

/** A proof has its own words: the vault lacks these files, and no backup will fetch them. */
const PROOF_GROUPS: typeof GROUPS = [{ kind: 'missing', title: 'Not held', advice: 'do not delete these' }]

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
    [totals.vanished, 'vanished'],
  )
  const bytes = totals.bytes === 0 ? '' : `${formatBytes(totals.bytes)} ${dryRun ? 'to receive' : 'received'}`
  const parts = [items, bytes].filter((part) => part !== '')
  return parts.length === 0 ? '' : `${[...parts, formatDuration(totals.durationMs)].join('. ')}.`
}

/** Returns the exceptions by kind, each with name and reason, at most fifty of them. */
export const problemLines = ({
  command,
  problems,
  quiet,
  reports,
}: Pick<SummaryInput, 'command' | 'problems' | 'quiet' | 'reports'>): readonly string[] => {
  const lines: string[] = []
  let room = MOST_LISTED
  let unlisted = 0
  for (const { kind, title, advice } of command === 'proof' ? PROOF_GROUPS : GROUPS) {
    const group = problems.filter((problem) => problem.kind === kind)
    if (group.length === 0 || (quiet && !WRONG.has(kind))) continue
    const listed = group.slice(0, room)
    room -= listed.length
    unlisted += group.length - listed.length
    lines.push(
      '',
      `${title} (${formatNumber(group.length)})${advice === '' ? '' : `: ${advice}`}`,
      ...listed.map((problem) => `  ${problemText(problem)}`),
    )
  }
  if (unlisted > 0)
    lines.push('', `And ${formatNumber(unlisted)} more: ${reports === undefined ? 'see --json' : `see the report in ${reports}`}`)
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
    ...problemLines(input),
    ...(input.hint === undefined ? [] : ['', input.hint]),
    ...(input.quiet || input.ending === undefined ? [] : ['', ...input.ending]),
  ]
  return [
    { tone: input.exitCode === 0 && input.hasCaveat === true ? 'warning' : tone(input.exitCode), text: printable(input.message) },
    ...details.map((text) => ({ tone: 'plain', text: printable(text) }) as const),
  ]
}
