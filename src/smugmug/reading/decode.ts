import * as v from 'valibot'
import type { Album, Item, JsonObject, Owner } from '../../model.ts'
import { isObject } from '../../model.ts'
import { segmentOf } from '../wire/addresses.ts'
import { count, decimal, fileUrl, filledText, flag, keywords, known, links, md5, size, text, texts } from './fields.ts'
import { listedAvailability, sizeSchema } from './originals.ts'
import { packer } from './packed.ts'

/**
 * Returns the payload of an answer as a list (fact sheet 0.1, 2.1). `Locator` names the payload, perhaps among several names. An empty
 * payload is missing, `null` or `{}`; a single entry is an object instead of a list.
 */
export const entriesOf = (response: JsonObject, usualLocator: string): readonly unknown[] => {
  const payload = payloadOf(response, usualLocator)
  if (Array.isArray(payload)) return payload
  return isObject(payload) && Object.keys(payload).length > 0 ? [payload] : []
}

/** Returns the payload of an answer about one thing; undefined when there is none, although the answer was a success (fact sheet 0.1). */
export const objectOf = (response: JsonObject, usualLocator: string): JsonObject | undefined => {
  const payload = payloadOf(response, usualLocator)
  const one: unknown = Array.isArray(payload) ? payload[0] : payload
  return isObject(one) && Object.keys(one).length > 0 ? one : undefined
}

const payloadOf = (response: JsonObject, usualLocator: string): unknown => {
  const named = typeof response.Locator === 'string' ? response.Locator.split(',').map((name) => name.trim()) : []
  const name = [...named, usualLocator].find((candidate) => Object.hasOwn(response, candidate))
  return name === undefined ? undefined : response[name]
}

/** `Pages`: the facts of one page of a list (fact sheet 2.3). */
export interface PageFacts {
  readonly total?: number
  /** Entries in this answer, by SmugMug's own count. */
  readonly count?: number
}

const PAGES = v.object({ Total: count, Count: count })

/** Reads `Pages`; some lists have none. */
export const pageFacts = (response: JsonObject): PageFacts => {
  const { output } = v.safeParse(PAGES, response.Pages) as { output: v.InferOutput<typeof PAGES> }
  return isObject(response.Pages) ? known({ total: output.Total, count: output.Count }) : {}
}

/** Returns the expansion of a link: its payload, looked up by the exact text of the link (fact sheet 2.2). */
export const expansionOf = (expansions: unknown, uri: string | undefined, locator: string): JsonObject | undefined => {
  if (uri === undefined || !isObject(expansions) || !Object.hasOwn(expansions, uri)) return undefined
  const expansion = expansions[uri]
  return isObject(expansion) ? objectOf(expansion, locator) : undefined
}

/** The user, and the links at which the account begins. */
export interface DecodedUser {
  readonly owner: Owner
  readonly accountStatus?: string
  readonly albumsUri: string
  readonly rootNodeUri?: string
  /** True when the answer has fields that only owners see. */
  readonly ownersView: boolean
}

const USER = v.object({
  NickName: filledText,
  Name: filledText,
  ImageCount: count,
  ResponseLevel: filledText,
  AccountStatus: filledText,
  Plan: text,
  Uris: links,
})

/**
 * Reads `!authuser` (fact sheet 3.1). Undefined without a nickname. `ResponseLevel` alone does not distinguish owners from strangers: an
 * owner's own answer has been recorded with `Public`, so fields that only owners get count too.
 */
export const decodeUser = (value: unknown): DecodedUser | undefined => {
  const parsed = v.safeParse(USER, value)
  if (!parsed.success || parsed.output.NickName === undefined) return undefined
  const user = parsed.output
  const links = user.Uris ?? {}
  const ownerOnly = [user.ImageCount, user.Plan, user.AccountStatus, links.UserDeletedAlbums, links.UserUploadLimits]
  return known({
    owner: known({ nickName: parsed.output.NickName, name: user.Name, imageCount: user.ImageCount, responseLevel: user.ResponseLevel }),
    accountStatus: user.AccountStatus,
    albumsUri: links.UserAlbums ?? `/api/v2/user/${segmentOf(parsed.output.NickName)}!albums`,
    rootNodeUri: links.Node,
    ownersView: user.ResponseLevel === 'Full' || ownerOnly.some((sign) => sign !== undefined),
  })
}

