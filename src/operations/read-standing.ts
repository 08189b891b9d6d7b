import * as v from 'valibot'
import { inSteps } from '../flow/breathe.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { Holdings } from '../vault/catalogue/counts.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import { parseJson, RecordError } from '../vault/record/read-json.ts'
import { readLook } from './look.ts'
import type { LastRun, Standing } from './outcome.ts'
import { lastFullyProven } from './proven.ts'
import { summaryOf } from './read-report.ts'
import { type AlbumFacts, type AlbumStanding, albumStanding, standingSteps } from './standing.ts'
import { isUnderWay } from './under-way.ts'

/** The surroundings that a catalogue does not know. */
export interface StandingOptions {
  readonly requireOriginals: boolean
  /** The operation that holds the vault now. */
  readonly usedBy?: string | undefined
  /** The run that asks, in place of the last one: it has no end in the catalogue yet. */
  readonly lastRun?: LastRun | undefined
}

/** Reads the standing of a vault from its catalogue alone. Counts everything, unless `holdings` are given. */
export async function readStanding(catalogue: Catalogue, options: StandingOptions, holdings?: Holdings): Promise<Standing> {
  const { byAlbum } = holdings ?? (await catalogue.counts.holdings())
  const proven = lastFullyProven(catalogue)
  const last = catalogue.runs.lastOfAccount()
  const steps = standingSteps({
    look: readLook(catalogue),
    albums: albumFacts(catalogue, byAlbum),
    vanishedKept: byAlbum.reduce((sum, album) => sum + album.vanishedKept, 0),
    vanishedLost: byAlbum.reduce((sum, album) => sum + album.vanishedLost, 0),
    lastRun: options.lastRun ?? (last && runOf(last, options.usedBy)),
    lastFullyProven: proven,
    hasGrownSince: proven !== undefined && catalogue.runs.broughtSince(proven),
    requireOriginals: options.requireOriginals,
  })
  return await inSteps(steps)
}

/** An album with its standing, if the account has it, and the items that are kept although they are gone from the account. */
export interface AlbumAccount {
  readonly path: string
  /** Its folder in the vault. */
  readonly folder: string
  /** Absent for an album that is gone from the account. */
  readonly standing?: AlbumStanding
  readonly vanishedKept: number
}

/** Reads the standing of each album of a vault from its catalogue alone, in the order of their paths. Counts nothing: it takes `holdings`. */
export function readAlbums(catalogue: Catalogue, { byAlbum }: Holdings): readonly AlbumAccount[] {
  const look = readLook(catalogue)
  const standingBy = new Map([...albumFacts(catalogue, byAlbum)].map((album) => [album.key, albumStanding(look, album)]))
  const keptBy = new Map(byAlbum.map(({ key, vanishedKept }) => [key, vanishedKept]))
  return catalogue
    .albums()
    .flatMap(({ key, urlPath, folder }): AlbumAccount[] => {
      const standing = standingBy.get(key)
      const vanishedKept = keptBy.get(key) ?? 0
      if (standing === undefined && vanishedKept === 0) return []
      return [{ path: urlPath, folder, ...(standing !== undefined && { standing }), vanishedKept }]
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function* albumFacts(catalogue: Catalogue, byAlbum: Holdings['byAlbum']): Generator<AlbumFacts> {
  const unreadable = unreadableAlbums(catalogue)
  for (const album of byAlbum) {
    const row = catalogue.album(album.key)
    if (row === undefined || row.vanishedAt !== undefined) continue
    yield { ...album, path: row.urlPath, isListed: row.listedAt !== undefined, isUnreadable: unreadable.has(album.key) }
  }
}

function runOf(run: RunRow, usedBy: string | undefined): LastRun {
  const summary = summaryOf(run)
  return {
    operation: run.operation,
    startedAt: run.startedAt,
    ...(run.finishedAt !== undefined && { finishedAt: run.finishedAt }),
    ...(run.exitCode !== undefined && { exitCode: run.exitCode }),
    ...(summary !== undefined && { message: summary.message }),
    ...(summary?.selection !== undefined && { selection: summary.selection }),
    ...(run.finishedAt === undefined && isUnderWay(run.operation, usedBy) && { isUnderWay: true as const }),
  }
}

const UNREADABLE = 'unreadable'

/** Notes the keys of the albums whose folder in the vault cannot be read: nothing is known of their files. */
export function noteUnreadable(catalogue: Catalogue, keys: Iterable<string>): void {
  const text = JSON.stringify([...keys].toSorted())
  if ((catalogue.meta(UNREADABLE) ?? '[]') !== text) catalogue.setMeta(UNREADABLE, text)
}

/** Returns the keys of the albums whose folder could not be read when it was last looked at. */
export function unreadableAlbums(catalogue: Catalogue): ReadonlySet<string> {
  try {
    return new Set(parseJson(catalogue.meta(UNREADABLE) ?? '[]', v.array(v.string())))
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return new Set()
  }
}
