import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '../../model.ts'

/**
 * [Note: reverse changes] The past is kept as changes that lead back: applied to a record as it is, they give the record as it was. Each says what
 * to set, never what to do, so that it may be applied twice: a run that was killed between the note of a change and the change itself leaves one
 * that is true of both. The order of rows is kept by naming the row before, where that differs: a photo that came at the front is one change.
 */

/** A record as rows: the head of an album and its items, or of the tree and its nodes. The order of the rows counts. */
export interface Doc {
  readonly head: JsonObject
  readonly rows: ReadonlyMap<string, JsonObject>
}

/** One reverse change of a record. See: [Note: reverse changes] */
export type Change =
  /** The record came: before, there was none. */
  | { readonly op: 'new' }
  /** The record before could not be read: its past ends here. */
  | { readonly op: 'lost' }
  /** The run wrote the record once more: the changes after this line come first when the run is undone, then those before it. */
  | { readonly op: 'again' }
  /** The head of a record that is gone, or was another one. */
  | { readonly op: 'record'; readonly head: JsonObject }
  /** Fields of the head had these values; `unset` ones were absent. */
  | { readonly op: 'head'; readonly set?: JsonObject; readonly unset?: readonly string[] }
  /** The row came. */
  | { readonly op: 'came'; readonly row: string }
  /** Fields of the row had these values. */
  | { readonly op: 'was'; readonly row: string; readonly set?: JsonObject; readonly unset?: readonly string[] }
  /** The row stood after another one; null: at the beginning. */
  | { readonly op: 'after'; readonly row: string; readonly after: string | null }
  /** The row went: this is all of it. */
  | { readonly op: 'gone'; readonly row: string; readonly after: string | null; readonly was: JsonObject }

/** SmugMug's own answer is compared field by field: one new date in it must not repeat all of it. */
const DEEP = 'smugmug'

/** Returns the fields that lead from `now` back to `before`; undefined if nothing differs. A field of SmugMug's answer is called `smugmug.NAME`. */
export function fieldsBack(
  before: JsonObject,
  now: JsonObject,
): { readonly set?: JsonObject; readonly unset?: readonly string[] } | undefined {
  const [old, present] = [flat(before), flat(now)]
  const set: Record<string, Json> = {}
  const unset: string[] = []
  for (const [name, value] of old) if (!present.has(name) || !isDeepStrictEqual(value, present.get(name))) set[name] = value
  for (const name of present.keys()) if (!old.has(name)) unset.push(name)
  const hasSet = Object.keys(set).length > 0
  return hasSet || unset.length > 0 ? { ...(hasSet && { set }), ...(unset.length > 0 && { unset }) } : undefined
}

function flat(row: JsonObject): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>()
  for (const [name, value] of Object.entries(row)) {
    if (name === DEEP && isObject(value) && Object.keys(value).length > 0)
      for (const [inner, deep] of Object.entries(value)) fields.set(`${DEEP}.${inner}`, deep)
    else fields.set(name, value)
  }
  return fields
}

/** Returns the row with these fields. */
function withFields(
  row: JsonObject,
  { set = {}, unset = [] }: { readonly set?: JsonObject; readonly unset?: readonly string[] },
): JsonObject {
  const result: Record<string, Json> = { ...row }
  const old = row[DEEP]
  const deep: Record<string, Json> = isObject(old) ? { ...old } : {}
  const inner = (name: string): string | undefined => (name.startsWith(`${DEEP}.`) ? name.slice(DEEP.length + 1) : undefined)
  for (const name of unset) {
    const within = inner(name)
    if (within === undefined) delete result[name]
    else delete deep[within]
  }
  for (const [name, value] of Object.entries(set)) {
    const within = inner(name)
    if (within === undefined) result[name] = value
    else deep[within] = value
  }
  if (Object.keys(deep).length > 0) result[DEEP] = deep
  else if (isObject(old) && Object.keys(old).length > 0 && set[DEEP] === undefined) delete result[DEEP]
  return result
}

/** The order of rows before and now, in the parts that comparing needs. */
export interface Orders {
  readonly before: readonly string[]
  readonly now: readonly string[]
}

/** Returns, for each row before, the row that it stood after, if that does not follow from the order now. */
export function movedRows({ before, now }: Orders): ReadonlyMap<string, string | null> {
  const old = new Set(before)
  const present = new Set(now)
  const standsAfter = predecessors(now.filter((row) => old.has(row)))
  const moved = new Map<string, string | null>()
  let last: string | null = null
  for (const row of before) {
    if (!present.has(row) || standsAfter.get(row) !== last) moved.set(row, last)
    last = row
  }
  return moved
}