const ALBUM = v.object({
  AlbumKey: filledText,
  NodeID: filledText,
  Name: filledText,
  Title: filledText,
  UrlPath: text,
  UrlName: filledText,
  NiceName: filledText,
  WebUri: filledText,
  ImageCount: count,
  LastUpdated: filledText,
  ImagesLastUpdated: filledText,
  OriginalSizes: count,
  TotalSizes: count,
  Uri: filledText,
})

/** Albums are read again in any order. */
const packAlbums = packer(1)

/** Reads an album (fact sheet 3.4). Undefined when it has no key and none can be read from its `Uri`. */
export const decodeAlbum = (value: unknown): Album | undefined => {
  const parsed = v.safeParse(ALBUM, value)
  if (!parsed.success || !isObject(value)) return undefined
  const album = parsed.output
  const key = album.AlbumKey ?? /\/album\/([^/!?]+)/.exec(album.Uri ?? '')?.[1]
  if (key === undefined) return undefined
  const urlName = album.UrlName ?? album.NiceName
  const [raw = () => value] = packAlbums([value])
  return known({
    key,
    nodeId: album.NodeID,
    name: album.Name ?? album.Title ?? '',
    urlPath: album.UrlPath ?? (urlName === undefined ? '' : `/${urlName}`),
    webUri: album.WebUri,
    imageCount: album.ImageCount,
    lastUpdated: album.LastUpdated,
    imagesLastUpdated: album.ImagesLastUpdated,
    bytes: album.OriginalSizes,
    allBytes: album.TotalSizes,
    raw,
  })
}

const NODE = v.object({ NodeID: filledText, Type: text, Name: text, HasChildren: flag, Uris: links, Uri: filledText })

/** A node of the tree: the facts that a walk needs. */
export interface DecodedNode {
  /** The identity of the node. */
  readonly key: string
  readonly type: string
  readonly name: string
  readonly childrenUri?: string
  readonly albumUri?: string
  /** SmugMug's word that the folder is not empty. It is never given for an album (fact sheet 3.2). */
  readonly hasChildren?: boolean
}

/** Reads a node (fact sheet 3.2); undefined when it is no object. */
export const decodeNode = (value: unknown): DecodedNode | undefined => {
  const parsed = v.safeParse(NODE, value)
  if (!parsed.success) return undefined
  const { NodeID, Type, Name, HasChildren, Uri, Uris = {} } = parsed.output
  return known({
    key: NodeID ?? Uri ?? `${Type}/${Name}`,
    type: Type ?? '',
    name: Name ?? '',
    childrenUri: Uris.ChildNodes ?? (Uri === undefined ? undefined : `${Uri}!children`),
    albumUri: Uris.Album,
    hasChildren: HasChildren || undefined,
  })
}

const ITEM = v.object({
  ImageKey: filledText,
  Serial: count,
  FileName: text,
  Title: text,
  Caption: text,
  Keywords: keywords,
  KeywordArray: texts,
  IsVideo: flag,
  Format: filledText,
  UploadKey: filledText,
  ArchivedUri: fileUrl,
  ArchivedSize: size,
  ArchivedMD5: md5,
  DateTimeOriginal: filledText,
  DateTimeUploaded: filledText,
  Date: filledText,
  LastUpdated: filledText,
  Latitude: filledText,
  Longitude: filledText,
  Altitude: decimal,
  Hidden: flag,
  Origin: text,
  CollectedFrom: filledText,
  WebUri: filledText,
  Processing: flag,
  Status: text,
  SubStatus: text,
  Uri: filledText,
  Uris: links,
})

/** The position of an entry in its listing, and the rest of the page that it came with. */
export interface ItemContext {
  readonly albumKey: string
  readonly position: number
  /** `Expansions` of the page. */
  readonly expansions?: unknown
  /** Fetches videos that SmugMug says it is still processing; some stay in that state forever (fact sheet 5.1). */
  readonly forceVideo: boolean
  readonly wants?: Wants
}

