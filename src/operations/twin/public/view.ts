import { type Answer, isOpen, type PublicAlbum, publicAlbum, stricter } from '../../../twin/public.ts'
import type { RecordedNode, RecordedTree } from '../../../vault/reading/tree.ts'
import type { FileRecord, ItemRecord } from '../../../vault/record/album-record.ts'
import { type AlbumParts, readAlbum } from '../read-album.ts'
import type { TwinRun } from '../run.ts'

/** The part of a twin that looks at what strangers see. */
type Looking = Pick<TwinRun, 'vault' | 'signal' | 'report'>

/** The file of an item in the vault. */
export interface Source {
  readonly folder: string
  readonly file: Pick<FileRecord, 'name' | 'size' | 'md5' | 'sha256'>
}

/** Everything that strangers may see, decided before anything is written. */
export interface PublicView {
  /** The tree without what is private: no folder stands in it without a public album. */
  readonly tree: RecordedTree | undefined
  /** The public albums by key. */
  readonly albums: ReadonlyMap<string, { readonly folder: string; readonly facts: PublicAlbum }>
  /** Items that several albums show, by image key: the facts that all of them permit, and the file. */
  readonly shared: ReadonlyMap<string, { readonly facts: PublicAlbum; readonly source?: Source }>
}

/** Decides what is public. An album that the tree does not name, or that lies elsewhere than the tree says, is private. */
export async function publicView(run: Looking, tree: RecordedTree | undefined): Promise<PublicView> {
  const above = tree === undefined ? new Map<string, Chain>() : chains(tree.root)
  const albums = new Map<string, { readonly folder: string; readonly facts: PublicAlbum }>()
  const permits = new Map<string, PublicAlbum>()
  await eachAlbum(run, async ({ head }) => {
    const permitted = publicAlbum([OPEN_NODE], { ...head.smugmug, ...OPEN_ALBUM })
    if (permitted !== undefined) permits.set(head.key, permitted)
    const chain = above.get(head.key)
    const facts = chain?.folder === head.folder ? publicAlbum(chain.answers, head.smugmug) : undefined
    if (facts !== undefined) albums.set(head.key, { folder: head.folder, facts })
  })
  return { tree: tree && withoutPrivate(tree, albums), albums, shared: sharedItems(run, permits) }
}

const OPEN_NODE: Answer = { Privacy: 'Public', SecurityType: 'None' }

/** A private album that shows an item, too, forbids what it forbids: to close an album must never publish more of its items. */
const OPEN_ALBUM: Answer = { ...OPEN_NODE, Password: '', EffectivePrivacy: 'Public', EffectiveSecurityType: 'None' }

/**
 * Returns the items that several albums show. The catalogue knows them also where an album's record cannot be read: nothing is known of
 * such an album's settings, so that no picture of its items is shown anywhere.
 */
function sharedItems({ vault: { catalogue }, signal }: Looking, permits: ReadonlyMap<string, PublicAlbum>): PublicView['shared'] {
  const folders = new Map(catalogue.albums().flatMap((album) => (album.vanishedAt === undefined ? [[album.key, album.folder]] : [])))
  const shared = new Map<string, { readonly facts: PublicAlbum; readonly source?: Source }>()
  for (const key of folders.keys()) {
    signal.throwIfAborted()
    for (const { imageKey, collected, vanishedAt } of catalogue.items(key)) {
      if (!collected || vanishedAt !== undefined || shared.has(imageKey)) continue
      const places = catalogue.itemsByImage(imageKey).filter((item) => item.vanishedAt === undefined && folders.has(item.albumKey))
      const facts = places.map(({ albumKey }) => permits.get(albumKey) ?? NOTHING).reduce((one, other) => stricter(one, other) ?? NOTHING)
      const held = catalogue.filesByImage(imageKey).find(({ albumKey }) => places.some((place) => place.albumKey === albumKey))
      const folder = held && folders.get(held.albumKey)
      shared.set(imageKey, { facts, ...(held !== undefined && folder !== undefined && { source: { folder, file: held } }) })
    }
  }
  return shared
}

const NOTHING: PublicAlbum = {
  ...{ showsPlaces: false, showsCamera: false, showsFileNames: false },
  ...{ photos: { kind: 'none' }, videos: { kind: 'none' } },
}

/** Returns the file of an item, if the vault holds it. */
export const heldFile = (item: ItemRecord): FileRecord | undefined =>
  item.state === 'held'
    ? item.files.find(({ component, state }) => component === undefined && (state === undefined || state === 'held'))
    : undefined

/** An album's folder in the tree, and SmugMug's answers about it and all that stands above. */
interface Chain {
  readonly folder: string | undefined
  readonly answers: readonly (Answer | undefined)[]
}

/** Returns the answers about one node: what SmugMug said, and what the tree says of it, each of which must be public. */
const answersOf = ({ smugmug, privacy, securityType, hasPassword }: RecordedNode): readonly (Answer | undefined)[] => [
  smugmug,
  { Privacy: privacy, SecurityType: securityType, Password: hasPassword === false ? '' : 'unknown' },
]

function chains(root: RecordedNode): ReadonlyMap<string, Chain> {
  const found = new Map<string, Chain>()
  const visit = (node: RecordedNode, above: Chain['answers']): void => {
    const answers = [...above, ...answersOf(node)]
    if (node.albumKey !== undefined) {
      // An album that stands twice is public only if both places are.
      const before = found.get(node.albumKey)
      found.set(node.albumKey, { folder: node.folder, answers: [...(before?.answers ?? []), ...answers] })
    }
    for (const child of node.children) visit(child, answers)
  }
  visit(root, [])
  return found
}

function withoutPrivate(tree: RecordedTree, albums: PublicView['albums']): RecordedTree {
  const kept = (node: RecordedNode): readonly RecordedNode[] => {
    if (node.albumKey !== undefined) return albums.has(node.albumKey) ? [{ ...node, children: [] }] : []
    if (node.type !== 'Folder' || !answersOf(node).every((answer) => answer !== undefined && isOpen(answer))) return []
    const children = node.children.flatMap(kept)
    return children.length === 0 ? [] : [{ ...node, children }]
  }
  const { description: _description, ...nameless } = tree.root
  return { ...tree, root: kept(tree.root)[0] ?? { ...nameless, name: '', children: [] } }
}

/**
 * Hands each album's record to `use`. An album whose record cannot be read, or lies elsewhere than it says, is private; so is a damaged item.
 */
export async function eachAlbum(run: Looking, use: (parts: AlbumParts) => Promise<void>): Promise<void> {
  for (const { folder, vanishedAt } of run.vault.catalogue.albums()) {
    run.signal.throwIfAborted()
    if (vanishedAt !== undefined) continue
    await readAlbum(run, { folder, skips: true }, async (parts) => {
      if (parts.head.folder === folder) await use(parts)
    })
  }
}
