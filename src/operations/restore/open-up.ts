import type { JsonObject } from '../../model.ts'
import { differingSettings, guardsAmong, MAYBE_OPENED, OPENED_BEFORE, STOOD_THERE } from './album-settings.ts'
import type { RestoreJob } from './job.ts'
import { changeNode, type PlacedNode, withoutGuards } from './make-nodes.ts'
import type { PlannedNode } from './plan.ts'
import { type Above, isOpen, type Opening, openingOf, rankAfter, rankAt, rankBefore, rankFrom, showsPassword } from './privacy.ts'
import type { RestoreRun } from './run.ts'
import type { SourceNode } from './source.ts'
import type { TargetNode } from './target.ts'

/** A folder or album that stands at SmugMug, with the further albums of one that was too large. */
export interface Placed extends PlacedNode {
  /** Those that a restore made. */
  readonly nodeIds: readonly string[]
  /** Is all of it at SmugMug, guarded as before? A folder always is. */
  readonly isWhole: boolean
}

/**
 * Gives folders and albums the privacy that they had, never a wider one: first the password, read back, and only then the privacy. From the
 * bottom up, so that nothing is seen before all of it stands. Only what a restore made is changed. The folders are read anew before: uploads
 * may take days, and their owner may have opened one.
 */
export async function openUp(run: RestoreRun, placed: readonly Placed[], base: TargetNode): Promise<void> {
  const folders = await readFolders(run, placed, base)
  for (const each of placed.toReversed()) {
    run.job.signal.throwIfAborted()
    const { source, isOurs, barred, present, parent } = each.planned
    if (barred !== undefined) continue
    if (!isOurs) nameDifferences(run, source, present?.raw ?? {})
    if (each.nodeIds.length === 0) continue
    await run.guarded(source.urlPath, async () => {
      if (isOurs && source.type === 'Folder' && !(await giveFolderSettings(run, each))) return
      if (!run.job.keepPrivate) await openOne(run, each, folders.get(parent) ?? { rank: 0 })
    })
  }
}

/** Reads the base, which is `undefined`, and the folders. One that cannot be read protects nothing. */
async function readFolders(
  run: RestoreRun,
  placed: readonly Placed[],
  base: TargetNode,
): Promise<ReadonlyMap<PlannedNode | undefined, Above>> {
  const folders = new Map<PlannedNode | undefined, Above>()
  const read = async (nodeId: string): Promise<JsonObject> => (await run.job.writer.read({ kind: 'node', nodeId }, run.job.signal)) ?? {}
  const pathOf = ({ UrlPath }: JsonObject): Pick<Above, 'urlPath'> => (typeof UrlPath === 'string' ? { urlPath: UrlPath } : {})
  await run.guarded(base.urlPath, async () => {
    const raw = await read(base.nodeId)
    folders.set(undefined, { rank: rankAt(raw), ...pathOf(raw) })
  })
  for (const { planned, nodeId } of placed) {
    const { source, isOurs, parent } = planned
    if (source.type !== 'Folder') continue
    await run.guarded(source.urlPath, async () => {
      const present = await read(nodeId)
      const above = rankFrom(folders.get(parent) ?? { rank: 0 }, present)
      const rank = rankAfter({ present, ...(isOurs && { opening: openingOf(source.raw) }) }, above)
      folders.set(planned, { rank, ...pathOf(present) })
    })
  }
  return folders
}

/**
 * Opens one folder or album that a restore made, if it may be opened; else names the reason. It is opened once: its owner may have closed it
 * since. One that is open already was opened by its owner, or by an earlier version.
 */
async function openOne(run: RestoreRun, { planned: { source }, nodeIds, isWhole }: Placed, above: Above): Promise<void> {
  const { journal, writer, signal } = run.job
  const { urlPath: album, raw } = source
  const opening = openingOf(raw)
  let closed = 0
  for (const nodeId of nodeIds) {
    const state = journal.madeAs(nodeId)?.state
    if (opening.kind === 'private' && state !== 'opened') continue
    await run.attempt({ album, reason: 'it stays private: its privacy could not be set' }, async () => {
      const present = (await writer.read({ kind: 'node', nodeId }, signal)) ?? {}
      if (state === 'opened') return nameChange(run, source, present)
      if (isOpen(present)) {
        if (!isWhole) return
        journal.openedNode(nodeId)
        return nameChange(run, source, present)
      }
      closed += 1
      if (opening.kind !== 'open' || !isWhole) return
      if (state === 'made') run.open({ album, needsYou: true, reason: MAYBE_OPENED })
      else await open(run, { nodeId, source, above, present }, opening)
    })
  }
  if (closed === 0) return
  if (opening.kind === 'stays private') run.open({ album, needsYou: true, reason: `it stays private: ${opening.reason}` })
  else if (!isWhole) run.open({ album, reason: 'it stays private until all of it is at SmugMug' })
}

