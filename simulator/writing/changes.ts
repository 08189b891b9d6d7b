import { changeAlbum, changeImage } from '../edit.ts'
import type { Reply } from '../send.ts'
import type { Service } from '../service.ts'
import type { WorldAlbum, WorldImage } from '../world.ts'
import { changeFolder } from './nodes.ts'
import { type Asked, heard, json, notFound, problems } from './replies.ts'

/** PATCHes a node. */
export function patchNode(service: Service, asked: Asked): Reply {
  const { atlas } = service
  const place = atlas.node(asked.keys[0] ?? '')
  if (place === undefined) return notFound()
  if (place.node.type === 'Album') return patchAlbum(service, { ...asked, keys: [place.node.album.key] })
  return changeFolder(service, atlas, { ...asked, body: heard(service, asked.body) })
}

/** PATCHes an album (fact sheet 3.4, 9.2). */
export function patchAlbum(service: Service, asked: Asked): Reply {
  const [key = ''] = asked.keys
  const { atlas } = service
  if (atlas.albumPlace(key) === undefined) return notFound()
  const body = heard(service, asked.body)
  if (body.SecurityType === 'Password' && body.Password === '')
    return problems(400, 'PATCH', { Password: ['Required parameter is missing'] })
  service.write(changeAlbum(atlas.world, key, (album) => changed(album, body)))
  return json(200, 'Ok', { Response: { Uri: `/api/v2/album/${key}`, Locator: 'Album', LocatorType: 'Object' } })
}

const OWN: Readonly<Record<string, keyof WorldAlbum>> = {
  Name: 'name',
  Title: 'name',
  UrlName: 'urlName',
  NiceName: 'urlName',
  Description: 'description',
  Keywords: 'keywords',
  Privacy: 'privacy',
  SecurityType: 'securityType',
  Password: 'password',
  SortMethod: 'sortMethod',
  SortDirection: 'sortDirection',
}
/** Fields that nobody can write. */
const READ_ONLY = new Set([
  'AlbumKey',
  'NodeID',
  'ImageCount',
  'Date',
  'LastUpdated',
  'ImagesLastUpdated',
  'UrlPath',
  'Uri',
  'WebUri',
  'Uris',
])

function changed(album: WorldAlbum, body: Asked['body']): WorldAlbum {
  const own: Record<string, unknown> = {}
  const fields: Record<string, unknown> = { ...album.fields }
  for (const [name, value] of Object.entries(body)) {
    const at = OWN[name]
    if (at !== undefined) own[at] = value
    else if (!READ_ONLY.has(name)) fields[name] = value
  }
  if (typeof body.DownloadPassword === 'string') fields.HasDownloadPassword = body.DownloadPassword !== ''
  // Switching downloads off resets their size (fact sheet 9.2).
  if (body.AllowDownloads === false) fields.MaxPhotoDownloadSize = 'Original'
  else if (fields.AllowDownloads === false) fields.MaxPhotoDownloadSize = album.fields?.MaxPhotoDownloadSize ?? 'Original'
  return { ...album, ...own, fields }
}

/** PATCHes an image (fact sheet 9.3). */
export function patchImage(service: Service, asked: Asked): Reply {
  const { atlas } = service
  const [, key = '', serial] = /^(.+?)(?:-(\d+))?$/.exec(asked.keys[0] ?? '') ?? []
  const found = atlas.image(key)
  if (found === undefined) return notFound()
  const present = String(found.image.serial ?? 0)
  if (serial !== present) {
    return {
      ...json(301, 'Moved Permanently'),
      headers: { Location: `/api/v2/image/${key}-${present}`, 'Content-Type': 'application/json' },
    }
  }
  const changes = imageChanges(heard(service, asked.body))
  service.write(changeImage(atlas.world, key, (image) => ({ ...image, ...changes })))
  return json(200, 'Ok', { Response: { Uri: `/api/v2/image/${key}-${present}`, Locator: 'Image', LocatorType: 'Object' } })
}

function imageChanges(body: Asked['body']): Partial<WorldImage> {
  const changes: Record<string, unknown> = {}
  const names = { Title: 'title', Caption: 'caption', Latitude: 'latitude', Longitude: 'longitude', Altitude: 'altitude', Hidden: 'hidden' }
  for (const [name, at] of Object.entries(names)) if (body[name] !== undefined) changes[at] = body[name]
  const keywords = body.KeywordArray ?? body.Keywords
  if (Array.isArray(keywords)) changes.keywords = keywords.map(String)
  else if (typeof keywords === 'string') changes.keywords = keywordsOf(keywords)
  return changes
}

/** Splits SmugMug's `;`-separated text; a phrase may stand in quotation marks. */
export const keywordsOf = (text: string): readonly string[] =>
  text
    .split(';')
    .map((keyword) => keyword.trim().replace(/^"(.*)"$/, '$1'))
    .filter((keyword) => keyword !== '')
