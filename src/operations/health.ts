import { formatCount } from '../events.ts'
import { heldItems } from '../vault/catalogue/counts.ts'
import type { Vault } from '../vault/vault.ts'
import { recentRuns } from './history/runs.ts'
import type { PastRun, StatusReport } from './outcome.ts'
import { vaultStatus } from './status.ts'

/** The standing of one album. */
export interface AlbumHealth {
  /** Its path, as SmugMug spells it. */
  readonly path: string
  /** Its folder in the vault. */
  readonly folder: string
  /** The items that SmugMug counts in it. */
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
  const status = await vaultStatus(vault, options)
  const albums = await albumsOf(vault)
  const runs = recentRuns(vault.catalogue.runs, { limit: MOST_RUNS, usedBy: options.usedBy })
  return {
    status,
    runs: runs.filter((run) => options.now - run.startedAt < YEAR_MS),
    albums: albums.slice(0, MOST_ALBUMS),
    albumsInAll: albums.length,
  }
}

async function albumsOf({ catalogue }: Vault): Promise<readonly AlbumHealth[]> {
  const { byAlbum } = await catalogue.counts.holdings()
  const numbers = new Map(byAlbum.map((album) => [album.key, album]))
  const albums = catalogue
    .albums()
    .filter((album) => album.vanishedAt === undefined)
    .map(({ key, urlPath, folder, imageCount, listedAt }): AlbumHealth => {
      const { states = {}, unsound = 0, grades = {} } = numbers.get(key) ?? {}
      const known = Object.values(states).reduce((sum, n) => sum + n, 0)
      const held = heldItems(states) - unsound
      const counted = Math.max(imageCount ?? 0, known)
      const reasons = [
        [states.failed ?? 0, 'failed'],
        [states.pending ?? 0, 'not finished by SmugMug'],
        [states.impossible ?? 0, 'cannot be had from SmugMug'],
        [unsound, 'missing or damaged in the vault'],
        [grades.fallback ?? 0, 'smaller than the original'],
      ] as const
      const words = reasons.flatMap(([count, why]) => (count === 0 ? [] : [`${formatCount(count, 'item')} ${why}`]))
      const unlisted = listedAt === undefined ? ['still to be looked through'] : []
      return { path: urlPath, folder, counted, held, reason: [...words, ...unlisted].join(', ') }
    })
  const gap = ({ counted, held, reason }: AlbumHealth): number => (counted - held) * 2 + (reason === '' ? 0 : 1)
  return albums.toSorted((a, b) => gap(b) - gap(a) || (a.path < b.path ? -1 : 1))
}