function predecessors(rows: readonly string[]): Map<string, string | null> {
  const found = new Map<string, string | null>()
  let last: string | null = null
  for (const row of rows) {
    found.set(row, last)
    last = row
  }
  return found
}

/** Returns the changes that lead from `now` back to `before`. Pure. */
export function changesBack(before: Doc | undefined, now: Doc | undefined): readonly Change[] {
  if (before === undefined) return now === undefined ? [] : [{ op: 'new' }]
  const changes: Change[] = []
  if (now === undefined) changes.push({ op: 'record', head: before.head })
  else {
    const head = fieldsBack(before.head, now.head)
    if (head !== undefined) changes.push({ op: 'head', ...head })
  }
  const present = now?.rows ?? new Map<string, JsonObject>()
  const moved = movedRows({ before: [...before.rows.keys()], now: [...present.keys()] })
  for (const row of present.keys()) if (!before.rows.has(row)) changes.push({ op: 'came', row })
  for (const [row, was] of before.rows) changes.push(...rowBack({ row, was, now: present.get(row), after: moved.get(row) }))
  return changes
}

/** Returns the changes of one row that was there before. `after` is present if its place has to be said. */
export function rowBack(facts: {
  readonly row: string
  readonly was: JsonObject
  readonly now: JsonObject | undefined
  readonly after: string | null | undefined
}): readonly Change[] {
  const { row, was, now, after } = facts
  if (now === undefined) return [{ op: 'gone', row, after: after ?? null, was }]
  const fields = fieldsBack(was, now)
  return [
    ...(fields === undefined ? [] : [{ op: 'was', row, ...fields } as const]),
    ...(after === undefined ? [] : [{ op: 'after', row, after } as const]),
  ]
}

/** Splits the changes of one run by the writings of the record, the last one first. */
export function writingsOf(changes: Iterable<Change>): readonly (readonly Change[])[] {
  const writings: Change[][] = [[]]
  for (const change of changes) {
    if (change.op === 'again') writings.unshift([])
    else writings[0]?.push(change)
  }
  return writings
}

/** Applies the changes of one run to a record: returns the record as it was before that run. Pure. */
export const undo = (now: Doc | undefined, changes: Iterable<Change>): Doc | undefined =>
  writingsOf(changes).reduce((doc, writing) => undoOne(doc, writing), now)

function undoOne(now: Doc | undefined, changes: readonly Change[]): Doc | undefined {
  let head = now?.head
  const rows = new Map(now?.rows ?? [])
  const after = new Map<string, string | null>()
  const gone = new Set<string>()
  let isNew = false
  for (const change of changes) {
    switch (change.op) {
      case 'again':
        break
      case 'new':
      case 'lost':
        isNew = true
        break
      case 'record':
        head = change.head
        break
      case 'head':
        if (head !== undefined) head = withFields(head, change)
        break
      case 'came':
        rows.delete(change.row)
        break
      case 'was': {
        const row = rows.get(change.row)
        if (row !== undefined) rows.set(change.row, withFields(row, change))
        break
      }
      case 'after':
        after.set(change.row, change.after)
        break
      case 'gone':
        rows.set(change.row, change.was)
        after.set(change.row, change.after)
        gone.add(change.row)
        break
    }
  }
  if (isNew || head === undefined) return undefined
  return { head, rows: ordered(rows, { after, gone }) }
}

/** Puts rows into their former order: each after the row that is named with it, else after the one that it follows now, without those that went. */
function ordered(
  rows: ReadonlyMap<string, JsonObject>,
  { after, gone }: { readonly after: ReadonlyMap<string, string | null>; readonly gone: ReadonlySet<string> },
): ReadonlyMap<string, JsonObject> {
  if (after.size === 0) return rows
  const before = predecessors([...rows.keys()].filter((row) => !gone.has(row)))
  for (const [row, standsAfter] of after) if (rows.has(row)) before.set(row, standsAfter)
  const following = Map.groupBy(before.keys(), (row) => before.get(row) ?? null)
  const result = new Map<string, JsonObject>()
  const waiting: (string | null)[] = [null]
  while (waiting.length > 0) {
    const last = waiting.pop() ?? null
    const row = last === null ? undefined : rows.get(last)
    if (last !== null && row !== undefined) result.set(last, row)
    // Of several that claim the same place, which only a damaged file can have, the first stands first.
    waiting.push(...(following.get(last) ?? []).toReversed())
  }
  for (const [key, row] of rows) if (!result.has(key)) result.set(key, row)
  return result
}
