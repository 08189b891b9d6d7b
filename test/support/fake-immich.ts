import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { partsOf } from './multipart.ts'

/** A photo or video in it. */
export interface FakeAsset {
  readonly id: string
  readonly name: string
  readonly sha1: string
  readonly sidecar: string
  readonly fields: Readonly<Record<string, string>>
}

/** An Immich that knows as much of its API as the script uses. */
export interface FakeImmich {
  readonly url: string
  readonly assets: FakeAsset[]
  readonly albums: { id: string; albumName: string; description: string; assets: string[]; cover?: string }[]
  readonly stacks: (readonly string[])[]
  /** Counts requests by method and kind. */
  readonly asked: Map<string, number>
  /** Answers uploads of this name with 500. */
  broken: string | undefined
}

/** Starts it. It knows one key. */
export async function startImmich(t: TestContext, key: string): Promise<FakeImmich> {
  const state: Omit<FakeImmich, 'url'> = { assets: [], albums: [], stacks: [], asked: new Map(), broken: undefined }
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const [status, answer] = request.headers['x-api-key'] === key ? reply(state, request, body) : [401, {}]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(resolve)))
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

function reply(state: Omit<FakeImmich, 'url'>, request: IncomingMessage, body: Buffer): readonly [number, unknown] {
  const { pathname } = new URL(request.url ?? '', 'http://x')
  const what = `${request.method} ${pathname.replace(/\/[\da-f-]{36}/, '/ID')}`
  state.asked.set(what, (state.asked.get(what) ?? 0) + 1)
  const album = state.albums.find(({ id }) => pathname.includes(id))
  const json = () => JSON.parse(body.toString())
  switch (what) {
    case 'POST /api/assets':
      return upload(state, request, body)
    case 'POST /api/albums': {
      const { albumName, description } = json()
      const made = { id: randomUUID(), albumName, description, assets: [] }
      state.albums.push(made)
      return [201, made]
    }
    case 'GET /api/albums/ID':
      return album === undefined ? [400, {}] : [200, album]
    case 'PUT /api/albums/ID/assets':
      return album === undefined ? [400, {}] : [200, json().ids.map((id: string) => addTo(album.assets, id))]
    case 'PATCH /api/albums/ID':
      if (album !== undefined) album.cover = json().albumThumbnailAssetId
      return [200, {}]
    case 'POST /api/stacks':
      state.stacks.push(json().assetIds)
      return [201, {}]
    default:
      return [404, {}]
  }
}

function addTo(assets: string[], id: string) {
  if (assets.includes(id)) return { id, success: false, error: 'duplicate' }
  assets.push(id)
  return { id, success: true }
}

function upload(state: Omit<FakeImmich, 'url'>, { headers }: IncomingMessage, body: Buffer): readonly [number, unknown] {
  const parts = partsOf(body, headers['content-type'])
  const data = parts.get('assetData')
  const sidecar = parts.get('sidecarData')
  if (data?.fileName === undefined || sidecar?.fileName === undefined || !sidecar.fileName.endsWith('.xmp')) return [400, {}]
  if (data.fileName === state.broken) return [500, {}]
  const sha1 = createHash('sha1').update(data.bytes).digest('hex')
  if (headers['x-immich-checksum'] !== sha1) return [400, {}]
  const fields = Object.fromEntries(
    [...parts].flatMap(([name, { fileName, bytes }]) => (fileName === undefined ? [[name, bytes.toString()]] : [])),
  )
  // The fields that Immich demands, and the values that it knows.
  const dates = [fields.fileCreatedAt, fields.fileModifiedAt].map((text = '') => Date.parse(text))
  if (dates.some(Number.isNaN) || !['timeline', 'archive'].includes(fields.visibility ?? '')) return [400, {}]
  const known = state.assets.find((asset) => asset.sha1 === sha1)
  if (known !== undefined) return [200, { id: known.id, status: 'duplicate' }]
  const asset = { id: randomUUID(), name: data.fileName, sha1, sidecar: sidecar.bytes.toString(), fields }
  state.assets.push(asset)
  return [201, { id: asset.id, status: 'created' }]
}
