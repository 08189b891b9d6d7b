/**
 * The reference: a plain client with the call pattern of the Go program that this one succeeds, at its fastest setting.
 * It asks for the albums page by page (50 each, as the service gives them), then lists several albums at a time (100 items a page,
 * one page after the other); a lister hands each item to a loader and waits until one takes it. It signs everything, asks once
 * more for each video, checks only the size of a file that is already there, and writes straight to the file's name.
 *
 * `node bench/reference.ts API-URL FOLDER [ALBUMS DOWNLOADS]` prints its counts as one line of JSON; the keys come from the environment.
 */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { authorizationHeader, type Credentials } from '../src/smugmug/wire/oauth1.ts'

interface Link {
  readonly Uri: string
}
interface Image {
  readonly FileName: string
  readonly IsVideo: boolean
  readonly ArchivedUri: string
  readonly ArchivedSize: number
  readonly Uris: { readonly LargestVideo?: Link }
}
interface Page {
  readonly Album?: readonly { readonly UrlPath: string; readonly Uris: { readonly AlbumImages: Link } }[]
  readonly AlbumImage?: readonly Image[]
  readonly Pages: { readonly NextPage?: string }
}

/** The service and account for the reference. */
export interface ReferenceTarget {
  readonly apiUrl: string
  readonly credentials: Credentials
}

/** Go's client keeps two idle connections to a host and opens as many as it likes. */
const agent = new Agent({ keepAlive: true, maxFreeSockets: 2, maxSockets: Number.POSITIVE_INFINITY })

function request(address: string, credentials: Credentials): Promise<IncomingMessage> {
  const url = new URL(address)
  const stamp = { nonce: randomBytes(8).toString('hex'), timestamp: Math.floor(Date.now() / 1000) }
  const authorization = authorizationHeader({ method: 'GET', url }, credentials, stamp)
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { accept: 'application/json', authorization } }, (answer) => {
      if (answer.statusCode === 200) resolve(answer)
      else reject(new Error(`${address} answered ${answer.statusCode}`))
    }).once('error', reject)
  })
}

async function ask<T>({ apiUrl, credentials }: ReferenceTarget, uri: string): Promise<T> {
  const answer = (await json(await request(`${apiUrl}${uri}`, credentials))) as { readonly Response: T }
  return answer.Response
}

async function allPages<T>(target: ReferenceTarget, first: string, entriesOf: (page: Page) => readonly T[] | undefined): Promise<T[]> {
  const entries: T[] = []
  for (let uri: string | undefined = first; uri !== undefined; ) {
    const page: Page = await ask(target, uri)
    entries.push(...(entriesOf(page) ?? []))
    uri = page.Pages.NextPage
  }
  return entries
}

async function listAlbums(target: ReferenceTarget) {
  const me = await ask<{ readonly User: { readonly NickName: string } }>(target, '/api/v2!authuser')
  const { User } = await ask<{ readonly User: { readonly Uris: { readonly UserAlbums: Link } } }>(
    target,
    `/api/v2/user/${me.User.NickName}`,
  )
  return allPages(target, User.Uris.UserAlbums.Uri, (page) => page.Album)
}

/** Returns the addresses of every photo's original, for `curl`. */
export async function addresses(target: ReferenceTarget): Promise<readonly string[]> {
  const found: string[] = []
  for (const album of await listAlbums(target)) {
    const images = await allPages(target, album.Uris.AlbumImages.Uri, (page) => page.AlbumImage)
    found.push(...images.map((image) => image.ArchivedUri))
  }
  return found
}

/** Hands values over one by one: the giver waits for a taker (a channel without a buffer). */
class HandOver<T> {
  readonly #givers: { readonly value: T; taken(): void }[] = []
  readonly #takers: ((value: T | undefined) => void)[] = []
  #closed = false

  give(value: T): Promise<void> | undefined {
    const taker = this.#takers.shift()
    if (taker === undefined) return new Promise((taken) => this.#givers.push({ value, taken }))
    taker(value)
    return undefined
  }

  async take(): Promise<T | undefined> {
    const giver = this.#givers.shift()
    giver?.taken()
    if (giver !== undefined || this.#closed) return giver?.value
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  close(): void {
    this.#closed = true
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }
}

const times = (count: number, work: () => Promise<void>): Promise<unknown> => Promise.all(Array.from({ length: count }, work))

/** Does one run. Returns the number of files that it fetched. */
async function run(target: ReferenceTarget, folder: string, settings: { readonly albums: number; readonly downloads: number }) {
  const albums = (await listAlbums(target)).values()
  const items = new HandOver<{ readonly image: Image; readonly path: string }>()
  let fetched = 0

  const lister = async (): Promise<void> => {
    for (const album of albums) {
      const place = join(folder, album.UrlPath)
      await mkdir(place, { recursive: true })
      for (const image of await allPages(target, album.Uris.AlbumImages.Uri, (page) => page.AlbumImage)) {
        await items.give({ image, path: join(place, image.FileName) })
      }
    }
  }
  const loader = async (): Promise<void> => {
    for (let item = await items.take(); item !== undefined; item = await items.take()) {
      if (await load(item.image, item.path)) fetched += 1
    }
  }
  const load = async (image: Image, path: string): Promise<boolean> => {
    let source = { Url: image.ArchivedUri, Size: image.ArchivedSize }
    if (image.IsVideo && image.Uris.LargestVideo !== undefined) {
      source = (await ask<{ readonly LargestVideo: typeof source }>(target, image.Uris.LargestVideo.Uri)).LargestVideo
    }
    const there = await stat(path).catch(() => undefined)
    if (there?.size === source.Size) return false
    await pipeline(await request(source.Url, target.credentials), createWriteStream(path))
    return true
  }

  await Promise.all([times(settings.albums, lister).finally(() => items.close()), times(settings.downloads, loader)])
  return fetched
}

if (import.meta.main) {
  const [apiUrl = '', folder = '', albums = '5', downloads = '10'] = process.argv.slice(2)
  const { API_KEY = '', API_SECRET = '', USER_TOKEN = '', USER_SECRET = '' } = process.env
  const credentials = { consumerKey: API_KEY, consumerSecret: API_SECRET, token: USER_TOKEN, tokenSecret: USER_SECRET }
  const began = performance.now()
  const fetched = await run({ apiUrl, credentials }, folder, { albums: Number(albums), downloads: Number(downloads) })
  console.log(JSON.stringify({ fetched, seconds: (performance.now() - began) / 1000 }))
  agent.destroy()
}
