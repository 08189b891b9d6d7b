import type { ExitCode } from '../../errors.ts'
import { formatBytes, formatCount, formatNumber } from '../../events.ts'
import { noTotals, type Totals } from '../../model.ts'
import type { CopiesOutcome, CopyOutcome, Outcome } from '../outcome.ts'
import type { CopyRun } from './run.ts'

/** Returns the end of several copies as one; those of the `chosen` that are not among them were not begun, because of an interruption. */
export function endOfAll(copies: readonly CopyOutcome[], { chosen }: { readonly chosen: number }): CopiesOutcome {
  const hint = copies.find((copy) => copy.hint !== undefined)?.hint
  return {
    exitCode: Math.max(copies.length < chosen ? 130 : 0, ...copies.map(({ exitCode }) => exitCode)) as ExitCode,
    message: copies.map(({ name, message }) => `${name}: ${message}`).join(' ') || 'Interrupted before anything was done.',
    totals: copies.map(({ totals }) => totals).reduce(sum, noTotals),
    problems: copies.flatMap(({ problems }) => problems),
    ...(hint !== undefined && { hint }),
    copies,
  }
}

const sum = (one: Totals, other: Totals): Totals =>
  Object.fromEntries((Object.keys(one) as (keyof Totals)[]).map((name) => [name, one[name] + other[name]])) as unknown as Totals

/** The facts that the end of a copying is judged by, beside its counts. */
export interface CopyFindings {
  readonly would: { readonly lose: number; readonly replace: number; readonly held: number }
  /** Is the first vault older than the copy? */
  readonly older: boolean
}

type End = Pick<Outcome, 'message' | 'hint'> & { readonly exitCode: ExitCode }

/** Returns the end of a copying: its exit code, its counts and its words. */
export function outcomeOf(run: CopyRun, findings: CopyFindings): Outcome {
  const { departed, records: _records, bytes, mended: _mended, refused: _refused, ...outcomes } = run.tally
  const items = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
  const totals = { ...noTotals, ...outcomes, items, vanished: departed, bytes, durationMs: run.elapsed() }
  return { ...endOf(run, findings), totals, problems: run.problems }
}

function endOf({ tally, signal, isBraked, name }: CopyRun, findings: CopyFindings): End {
  if (signal.aborted)
    return {
      exitCode: 130,
      message: 'Interrupted: what has come into the copy is kept.',
      hint: 'Run it again; it goes on where it stopped.',
    }
  if (isBraked)
    return {
      exitCode: 7,
      message: brakeWords(findings, tally.stored),
      hint: `Look at the first vault, and at the account. If the change is right, run \`smugmug-backup copy ${name} --accept-changes\` once.`,
    }
  if (tally.failed > 0)
    return {
      exitCode: 3,
      message: `Not complete: ${formatCount(tally.failed, 'file')} did not come into the copy. ${holds(tally)}`,
      hint: failedHint(tally),
    }
  if (tally.mended > 0)
    return {
      exitCode: 3,
      message: `${formatCount(tally.mended, 'file')} ${tally.mended === 1 ? 'was' : 'were'} missing or damaged in the copy, and came anew. ${holds(tally)}`,
      hint: 'If this comes again, the disk of the copy is failing.',
    }
  return { exitCode: 0, message: changedWords(tally) }
}

const failedHint = ({ failed, refused }: CopyRun['tally']): string =>
  refused === failed
    ? 'Look at the disk of the copy. Each update of the copies tries again.'
    : 'Run `smugmug-backup verify`, then a backup: it mends the first vault. Each update of the copies tries again.'

const holds = (tally: CopyRun['tally']): string =>
  `It holds ${formatCount(tally.kept + tally.stored + tally.adopted + tally.copied + tally.moved + tally.replaced, 'file')}.`

function changedWords(tally: CopyRun['tally']): string {
  const { stored, adopted, copied, moved, replaced, departed } = tally
  const parts = [
    stored > 0 && `${formatNumber(stored)} new (${formatBytes(tally.bytes)} read)`,
    adopted + copied > 0 && `${formatNumber(adopted + copied)} from its own bytes`,
    moved > 0 && `${formatNumber(moved)} moved`,
    replaced > 0 && `${formatNumber(replaced)} replaced`,
    departed > 0 && `${formatNumber(departed)} put into its history`,
  ].filter(Boolean)
  return `The copy is up to date: ${parts.length === 0 ? 'nothing has changed' : parts.join(', ')}. ${holds(tally)}`
}

function brakeWords({ would, older }: CopyFindings, stored: number): string {
  const came = `Nothing in the copy was replaced or moved aside; ${formatCount(stored, 'new file')} came in.`
  if (older)
    return `Stopped by the safety brake of the copy: the first vault is older than the copy, as if it had been put back from somewhere. ${came}`
  return `Stopped by the safety brake of the copy: of ${formatCount(would.held, 'file')} in it, ${formatNumber(would.lose)} would go and ${formatNumber(would.replace)} would be replaced, which is more than is plausible at once. ${came}`
}
