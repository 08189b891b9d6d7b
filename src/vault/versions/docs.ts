import * as v from 'valibot'
import { isObject, type Json, type JsonObject } from '../../model.ts'
import { ALBUM_FORMAT, type AlbumHead } from '../record/album-record.ts'
import { DEEPEST, parseJson, RecordError } from '../record/read-json.ts'
import { TREE_FORMAT } from '../record/tree-record.ts'
import type { Doc } from './delta.ts'

/** Returns an album's head as a row. */
export const albumHeadRow = (head: AlbumHead): JsonObject => ({ ...head }) as unknown as JsonObject

/**
 * Returns an item of a record as a row. The position of an item follows from the order of the rows, so it is left out: one photo at the front
 * must not change all others. An item that is gone from the account keeps the position that it had.
 */
export function itemRow(record: JsonObject): JsonObject {
  if (record.vanishedAt !== undefined) return record
  const { position: _position, ...row } = record
  return row
}

/** Returns the key of an item's line without reading all of it. */
export function itemKeyOf(line: string): string {
  const quoted = /^\{"imageKey":("(?:[^"\\]|\\.)*")/.exec(line)?.[1]
  return String(quoted === undefined ? (JSON.parse(line) as JsonObject).imageKey : JSON.parse(quoted))
}

/** Renders an album as text, as `album.json` has it. */
export function* renderAlbumDoc({ head, rows }: Doc): Generator<string> {
  yield `{\n"format": ${JSON.stringify(ALBUM_FORMAT)},\n"album": ${JSON.stringify(head, undefined, 2)},\n"items": [`
  let separator = '\n'
  let position = 0
  for (const row of rows.values()) {
    const { imageKey, serial, ...rest } = row
    const isGone = row.vanishedAt !== undefined
    const item = { imageKey, ...(serial !== undefined && { serial }), ...(!isGone && { position: position++ }), ...rest }
    yield separator + JSON.stringify(item)
    separator = ',\n'
  }
  yield '\n]\n}\n'
}

const TREE = v.looseObject({ format: v.literal(TREE_FORMAT), root: v.custom<JsonObject>(isObject) })

/** Reads `tree.json` as rows: its nodes in their order, each with the key of the folder that it is in. Throws `RecordError` for any other text. */
export function treeDoc(text: string): Doc {
  const { root: top, ...head } = parseJson(text, TREE)
  const rows = new Map<string, JsonObject>()
  const visit = (node: JsonObject, parentId: string | undefined): void => {
    const { children, ...row } = node
    const key = nodeKey(row)
    rows.set(key, { ...row, ...(parentId !== undefined && { parentId }) })
    for (const child of Array.isArray(children) ? children : []) if (isObject(child)) visit(child, key)
  }
  visit(top, undefined)
  return { head: head as JsonObject, rows }
}

/** Returns the name of a node's row: SmugMug's key, else its path. */
export const nodeKey = ({ nodeId, urlPath, name }: JsonObject): string => String(nodeId ?? urlPath ?? name ?? '')

/** Renders a tree as `tree.json` has it, without its line breaks. Throws `RecordError` for one that is nested more deeply than any that is read. */
export function renderTreeDoc({ head, rows }: Doc): string {
  const children = Map.groupBy(rows, ([, row]) => row.parentId)
  const node = (key: string, row: JsonObject, depth: number): Json => {
    if (depth > DEEPEST) throw new RecordError('it is nested too deeply')
    const { parentId: _parentId, ...fields } = row
    return { ...fields, children: (children.get(key) ?? []).map(([below, child]) => node(below, child, depth + 1)) }
  }
  const [root] = children.get(undefined) ?? []
  return `${JSON.stringify({ ...head, ...(root !== undefined && { root: node(...root, 0) }) }, undefined, 1)}\n`
}
