import { type Answer, isOpen, type PublicAlbum, publicAlbum, publicPicture, stricter } from '../../../twin/public.ts'
import type { RecordedNode, RecordedTree } from '../../../vault/reading/tree.ts'
import type { FileRecord, ItemRecord } from '../../../vault/record/album-record.ts'
import { rawOf } from '../gather.ts'
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
  /** Items that several albums show, by image key: the facts that all of them permit, and the file. Without facts nobody sees the item. */
  readonly shared: ReadonlyMap<string, { readonly facts?: PublicAlbum; readonly source?: Source }>
}

/** Returns the facts of an item that strangers see in a public album; undefined if another album's record hides the item. */
export const factsOf = ({ shared }: PublicView, album: PublicAlbum, imageKey: string): PublicAlbum | undefined =>
  shared.has(imageKey) ? shared.get(imageKey)?.facts : album

/** Decides what is public. An album that the tree does not name, or that lies elsewhere than the tree says, is private. */
export async function publicView(run: Looking, tree: RecordedTree | undefined): Promise<PublicView> {
  const above = tree === undefined ? new Map<string, Chain>() : chains(tree.root)
  const albums = new Map<string, { readonly folder: string; readonly facts: PublicAlbum }>()
  const places = sharedPlaces(run)
  const sharing = new Set([...places.values()].flat())
  const permits: Permits = new Map()
  await eachAlbum(run, async ({ head, items }) => {
    const { key, folder, smugmug } = head
    const chain = above.get(key)
    const facts = chain?.folder === folder ? publicAlbum(chain.answers, smugmug) : undefined
    if (facts !== undefined) albums.set(key, { folder, facts })
    const permitted = publicAlbum([OPEN_NODE], { ...smugmug, ...OPEN_ALBUM })
    if (!sharing.has(key) || permitted === undefined) return
    for await (const item of items) if (places.has(item.imageKey)) permits.set(placeKey(key, item.imageKey), permittedOf(permitted, item))
  })
  return { tree: tree && withoutPrivate(tree, albums), albums, shared: sharedItems(run, places, permits) }
}

const OPEN_NODE: Answer = { Privacy: 'Public', SecurityType: 'None' }

/** A private album that shows an item, too, forbids what it forbids: to close an album must never publish more of its items. */
const OPEN_ALBUM: Answer = { ...OPEN_NODE, Password: '', EffectivePrivacy: 'Public', EffectiveSecurityType: 'None' }

/** The facts that an album's record permits of an item, by `placeKey`; undefined if it hides the item. */
type Permits = Map<string, PublicAlbum | undefined>

const placeKey = (albumKey: string, imageKey: string): string => `${albumKey} ${imageKey}`

function permittedOf(album: PublicAlbum, item: ItemRecord): PublicAlbum | undefined {
  const picture = publicPicture(album, rawOf(item))
  return picture && { ...album, photos: picture, videos: picture }
}

/** Returns the items that several albums show, and the keys of those albums. */
function sharedPlaces({ vault: { catalogue }, signal }: Looking): ReadonlyMap<string, readonly string[]> {
  const present = catalogue.albums().filter(({ vanishedAt }) => vanishedAt === undefined)
  const keys = new Set(present.map(({ key }) => key))
  const places = new Map<string, readonly string[]>()
  for (const key of keys) {
    signal.throwIfAborted()
    for (const { imageKey, collected, vanishedAt } of catalogue.items(key)) {
      if (!collected || vanishedAt !== undefined || places.has(imageKey)) continue
      const all = catalogue.itemsByImage(imageKey).filter((item) => item.vanishedAt === undefined && keys.has(item.albumKey))
      places.set(
        imageKey,
        all.map(({ albumKey }) => albumKey),
      )
    }
  }
  return places
}

/**
 * Returns the facts and the file of each item that several albums show. The catalogue knows the albums also where a record cannot be read:
 * nothing is known of such an album's settings, so that no picture of its items is shown anywhere. A record may be older than another one:
 * an item that one of them hides is hidden.
 */
function sharedItems(
  { vault: { catalogue } }: Looking,
  places: ReadonlyMap<string, readonly string[]>,
  permits: Permits,
): PublicView['shared'] {
  const shared = new Map<string, { readonly facts?: PublicAlbum; readonly source?: Source }>()
  for (const [imageKey, albumKeys] of places) {
    const facts = albumKeys
      .map((albumKey) => placeKey(albumKey, imageKey))
      .map((place) => (permits.has(place) ? permits.get(place) : NOTHING))
      .reduce((one, other) => stricter(one, other))
    const held = catalogue.filesByImage(imageKey).find(({ albumKey }) => albumKeys.includes(albumKey))
    const folder = held && catalogue.album(held.albumKey)?.folder
    const source = held !== undefined && folder !== undefined ? { folder, file: held } : undefined
    shared.set(imageKey, { ...(facts !== undefined && { facts }), ...(source !== undefined && { source }) })
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