/** Names a node that was opened, if its privacy is another one now than in the vault. */
function nameChange(run: RestoreRun, { urlPath, raw }: SourceNode, present: JsonObject): void {
  const names = differingPrivacy(raw, present)
  if (names.length > 0) run.note({ kind: 'notice', album: urlPath, reason: OPENED_BEFORE, detail: names.join(', ') })
}

const differingPrivacy = (raw: JsonObject, present: JsonObject): readonly string[] =>
  ['Privacy', 'SecurityType'].filter((name) => raw[name] !== undefined && raw[name] !== present[name])

/** Names the settings of a folder or album that stood there already, where they are others than in the vault. They are left as they are. */
function nameDifferences(run: RestoreRun, { urlPath, raw, type }: SourceNode, present: JsonObject): void {
  const names = [...differingPrivacy(raw, present), ...(type === 'Folder' ? Object.keys(differingSettings('Folder', raw, present)) : [])]
  if (names.length > 0) run.note({ kind: 'notice', album: urlPath, reason: STOOD_THERE, detail: names.join(', ') })
}

/** A folder or album that no restore opened yet. */
interface Closed {
  readonly nodeId: string
  readonly source: SourceNode
  readonly above: Above
  /** SmugMug's answer about it. */
  readonly present: JsonObject
}

async function open(
  run: RestoreRun,
  { nodeId, source, above, present }: Closed,
  opening: Extract<Opening, { kind: 'open' }>,
): Promise<void> {
  const { privacy, password } = opening
  const { urlPath } = source
  const rank = rankAfter({ opening }, rankFrom(above, present))
  if (rank < rankBefore(source)) {
    run.open({ album: urlPath, needsYou: true, reason: 'it stays private: a folder above it was seen by fewer people than now' })
    return
  }
  const other = source.type === 'Folder' && rank < rankAt(present) ? await somethingElse(run.job, nodeId) : undefined
  if (other !== undefined) {
    run.open({ album: urlPath, needsYou: true, reason: HOLDS_OTHERS, detail: other })
    return
  }
  if (password !== undefined && !isLocked(present, password)) {
    await changeNode(run, nodeId, { SecurityType: 'Password', Password: password })
    const after = (await run.job.writer.read({ kind: 'node', nodeId }, run.job.signal)) ?? {}
    if (!isLocked(after, password)) {
      run.open({ album: urlPath, reason: 'it stays private: SmugMug did not take its password' })
      return
    }
  }
  if ((await changeNode(run, nodeId, { Privacy: privacy })).length === 0) run.job.journal.openedNode(nodeId)
  else run.open({ album: urlPath, reason: 'SmugMug did not take its privacy, so it is still private' })
}

/** The reason for a folder that stays private because of `somethingElse`. */
export const HOLDS_OTHERS = 'it stays private: it holds something that no restore made, and that more people would see'

/** Finds something in a private folder that no restore made and that is hidden by that folder alone. Returns its path. */
export async function somethingElse(job: Pick<RestoreJob, 'journal' | 'writer' | 'signal'>, folderId: string): Promise<string | undefined> {
  const { journal, writer, signal } = job
  for (const { nodeId, type, urlPath, raw } of await writer.children(folderId, signal)) {
    if (raw.Privacy === 'Private') continue
    if (journal.madeAs(nodeId) === undefined) return urlPath
    const found = type === 'Folder' ? await somethingElse(job, nodeId) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

const isLocked = ({ SecurityType, Password }: JsonObject, password: string): boolean =>
  SecurityType === 'Password' && showsPassword(Password, password)

/** Sets the settings of a folder that a restore made. Returns whether SmugMug took all that hide it. */
async function giveFolderSettings(run: RestoreRun, { planned, nodeId }: Placed): Promise<boolean> {
  const { urlPath, raw } = planned.source
  let isGuarded = false
  await run.attempt({ album: urlPath, reason: 'its settings could not be set' }, async () => {
    const present = (await run.job.writer.read({ kind: 'node', nodeId }, run.job.signal)) ?? {}
    const left = await changeNode(run, nodeId, withoutGuards(run, { nodeId, urlPath }, differingSettings('Folder', raw, present)))
    if (left.length > 0) run.open({ album: urlPath, reason: 'SmugMug did not take some settings of the folder', detail: left.join(', ') })
    isGuarded = guardsAmong(left).length === 0
  })
  return isGuarded
}
