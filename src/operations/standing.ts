import { formatCount, formatNumber } from '../events.ts'
import { type AlbumHoldings, heldItems } from '../vault/catalogue/counts.ts'
import type { Look } from './look.ts'
import type { LastRun, Standing } from './outcome.ts'
import { givenText } from './selection.ts'

/** The facts that a standing is computed from. */
export interface StandingFacts {
  /** The last complete album list; absent: the vault knows of none. */
  readonly look?: Look | undefined
  /** Every album of the catalogue that the account has, as far as is known. */
  readonly albums: readonly (AlbumHoldings & {
    readonly path: string
    /** Was it listed completely, and not put on the list again since? */
    readonly isListed: boolean
    /** Could its folder in the vault not be read, when it was last looked at? */
    readonly isUnreadable: boolean
  })[]
  /** Items gone from the account, in any album, whose file is kept in its place. */
  readonly vanishedKept: number
  readonly lastRun?: LastRun | undefined
  /** When all of it was last re-read and found right, if nothing wrong was found since; milliseconds since 1970. */
  readonly lastFullyProven?: number | undefined
  /** Did bytes come after that proof? */
  readonly hasGrownSince: boolean
  readonly requireOriginals: boolean
}

/** Computes the standing. This is the only place that does. */
export function standingOf(facts: StandingFacts): Standing {
  const { look, lastRun } = facts
  const sums = { held: 0, originals: 0, renditions: 0, smaller: 0, lacking: 0 }
  const missing = { failed: 0, pending: 0, impossible: 0, damaged: 0, unreadable: 0 }
  const lockedAlbums: string[] = []
  let expected: number | undefined = look === undefined ? undefined : 0
  let unlistedAlbums = look?.changed ?? 0
  const unmet = new Map(Object.entries(look?.counted ?? {}))
  for (const album of facts.albums) {
    const { failed = 0, pending = 0, impossible = 0 } = album.states
    const held = heldItems(album.states)
    const known = held + failed + pending + impossible
    const counted = unmet.get(album.key)
    unmet.delete(album.key)
    // The account has it no more; the next run over all of it settles that.
    if (look !== undefined && counted === undefined) continue
    const count = counted ?? (album.isListed ? known : undefined)
    if (expected !== undefined) expected = count === undefined ? undefined : expected + count
    if (!album.isListed && (count !== 0 || known > 0)) unlistedAlbums += 1
    const damaged = album.isUnreadable ? 0 : album.unsound
    const unreadable = album.isUnreadable ? held : 0
    // Items that are gone from the account, and not settled yet, hold none of those that it counts.
    sums.held += Math.min(held - damaged - unreadable, count ?? known)
    sums.lacking += Math.max(0, (count ?? known) - known)
    sums.originals += album.grades.original ?? 0
    sums.renditions += album.grades.rendition ?? 0
    sums.smaller += album.grades.fallback ?? 0
    if ((album.grades.fallback ?? 0) > 0) lockedAlbums.push(album.path)
    missing.failed += failed
    missing.pending += pending
    missing.impossible += impossible
    missing.damaged += damaged
    missing.unreadable += unreadable
  }
  for (const count of unmet.values()) {
    if (expected !== undefined) expected = count === null ? undefined : expected + count
    sums.lacking += count ?? 0
    if (count !== 0) unlistedAlbums += 1
  }
  const { lacking, ...held } = sums
  const isPart = lastRun?.selection !== undefined
  return {
    ...(expected !== undefined && { expected }),
    ...held,
    lockedAlbums: lockedAlbums.toSorted(),
    missing: { ...missing, notSelected: isPart ? lacking : 0, notFetched: isPart ? 0 : lacking },
    unlistedAlbums,
    vanishedKept: facts.vanishedKept,
    ...(lastRun !== undefined && { lastRun }),
    ...(facts.lastFullyProven !== undefined && { lastFullyProven: facts.lastFullyProven }),
    isFullyProven: facts.lastFullyProven !== undefined && !facts.hasGrownSince,
    requireOriginals: facts.requireOriginals,
  }
}

/** Is every item that SmugMug counts held, or impossible or pending on its side? Only a run that ended well may vouch for that. */
export function isWhole(standing: Standing): boolean {
  const { expected, missing, lastRun } = standing
  const lacking = missing.failed + missing.damaged + missing.unreadable + missing.notSelected + missing.notFetched
  const isEnded = lastRun === undefined || lastRun.isUnderWay === true || lastRun.exitCode === 0
  return expected !== undefined && lacking === 0 && standing.unlistedAlbums === 0 && isEnded
}

/** Returns the exit code of `status`: 0 whole, 3 not whole. */
export const standingCode = (standing: Standing): 0 | 3 =>
  isWhole(standing) && !(standing.requireOriginals && standing.smaller > 0) ? 0 : 3