/** Facts that are asked for besides, in the same calls (fact sheet 2.2, 6). */
export interface Wants {
  readonly comments?: boolean
  readonly imageMetadata?: boolean
}

/** Reads one AlbumImage of a listing (fact sheet 4.2). Undefined when it has no key and none can be read from its `Uri`. */
export const decodeItem = (value: unknown, context: ItemContext): Item | undefined => {
  const parsed = v.safeParse(ITEM, value)
  if (!parsed.success) return undefined
  const image = parsed.output
  const [, keyInUri, serialInUri] = /\/image\/([^/!?-]+)(?:-(\d+))?/.exec(image.Uri ?? '') ?? []
  const imageKey = image.ImageKey ?? keyInUri
  if (imageKey === undefined) return undefined
  const links = image.Uris ?? {}
  const isVideo = image.IsVideo ?? (links.LargestVideo !== undefined || image.Format?.toUpperCase() === 'MP4')
  const expanded = v.safeParse(sizeSchema, expansionOf(context.expansions, links.LargestVideo, 'LargestVideo'))
  const availability = listedAvailability({
    isVideo,
    fileName: image.FileName ?? '',
    format: image.Format,
    archived: { url: image.ArchivedUri, size: image.ArchivedSize, md5: image.ArchivedMD5 },
    largestVideo: expanded.success ? expanded.output : undefined,
    processing: image.Processing ?? false,
    cannotProcess: image.Status === 'Preprocess' && image.SubStatus === 'CanNotProcess',
    forceVideo: context.forceVideo,
  })
  return known({
    albumKey: context.albumKey,
    imageKey,
    serial: image.Serial ?? (serialInUri === undefined ? undefined : Number(serialInUri)),
    position: context.position,
    fileName: image.FileName ?? '',
    title: image.Title ?? '',
    caption: image.Caption ?? '',
    keywords: image.Keywords ?? '',
    keywordArray: image.KeywordArray ?? [],
    isVideo,
    format: image.Format,
    uploadKey: image.UploadKey,
    archivedUri: image.ArchivedUri,
    archivedSize: image.ArchivedSize,
    archivedMd5: image.ArchivedMD5,
    dateTimeOriginal: image.DateTimeOriginal,
    dateTimeUploaded: image.DateTimeUploaded ?? image.Date,
    lastUpdated: image.LastUpdated,
    latitude: image.Latitude,
    longitude: image.Longitude,
    altitude: image.Altitude,
    hidden: image.Hidden,
    collected: image.Origin?.toLowerCase() === 'collected' || image.CollectedFrom !== undefined,
    webUri: image.WebUri,
    extras: extrasOf(links, context),
    availability,
    raw: JSON.stringify(value),
  })
}

/** Reads the facts that were asked for besides, those that the answer brought. `more` is the address of the other comments, when the expansion did not bring all. */
function extrasOf(links: Readonly<Record<string, string>>, { expansions, wants = {} }: ItemContext): string | undefined {
  const metadata = wants.imageMetadata === true ? expansionOf(expansions, links.ImageMetadata, 'ImageMetadata') : undefined
  const commented = wants.comments === true ? expandedResponse(expansions, links.ImageComments) : undefined
  if (metadata === undefined && commented === undefined) return undefined
  const comments = commented && entriesOf(commented, 'Comment')
  const isPart = commented !== undefined && (pageFacts(commented).total ?? 0) > (comments?.length ?? 0)
  return JSON.stringify({
    imageMetadata: metadata,
    comments,
    more: isPart ? links.ImageComments : undefined,
  })
}

/** Returns a whole expansion, with its pages: an expanded list brings only its first page (fact sheet 2.2). */
function expandedResponse(expansions: unknown, uri: string | undefined): JsonObject | undefined {
  if (uri === undefined || !isObject(expansions)) return undefined
  const found = expansions[uri]
  return isObject(found) ? found : undefined
}
