import type { JsonObject } from '../../../model.ts'
import type { AlbumHead, ItemRecord } from '../../../vault/record/album-record.ts'
import { readAlbumRecord } from '../../../vault/record/read-album-record.ts'
import { RecordError, readText } from '../../../vault/record/read-json.ts'
import { type Change, changesBack, type Doc, fieldsBack, movedRows, rowBack } from '../../../vault/versions/delta.ts'
import { albumHeadRow, itemKeyOf, itemRow, treeDoc } from '../../../vault/versions/docs.ts'
import { cleanHead, cleanItem } from '../../../vault/versions/scrub.ts'
import { TREE } from '../../../vault/versions/version-file.ts'
import type { Run } from '../run/run.ts'

/**
 * Notes how an album's record was, just before it is written anew. Reads the old record twice, item by item, so that a large album does not fill
 * the memory.
 */
export async function noteAlbumPast(
  run: Run,
  path: string,
  { head, lines }: { readonly head: AlbumHead; readonly lines: readonly string[] },
): Promise<void> {
  await run.versions.add(head.key, await albumBack(run, path, { head, lines }))
}

async function albumBack(
  run: Run,
  path: string,
  now: { readonly head: AlbumHead; readonly lines: readonly string[] },
): Promise<readonly Change[]> {
  const { storage, catalogue } = run.vault
  const isLost = catalogue.records.isLost(now.head.key)
  if ((await storage.stat(path)) === undefined) return [{ op: isLost || catalogue.records.get(path) !== undefined ? 'lost' : 'new' }]
  try {
    let old: AlbumHead | undefined
    const before: string[] = []
    for await (const part of readAlbumRecord(storage.read(path))) {
      if ('head' in part) old = part.head
      else before.push(part.record.imageKey)
    }
    if (old === undefined || old.key !== now.head.key) return [{ op: isLost ? 'lost' : 'new' }]
    const present = new Map(now.lines.map((line) => [itemKeyOf(line), line]))
    const moved = movedRows({ before, now: [...present.keys()] })
    const known = new Set(before)
    const fields = fieldsBack(headBefore(run, old), albumHeadRow(now.head))
    const changes: Change[] = fields === undefined ? [] : [{ op: 'head', ...fields }]
    for (const row of present.keys()) if (!known.has(row)) changes.push({ op: 'came', row })
    for await (const part of readAlbumRecord(storage.read(path))) {
      if ('head' in part) continue
      const row = part.record.imageKey
      const line = present.get(row)
      const was = itemBefore(run, part.record)
      changes.push(...rowBack({ row, was, now: line === undefined ? undefined : itemRow(parsed(line)), after: moved.get(row) }))
    }
    return changes
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return [{ op: 'lost' }]
  }
}

/** Notes all of an album's record that is about to be removed. */
export async function noteAlbumRemoved(run: Run, key: string, path: string): Promise<void> {
  const { storage } = run.vault
  if ((await storage.stat(path)) === undefined) return
  const rows = new Map<string, JsonObject>()
  let head: AlbumHead | undefined
  try {
    for await (const part of readAlbumRecord(storage.read(path))) {
      if ('head' in part) head = part.head
      else rows.set(part.record.imageKey, itemBefore(run, part.record))
    }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
  }
  await run.versions.add(key, head === undefined ? [{ op: 'lost' }] : changesBack({ head: headBefore(run, head), rows }, undefined))
}

/** Notes how `tree.json` was, just before it is written anew. `rows` are its nodes as they will stand in it, in their order. */
export async function noteTreePast(
  run: Run,
  path: string,
  now: { readonly head: JsonObject; readonly rows: () => Iterable<readonly [string, JsonObject]> },
): Promise<void> {
  const { storage, catalogue } = run.vault
  if ((await storage.stat(path)) === undefined) {
    await run.versions.add(TREE, [{ op: catalogue.records.get(path) === undefined && !run.versions.hasPast ? 'new' : 'lost' }])
    return
  }
  const before = await treeBefore(storage.read(path))
  if (before === undefined) {
    await run.versions.add(TREE, [{ op: 'lost' }])
    return
  }
  const order = [...now.rows()].map(([row]) => row)
  const present = new Set(order)
  const moved = movedRows({ before: [...before.rows.keys()], now: order })
  const fields = fieldsBack(before.head, now.head)
  const changes: Change[] = fields === undefined ? [] : [{ op: 'head', ...fields }]
  for (const row of present) if (!before.rows.has(row)) changes.push({ op: 'came', row })
  const old = (row: JsonObject): JsonObject => (run.settings.keepSecrets ? row : cleanHead(row))
  for (const [row, was] of before.rows)
    if (!present.has(row)) changes.push(...rowBack({ row, was: old(was), now: undefined, after: moved.get(row) }))
  for (const [row, node] of now.rows()) {
    const was = before.rows.get(row)
    if (was !== undefined) changes.push(...rowBack({ row, was: old(was), now: node, after: moved.get(row) }))
  }
  await run.versions.add(TREE, changes)
}

/** Passwords that an old record holds stay out of the past, unless secrets are kept. */
const headBefore = (run: Run, head: AlbumHead): JsonObject =>
  run.settings.keepSecrets ? albumHeadRow(head) : cleanHead(albumHeadRow(head))

function itemBefore(run: Run, record: ItemRecord): JsonObject {
  const row = itemRow(record as unknown as JsonObject)
  return run.settings.keepSecrets ? row : cleanItem(row)
}

const parsed = (line: string): JsonObject => JSON.parse(line) as JsonObject

/** Reads the tree that is about to be replaced; undefined for one that cannot be read as such. */
async function treeBefore(bytes: AsyncIterable<Uint8Array>): Promise<Doc | undefined> {
  try {
    return treeDoc(await readText(bytes))
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}
