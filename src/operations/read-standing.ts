import * as v from 'valibot'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { Holdings } from '../vault/catalogue/counts.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import { parseJson, RecordError } from '../vault/record/read-json.ts'
import { readLook } from './look.ts'
import type { LastRun, Standing } from './outcome.ts'
import { lastFullyProven } from './proven.ts'
import { summaryOf } from './read-report.ts'
import { standingOf } from './standing.ts'

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
  const rows = new Map(catalogue.albums().map((row) => [row.key, row]))
  const unreadable = unreadableAlbums(catalogue)
  const proven = lastFullyProven(catalogue)
  const last = catalogue.runs.lastOfAccount()
  return standingOf({
    look: readLook(catalogue),
    albums: byAlbum.flatMap((album) => {
      const row = rows.get(album.key)
      if (row === undefined || row.vanishedAt !== undefined) return []
      return [{ ...album, path: row.urlPath, isListed: row.listedAt !== undefined, isUnreadable: unreadable.has(album.key) }]
    }),
    vanishedKept: byAlbum.reduce((sum, album) => sum + album.vanishedKept, 0),
    lastRun: options.lastRun ?? (last && runOf(last, options.usedBy)),
    lastFullyProven: proven,
    hasGrownSince: proven !== undefined && catalogue.runs.broughtSince(proven),
    requireOriginals: options.requireOriginals,
  })
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
    ...(run.finishedAt === undefined && usedBy === run.operation && { isUnderWay: true as const }),
  }
}

const UNREADABLE = 'unreadable'

/** Notes the keys of the albums whose folder in the vault cannot be read: nothing is known of their files. */
export function noteUnreadable(catalogue: Catalogue, keys: Iterable<string>): void {
  const text = JSON.stringify([...keys].toSorted())
  if ((catalogue.meta(UNREADABLE) ?? '[]') !== text) catalogue.setMeta(UNREADABLE, text)
}

function unreadableAlbums(catalogue: Catalogue): ReadonlySet<string> {
  try {
    return new Set(parseJson(catalogue.meta(UNREADABLE) ?? '[]', v.array(v.string())))
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return new Set()
  }
}
