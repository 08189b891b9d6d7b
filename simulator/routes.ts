import {
  aboutAlbumImage,
  aboutImage,
  album,
  albumImage,
  albumImages,
  children,
  comments,
  entityList,
  type Find,
  findAlbum,
  findImage,
  findNode,
  firstImage,
  HUNDRED,
  image,
  object,
  parents,
  userAlbums,
} from './finders.ts'
import { albumEntity } from './objects/album.ts'
import { isLocked, isVisible } from './objects/context.ts'
import { imageEntity } from './objects/image.ts'
import { nodeEntity } from './objects/node.ts'
import {
  componentEntities,
  downloadEntity,
  largestImageEntity,
  largestVideoEntity,
  sizeDetailsEntity,
  sizesEntity,
} from './objects/sizes.ts'
import { metadataEntity } from './objects/texts.ts'
import { uploadLimits, userEntity } from './objects/user.ts'

/** An endpoint of the API. `name` is its name in faults, counters and the log. */
export interface Route {
  readonly name: string
  readonly pattern: RegExp
  readonly type: string
  readonly description: string
  readonly locator: string
  readonly locatorType: 'Object' | 'Objects' | 'List'
  /** Its own GET parameters; all others are dropped silently (fact sheet 2.2). */
  readonly parameters?: readonly string[]
  readonly find: Find
}

const KEY = '([^/!]+)'
const on = (pattern: string): RegExp => new RegExp(`^/api/v2${pattern.replaceAll(':key', KEY)}$`)