/** Returns the standing in one sentence, or two. */
export function standingSentence(standing: Standing): string {
  const { expected, held, lastRun, missing } = standing
  if (lastRun === undefined && held === 0 && !isWhole(standing)) return 'No backup has been made here yet.'
  if (lastRun?.isUnderWay === true && expected === undefined) return 'A backup is under way; what is held so far is counted here.'
  if (lastRun?.isUnderWay === true) return `A backup is under way: ${heldOf(standing)} ${held === 1 ? 'is' : 'are'} held so far.`
  if (!isWhole(standing)) return partWords(standing)
  if (standing.smaller > 0) return smallerSentence(standing)
  if (missing.pending + missing.impossible > 0) return `Everything that SmugMug offers is held${exceptionWords(standing)}.`
  return expected === 0 ? 'The account holds no items.' : 'Everything is held.'
}

const exceptionWords = ({ missing: { pending, impossible } }: Standing): string =>
  pending + impossible === 0 ? '' : `; ${formatCount(pending + impossible, 'item')} cannot be had now`

/** Returns the sentence about a vault that holds photos only smaller than their original. */
export const smallerSentence = (standing: Standing): string => `Held, but ${smallerWords(standing)}${exceptionWords(standing)}.`

/** Returns `252 of 3,000 items`. */
export const heldOf = ({ held, expected }: Pick<Standing, 'held' | 'expected'>): string =>
  expected === undefined ? formatCount(held, 'item') : `${formatNumber(held)} of ${formatCount(expected, 'item')}`

/** Returns the words about photos that are held only smaller than their original. */
export function smallerWords({ smaller, originals, lockedAlbums }: Standing): string {
  const photos = `${formatNumber(smaller)} of ${formatCount(smaller + originals, 'photo')}`
  return `${photos} only smaller than your originals: allow downloads in ${formatCount(lockedAlbums.length, 'album')}`
}

/** The number of albums that a hint names. */
const NAMED = 3

/** Returns what to do about photos that are held only smaller than their original; undefined if there are none. */
export function smallerHint({ lockedAlbums }: Standing): string | undefined {
  if (lockedAlbums.length === 0) return undefined
  const more = lockedAlbums.length > NAMED ? ` and ${formatCount(lockedAlbums.length - NAMED, 'more album')}` : ''
  return `In the settings of ${lockedAlbums.slice(0, NAMED).join(', ')}${more}: allow downloads, and set the largest size to Original. The next backup then fetches the originals.`
}

/** Returns the words about a vault that does not hold everything, or cannot vouch for it. */
function partWords(standing: Standing): string {
  const { expected, lastRun, missing, unlistedAlbums, smaller, originals } = standing
  const selection = lastRun?.selection === undefined ? '' : ` (the last run was only for ${givenText(lastRun.selection)})`
  const reasons = (
    [
      [missing.notSelected, 'not selected'],
      [missing.notFetched, 'not fetched yet'],
      [missing.failed, 'failed'],
      [missing.damaged, 'missing or damaged in the vault'],
      [missing.unreadable, 'in a folder that cannot be read'],
      [missing.pending + missing.impossible, 'that cannot be had now'],
    ] as const
  ).flatMap(([count, why]) => (count === 0 ? [] : [`${formatCount(count, 'item')} ${why}`]))
  // Such items are in albums that are not looked through yet: to name them once is enough.
  const isCounted = missing.notSelected + missing.notFetched + missing.unreadable > 0
  const also = [
    smaller > 0 && `Held only smaller than your originals: ${formatNumber(smaller)} of ${formatCount(smaller + originals, 'photo')}.`,
    unlistedAlbums > 0 &&
      !isCounted &&
      `${formatCount(unlistedAlbums, 'album')} ${unlistedAlbums === 1 ? 'is' : 'are'} still to be looked through.`,
    expected === undefined && 'The next backup of the whole account finds out how many SmugMug counts.',
    endWords(lastRun, reasons.length > 0),
  ].filter((sentence) => sentence !== false && sentence !== '')
  return [`Held ${heldOf(standing)}${selection}${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}.`, ...also].join(' ')
}

/** Returns the words about a last run that did not end well. */
function endWords(run: LastRun | undefined, isExplained: boolean): string {
  if (run === undefined || run.exitCode === 0 || (run.exitCode === 3 && isExplained)) return ''
  if (run.exitCode === undefined) return 'The last backup did not finish.'
  if (run.exitCode === 130) return 'The last backup was interrupted.'
  return `The last backup ended with exit code ${run.exitCode}: ${run.message ?? 'it gave no reason'}`
}
