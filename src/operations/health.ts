import { formatCount } from '../events.ts'
import type { Vault } from '../vault/vault.ts'
import { recentRuns } from './history/runs.ts'
import type { PastRun, StatusReport } from './outcome.ts'
import { type AlbumAccount, readAlbums } from './read-standing.ts'
import { vaultStatus } from './status.ts'

/** The standing of one album. */
export interface AlbumHealth {
  /** Its path, as SmugMug spells it. */
  readonly path: string
  /** Its folder in the vault. */
  readonly folder: string
  /** The items that SmugMug counts in it; those that the vault knows of, where SmugMug's count is not known. */
  readonly counted: number
  readonly held: number
  /** The reason why it is not whole; empty if it is. */
  readonly reason: string
}

/** Everything that a page about the health of a vault shows. */
export interface Health {
  readonly status: StatusReport
  /** The runs of the last year, newest first. */
  readonly runs: readonly PastRun[]
  /** The albums, those that are not whole first; at most 500. */
  readonly albums: readonly AlbumHealth[]
  readonly albumsInAll: number
}

const YEAR_MS = 366 * 24 * 60 * 60_000

/** The most runs that are shown: two a day. */
const MOST_RUNS = 800

/** The most albums that are shown. */
const MOST_ALBUMS = 500

/** Reads the health of a vault from its catalogue alone. */
export async function vaultHealth(vault: Vault, options: Parameters<typeof vaultStatus>[1]): Promise<Health> {
  const { catalogue } = vault
  // With a million items a count takes seconds: one serves the whole page.
  const holdings = await catalogue.counts.holdings()
  const albums = readAlbums(catalogue, holdings).flatMap(healthOf)
  const runs = recentRuns(catalogue.runs, { limit: MOST_RUNS, usedBy: options.usedBy })
  return {
    status: await vaultStatus(vault, options, holdings),
    runs: runs.filter((run) => options.now - run.startedAt < YEAR_MS),
    albums: albums.toSorted((a, b) => gapOf(b) - gapOf(a)).slice(0, MOST_ALBUMS),
    albumsInAll: albums.length,
  }
}

const gapOf = ({ counted, held, reason }: AlbumHealth): number => (counted - held) * 2 + (reason === '' ? 0 : 1)

/** Returns the health of an album, unless it is gone from the account. */
function healthOf({ path, folder, standing }: AlbumAccount): readonly AlbumHealth[] {
  if (standing === undefined) return []
  const { held, smaller, lacking, missing, isUnlisted } = standing
  const known = Object.values(missing).reduce((sum, n) => sum + n, held)
  const reasons = [
    [missing.failed, 'failed'],
    [missing.pending, 'not finished by SmugMug'],
    [missing.impossible, 'cannot be had from SmugMug'],
    [missing.damaged, 'missing or damaged in the vault'],
    [missing.unreadable, 'in a folder that cannot be read'],
    [lacking, 'not fetched yet'],
    [smaller, 'smaller than the original'],
  ] as const
  const words = reasons.flatMap(([count, why]) => (count === 0 ? [] : [`${formatCount(count, 'item')} ${why}`]))
  const unlisted = isUnlisted && lacking === 0 ? ['still to be compared with SmugMug'] : []
  return [{ path, folder, counted: standing.counted ?? known, held, reason: [...words, ...unlisted].join(', ') }]
}
