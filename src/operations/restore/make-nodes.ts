import { RequestError } from '../../errors.ts'
import type { JsonObject } from '../../model.ts'
import type { MadeNode, NewNode, Target, Verdict } from '../../smugmug/account-writer.ts'
import { guardsAmong, hasDownloadPassword, hidingSettings, OPENED_BEFORE } from './album-settings.ts'
import { plainText } from './plain-text.ts'
import type { PlannedNode } from './plan.ts'
import { isOpen } from './privacy.ts'
import type { RestoreRun } from './run.ts'
import type { SourceNode } from './source.ts'
import { patiently } from './target.ts'

/** A folder or album of the vault that stands at SmugMug now. */
export interface PlacedNode {
  readonly planned: PlannedNode
  readonly nodeId: string
  readonly albumKey?: string
}

/**
 * Makes the folders and albums that are missing, top-down, each of them private. A node that SmugMug refuses is named, and so is everything
 * below it.
 */
export async function makeNodes(
  run: RestoreRun,
  planned: readonly PlannedNode[],
  baseId: string,
): Promise<ReadonlyMap<PlannedNode, PlacedNode>> {
  const { signal } = run.job
  const placed = new Map<PlannedNode, PlacedNode>()
  for (const node of planned) {
    signal.throwIfAborted()
    const { source, parent, present, barred, isOurs } = node
    if (barred !== undefined && present === undefined) continue
    const parentId = parent === undefined ? baseId : placed.get(parent)?.nodeId
    if (present !== undefined) {
      if (isOurs) noteIfOpen(run, present)
      placed.set(node, { planned: node, nodeId: present.nodeId, ...(present.albumKey !== undefined && { albumKey: present.albumKey }) })
    } else if (parentId === undefined) {
      run.open({ album: source.urlPath, reason: 'the folder above it could not be made' })
    } else {
      await run.guarded(source.urlPath, async () => {
        const made = await makeNode(run, source, { parentId, journalId: source.id, name: source.name })
        if (made !== undefined) placed.set(node, { planned: node, ...made })
      })
    }
  }
  return placed
}

/** A node that is to be made. */
export interface Wish {
  readonly parentId: string
  /** Its name in the journal. */
  readonly journalId: string
  readonly name: string
}

/** A node that a restore made. */
interface Made {
  readonly nodeId: string
  readonly albumKey?: string
}

/** Makes one folder or album, private. Undefined when SmugMug refuses it, which is noted. */
export async function makeNode(run: RestoreRun, source: SourceNode, wish: Wish): Promise<Made | undefined> {
  const { journal, clock } = run.job
  const { journalId, name } = wish
  const end = (await arrivedBefore(run, source, wish)) ?? (await makeAnyhow(run, source, wish))
  if (end.kind === 'unknown') {
    run.open({ album: source.urlPath, reason: 'SmugMug did not say whether it was made', detail: end.reason })
    return undefined
  }
  if (end.kind === 'refused') {
    run.open({ album: source.urlPath, reason: end.reason, detail: end.detail })
    return undefined
  }
  const { nodeId, albumKey, urlName } = end.value
  run.nodes.add(nodeId)
  if (!(await isPrivate(run, end.value))) {
    // The intent stays: the next restore finds it by that, and nothing goes into it until it is private.
    run.open({ album: source.urlPath, reason: 'SmugMug did not make it private, so nothing was put into it' })
    return undefined
  }
  journal.madeNode(journalId, { nodeId, albumKey, at: clock.now() })
  run.counts[source.type === 'Folder' ? 'folders' : 'albums'] += 1
  if (source.urlName !== undefined && name === source.name && urlName !== source.urlName) {
    run.note({ kind: 'notice', album: source.urlPath, reason: 'its address at SmugMug is another one than before', detail: urlName })
  }
  return { nodeId, ...(albumKey !== undefined && { albumKey }) }
}

/** The ways to ask for a node: with its old address if SmugMug takes it, else with one that SmugMug derives (fact sheet 9.2). */
function waysTo(source: SourceNode, { parentId, name }: Wish): readonly NewNode[] {
  const wish: NewNode = { type: source.type, parentId, name: name || source.urlName || 'Untitled', privacy: 'Private' }
  const urlName = name === source.name ? (source.urlName ?? '') : ''
  const ways: readonly NewNode[] = [
    ...(/^[A-Za-z][A-Za-z0-9-]{0,59}$/.test(urlName) ? [{ ...wish, urlName }] : []),
    // SmugMug refuses an address that begins with a digit, but derives it from such a name. The right name comes with the other settings.
    ...(/^[A-Za-z0-9][A-Za-z0-9-]{0,59}$/.test(urlName) ? [{ ...wish, name: urlName }] : []),
    wish,
    { ...wish, fields: { AutoRename: true } },
  ]
  const hiding = source.type === 'Folder' ? hidingSettings(source.raw) : {}
  if (Object.keys(hiding).length === 0) return ways
  // A folder that SmugMug does not make with them gets them later, or stays private.
  return [...ways.map((way) => ({ ...way, fields: { ...way.fields, ...hiding } })), ...ways]
}

async function makeAnyhow(run: RestoreRun, source: SourceNode, wish: Wish): Promise<Verdict<MadeNode>> {
  const { journal, clock } = run.job
  let end: Verdict<MadeNode> = { kind: 'unknown', reason: '' }
  for (const way of waysTo(source, wish)) {
    journal.intendNode(wish.journalId, clock.now())
    end = await makeOnce(run, way)
    if (end.kind !== 'refused') return end
    journal.dropNode(wish.journalId)
    if (end.status !== 400 && end.status !== 409) return end
  }
  return end
}

