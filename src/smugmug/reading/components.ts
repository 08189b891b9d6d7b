import * as v from 'valibot'
import { RequestError } from '../../errors.ts'
import type { Item } from '../../model.ts'
import type { Component } from '../account.ts'
import { segmentOf } from '../wire/addresses.ts'
import { linkOf, parseObject } from '../wire/answer.ts'
import type { Http } from '../wire/http.ts'
import { entriesOf } from './decode.ts'
import { fileUrl, filledText, known, md5, size } from './fields.ts'

const COMPONENT = v.object({
  ComponentType: filledText,
  ComponentKey: filledText,
  DownloadUrl: fileUrl,
  Url: fileUrl,
  Extension: filledText,
  FileName: filledText,
  FileSize: size,
  MD5: md5,
})

/** The type of the component that is the displayed photo itself. */
const DISPLAYED = 'i'
/** Endings of camera files; SmugMug's own list is longer and unknown (fact sheet 7.3). */
const RAW = /\.(3fr|arw|cr2|cr3|crw|dcr|dng|erf|fff|iiq|kdc|mef|mos|mrw|nef|nrw|orf|pef|raf|raw|rw2|rwl|sr2|srf|srw|x3f)$/i

/** Does the listing hint at companions (fact sheet 4.6)? Only then is asking for them worth a call. */
export function hintsAtComponents(item: Item): boolean {
  if (item.isVideo) return false
  // Nearly every item says one of these. Parsing a million answers again would take half a minute.
  if (item.raw.includes('"ComponentFileTypes":[]')) return RAW.test(item.fileName)
  if (/"ComponentFileTypes":\{"Image":\["\w+"\]\}/.test(item.raw)) return false
  const image = parseObject(Buffer.from(item.raw))
  const types = image?.ComponentFileTypes
  const named = typeof types === 'object' && types !== null ? Object.entries(types).filter(([kind]) => kind !== 'Image') : []
  const shown = typeof types === 'object' && types !== null && 'Image' in types && Array.isArray(types.Image) ? types.Image.length : 0
  if (named.length > 0 || shown > 1) return true
  return shown === 0 && RAW.test(item.fileName)
}

/**
 * Lists the files that SmugMug Source keeps beside a photo (fact sheet 4.6: endpoint and shape are uncertain). Undefined when SmugMug does
 * not offer the list (404 and the like); throws `RequestError` for a failure that may pass.
 */
export async function readComponents(http: Http, item: Item, signal: AbortSignal | undefined): Promise<readonly Component[] | undefined> {
  const image = parseObject(Buffer.from(item.raw))
  const uri = linkOf(image?.Uris, 'Components') ?? `/api/v2/library/asset/${segmentOf(item.imageKey)}!components`
  try {
    const { response } = await http.json(uri, { query: { _verbosity: '1' }, signal })
    return entriesOf(response, 'Component').flatMap(decodeComponent)
  } catch (error) {
    if (error instanceof RequestError && !error.transient) return undefined
    throw error
  }
}

function decodeComponent(entry: unknown): readonly Component[] {
  const parsed = v.safeParse(COMPONENT, entry)
  if (!parsed.success) return []
  const { ComponentType, ComponentKey, DownloadUrl, Url, Extension, FileName, FileSize, MD5 } = parsed.output
  const url = DownloadUrl ?? Url
  if (ComponentType === DISPLAYED || ComponentKey === undefined || url === undefined) return []
  const extension = Extension?.toLowerCase()
  const source = { url, grade: 'original' as const, ...known({ size: FileSize, md5: MD5 }) }
  return [{ key: `${ComponentType ?? 'unknown'}/${ComponentKey}`, fileName: FileName ?? '', source, ...known({ extension }) }]
}
