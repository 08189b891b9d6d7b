import { noTotals } from '../model.ts'
import type { RunRow } from '../vault/catalogue/rows.ts'
import type { Vault } from '../vault/vault.ts'
import { isDue } from './compare.ts'
import type { StatusReport } from './outcome.ts'
import { summaryOf } from './read-report.ts'

/** Reads the state of a vault from its catalogue alone. */
export async function vaultStatus(
  vault: Vault,
  options: { readonly now: number; readonly days: number; readonly usedBy?: string | undefined },
): Promise<StatusReport> {
  const { catalogue } = vault
  const holdings = await catalogue.counts.holdings()
  const last = catalogue.runs.lastOfAccount()
  const summary = summaryOf(last)
  const account = catalogue.meta('account')
  const proven = catalogue.meta('verify.completed')
  const due = nextDue(vault, options)
  const missing = holdings.failed + holdings.missing + holdings.damaged
  const failing = holdings.failed + holdings.pending + holdings.impossible
  const isUnderWay = last !== undefined && last.finishedAt === undefined && options.usedBy === last.operation
  return {
    exitCode: 0,
    message:
      last === undefined
        ? 'No backup has been made here yet.'
        : isUnderWay
          ? 'A backup is under way; what is held so far is counted here.'
          : standing({ last, message: summary?.message, missing, exceptions: holdings.pending + holdings.impossible }),
    ...(last === undefined && { hint: 'Run `smugmug-backup` to make one.' }),
    problems: (summary?.problems ?? []).filter((problem) => problem.kind !== 'vanished' && problem.kind !== 'replaced'),
    totals: {
      ...noTotals,
      albums: holdings.albums,
      items: holdings.items,
      kept: holdings.items - failing,
      failed: holdings.failed,
      pending: holdings.pending,
      impossible: holdings.impossible,
    },
    destination: vault.root,
    ...(account !== undefined && { account }),
    ...(last !== undefined && {
      lastRun: {
        operation: last.operation,
        startedAt: last.startedAt,
        ...(last.finishedAt !== undefined && { finishedAt: last.finishedAt }),
        ...(last.exitCode !== undefined && { exitCode: last.exitCode }),
        ...(summary !== undefined && { message: summary.message }),
        ...(isUnderWay && { isUnderWay }),
      },
    }),
    ...(proven !== undefined && { lastFullyProven: Number(proven) }),
    held: { albums: holdings.albums, items: holdings.items - failing, files: holdings.held, bytes: holdings.bytes },
    byGrade: holdings.byGrade,
    ...(due !== undefined && { nextDue: due }),
  }
}

/** Returns the state in one sentence. Only a run that ended well may vouch for everything. */
function standing(facts: {
  readonly last: RunRow
  readonly message: string | undefined
  readonly missing: number
  readonly exceptions: number
}): string {
  const { last, missing, exceptions } = facts
  if (last.exitCode === undefined) return 'The last backup did not finish; what is held so far is counted here.'
  if (last.exitCode !== 0) return `The last backup ended with exit code ${last.exitCode}: ${facts.message ?? 'it gave no reason'}`
  if (missing > 0) return `${missing} ${missing === 1 ? 'item is' : 'items are'} missing or damaged; the next backup fetches what it can.`
  if (exceptions > 0)
    return `Everything that SmugMug offers is held; ${exceptions} ${exceptions === 1 ? 'item' : 'items'} cannot be had now.`
  return 'Everything is held.'
}

const HOUR = 3_600_000

function nextDue(vault: Vault, { now, days }: { readonly now: number; readonly days: number }): number | undefined {
  const albums = vault.catalogue.albums().filter((album) => album.vanishedAt === undefined && album.listedAt !== undefined)
  for (let at = now; albums.length > 0 && at < now + (days + 1) * 24 * HOUR; at += HOUR) {
    if (albums.some((album) => isDue(album, { now: at, days }))) return at
  }
  return undefined
}
