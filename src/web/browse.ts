/** The photos: pages and data of the twin, made when they are asked for, and the files of the vault. */
import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import type { Looking } from '../app/app.ts'
import { pageAssets } from '../app/installation.ts'
import { isBucketAddress } from '../config/bucket-address.ts'
import type { Settings } from '../config/settings.ts'
import { html } from '../twin/html.ts'
import { type Exchange, refuse, send, sendPage } from './answers.ts'
import { findFile, isKnown, sendFile } from './files.ts'
import { NOT_FOUND } from './guard.ts'
import type { Office } from './office.ts'
import { notFoundPage } from './pages/not-found.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
}

/** Returns the answer to every address that is no resource. `withoutVault` answers where there is none yet. */
export const browsing =
  (office: Office, withoutVault: (exchange: Exchange) => Promise<void>) =>
  async (exchange: Exchange): Promise<void> => {
    const settings = office.settings()
    const { destination } = settings
    const looking = await office.looking()
    const { segments } = exchange.asked
    const asset = segments[0] === 'twin.files' && segments.length === 2 ? pageAssets().get(segments[1] ?? '') : undefined
    if (asset !== undefined) return sendBytes(exchange, asset, segments[1] ?? '')
    if (looking === undefined || destination === undefined) return await withoutVault(exchange)
    if (segments[0] === 'twin.files' && segments.at(-1) !== 'explore.html') return await sendTwinFile(exchange, looking, isSealed(settings))
    const page = await pageFor(segments, looking)
    if (page !== undefined) return sendPage(exchange, page)
    const found = isBucketAddress(destination) ? undefined : await findFile(destination, segments)
    if (found !== undefined) return await sendFile(found, { ...exchange, asAttachment: exchange.asked.query.has('download') })
    const elsewhere = await addressOf(segments, looking)
    if (elsewhere === undefined) {
      const why = (await isInAlbum(segments, looking)) ? whyNotShown(settings) : undefined
      return sendPage(exchange, notFoundPage(await looking.title(), segments.length - 1, why), { status: 404 })
    }
    refuse(exchange, { status: 302, text: 'It is elsewhere.', headers: { Location: elsewhere } })
  }

const isSealed = ({ encryptionRecipients }: Settings): boolean => encryptionRecipients.length > 0

/** Returns why the page shows no photo of this vault; undefined if it does. */
function whyNotShown(settings: Settings): string | undefined {
  if (isSealed(settings)) return 'The photos of this vault are sealed: this page has their words alone.'
  return isBucketAddress(settings.destination ?? '')
    ? 'The photos of this vault lie in a bucket: this page has their words alone.'
    : undefined
}

/** Is this the address of something in an album's folder? */
const isInAlbum = (segments: readonly string[], looking: Looking): Promise<boolean> =>
  looking.hasPage(pathOf([...segments.slice(0, -1), 'index.html']))

const pathOf = (segments: readonly string[]): string => segments.join('/')

async function pageFor(segments: readonly string[], looking: Looking): Promise<string | undefined> {
  const last = segments.at(-1)
  if (last === '') return await looking.page(pathOf([...segments.slice(0, -1), 'index.html']))
  return last?.endsWith('.html') === true ? await looking.page(pathOf(segments)) : undefined
}

/** Finds the page for SmugMug's own addresses: an album without the slash at its end, a photo below its album. */
async function addressOf(segments: readonly string[], looking: Looking): Promise<string | undefined> {
  const encoded = (parts: readonly string[]): string => `/${parts.map((part) => `${encodeURIComponent(part)}/`).join('')}`
  if (segments.at(-1) !== '' && (await looking.hasPage(pathOf([...segments, 'index.html'])))) return encoded(segments)
  const at = segments.findIndex((segment) => /^i-[A-Za-z0-9]+$/.test(segment))
  if (at < 1 || !(await looking.hasPage(pathOf([...segments.slice(0, at), 'index.html'])))) return undefined
  return `${encoded(segments.slice(0, at))}#${segments[at]}`
}

/** Draws the picture for a photo of which no thumbnail can be made: a tile with its name. Photos with the same bytes have one tile, and may have no common name. */
const tile = ({ name = '' }: { readonly name?: string }, isSealed: boolean): string =>
  html`<svg xmlns="http://www.w3.org/2000/svg" width="540" height="360"><rect width="540" height="360" fill="#8884"/><text x="270" y="190" text-anchor="middle" font-family="sans-serif" font-size="28" fill="#888">${name.length > 30 ? `${name.slice(0, 29)}…` : name}</text>${isSealed && html`<text x="270" y="225" text-anchor="middle" font-family="sans-serif" font-size="20" fill="#888">sealed</text>`}</svg>`.toString()

/** Sends a script, a style sheet, data or a thumbnail. */
async function sendTwinFile(exchange: Exchange, looking: Looking, isSealed: boolean): Promise<void> {
  const path = pathOf(exchange.asked.segments.slice(1))
  const type = TYPES[extname(path)]
  const bytes = type === undefined ? undefined : await looking.file(path)
  const photo = bytes === undefined ? looking.photoOf(path) : undefined
  if (photo !== undefined)
    return send(exchange, {
      type: 'image/svg+xml',
      body: tile(photo, isSealed),
      headers: { 'Content-Security-Policy': "default-src 'none'" },
    })
  if (bytes === undefined || type === undefined) return refuse(exchange, NOT_FOUND)
  sendBytes(exchange, bytes, path)
}

/** Sends a file of the twin, unless the browser has it. */
function sendBytes(exchange: Exchange, bytes: Uint8Array, path: string): void {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`
  const headers = { ETag: etag, 'Cache-Control': 'private, no-cache' }
  if (isKnown(exchange.request.headers['if-none-match'], etag)) exchange.response.writeHead(304, headers).end()
  else send(exchange, { type: TYPES[extname(path)] ?? 'application/octet-stream', body: bytes, headers })
}
