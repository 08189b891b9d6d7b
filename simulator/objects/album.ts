import { sizeOf } from '../bytes.ts'
import { DEFAULT_DATE } from '../dates.ts'
import type { Entity, Fields } from '../entity.ts'
import type { Links } from '../links.ts'
import type { Place } from '../lookup.ts'
import type { WorldAlbum } from '../world.ts'
import { type Context, isLocked, siteOf, userUri } from './context.ts'
import { archivedBytes } from './files.ts'
import { keySerial } from './image.ts'

/** Returns `Album`, as its owner or anybody sees it (fact sheet 3.4). */
export function albumEntity(context: Context, place: Place): Entity {
  const album = context.atlas.album(place)
  const locked = isLocked(context, place)
  return {
    fields: { ...commonFields(context, place, album), ...(context.viewer === 'owner' ? ownerFields(place, album) : {}) },
    uri: `/api/v2/album/${album.key}`,
    webUri: `${siteOf(context)}${place.urlPath}${place.privacy === 'Public' ? '' : `/n-${place.nodeId}`}`,
    description: 'Album by key',
    links: () => albumLinks(context, place, album),
    responseLevel: context.viewer === 'owner' ? 'Full' : locked ? place.securityType : 'Public',
    ...(album.fields === undefined ? {} : { overrides: context.viewer === 'owner' ? album.fields : publicPart(album.fields) }),
  }
}

const OWNER_ONLY = new Set(['Password', 'DownloadPassword', 'UploadKey', 'Privacy', 'OriginalSizes', 'TotalSizes', 'Date'])

function publicPart(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !OWNER_ONLY.has(name)))
}

function commonFields(context: Context, place: Place, album: WorldAlbum): Fields {
  const lastUpdated = album.lastUpdated ?? DEFAULT_DATE
  return {
    NiceName: album.urlName,
    UrlName: album.urlName,
    Title: album.name,
    Name: album.name,
    AllowDownloads: true,
    Description: album.description ?? '',
    EXIF: true,
    External: true,
    Filenames: false,
    Geography: true,
    Keywords: album.keywords ?? '',
    PasswordHint: '',
    Protected: false,
    SortDirection: album.sortDirection ?? 'Ascending',
    SortMethod: album.sortMethod ?? 'Date Taken',
    SecurityType: album.securityType ?? 'None',
    CommerceLightbox: false,
    AlbumKey: album.key,
    CanBuy: true,
    CanFavorite: false,
    ...(isLocked(context, place)
      ? {}
      : { LastUpdated: lastUpdated, ImagesLastUpdated: album.imagesLastUpdated ?? lastUpdated, ImageCount: countOf(context, album) }),
    NodeID: album.nodeId,
    UrlPath: place.urlPath,
    CanShare: true,
    HasDownloadPassword: false,
    Packages: false,
  }
}

/** Returns the count as it is shown, which may lag behind; an album that was made meanwhile shows 0. */
function countOf(context: Context, album: WorldAlbum): number {
  if (context.counted === context.atlas) return album.count
  const place = context.counted.albumPlace(album.key)
  return place === undefined ? 0 : context.counted.album(place).count
}

function ownerFields(place: Place, album: WorldAlbum): Fields {
  const bytes = totalBytes(album)
  const highlight = album.count > 0 ? album.placement(0).image : undefined
  return {
    TemplateUri: '/api/v2/template/17',
    Backprinting: '',
    BoutiquePackaging: 'Inherit from User',
    CanRank: true,
    Clean: false,
    Comments: true,
    DownloadPassword: '',
    FamilyEdit: false,
    FriendEdit: false,
    Header: 'Custom',
    HideOwner: false,
    InterceptShipping: 'Inherit from User',
    LargestSize: '5K',
    PackagingBranding: true,
    Password: album.password ?? '',
    Printable: false,
    // The effective value, if a folder above is stricter (fact sheet 3.4).
    Privacy: place.privacy,
    ProofDays: 0,
    ProofDigital: false,
    Share: true,
    Slideshow: true,
    SmugSearchable: 'Inherit from User',
    SquareThumbs: true,
    UploadKey: `guest-upload-${album.key}`,
    Watermark: false,
    WorldSearchable: true,
    MaxPhotoDownloadSize: 'Original',
    ...(highlight === undefined ? {} : { HighlightAlbumImageUri: `/api/v2/album/${album.key}/image/${keySerial(highlight)}` }),
    Date: DEFAULT_DATE,
    OriginalSizes: bytes,
    TotalSizes: Math.round(bytes * 1.6),
  }
}

const SUMMED_UP_TO = 100
const totals = new WeakMap<WorldAlbum, number>()

/** Returns the bytes of an album's originals; if there are more than a hundred, estimated from the first hundred. */
function totalBytes(album: WorldAlbum): number {
  const known = totals.get(album)
  if (known !== undefined) return known
  const counted = Math.min(album.count, SUMMED_UP_TO)
  let sum = 0
  for (let at = 0; at < counted; at += 1) sum += sizeOf(archivedBytes(album.placement(at).image))
  const total = counted === 0 ? 0 : Math.round((sum * album.count) / counted)
  totals.set(album, total)
  return total
}

function albumLinks(context: Context, place: Place, album: WorldAlbum): Links {
  const base = `/api/v2/album/${album.key}`
  const folder = `/api/v2/folder${userUri(context).slice('/api/v2'.length)}${place.parent === undefined || place.parent.urlPath === '/' ? '' : place.parent.urlPath}`
  const locked = isLocked(context, place)
  const first: Links = [
    ['AlbumShareUris', `${base}!shareuris`],
    ['Node', `/api/v2/node/${album.nodeId}`],
    ['NodeCoverImage', `/api/v2/node/${album.nodeId}!cover`],
    ['User', userUri(context)],
    ['Folder', folder],
    ['ParentFolders', `${folder}!parents`],
    ['HighlightImage', `/api/v2/highlight/node/${album.nodeId}`],
  ]
  if (locked) return [...first, ['UnlockAlbum', `${base}!unlock`]]
  const contents: Links = [
    ['AlbumHighlightImage', `${base}!highlightimage`],
    ['AlbumImages', `${base}!images`],
    ['AlbumPopularMedia', `${base}!popularmedia`],
    ['AlbumGeoMedia', `${base}!geomedia`],
    ['AlbumComments', `${base}!comments`],
    ['AlbumDownload', `${base}!download`],
    ['AlbumPrices', `${base}!prices`],
    ['AlbumPricelistExclusions', `${base}!pricelistexclusions`],
  ]
  if (context.viewer === 'public') return [...first, ...contents]
  return [
    ...first,
    ...contents,
    ['MoveAlbumImages', `${base}!moveimages`],
    ['CollectImages', `${base}!collectimages`],
    ['ApplyAlbumTemplate', `${base}!applyalbumtemplate`],
    ['DeleteAlbumImages', `${base}!deleteimages`],
    ['UploadFromUri', `${base}!uploadfromuri`],
    ['AlbumGrants', `${base}!grants`],
  ]
}
