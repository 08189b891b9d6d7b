import { type ByteStore, sizeOf } from './bytes.ts'
import type { Reply } from './send.ts'
import type { Bytes } from './world.ts'

/** The way in which a file is served. */
export interface Serving {
  readonly type: string
  /** Originals and videos have an ETag, their MD5; renditions have none (fact sheet 7.2). */
  readonly isOriginal: boolean
  /** A video: any cache may keep it, and it is no attachment. */
  readonly isPublic?: boolean
  readonly range?: string
}

const LAST_MODIFIED = 'Mon, 28 Sep 2026 03:13:05 GMT'
const A_YEAR = 'max-age=31536000'

/** Returns a file, or the requested range of it. Ignores `If-None-Match` and sends no `Accept-Ranges`, as the real service does. */
export function fileReply(store: ByteStore, bytes: Bytes, serving: Serving): Reply {
  const size = sizeOf(bytes)
  const headers: Record<string, string> = {
    'Content-Type': serving.type,
    'Last-Modified': LAST_MODIFIED,
    'Cache-Control': serving.isOriginal && !serving.isPublic ? `private, ${A_YEAR}, s-maxage=0` : `public, ${A_YEAR}`,
  }
  if (serving.isOriginal) headers.ETag = `"${store.md5(bytes)}"`
  if (serving.isOriginal && !serving.isPublic) headers['Content-Disposition'] = 'attachment'
  const range = serving.range === undefined ? undefined : readRange(serving.range, size)
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { 'Content-Type': 'text/html', 'Content-Range': `bytes */${size}` }, body: Buffer.alloc(0) }
  }
  if (range !== undefined) headers['Content-Range'] = `bytes ${range.from}-${range.to - 1}/${size}`
  const { from, to } = range ?? { from: 0, to: size }
  const whole = store.whole(bytes)
  return {
    status: range === undefined ? 200 : 206,
    headers,
    body: whole === undefined ? { size: to - from, pieces: () => store.pieces(bytes, from, to) } : whole.subarray(from, to),
  }
}

/** Reads one range; anything else, or several, is ignored, as RFC 9110 allows. `to` is exclusive. */
function readRange(header: string, size: number): { readonly from: number; readonly to: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return { from: Math.max(0, size - Number(last)), to: size }
  const from = Number(first)
  const to = last === '' ? size : Math.min(Number(last) + 1, size)
  return from >= size || to <= from ? 'unsatisfiable' : { from, to }
}
