import { formatBytes, formatCount, formatNumber, type Problem } from '../../events.ts'
import { noTotals } from '../../model.ts'
import { MAYBE_OPENED } from './album-settings.ts'
import type { Foreseen } from './foresee.ts'
import type { RestoreJob } from './job.ts'
import { HOLDS_OTHERS, somethingElse } from './open-up.ts'
import type { RestoredAlbum, RestoreOutcome } from './outcome.ts'
import type { PlannedNode } from './plan.ts'
import { isOpen, openingOf, rankAt } from './privacy.ts'
import type { RestoreRun } from './run.ts'
import type { Target } from './target.ts'

/** Bytes a second that an upload over a line for homes brings. */
const USUAL_SPEED = 1_250_000
/** Milliseconds that SmugMug takes for a file, whatever its size. */
const PER_FILE_MS = 700

/** Ends a restore into an account that holds much of somebody else: nothing was sent. */
export function refused({ target, ahead }: { readonly target: Target; readonly ahead: Foreseen }): RestoreOutcome {
  const { strangers } = ahead
  return {
    exitCode: 7,
    message: `Stopped before anything was sent: the account of ${target.nickName} holds ${formatCount(strangers, 'item')} that this vault does not know.`,
    hint: 'If it is the right account, run it again with --accept-changes: a restore only adds, and deletes nothing.',
    totals: { ...noTotals, albums: 0 },
    problems: biggest(ahead),
    albums: [],
  }
}

/** Names the albums that the vault does not know, the largest first. */
function biggest({ unknown }: Foreseen): readonly Problem[] {
  return unknown
    .filter(({ imageCount = 0 }) => imageCount > 0)
    .toSorted((a, b) => (b.imageCount ?? 0) - (a.imageCount ?? 0))
    .slice(0, 20)
    .map(
      ({ urlPath, imageCount = 0 }): Problem => ({
        kind: 'foreign',
        album: urlPath,
        reason: `${formatCount(imageCount, 'item')} that the vault does not know`,
      }),
    )
}

/** Ends a dry run: says what a restore would do. */
export async function wouldDo(
  job: RestoreJob,
  facts: {
    readonly target: Target
    readonly ahead: Foreseen
    readonly planned: readonly PlannedNode[]
    readonly troubles: readonly Problem[]
  },
): Promise<RestoreOutcome> {
  const { target, ahead, planned, troubles } = facts
  const { folders, albums, toSend, bytes, toCollect, there, losses } = ahead
  const hours = (bytes / USUAL_SPEED + (toSend * PER_FILE_MS) / 1000) / 3600
  const minutes = Math.round(hours * 60)
  const time =
    minutes <= 1 ? 'about a minute' : `about ${minutes < 120 ? `${minutes} minutes` : `${formatNumber(Math.round(hours))} hours`}`
  const problems = [...troubles, ...losses]
  for (const node of planned) problems.push(...(await notAsBefore(job, node)))
  for (const problem of problems) job.emit({ event: 'problem', problem })
  const made = [folders > 0 && formatCount(folders, 'folder'), albums > 0 && formatCount(albums, 'album')].filter((text) => text !== false)
  const makes = made.length === 0 ? 'Nothing new would be made' : `${made.join(' and ')} would be made`
  const sends =
    toSend === 0 ? 'no file uploaded' : `${formatCount(toSend, 'file')} with ${formatBytes(bytes)} uploaded (${time} at 10 Mbit/s)`
  const are = there === 1 ? 'is' : 'are'
  return {
    exitCode: 0,
    message: `${makes} in the account of ${target.nickName}, ${sends}, ${formatNumber(toCollect)} collected; ${formatNumber(there)} ${are} there already.`,
    hint: 'Nothing was sent. Without --dry-run it is done; it can be broken off at any time, and goes on where it was.',
    totals: {
      ...noTotals,
      albums: planned.filter(({ source }) => source.album !== undefined).length,
      items: toSend + toCollect + there,
      stored: toSend,
      copied: toCollect,
      kept: there,
      bytes,
    },
    problems,
    albums: [],
  }
}

/** Names a folder or album that goes back and stays private. */
async function notAsBefore(job: RestoreJob, { barred, source, isOurs, present, rank }: PlannedNode): Promise<readonly Problem[]> {
  const { keepPrivate, journal } = job
  if (barred !== undefined || !isOurs || keepPrivate || (present !== undefined && isOpen(present.raw))) return []
  const album = source.urlPath
  const opening = openingOf(source.raw)
  if (opening.kind === 'stays private') return [{ kind: 'notice', album, reason: `it stays private: ${opening.reason}` }]
  if (opening.kind !== 'open' || present === undefined) return []
  const state = journal.madeAs(present.nodeId)?.state
  if (state === 'made') return [{ kind: 'notice', album, reason: MAYBE_OPENED }]
  const isShown = source.type === 'Folder' && state !== 'opened' && rank < rankAt(present.raw)
  const other = isShown ? await somethingElse(job, present.nodeId) : undefined
  return other === undefined ? [] : [{ kind: 'notice', album, reason: HOLDS_OTHERS, detail: other }]
}

/** Ends a restore: says what is at SmugMug now, and what is open. */
export function concluded(
  run: RestoreRun,
  { target, ahead, proofs }: { readonly target: Target; readonly ahead: Foreseen; readonly proofs: readonly RestoredAlbum[] },
): RestoreOutcome {
  const { counts, problems } = run
  const held = proofs.reduce((sum, proof) => sum + proof.held, 0)
  const whole =
    proofs.length === 0
      ? 'There is nothing to restore: the vault holds no album yet.'
      : `Restored: all ${formatCount(held, 'item')} of ${formatCount(proofs.length, 'album')} are in the account of ${target.nickName}, as its own lists prove.`
  const parts = [
    `${formatNumber(counts.sent)} uploaded`,
    `${formatNumber(counts.collected)} collected`,
    `${formatNumber(counts.there)} there before`,
  ].join(', ')
  const open = `Restored in part: ${formatCount(held, 'item')} of the vault are in the account of ${target.nickName} (${parts}); something is open.`
  return {
    exitCode: run.isOpen ? 3 : 0,
    message: run.isOpen ? open : whole,
    ...(run.isOpen && { hint: 'The report names each; run it again: it goes on where it was, and sends nothing twice.' }),
    totals: {
      ...noTotals,
      albums: proofs.length,
      items: ahead.items,
      stored: counts.sent,
      copied: counts.collected,
      kept: counts.there,
      failed: Math.max(0, ahead.items - ahead.impossible - held),
      impossible: ahead.impossible,
      bytes: counts.bytes,
      apiCalls: run.job.account.apiCalls + run.job.writer.apiCalls,
    },
    problems,
    albums: proofs,
  }
}