/** Every endpoint, the most frequent first. */
export const ROUTES: readonly Route[] = [
  {
    name: 'images',
    pattern: on('/album/:key!images'),
    type: 'AlbumImages',
    description: 'Images from album',
    locator: 'AlbumImage',
    locatorType: 'Objects',
    parameters: ['FileNames', 'SkuId'],
    find: (context, [key = ''], query) => {
      const place = findAlbum(context, key)
      return place === undefined ? undefined : albumImages(context, place, query)
    },
  },
  {
    name: 'largestvideo',
    pattern: on('/image/:key!largestvideo'),
    type: 'LargestVideo',
    description: 'Largest size available for video',
    locator: 'LargestVideo',
    locatorType: 'Object',
    parameters: ['MaxSize'],
    find: aboutImage((context, view) => object(largestVideoEntity(context, view))),
  },
  {
    name: 'albums',
    pattern: on('/user/:key!albums'),
    type: 'UserAlbums',
    description: "All of user's albums",
    locator: 'Album',
    locatorType: 'Objects',
    parameters: ['Order'],
    find: userAlbums,
  },
  {
    name: 'children',
    pattern: on('/node/:key!children'),
    type: 'ChildNodes',
    description: 'Child nodes of the given node.',
    locator: 'Node',
    locatorType: 'Objects',
    parameters: ['Type', 'SortMethod', 'SortDirection'],
    find: (context, [id = ''], query) => {
      const place = findNode(context, id)
      return place === undefined || isLocked(context, place) ? undefined : children(context, place, query)
    },
  },
  {
    name: 'authuser',
    pattern: on('!authuser'),
    type: 'AuthUser',
    description: 'Currently authenticated user',
    locator: 'User',
    locatorType: 'Object',
    find: (context) => object(userEntity(context)),
  },
  {
    name: 'user',
    pattern: on('/user/:key'),
    type: 'User',
    description: 'User By Nickname',
    locator: 'User',
    locatorType: 'Object',
    find: (context, [nick]) => (nick === context.atlas.world.nickName ? object(userEntity(context)) : undefined),
  },
  {
    name: 'uploadlimits',
    pattern: on('/user/:key!uploadlimits'),
    type: 'UserUploadLimits',
    description: "User's upload limits",
    locator: 'UserUploadLimits',
    locatorType: 'List',
    find: (context, [nick]) => (nick === context.atlas.world.nickName ? { kind: 'rows', rows: uploadLimits() } : undefined),
  },
  {
    name: 'node',
    pattern: on('/node/:key'),
    type: 'Node',
    description: 'Node with the given id.',
    locator: 'Node',
    locatorType: 'Object',
    find: (context, [id = '']) => {
      const place = findNode(context, id)
      return place === undefined ? undefined : object(nodeEntity(context, place))
    },
  },
  {
    name: 'parents',
    pattern: on('/node/:key!parents'),
    type: 'ParentNodes',
    description: 'Hierarchy of nodes from the given node (inclusive) to the root node.',
    locator: 'Node',
    locatorType: 'Objects',
    find: (context, [id = '']) => {
      const place = findNode(context, id)
      return place === undefined ? undefined : parents(context, place)
    },
  },
  {
    name: 'parent',
    pattern: on('/node/:key!parent'),
    type: 'ParentNode',
    description: 'Parent node of the given node.',
    locator: 'Node',
    locatorType: 'Object',
    find: (context, [id = '']) => {
      const parent = findNode(context, id)?.parent
      return parent === undefined ? undefined : object(nodeEntity(context, parent))
    },
  },
  {
    name: 'highlight',
    pattern: on('/highlight/node/:key'),
    type: 'HighlightImage',
    description: 'Highlight image for a folder, album, or page',
    locator: 'Image',
    locatorType: 'Object',
    find: (context, [id = '']) => {
      const place = findNode(context, id)
      if (place === undefined) return undefined
      const view = firstImage(context, place)
      return view === undefined ? { kind: 'nothing' } : object(imageEntity(context, view))
    },
  },
  {
    name: 'album',
    pattern: on('/album/:key'),
    type: 'Album',
    description: 'Album by key',
    locator: 'Album',
    locatorType: 'Object',
    find: album,
  },
  {
    name: 'comments',
    pattern: on('/album/:key!comments'),
    type: 'AlbumComments',
    description: 'Comments on album',
    locator: 'Comment',
    locatorType: 'Objects',
    find: (context, [key = '']) => {
      const place = findAlbum(context, key)
      return place === undefined ? undefined : comments(key, context.atlas.album(place).comments)
    },
  },
  {
    name: 'image',
    pattern: on('/album/:key/image/:key'),
    type: 'AlbumImage',
    description: 'Image from album',
    locator: 'AlbumImage',
    locatorType: 'Object',
    find: albumImage,
  },
  {
    name: 'image',
    pattern: on('/image/:key'),
    type: 'Image',
    description: 'Image by key',
    locator: 'Image',
    locatorType: 'Object',
    find: image,
  },
  {
    name: 'imagealbums',
    pattern: on('/image/:key!albums'),
    type: 'ImageAlbums',
    description: 'Albums the image is included in',
    locator: 'Album',
    locatorType: 'Objects',
    find: aboutImage((context, view) => {
      const places = context.atlas.image(view.image.key)?.places ?? []
      return entityList(
        places.filter(({ place }) => isVisible(context, place)).map(({ place }) => albumEntity(context, place)),
        HUNDRED,
      )
    }),
  },
  {
    name: 'metadata',
    pattern: on('/image/:key!metadata'),
    type: 'ImageMetadata',
    description: 'Metadata for image',
    locator: 'ImageMetadata',
    locatorType: 'Object',
    find: aboutImage((_context, view) => object(metadataEntity(view))),
  },
  {
    name: 'metadata',
    pattern: on('/album/:key/image/:key!metadata'),
    type: 'AlbumImageMetadata',
    description: 'Metadata for AlbumImage',
    locator: 'AlbumImageMetadata',
    locatorType: 'Object',
    find: aboutAlbumImage((_context, view, albumKey) => object(metadataEntity(view, albumKey))),
  },
  {
    name: 'download',
    pattern: on('/image/:key!download'),
    type: 'ImageDownload',
    description: 'Download image',
    locator: 'ImageDownload',
    locatorType: 'Object',
    find: aboutImage((context, view) => object(downloadEntity(context, view))),
  },
  {
    name: 'download',
    pattern: on('/album/:key/image/:key!download'),
    type: 'AlbumImageDownload',
    description: 'Download the image from the album',
    locator: 'AlbumImageDownload',
    locatorType: 'Object',
    find: aboutAlbumImage((context, view, albumKey) => object(downloadEntity(context, view, albumKey))),
  },
  {
    name: 'comments',
    pattern: on('/image/:key!comments'),
    type: 'ImageComments',
    description: 'Comments on image',
    locator: 'Comment',
    locatorType: 'Objects',
    find: aboutImage((_context, view) => comments(view.image.key, view.image.comments)),
  },
  {
    name: 'sizedetails',
    pattern: on('/image/:key!sizedetails'),
    type: 'ImageSizeDetails',
    description: 'Detailed size information for image',
    locator: 'ImageSizeDetails',
    locatorType: 'Object',
    parameters: ['PrefetchSizes'],
    find: aboutImage((context, view) => object(sizeDetailsEntity(context, view))),
  },
  {
    name: 'sizes',
    pattern: on('/image/:key!sizes'),
    type: 'ImageSizes',
    description: 'Sizes available for image',
    locator: 'ImageSizes',
    locatorType: 'Object',
    find: aboutImage((context, view) => object(sizesEntity(context, view))),
  },
  {
    name: 'largestimage',
    pattern: on('/image/:key!largestimage'),
    type: 'LargestImage',
    description: 'Largest size available for image',
    locator: 'LargestImage',
    locatorType: 'Object',
    find: aboutImage((context, view) => object(largestImageEntity(context, view)) ?? { kind: 'nothing' }),
  },
  {
    name: 'components',
    pattern: on('/library/asset/:key!components'),
    type: 'Components',
    description: 'Components of an asset',
    locator: 'Component',
    locatorType: 'Objects',
    find: (context, [key = '']) => {
      const view = findImage(context, key)
      if (view?.image.components === undefined || context.viewer !== 'owner') return undefined
      return { kind: 'several', entities: componentEntities(context, view) }
    },
  },
]

/** Finds the endpoint that answers this path (decoded), and the keys in it. */
export function findRoute(path: string): { readonly route: Route; readonly keys: readonly string[] } | undefined {
  for (const route of ROUTES) {
    const match = route.pattern.exec(path)
    if (match !== null) return { route, keys: match.slice(1) }
  }
  return undefined
}
