import * as v from 'valibot'
import { layout } from '../layout.ts'
import { parseJson, readText } from '../record/read-json.ts'
import { TREE_FORMAT } from '../record/tree-record.ts'
import { type Storage, StorageError } from '../storage/storage.ts'

/** A node of the account as `tree.json` holds it. */
export interface RecordedNode {
  /** `Folder`, `Album`, `Page`, `System Album`, or what SmugMug adds. */
  readonly type: string
  /** SmugMug's lasting key. */
  readonly nodeId?: string | undefined
  readonly urlName?: string | undefined
  readonly name?: string | undefined
  readonly urlPath?: string | undefined
  readonly albumKey?: string | undefined
  /** The album's folder in the vault. */
  readonly folder?: string | undefined
  readonly description?: string | undefined
  readonly privacy?: string | undefined
  readonly securityType?: string | undefined
  readonly hasPassword?: boolean | undefined
  /** SmugMug's address of the picture that stands for it. */
  readonly highlightImage?: string | undefined
  /** SmugMug's answer about the node. */
  readonly smugmug?: Readonly<Record<string, unknown>> | undefined
  /** In SmugMug's order. */
  readonly children: readonly RecordedNode[]
}

/** The account's tree. */
export interface RecordedTree {
  readonly account: { readonly nickName: string; readonly name?: string | undefined }
  readonly root: RecordedNode
}

const TEXT = v.exactOptional(v.string())

const NODE: v.GenericSchema<unknown, RecordedNode> = v.object({
  type: v.string(),
  nodeId: TEXT,
  urlName: TEXT,
  name: TEXT,
  urlPath: TEXT,
  albumKey: TEXT,
  folder: TEXT,
  description: TEXT,
  privacy: TEXT,
  securityType: TEXT,
  hasPassword: v.exactOptional(v.boolean()),
  highlightImage: TEXT,
  smugmug: v.exactOptional(v.record(v.string(), v.unknown())),
  children: v.array(v.lazy(() => NODE)),
})

const TREE = v.object({
  format: v.literal(TREE_FORMAT),
  account: v.object({ nickName: v.string(), name: TEXT }),
  root: NODE,
})

/** Reads the text of a tree. Throws `RecordError` for one that cannot be read. */
export const treeOf = (text: string): RecordedTree => parseJson(text, TREE)

/** Reads `tree.json`; undefined if there is none. Throws `RecordError` or `StorageError` for one that cannot be read. */
export async function readTree(storage: Storage): Promise<RecordedTree | undefined> {
  try {
    return treeOf(await readText(storage.read(layout.tree)))
  } catch (error) {
    if (error instanceof StorageError && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Returns the names of the folders that each album lies in, joined by blanks, by the album's key. */
export function foldersAbove(tree: RecordedTree | undefined): ReadonlyMap<string, string> {
  const above = new Map<string, string>()
  const look = ({ albumKey, children, name = '' }: RecordedNode, names: readonly string[]): void => {
    if (albumKey !== undefined) above.set(albumKey, names.join(' '))
    for (const child of children) look(child, [...names, name])
  }
  for (const child of tree?.root.children ?? []) look(child, [])
  return above
}
