import { formatCount, formatNumber } from '../events.ts'
import { type AlbumHoldings, heldAmong, heldItems } from '../vault/catalogue/counts.ts'
import type { Look } from './look.ts'
import type { LastRun, Missing, Standing } from './outcome.ts'
import { givenText } from './selection.ts'

/** The facts of one album that a standing is computed from. */
export interface AlbumFacts extends AlbumHoldings {
  readonly path: string
  /** Was it listed completely, and not put on the list again since? */
  readonly isListed: boolean
  /** Could its folder in the vault not be read, when it was last looked at? */
  readonly isUnreadable: boolean
}

/** The facts that a standing is computed from. */
export interface StandingFacts {
  /** The last complete album list; absent: the vault knows of none. */
  readonly look?: Look | undefined
  /** Every album of the catalogue that the account has, as far as is known. */
  readonly albums: Iterable<AlbumFacts>
  /** Items gone from the account, in any album, whose file is kept in its place. */
  readonly vanishedKept: number
  /** Items gone from the account, in any album, whose file is missing or damaged. */
  readonly vanishedLost: number
  readonly lastRun?: LastRun | undefined
  /** When all of it was last re-read and found right, if nothing wrong was found since; milliseconds since 1970. */
  readonly lastFullyProven?: number | undefined
  /** Did bytes come after that proof? */
  readonly hasGrownSince: boolean
  readonly requireOriginals: boolean
}

/** The standing of one album of the account. Its items that are not held are counted by reason. */
export interface AlbumStanding extends Pick<Standing, 'held' | 'originals' | 'renditions' | 'smaller'> {
  readonly key: string
  readonly path: string
  /** SmugMug's own count; absent: not known. */
  readonly counted?: number
  readonly missing: Pick<Missing, 'failed' | 'pending' | 'impossible' | 'damaged' | 'unreadable'>
  /** Items that SmugMug counts and no listing has shown. */
  readonly lacking: number
  /** Has it changed since, or was it never listed completely? */
  readonly isUnlisted: boolean
}

/** Computes the standing of one album; undefined if the account has it no more: the next run over all of it settles that. This is the only place that does. */
export function albumStanding(look: Look | undefined, album: AlbumFacts): AlbumStanding | undefined {
  const { failed = 0, pending = 0, impossible = 0 } = album.states
  const known = heldItems(album.states) + failed + pending + impossible
  const counted = look?.counted[album.key]
  if (look !== undefined && counted === undefined) return undefined
  const count = counted ?? (album.isListed ? known : undefined)
  const held = heldAmong(album.states, count ?? known)
  const damaged = album.isUnreadable ? 0 : Math.min(album.unsound, held)
  const unreadable = album.isUnreadable ? held : 0
  return {
    key: album.key,
    path: album.path,
    ...(count !== undefined && { counted: count }),
    held: held - damaged - unreadable,
    originals: album.grades.original ?? 0,
    renditions: album.grades.rendition ?? 0,
    smaller: album.grades.fallback ?? 0,
    missing: { failed, pending, impossible, damaged, unreadable },
    lacking: Math.max(0, (count ?? known) - known),
    isUnlisted: !album.isListed && (count !== 0 || known > 0),
  }
}

/** Computes the standing. A step is one album. */
export function* standingSteps(facts: StandingFacts): Generator<undefined, Standing> {
  const { look, lastRun } = facts
  const met = new Set<string>()
  const lockedAlbums: string[] = []
  const sum = { held: 0, originals: 0, renditions: 0, smaller: 0 }
  const missing = { failed: 0, pending: 0, impossible: 0, damaged: 0, unreadable: 0 }
  let [expected, lacking, unlistedAlbums] = [0, 0, look?.changed ?? 0]
  for (const each of facts.albums) {
    yield
    const album = albumStanding(look, each)
    if (album === undefined) continue
    met.add(album.key)
    for (const name of ['held', 'originals', 'renditions', 'smaller'] as const) sum[name] += album[name]
    for (const name of ['failed', 'pending', 'impossible', 'damaged', 'unreadable'] as const) missing[name] += album.missing[name]
    // One album that is not counted makes the sum unknown.
    expected += album.counted ?? Number.NaN
    lacking += album.lacking
    if (album.isUnlisted) unlistedAlbums += 1
    if (album.smaller > 0) lockedAlbums.push(album.path)
  }
  for (const key of Object.keys(look?.counted ?? {})) {
    if (met.has(key)) continue
    yield
    const count = look?.counted[key] ?? undefined
    expected += count ?? Number.NaN
    lacking += count ?? 0
    if (count !== 0) unlistedAlbums += 1
  }
  const isPart = lastRun?.selection !== undefined
  return {
    ...(look !== undefined && !Number.isNaN(expected) && { expected }),
    ...sum,
    lockedAlbums: lockedAlbums.toSorted(),
    missing: { ...missing, notSelected: isPart ? lacking : 0, notFetched: isPart ? 0 : lacking },
    unlistedAlbums,
    vanishedKept: facts.vanishedKept,
    vanishedLost: facts.vanishedLost,
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
  const { expected, held, lastRun } = standing
  if (lastRun === undefined && held === 0 && !isWhole(standing)) return 'No backup has been made here yet.'
  if (lastRun?.isUnderWay === true && expected === undefined) return 'A backup is under way; what is held so far is counted here.'
  if (lastRun?.isUnderWay === true) return `A backup is under way: ${heldOf(standing)} ${held === 1 ? 'is' : 'are'} held so far.`
  return `${accountSentence(standing)}${lostWords(standing)}`
}

function accountSentence(standing: Standing): string {
  const { expected, missing, vanishedLost } = standing
  if (!isWhole(standing)) return partWords(standing)
  if (standing.smaller > 0) return smallerSentence(standing)
  if (missing.pending + missing.impossible > 0) return `Everything that SmugMug offers is held${exceptionWords(standing)}.`
  if (expected === 0) return 'The account holds no items.'
  return vanishedLost === 0 ? 'Everything is held.' : 'Everything that SmugMug has is held.'
}

/** Returns a sentence, after a space, about items that neither the account nor the vault has any more; nothing if there are none. */
export const lostWords = ({ vanishedLost }: Pick<Standing, 'vanishedLost'>): string =>
  vanishedLost === 0
    ? ''
    : ` ${formatCount(vanishedLost, 'item')} that SmugMug has no more ${vanishedLost === 1 ? 'is' : 'are'} missing or damaged in the vault.`

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
  // Such items are in albums that are not compared yet: to name them once is enough.
  const isCounted = missing.notSelected + missing.notFetched + missing.unreadable > 0
  const also = [
    smaller > 0 && `Held only smaller than your originals: ${formatNumber(smaller)} of ${formatCount(smaller + originals, 'photo')}.`,
    unlistedAlbums > 0 &&
      !isCounted &&
      expected !== undefined &&
      `The next backup still compares ${formatCount(unlistedAlbums, 'album')} with SmugMug.`,
    expected === undefined && 'The next backup of the whole account finds out how many SmugMug counts.',
    endWords(lastRun, reasons.length > 0 || (standing.requireOriginals && smaller > 0)),
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
