import { RequestError, ServiceError } from '../../errors.ts'
import type { TreeNode } from '../account.ts'
import { type AlbumsContext, folderBounds, refusePart } from './context.ts'
import { decodeNode, entriesOf, objectOf, pageFacts } from './decode.ts'
import { known } from './fields.ts'
import { packer } from './packed.ts'
import { readPages } from './paging.ts'

const PAGE = '100'
const AT_ONCE = 4
const LINKS = 'ChildNodes,Album,HighlightImage,NodeCoverImage,ParentNode'

/**
 * Lists every node of the tree with all its fields: the root, then folder by folder, children in SmugMug's own order (fact sheet 3.2).
 * Throws `ServiceError` when any part of it cannot be read.
 */
export async function readNodes(context: AlbumsContext): Promise<readonly TreeNode[]> {
  const uri = context.user.rootNodeUri
  if (uri === undefined) throw new ServiceError('SmugMug does not tell where the folders begin.', { hint: 'Run the program again later.' })
  try {
    const { response } = await context.http.json(uri, { query: { _verbosity: '1', _filteruri: LINKS }, signal: context.signal })
    const [root] = toNodes([objectOf(response, 'Node')], undefined)
    if (root === undefined) throw new RequestError('the root of the folders cannot be read', { transient: true })
    return [root.node, ...(await readBelow(context, [root]))]
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    throw new ServiceError(`SmugMug's folders cannot be read: ${error.message}.`, { hint: 'Run the program again later.', cause: error })
  }
}

interface Found {
  readonly node: TreeNode
  readonly childrenUri: string | undefined
  readonly hasChildren: boolean | undefined
}

/** Reads level by level, so that parents come before their children. A folder that is its own descendant is read once. */
async function readBelow(context: AlbumsContext, root: readonly Found[]): Promise<readonly TreeNode[]> {
  const nodes: TreeNode[] = []
  const seen = new Set(root.map(({ node }) => node.nodeId))
  let level = root.filter((found) => found.childrenUri !== undefined)
  const bounds = folderBounds()
  while (level.length > 0) {
    bounds(level.length)
    const children: Found[][] = level.map(() => [])
    const queue = level.entries()
    const worker = async (): Promise<void> => {
      for (const [index, folder] of queue) children[index] = await readChildren(context, folder)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const below = children.flat().filter(({ node }) => !seen.has(node.nodeId))
    for (const { node } of below) {
      seen.add(node.nodeId)
      nodes.push(node)
    }
    level = below.filter(({ node, childrenUri }) => childrenUri !== undefined && node.type === 'Folder')
  }
  return nodes
}

async function readChildren(context: AlbumsContext, { node, childrenUri = '', hasChildren }: Found): Promise<Found[]> {
  const listed = await readPages<Found>({
    what: 'a folder',
    atOnce: AT_ONCE,
    keyOf: (found) => found.node.nodeId,
    read: async (start) => {
      const query = { count: PAGE, start: String(start), _verbosity: '1', _filteruri: LINKS }
      const { response } = await context.http.json(childrenUri, { query, signal: context.signal })
      return { ...pageFacts(response), entries: toNodes(entriesOf(response, 'Node'), node.nodeId) }
    },
  })
  refusePart(listed, hasChildren)
  return [...listed.entries]
}

/** Nodes are written in the order in which they were read. */
const packNodes = packer(10)

function toNodes(values: readonly unknown[], parentId: string | undefined): readonly (Found | undefined)[] {
  const raws = packNodes(values)
  return values.map((value, index) => {
    const decoded = decodeNode(value)
    const raw = raws[index]
    if (decoded === undefined || raw === undefined) return undefined
    const albumKey = /\/album\/([^/!?]+)/.exec(decoded.albumUri ?? '')?.[1]
    return {
      node: known({ nodeId: decoded.key, type: decoded.type, parentId, albumKey, raw }),
      childrenUri: decoded.type === 'Folder' || parentId === undefined ? decoded.childrenUri : undefined,
      hasChildren: decoded.hasChildren,
    }
  })
}
