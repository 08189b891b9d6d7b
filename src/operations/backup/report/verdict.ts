import type { AppError } from '../../../errors.ts'
import { formatCount, formatNumber } from '../../../events.ts'
import type { Totals } from '../../../model.ts'
import type { Given, Standing } from '../../outcome.ts'
import { givenText } from '../../selection.ts'
import { heldOf, isWhole, lostWords, smallerHint, smallerSentence, standingSentence } from '../../standing.ts'
import type { Tally } from '../run/tally.ts'
import type { Braked } from '../settle/hold.ts'
import type { Report } from './report.ts'

/** The facts that the end of a run is judged by. */
export interface Facts {
  readonly tally: Tally | undefined
  readonly totals: Totals
  readonly interrupted: boolean
  readonly dryRun: boolean
  readonly braked?: Braked | undefined
  readonly error?: AppError | undefined
  /** The options that restricted the run to a part of the account. */
  readonly selection?: Given
  /** The standing of the vault at the end, as far as this run alone decides it. */
  readonly standing?: Standing
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
  const refused = facts.tally?.refused ?? 0
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
        ? `A backup would not be complete: ${what} would fail. Nothing was changed.`
        : `Not complete: ${what} failed. ${refusedWords(facts)}${holding(facts)}`,
      hint:
        (refused > 0 && facts.standing !== undefined && smallerHint(facts.standing)) ||
        (facts.tally?.problems.some(({ needsYou }) => needsYou)
          ? 'Run the backup again once you have done what only you can do, as it is named above.'
          : 'Run the backup again: what failed is tried again.'),
    }
  }
  const notFound = facts.tally?.notFound ?? 0
  if (notFound > 0) return { exitCode: 0, message: adoptedWords(totals, notFound) }
  if (facts.dryRun) return { exitCode: 0, message: dryWords(totals) }
  const hint = facts.standing === undefined ? undefined : smallerHint(facts.standing)
  return { exitCode: 0, message: completeWords(facts), ...(hint !== undefined && { hint }) }
}

/** Returns the number of items of this run that are held. */
const proven = (t: Totals): number => t.stored + t.adopted + t.copied + t.moved + t.kept + t.replaced

const are = (n: number): string => (n === 1 ? 'is' : 'are')

/** Returns the words about what is held: of the account, if it is known how many items it counts, else of what was looked at. */
function holding({ standing, totals: t, selection }: Facts): string {
  if (standing?.expected !== undefined && selection === undefined) return `${heldOf(standing)} ${are(standing.held)} held and proven.`
  const part = selection === undefined ? '' : ` (${givenText(selection)})`
  return `${formatNumber(proven(t))} of ${formatCount(t.items, 'item')}${part} ${are(proven(t))} held and proven.`
}

const refusedWords = ({ tally }: Facts): string =>
  tally === undefined || tally.refused === 0
    ? ''
    : `${formatCount(tally.refused, 'photo')} ${are(tally.refused)} held only smaller than ${tally.refused === 1 ? 'its original' : 'their originals'}, which require_originals does not accept. `

const heldSoFar = (t: Totals): string =>
  t.items === 0
    ? 'nothing was changed.'
    : `${formatCount(proven(t), 'item')} held and proven so far, ${formatNumber(t.stored)} of them new. Everything finished is kept.`

const adoptedWords = (t: Totals, notFound: number): string =>
  `${formatNumber(t.adopted)} of ${formatCount(t.items + notFound, 'item')} adopted; ${formatNumber(notFound)} ${are(notFound)} still to be fetched: run smugmug-backup.`

/** Returns the words about a run that ended well. They vouch for the account only if all of it was looked at and is held. */
function completeWords(facts: Facts): string {
  const { totals: t, standing, selection } = facts
  const part = selection === undefined ? '' : ` for ${givenText(selection)}`
  const ofAccount = standing === undefined || isWhole(standing) ? '' : ` The vault holds ${heldOf(standing)} of the account.`
  const rest = `${ofAccount}${standing === undefined ? '' : lostWords(standing)}`
  if (standing !== undefined && standing.smaller > 0)
    return `${smallerSentence(standing)}${part === '' ? '' : ` This run was only${part}.`}${rest}`
  if (t.items === 0)
    return part === '' ? `Complete: the account holds no items.${rest}` : `Complete${part}: no item of the account is selected.${rest}`
  if (part === '' && standing !== undefined && !isWhole(standing)) return standingSentence(standing)
  const exceptions = t.impossible + t.pending
  if (exceptions === 0)
    return `Complete${part}: ${t.items === 1 ? 'the one item' : `all ${formatCount(t.items, 'item')}`} in ${formatCount(t.albums, 'album')} ${are(t.items)} held and proven.${rest}`
  return `Complete${part}: ${formatCount(proven(t), 'item')} in ${formatCount(t.albums, 'album')} ${are(proven(t))} held and proven; ${formatCount(exceptions, 'item')} cannot be had from SmugMug now.${rest}`
}

const vanishing = (t: Totals): string => (t.vanished === 0 ? '' : ` ${formatCount(t.vanished, 'item')} would be marked as vanished.`)

function dryWords(t: Totals): string {
  const news = t.stored + t.adopted + t.copied + t.replaced
  const held = `${formatCount(t.kept, 'item')} ${are(t.kept)} held already.${vanishing(t)}`
  if (news + t.moved === 0) return `Nothing to do: ${held}`
  const deeds = [
    news > 0 && `bring in ${formatCount(news, 'item')} (${formatNumber(t.stored + t.replaced)} to download)`,
    t.moved > 0 && `move ${formatCount(t.moved, 'item')} within the vault`,
  ].filter((deed) => deed !== false)
  return `Would ${deeds.join(' and ')}; ${held} Nothing was changed.`
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
    message: `Stopped by the safety brake: of ${formatCount(braked.held, 'item')} held, ${lost.join(' and ')}, and ${why}. Nothing was replaced, moved aside or trashed; ${formatCount(t.stored + t.adopted + t.copied, 'new item')} ${dryRun ? 'would come' : 'came'} in.`,
    hint: 'Look at the account on SmugMug. If the change is right, run the backup once with --accept-changes.',
  }
}
