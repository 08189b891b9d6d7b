import type { AppError } from '../../../errors.ts'
import { formatCount, formatNumber } from '../../../events.ts'
import type { Totals } from '../../../model.ts'
import type { Tally } from '../run/tally.ts'
import type { Braked } from '../settle/settle.ts'
import type { Report } from './report.ts'

interface Facts {
  readonly tally: Tally | undefined
  readonly totals: Totals
  readonly interrupted: boolean
  readonly dryRun: boolean
  readonly braked?: Braked | undefined
  readonly error?: AppError | undefined
}

type Verdict = Pick<Report, 'exitCode' | 'message' | 'hint' | 'error'>

/** Returns the exit code and the sentence for the end of a run. This is the only such table; its first line that applies counts. */
export function verdict(facts: Facts): Verdict {
  const { error, braked, totals } = facts
  if (facts.interrupted)
    return {
      exitCode: 130,
      message: `Interrupted: ${facts.dryRun ? 'nothing was changed.' : heldSoFar(totals)}`,
      hint: 'Run the backup again; it goes on where it stopped.',
    }
  if (error !== undefined)
    return { exitCode: error.exitCode, error: error.name, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
  if (braked !== undefined) return { exitCode: 7, ...brakeWords(braked, totals, facts.dryRun) }
  const albums = facts.tally?.albumsFailed ?? 0
  const own = facts.tally?.ownFilesFailed ?? 0
  if (totals.failed > 0 || albums > 0 || own > 0) {
    const what = [
      totals.failed > 0 && formatCount(totals.failed, 'item'),
      albums > 0 && formatCount(albums, 'album'),
      own > 0 && `${formatCount(own, 'file')} of the vault itself`,
    ]
      .filter(Boolean)
      .join(' and ')
    return {
      exitCode: 3,
      message: facts.dryRun
        ? `A backup would not be complete: ${what} would fail, named below. Nothing was changed.`
        : `Not complete: ${what} failed, named below. ${holding(totals)}`,
      hint: 'Run the backup again: what failed is tried again.',
    }
  }
  const notFound = facts.tally?.notFound ?? 0
  if (notFound > 0) return { exitCode: 0, message: adoptedWords(totals, notFound) }
  return { exitCode: 0, message: facts.dryRun ? dryWords(totals) : completeWords(totals) }
}

/** Returns the number of items of this run that are held. */
const proven = (t: Totals): number => t.stored + t.adopted + t.copied + t.moved + t.kept + t.replaced

const are = (n: number): string => (n === 1 ? 'is' : 'are')

const holding = (t: Totals): string => `${formatNumber(proven(t))} of ${formatCount(t.items, 'item')} ${are(proven(t))} held and proven.`

const heldSoFar = (t: Totals): string =>
  t.items === 0
    ? 'nothing was changed.'
    : `${formatCount(proven(t), 'item')} held and proven so far, ${formatNumber(t.stored)} of them new. Everything finished is kept.`

const adoptedWords = (t: Totals, notFound: number): string =>
  `${formatNumber(t.adopted)} of ${formatCount(t.items + notFound, 'item')} adopted; ${formatNumber(notFound)} ${are(notFound)} still to be fetched: run smugmug-backup.`

function completeWords(t: Totals): string {
  const exceptions = t.impossible + t.pending
  if (t.items === 0) return 'Complete: the account (or what was selected of it) holds no items.'
  if (exceptions === 0)
    return `Complete: ${t.items === 1 ? 'the one item' : `all ${formatCount(t.items, 'item')}`} in ${formatCount(t.albums, 'album')} ${are(t.items)} held and proven.`
  return `Complete: ${formatCount(proven(t), 'item')} in ${formatCount(t.albums, 'album')} ${are(proven(t))} held and proven; ${formatCount(exceptions, 'item')} cannot be had from SmugMug now, named below.`
}

const vanishing = (t: Totals): string => (t.vanished === 0 ? '' : ` ${formatCount(t.vanished, 'item')} would be marked as vanished.`)

function dryWords(t: Totals): string {
  const news = t.stored + t.adopted + t.copied + t.moved + t.replaced
  return news === 0
    ? `Nothing to do: ${formatCount(t.kept, 'item')} ${are(t.kept)} held already.${vanishing(t)}`
    : `Would bring in ${formatCount(news, 'item')} (${t.stored} to download); ${formatCount(t.kept, 'item')} ${are(t.kept)} held already.${vanishing(t)} Nothing was changed.`
}

function brakeWords(braked: Braked, t: Totals, dryRun: boolean): { readonly message: string; readonly hint: string } {
  const lost = [
    braked.vanished > 0 && `${formatCount(braked.vanished, 'item')} would vanish`,
    braked.replaced > 0 && `${formatCount(braked.replaced, 'item')} would be replaced`,
  ].filter(Boolean)
  const why = braked.otherAccount
    ? 'this is another account than the one the vault was made from'
    : 'that is more than is plausible at once'
  return {
    message: `Stopped by the safety brake: of ${formatCount(braked.held, 'item')} held, ${lost.join(' and ')}, and ${why}. Nothing was replaced, moved aside or trashed; ${formatCount(t.stored + t.adopted + t.copied + t.moved, 'new item')} ${dryRun ? 'would come' : 'came'} in.`,
    hint: 'Look at the account on SmugMug. If the change is right, run the backup once with --accept-changes.',
  }
}
