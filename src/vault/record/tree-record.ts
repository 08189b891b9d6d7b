import type { Json, JsonObject } from '../../model.ts'

/** `tree.json`: every folder, album and page of the account in SmugMug's own order, with their texts. Format: docs/vault-format.md. */
export const TREE_FORMAT = 'smugmug-backup/tree/1'

/** A node in the record. */
export interface TreeFacts {
  readonly nodeId: string
  readonly parentId?: string | undefined
  readonly type: string
  readonly albumKey?: string | undefined
  /** The album's folder in the vault. */
  readonly folder?: string | undefined
  /** True when every item of the album is collected from elsewhere: a smart gallery, or one filled by hand with other albums' photos. */
  readonly onlyCollected?: boolean | undefined
  /** SmugMug's answer; secrets withheld. */
  readonly raw: () => JsonObject
}

/**
 * Renders the whole tree as text, node by node. In `nodes`, parents come before their children. A node with an unknown parent hangs below
 * the root.
 */
export function* renderTree(
  account: { readonly nickName: string; readonly name?: string },
  nodes: readonly TreeFacts[],
): Generator<string> {
  const { root, children } = familyOf(nodes)
  if (root === undefined) return
  yield `${opened(treeHead(account), '')},\n "root": `
  yield* written(root, ' ')
  yield '\n}\n'

  function* written(node: TreeFacts, margin: string): Generator<string> {
    const below = children.get(node.nodeId) ?? []
    yield `${opened(head(node), margin)},\n${margin} "children": [`
    for (const [index, child] of below.entries()) {
      yield `${index === 0 ? '' : ','}\n${margin}  `
      yield* written(child, `${margin}  `)
    }
    yield `${below.length === 0 ? '' : `\n${margin} `}]\n${margin}}`
  }
}

/** Returns the part of the record above the nodes. */
export const treeHead = (account: { readonly nickName: string; readonly name?: string }): JsonObject => ({ format: TREE_FORMAT, account })

/** Yields the nodes as rows, in the order in which they stand in the record, each with the key of the folder that it is in. */
export function* treeRows(nodes: readonly TreeFacts[]): Generator<readonly [key: string, row: JsonObject]> {
  const { root, children } = familyOf(nodes)
  function* visit(node: TreeFacts, parentId: string | undefined): Generator<readonly [string, JsonObject]> {
    yield [node.nodeId, { ...head(node), ...(parentId !== undefined && { parentId }) }]
    for (const child of children.get(node.nodeId) ?? []) yield* visit(child, node.nodeId)
  }
  if (root !== undefined) yield* visit(root, undefined)
}

function familyOf(nodes: readonly TreeFacts[]): {
  readonly root: TreeFacts | undefined
  readonly children: ReadonlyMap<string, readonly TreeFacts[]>
} {
  const [root, ...others] = nodes
  const known = new Set(nodes.map((node) => node.nodeId))
  const top = root?.nodeId ?? ''
  return { root, children: Map.groupBy(others, ({ parentId }) => (parentId !== undefined && known.has(parentId) ? parentId : top)) }
}

/** Renders an object as text, without its end. */
const opened = (value: JsonObject, margin: string): string =>
  JSON.stringify(value, undefined, 1).slice(0, -2).replaceAll('\n', `\n${margin}`)

function head(node: TreeFacts): JsonObject {
  const raw = node.raw()
  const text = (name: string): string | undefined => (typeof raw[name] === 'string' ? raw[name] : undefined)
  const fields = {
    nodeId: node.nodeId,
    type: node.type,
    name: text('Name'),
    urlName: text('UrlName'),
    urlPath: text('UrlPath'),
    albumKey: node.albumKey,
    folder: node.folder,
    onlyCollected: node.onlyCollected,
    description: text('Description'),
    keywords: raw.Keywords,
    privacy: text('Privacy'),
    securityType: text('SecurityType'),
    hasPassword: text('SecurityType') === undefined ? undefined : text('SecurityType') === 'Password',
    sortMethod: text('SortMethod'),
    sortDirection: text('SortDirection'),
    highlightImage: text('HighlightImageUri'),
    coverImage: text('CoverImageUri'),
    smugmug: raw,
  }
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined))
}
