import type { ShownNode } from '../../twin/shown.ts'
import { foldName, safeFolder } from '../../vault/naming/safe-path.ts'
import type { RecordedNode, RecordedTree } from '../../vault/reading/tree.ts'
import { captionText } from '../../vault/record/caption-text.ts'
import type { Shown } from '../../vault/shown.ts'
import type { ListedAlbum } from '../../vault/shown-rows.ts'
import { pictureOf } from './data.ts'
import { isLocked } from './gather.ts'
import type { Showing } from './run.ts'

/** A node of the twin with its album, for pages. */
export interface TwinNode extends ShownNode {
  readonly album?: ListedAlbum
  readonly children: readonly TwinNode[]
}

/**
 * Returns the tree of everything shown, in SmugMug's order. An album that the tree does not name stands in the folder of its path. Two
 * nodes that want one page are an error by name: the first keeps it.
 */
export function shownTree(run: Showing, tree: RecordedTree | undefined): TwinNode {
  const albums = new Map(run.shown.albums().map((album) => [album.key, album]))
  const taken = new Map<string, string>()
  const node = (recorded: RecordedNode, isHidden: boolean): readonly TwinNode[] => {
    const locked = isHidden || isLocked({ Privacy: recorded.privacy, SecurityType: recorded.securityType }) || recorded.hasPassword === true
    if (recorded.albumKey !== undefined) {
      const album = albums.get(recorded.albumKey)
      albums.delete(recorded.albumKey)
      return album === undefined || !claim(album.folder, album.name) ? [] : [albumNode(run.shown, album, locked)]
    }
    const children = recorded.children.flatMap((child) => node(child, locked))
    if (recorded.type !== 'Folder') return children
    const folder = folderOf(recorded)
    if (!claim(folder, recorded.name ?? folder)) return children
    return [folderNode({ folder, name: recorded.name ?? folder, isLocked: locked, children }, captionText(recorded.description ?? ''))]
  }
  const claim = (folder: string, name: string): boolean => {
    const other = taken.get(foldName(folder))
    if (other === undefined) {
      taken.set(foldName(folder), name)
      return true
    }
    const reason = `its page would have the same path as that of ${other}: give one of them another address on SmugMug`
    run.report({ kind: 'failed', album: folder, name, reason, needsYou: true })
    return false
  }
  const top = tree?.root.children.flatMap((child) => node(child, false)) ?? []
  const others = [...albums.values()].filter((album) => claim(album.folder, album.name))
  const children = [...top, ...others.map((album) => albumNode(run.shown, album, false))]
  return folderNode({ folder: '', name: run.site.title, isLocked: false, children }, captionText(tree?.root.description ?? ''))
}

const folderOf = ({ urlPath, name }: RecordedNode): string => safeFolder(urlPath ?? '', name ?? 'Folder')

function folderNode(facts: Pick<TwinNode, 'folder' | 'name' | 'isLocked' | 'children'>, description: string): TwinNode {
  const cover = facts.children.find((child) => child.cover !== undefined)?.cover
  return {
    kind: 'folder',
    ...facts,
    items: facts.children.reduce((sum, child) => sum + child.items, 0),
    videos: facts.children.reduce((sum, child) => sum + child.videos, 0),
    ...(description !== '' && { description }),
    ...(cover !== undefined && { cover }),
  }
}

function albumNode(shown: Shown, album: ListedAlbum, isHidden: boolean): TwinNode {
  const { folder, name, description, items, videos } = album
  const cover = coverOf(shown, album)
  return {
    kind: 'album',
    folder,
    name,
    items,
    videos,
    isLocked: isHidden || album.isLocked,
    album,
    children: [],
    ...(description !== '' && { description }),
    ...(cover !== undefined && { cover }),
  }
}

/** Returns the cover that SmugMug names, else the first picture of the album. */
function coverOf(shown: Shown, { key, cover }: ListedAlbum): TwinNode['cover'] {
  const named = cover === '' ? undefined : pictureOf(shown, shown.holder(cover)?.md5 ?? '')
  return named ?? pictureOf(shown, shown.firstPictured(key) ?? '')
}
