import { SignInError } from '../../errors.ts'
import { parallel } from '../../flow/parallel.ts'
import { MAY_ONLY_READ } from '../../smugmug/account-writer.ts'
import { collectInto, isCollected } from './collect.ts'
import { concluded, refused, wouldDo } from './conclude.ts'
import { type Filled, fillAlbum } from './fill.ts'
import { finishAlbum } from './finish.ts'
import { albumOf, type Foreseen, foresee } from './foresee.ts'
import type { RestoreJob } from './job.ts'
import { legible, withoutWeaker } from './legible.ts'
import { makeNodes, type PlacedNode } from './make-nodes.ts'
import { openUp, type Placed } from './open-up.ts'
import type { RestoredAlbum, RestoreOutcome } from './outcome.ts'
import { type PlannedNode, planNodes } from './plan.ts'
import { RestoreRun } from './run.ts'
import { readSource, type SourceAlbum } from './source.ts'
import { readTarget, withOwn } from './target.ts'

/**
 * Puts a vault back into an account at SmugMug: what is missing there is made, what stands there is never changed, and nothing is deleted.
 * Folders and albums are private until all of them are proven by SmugMug's own lists. Can be broken off at any moment, and goes on. Throws
 * `SignInError` when the sign-in may not write, before anything is sent.
 */
export async function restore(job: RestoreJob): Promise<RestoreOutcome> {
  job.emit({ event: 'phase', name: 'comparing the vault with the account' })
  const source = await readSource(job.records, job.isChosen)
  const ids = source.nodes.map(({ id }) => id)
  const target = await withOwn(job, await readTarget(job), ids)
  const places = planNodes(source, target, { journal: job.journal, bounds: job.bounds, into: job.into })
  const found = await legible(job, places, source)
  const sameAccount = source.nickName === target.nickName && job.into === undefined
  const ahead = await foresee(job, found.planned, { source, target, sameAccount })
  const { planned, troubles } = withoutWeaker(found, ahead.weaker)
  if (isStrange(ahead, job)) return refused({ target, ahead })
  if (job.dryRun) return await wouldDo(job, { target, ahead, planned, troubles })
  await requireModify(job)

  const run = new RestoreRun(job, {
    total: ahead.bytes,
    collected: ahead.collected,
    sameAccount,
    nodes: new Set(target.byId.keys()),
  })
  for (const trouble of troubles) run.open(trouble)
  for (const loss of ahead.losses) run.note(loss)
  job.emit({ event: 'phase', name: 'making folders and albums, all of them private' })
  const placed = await makeNodes(run, planned, target.base.nodeId)
  job.emit({ event: 'phase', name: 'uploading photos and videos' })
  const filled = await fillAll(run, planned, { placed, baseId: target.base.nodeId })
  job.emit({ event: 'phase', name: 'collecting, and setting words and settings' })
  const proofs = await finishAll(run, filled)
  job.emit({ event: 'phase', name: 'giving back the privacy' })
  await openUp(run, standing(planned, { placed, filled, proofs }), target.base)
  return concluded(run, { target, ahead, proofs: [...proofs.values()] })
}

/** An account with many photos that the vault does not know is probably the wrong one: at least 20, and a tenth of what goes back. */
const isStrange = ({ strangers, toSend, there }: Foreseen, { acceptChanges }: RestoreJob): boolean =>
  !acceptChanges && strangers > 20 && strangers > (toSend + there) / 10

async function requireModify({ writer, signal }: RestoreJob): Promise<void> {
  if ((await writer.mayModify(signal)) !== false) return
  throw new SignInError('This sign-in may read the account, but not write to it.', {
    problem: 'permission_denied',
    hint: `Nothing was changed. ${MAY_ONLY_READ}`,
  })
}

/** Uploads into several albums at once, one file at a time in each. */
async function fillAll(
  run: RestoreRun,
  planned: readonly PlannedNode[],
  { placed, baseId }: { readonly placed: ReadonlyMap<PlannedNode, PlacedNode>; readonly baseId: string },
): Promise<ReadonlyMap<PlannedNode, Filled>> {
  const filled = new Map<PlannedNode, Filled>()
  await atOnce(run, planned, async (node) => {
    const { source, barred, isOurs, parent } = node
    const { urlPath } = source
    if (source.album === undefined || barred !== undefined) return
    const { nodeId, albumKey } = placed.get(node) ?? {}
    const parentId = parent === undefined ? baseId : placed.get(parent)?.nodeId
    if (nodeId === undefined || albumKey === undefined || parentId === undefined) return
    const album = await albumOf(run.job, node)
    if (album === undefined) {
      return run.open({ album: urlPath, reason: run.job.records.unreadable })
    }
    const all = await fillAlbum(run, album, { node, first: { nodeId, albumKey, isOurs }, parentId })
    if (all !== undefined) filled.set(node, all)
  })
  return filled
}

/** Collects, gives words and settings, and proves each album. All uploads are there before the first photo is collected from another album. */
async function finishAll(run: RestoreRun, filled: ReadonlyMap<PlannedNode, Filled>): Promise<ReadonlyMap<PlannedNode, RestoredAlbum>> {
  const nodes = [...filled.keys()]
  const collected = new Set<PlannedNode>()
  const proofs = new Map<PlannedNode, RestoredAlbum>()
  const each = (work: (node: PlannedNode, album: SourceAlbum, all: Filled) => Promise<void>): Promise<void> =>
    atOnce(run, nodes, async (node) => {
      const [all, album] = [filled.get(node), await albumOf(run.job, node)]
      if (all !== undefined && album !== undefined) await work(node, album, all)
    })
  await each(async (node, album, { parts }) => {
    const items = album.items.filter((item) => isCollected(run, item))
    if (await collectInto(run, album, { parts, items })) collected.add(node)
  })
  await each(async (node, album, all) => {
    proofs.set(node, await finishAlbum(run, album, { ...all, isWhole: all.isWhole && collected.has(node) }))
  })
  return proofs
}

/** Works on several albums at once; the trouble of one does not stop the others. */
const atOnce = (run: RestoreRun, nodes: readonly PlannedNode[], work: (node: PlannedNode) => Promise<void>): Promise<void> =>
  parallel(nodes, { workers: run.job.bounds.albumsAtOnce, signal: run.job.signal }, (node) =>
    run.guarded(node.source.urlPath, () => work(node)),
  )

/** Returns the nodes that stand at SmugMug now, and whether all of each is there. */
const standing = (
  planned: readonly PlannedNode[],
  {
    placed,
    filled,
    proofs,
  }: {
    readonly placed: ReadonlyMap<PlannedNode, PlacedNode>
    readonly filled: ReadonlyMap<PlannedNode, Filled>
    readonly proofs: ReadonlyMap<PlannedNode, RestoredAlbum>
  },
): readonly Placed[] =>
  planned.flatMap((node) => {
    const at = placed.get(node)
    if (at === undefined) return []
    const parts = filled.get(node)?.parts.filter(({ isOurs }) => isOurs)
    const isWhole = node.source.album === undefined || proofs.get(node)?.isWhole === true
    return [{ ...at, nodeIds: parts?.map(({ nodeId }) => nodeId) ?? (node.isOurs ? [at.nodeId] : []), isWhole }]
  })