/** Makes a node. After an answer that was lost the folder is asked, until it shows the node or denies it; then once more. */
async function makeOnce(run: RestoreRun, way: NewNode): Promise<Verdict<MadeNode>> {
  const { writer, clock, bounds, signal } = run.job
  let reason: string | undefined
  for (let tries = 1; tries <= 2; tries += 1) {
    const verdict = await writer.create(way)
    // After a lost answer, a name that is taken is taken by what the first request made.
    const isTaken = verdict.kind === 'refused' && verdict.cause === 'conflict' && reason !== undefined
    if (verdict.kind !== 'unknown' && !isTaken) return verdict
    reason ??= verdict.kind === 'unknown' ? verdict.reason : verdict.detail
    for (const wait of bounds.waits) {
      await clock.sleep(wait, signal)
      const found = (await writer.children(way.parentId, signal)).find(
        (child) => child.name === way.name && child.type === way.type && !run.nodes.has(child.nodeId),
      )
      if (found !== undefined) return { kind: 'done', value: found }
    }
    if (isTaken) break
  }
  return { kind: 'unknown', reason: reason ?? '' }
}

/**
 * Finds a node that an earlier restore asked for without learning the end: it has the name, nobody has put anything into it, and it is nobody
 * else's. It must show when the patience is over.
 */
async function arrivedBefore(run: RestoreRun, source: SourceNode, wish: Wish): Promise<Verdict<MadeNode> | undefined> {
  const { journal, writer, signal } = run.job
  const before = journal.node(wish.journalId)
  if (before?.state !== 'intended') return undefined
  await patiently(run.job, before.at)
  const names = new Set(waysTo(source, wish).map(({ name }) => name))
  for (const child of await writer.children(wish.parentId, signal)) {
    if (child.type !== source.type || !names.has(child.name)) continue
    if (journal.madeAs(child.nodeId) === undefined && (await isEmpty(run, child))) return { kind: 'done', value: child }
  }
  return undefined
}

async function isEmpty({ job: { writer, signal } }: RestoreRun, { nodeId, albumKey }: MadeNode): Promise<boolean> {
  if (albumKey === undefined) return (await writer.children(nodeId, signal)).length === 0
  return Number((await writer.read({ kind: 'album', albumKey }, signal))?.ImageCount ?? 0) === 0
}

/** Is this new node private, as was asked? If SmugMug did not listen, it is asked once more. */
async function isPrivate(run: RestoreRun, { nodeId, raw }: MadeNode): Promise<boolean> {
  return raw.Privacy === 'Private' || (await changeNode(run, nodeId, { Privacy: 'Private' })).length === 0
}

/** Notes that a folder or album is open which an earlier version made: from then on its owner may have guarded it. */
export function noteIfOpen({ job: { journal } }: RestoreRun, { nodeId, raw }: Pick<MadeNode, 'nodeId' | 'raw'>): void {
  if (isOpen(raw) && journal.madeAs(nodeId)?.state === 'made') journal.openedNode(nodeId)
}

/** Leaves out the fields that guard a folder or album which was opened, and names them: they are its owner's to change. */
export function withoutGuards(
  run: RestoreRun,
  { nodeId, urlPath }: { readonly nodeId: string; readonly urlPath: string },
  fields: JsonObject,
): JsonObject {
  const guards = run.job.journal.madeAs(nodeId)?.state === 'opened' ? guardsAmong(Object.keys(fields)) : []
  if (guards.length > 0) run.note({ kind: 'notice', album: urlPath, reason: OPENED_BEFORE, detail: guards.join(', ') })
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !guards.includes(name)))
}

/** Changes fields of a node that a restore made, and reads back which of them SmugMug took. Returns those that it did not. */
export async function changeNode(run: RestoreRun, nodeId: string, fields: JsonObject): Promise<readonly string[]> {
  return changeAndRead(run, { kind: 'node', nodeId }, fields)
}

/**
 * As `changeNode`, for a node, an album or an image. A change whose answer was lost is sent once more, if the object does not show it; of one that
 * is refused each field is sent alone, because one that SmugMug does not take spoils all others.
 */
export async function changeAndRead(run: RestoreRun, target: Target, fields: JsonObject): Promise<readonly string[]> {
  if (Object.keys(fields).length === 0) return []
  const verdict = await run.job.writer.change(target, fields)
  const left = await notTaken(run, target, fields)
  const names = Object.keys(left)
  if (names.length === 0 || verdict.kind === 'done') return names
  if (verdict.kind === 'refused' && Object.keys(fields).length === 1) return names
  for (const [name, value] of Object.entries(left)) await run.job.writer.change(target, { [name]: value })
  return Object.keys(await notTaken(run, target, left))
}

/** Returns those of the fields that the object at SmugMug does not have. */
async function notTaken({ job }: RestoreRun, target: Target, fields: JsonObject): Promise<JsonObject> {
  const present = await job.writer.read(target, job.signal)
  if (present === undefined) throw new RequestError('what was made is gone from SmugMug', { transient: false, status: 404 })
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) =>
      name === 'DownloadPassword' ? !hasDownloadPassword(present, String(value)) : !isTaken(value, present[name]),
    ),
  )
}

function isTaken(wanted: unknown, present: unknown): boolean {
  if (typeof wanted === 'number') return Math.abs(Number(present) - wanted) < 1e-3
  if (Array.isArray(wanted)) return JSON.stringify(wanted) === JSON.stringify(Object.values(present ?? []))
  return plainText(wanted) === plainText(present)
}
