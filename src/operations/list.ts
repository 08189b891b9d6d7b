import { albumLabel, type Emit, formatCount, formatNumber } from '../events.ts'
import { type Clock, stopwatch } from '../flow/clock.ts'
import type { Album } from '../model.ts'
import { noTotals } from '../model.ts'
import type { Account } from '../smugmug/account.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import { type AlbumHoldings, heldAmong } from '../vault/catalogue/counts.ts'
import type { Storage } from '../vault/storage/storage.ts'
import { folderNames } from './folder-names.ts'
import type { AccountList, AlbumLine } from './outcome.ts'
import { checkPatterns, folderPaths, type Selection } from './selection.ts'

/** One listing of the account. Without a catalogue nothing counts as held. */
export interface ListJob {
  readonly account: Account
  readonly catalogue?: Catalogue | undefined
  /** The vault's files, if there is a vault. */
  readonly storage?: Storage | undefined
  readonly selection?: Selection | undefined
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Returns the albums that a backup would hold, from the album list alone: no album is listed, nothing is downloaded. */
export async function listAccount(job: ListJob): Promise<AccountList> {
  const elapsed = stopwatch(job.clock)
  const { account, catalogue, selection } = job
  if (selection?.byItem === true) {
    job.emit({ event: 'warning', message: 'The list counts whole albums: type, since, until and keyword are not looked at.' })
  }
  const all = await account.albums(job.signal)
  await checkPatterns({ selection, albums: all, emit: job.emit, folders: () => folderPaths(account, job.signal) })
  const holdings = new Map((await catalogue?.counts.holdings())?.byAlbum.map((each) => [each.key, each]))
  const albums = all
    .filter((album) => selection?.album(album) ?? true)
    .toSorted((a, b) => (a.urlPath < b.urlPath ? -1 : 1))
    .map((album) => albumLine(album, holdings.get(album.key)))
  const sum = (of: (album: AlbumLine) => number): number => albums.reduce((all, album) => all + of(album), 0)
  const [items, held, missing] = [sum((album) => album.items), sum((album) => album.held), sum((album) => album.missing)]
  const pending = sum((album) => album.pending)
  const estimatedMs = estimate(albums, catalogue)
  const time =
    estimatedMs === undefined || estimatedMs === 0
      ? ''
      : ` The missing items would take about ${duration(estimatedMs)} at the speed of the last backup.`
  return {
    exitCode: 0,
    message: `${formatCount(items, 'item')} in ${formatCount(albums.length, 'album')}; ${formatNumber(held)} of them are held.${time}`,
    // Counted as in a dry run: `stored` are the items that a backup would bring in.
    totals: {
      ...noTotals,
      albums: albums.length,
      items,
      kept: held,
      stored: missing - pending,
      pending,
      impossible: sum((album) => album.impossible),
      apiCalls: account.apiCalls,
      durationMs: elapsed(),
    },
    problems: [],
    albums,
    folderNames: await folderNames(job, albums),
    byGrade: gradesOf(albums, catalogue),
    ...(estimatedMs !== undefined && { estimatedMs }),
  }
}

/** Returns the numbers of an album. They add up to SmugMug's count, also where the vault has noted more or fewer items than that. */
function albumLine(album: Album, holdings: AlbumHoldings | undefined): AlbumLine {
  const items = album.imageCount ?? 0
  const states = holdings?.states ?? {}
  let left = items
  const take = (count: number): number => {
    const taken = Math.min(left, Math.max(0, count))
    left -= taken
    return taken
  }
  const held = take(heldAmong(states, items) - (holdings?.unsound ?? 0))
  const impossible = take(states.impossible ?? 0)
  return {
    path: albumLabel(album),
    key: album.key,
    ...(album.name !== '' && { name: album.name }),
    items,
    held,
    missing: left,
    pending: Math.min(left, states.pending ?? 0),
    impossible,
    ...(album.bytes !== undefined && { bytes: album.bytes }),
  }
}

function gradesOf(albums: readonly AlbumLine[], catalogue: Catalogue | undefined): AccountList['byGrade'] {
  const sum: Record<string, { files: number; bytes: number }> = {}
  for (const { key } of albums) {
    for (const [grade, { files, bytes }] of Object.entries(catalogue?.counts.grades(key) ?? {})) {
      sum[grade] = { files: (sum[grade]?.files ?? 0) + files, bytes: (sum[grade]?.bytes ?? 0) + bytes }
    }
  }
  return sum
}

/** Returns the bytes of an album that a backup would fetch, as far as SmugMug gives sizes: its share of items that are missing and not pending. */
export const bytesToFetch = ({ bytes = 0, items, missing, pending }: AlbumLine): number =>
  items === 0 ? 0 : (bytes * (missing - pending)) / items

/** The shortest time that is worth a number: less than this would be shown as none. */
const LEAST_MS = 1000

/** Returns the time for the missing items, at the speed of the last run that fetched something. */
function estimate(albums: readonly AlbumLine[], catalogue: Catalogue | undefined): number | undefined {
  const measured = catalogue?.runs.lastFetch()
  if (measured === undefined) return undefined
  const bytes = albums.reduce((sum, album) => sum + bytesToFetch(album), 0)
  return bytes === 0 ? 0 : Math.max(LEAST_MS, Math.round((bytes / measured.bytes) * measured.durationMs))
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return 'a minute'
  return minutes < 90 ? formatCount(minutes, 'minute') : formatCount(Math.round(minutes / 60), 'hour')
}
