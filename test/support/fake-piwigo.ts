import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { type Part, partsOf } from './multipart.ts'

/** A photo or video in it. */
export interface FakeImage {
  readonly id: number
  readonly file: string
  readonly md5: string
  readonly bytes: Buffer
  name: string
  comment: string | undefined
  taken: string | undefined
  level: number
  tags: readonly number[]
  readonly formats: { readonly ext: string; readonly bytes: Buffer }[]
}

/** An album or a folder in it, with the ranks of its photos. */
export interface FakeCategory {
  readonly id: number
  readonly name: string
  readonly comment: string
  readonly parent: number | undefined
  readonly status: 'public' | 'private'
  readonly ranks: Map<number, number>
  cover: number | undefined
}

/** A Piwigo that knows as much of its API as the script uses, and answers as Piwigo 16 does. */
export interface FakePiwigo {
  readonly url: string
  readonly images: FakeImage[]
  /** In the order in which Piwigo shows them. */
  readonly categories: FakeCategory[]
  readonly tags: { readonly id: number; readonly name: string }[]
  /** Pieces that wait for others, by the names of their files. */
  readonly pieces: Map<string, Buffer>
  /** Counts requests by method. */
  readonly asked: Map<string, number>
  /** The status of the user who signs in. */
  status: 'webmaster' | 'admin' | 'normal'
  /** The endings that it takes. */
  types: string
  /** The size of a piece in kilobytes. */
  pieceSize: number
  /** Are RAW files kept? */
  keepsFormats: boolean
  /** Answers uploads of this name with 500, and no JSON. */
  broken: string | undefined
  /** The number of requests after which it hangs up on everybody. */
  hangsUpAfter: number
  /** Text that PHP prints before each answer. */
  warning: string
}

/** Starts it. It knows one user. */
export async function startPiwigo(t: TestContext, user: { readonly name: string; readonly password: string }): Promise<FakePiwigo> {
  const state: Omit<FakePiwigo, 'url'> = {
    ...{ images: [], categories: [], tags: [], pieces: new Map(), asked: new Map() },
    ...{ status: 'webmaster', types: 'jpg,jpeg,png,gif,webp', pieceSize: 500, keepsFormats: false },
    ...{ broken: undefined, hangsUpAfter: Number.POSITIVE_INFINITY, warning: '' },
  }
  const inside: Inside = { state, user, sessions: new Set(), last: 0 }
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    state.hangsUpAfter -= 1
    if (state.hangsUpAfter < 0) return request.socket.destroy()
    if (!request.url?.startsWith('/ws.php?format=json'))
      return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
    const answer = reply(inside, request, body)
    const headers = answer.session === undefined ? {} : { 'set-cookie': `pwg_id=${answer.session}; path=/` }
    response.writeHead(answer.http ?? 200, headers).end(state.warning + (answer.text ?? JSON.stringify(answer.json)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(resolve)))
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

interface Inside {
  readonly state: Omit<FakePiwigo, 'url'>
  readonly user: { readonly name: string; readonly password: string }
  readonly sessions: Set<string>
  last: number
}

interface Answer {
  readonly http?: number
  readonly json?: unknown
  readonly text?: string
  readonly session?: string
}

type Fields = Readonly<Record<string, string>>

const ok = (result: unknown = null): Answer => ({ json: { stat: 'ok', result } })
const fail = (err: number, message: string): Answer => ({
  ...(err >= 400 && err < 600 && { http: err }),
  json: { stat: 'fail', err, message },
})
/** Piwigo's database refuses a text, and PHP ends with a text of its own. */
const fatal = (reason: string): Answer => ({ text: `<br />\n<b>Fatal error</b>:  Uncaught mysqli_sql_exception: ${reason}<br />\n` })

function reply(inside: Inside, { headers }: IncomingMessage, body: Buffer): Answer {
  const { state, user, sessions } = inside
  const parts = headers['content-type']?.startsWith('multipart/') ? partsOf(body, headers['content-type']) : new Map<string, Part>()
  const fields: Fields = Object.fromEntries([
    ...new URLSearchParams(parts.size > 0 ? '' : body.toString()),
    ...[...parts].flatMap(([name, { fileName, bytes }]) => (fileName === undefined ? [[name, bytes.toString()]] : [])),
  ])
  const method = fields.method ?? ''
  state.asked.set(method, (state.asked.get(method) ?? 0) + 1)
  const session = /pwg_id=([\w-]+)/.exec(headers.cookie ?? '')?.[1] ?? ''
  if (method === 'pwg.session.login') {
    if (fields.username !== user.name || fields.password !== user.password) return fail(999, 'Invalid username/password')
    const made = randomUUID()
    sessions.add(made)
    return { ...ok(true), session: made }
  }
  const isAdmin = sessions.has(session) && state.status !== 'normal'
  if (method === 'pwg.session.getStatus') {
    const more = { upload_file_types: state.types, upload_form_chunk_size: state.pieceSize }
    return ok({ status: sessions.has(session) ? state.status : 'guest', pwg_token: tokenOf(session), ...(isAdmin && more) })
  }
  if (method === 'pwg.session.logout') return ok(sessions.delete(session))
  if (!isAdmin) return fail(401, 'Access denied')
  const does = METHODS[method]
  return does === undefined ? fail(501, 'Method name is not valid') : does(inside, fields, { session, file: parts.get('file')?.bytes })
}

const tokenOf = (session: string): string => createHash('md5').update(session).digest('hex')
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')
/** PHP's strip_tags, as far as it matters: a `<` before a letter or `/` takes all to the next `>`, or to the end. */
const stripTags = (text: string): string => text.replace(/<[a-z/!?][^>]*(>|$)/gi, '')
/** Words that are one to the database. */
const collated = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trimEnd()

/** Returns the refusal of a text by the database. */
function refused(column: string, text: string): Answer | undefined {
  if (/[\u{10000}-\u{10FFFF}]/u.test(text)) return fatal(`Incorrect string value for column ${column}`)
  return column !== 'comment' && text.length > 255 ? fatal(`Data too long for column ${column}`) : undefined
}

type Method = (inside: Inside, fields: Fields, sent: { readonly session: string; readonly file: Buffer | undefined }) => Answer

const METHODS: Readonly<Record<string, Method>> = {
  'pwg.tags.getAdminList': ({ state }) => ok({ tags: state.tags.map(({ id, name }) => ({ id: String(id), name, name_raw: name })) }),
  'pwg.tags.add': (inside, { name: given = '' }) => {
    const name = stripTags(given)
    if (inside.state.tags.some((tag) => collated(tag.name) === collated(name))) return fail(1003, `Tag "${name}" already exists`)
    inside.last += 1
    const no = refused('name', name)
    if (no === undefined) inside.state.tags.push({ id: inside.last, name })
    return no ?? ok({ info: '', id: inside.last, name })
  },
  'pwg.categories.getAdminList': ({ state }) => ok({ categories: state.categories.map(({ id, name }) => ({ id, name })) }),
  'pwg.categories.add': (inside, fields) => {
    const { categories } = inside.state
    const [name, comment] = [stripTags(fields.name ?? ''), stripTags(fields.comment ?? '')]
    if (/^\s*$/.test(name)) return fail(500, 'The name of an album must not be empty')
    const no = refused('name', name) ?? refused('comment', comment)
    if (no !== undefined) return no
    const above = categories.find(({ id }) => String(id) === fields.parent)
    const status = above?.status === 'private' || fields.status === 'private' ? 'private' : 'public'
    inside.last += 1
    const made: FakeCategory = { id: inside.last, name, comment, parent: above?.id, status, ranks: new Map(), cover: undefined }
    // Piwigo puts a new album first, unless it is asked for another place.
    if (fields.position === 'last') categories.push(made)
    else categories.unshift(made)
    return ok({ info: 'Album added', id: made.id })
  },
  'pwg.categories.setRepresentative': ({ state }, fields) => {
    const category = state.categories.find(({ id }) => String(id) === fields.category_id)
    if (category === undefined || !state.images.some(({ id }) => String(id) === fields.image_id)) return fail(404, 'not found')
    category.cover = Number(fields.image_id)
    return ok()
  },
  'pwg.images.exist': ({ state }, { md5sum_list: sums = '' }) =>
    ok(Object.fromEntries(sums.split(',').map((sum) => [sum, String(state.images.find((image) => image.md5 === sum)?.id ?? '') || null]))),
  'pwg.images.setInfo': ({ state }, fields) => {
    const image = state.images.find(({ id }) => String(id) === fields.image_id)
    if (image === undefined) return fail(404, 'image_id not found')
    if (fields.level !== undefined && image.level === 0) image.level = Number(fields.level)
    const [album, rank] = (fields.categories ?? '').split(',')
    // An album that is not there is no error, and one that has the photo keeps its rank.
    const ranks = state.categories.find(({ id }) => String(id) === album)?.ranks
    if (ranks?.has(image.id) === false) ranks.set(image.id, Number(rank))
    return ok()
  },
  'pwg.images.uploadAsync': uploadAsync,
  'pwg.images.upload': uploadFormat,
}

function uploadAsync({ state }: Inside, fields: Fields, { file }: Parameters<Method>[2]): Answer {
  const { original_sum: sum = '', chunk, chunks, filename = '' } = fields
  const of = (index: number): string => `${sum}-${index}of${chunks}.chunk`
  // Only Piwigo 16 does without.
  if (!fields.username) return fail(1002, 'Missing parameters: username')
  if (file === undefined || md5(file) !== fields.chunk_sum) return fail(500, 'MD5 checksum chunk file mismatched')
  state.pieces.set(of(Number(chunk) + 1), file)
  const names = Array.from({ length: Number(chunks) }, (_, index) => of(index + 1))
  if (!names.every((name) => state.pieces.has(name))) return ok({ message: 'chunks uploaded = 1' })
  if (state.pieces.has(`${sum}.merged`)) return ok({ message: 'chunks uploaded = 1' })
  const bytes = Buffer.concat(names.map((name) => state.pieces.get(name) ?? Buffer.alloc(0)))
  for (const name of names) state.pieces.delete(name)
  if (md5(bytes) !== sum) return fail(500, 'MD5 checksum merged file mismatched')
  if (filename === state.broken) return { http: 500, text: '<h1>Internal Server Error</h1>' }
  const ending = /\.([^.]*)$/.exec(filename)?.[1]?.toLowerCase() ?? ''
  if (!state.types.split(',').includes(ending)) return { text: 'forbidden file type' }
  const no = refused('file', filename) ?? refused('name', fields.name ?? '') ?? refused('comment', fields.comment ?? '')
  if (no !== undefined) return no
  if (fields.date_creation !== undefined && !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(fields.date_creation))
    return fatal('Incorrect datetime value')
  const known = state.images.find((image) => image.md5 === sum)
  const image = known ?? {
    ...{ id: state.images.length + 1, file: htmlTwice(filename), md5: sum, bytes, name: filename, comment: undefined, taken: undefined },
    ...{ level: Number(fields.level ?? 0), tags: [], formats: [] },
  }
  // Words replace those of a photo that is there already.
  image.name = fields.name ?? image.name
  image.comment = fields.comment ?? image.comment
  image.taken = fields.date_creation ?? image.taken
  if (fields.tag_ids) image.tags = fields.tag_ids.split(',').map(Number)
  if (known === undefined) state.images.push(image)
  return ok({ id: image.id, name: image.name })
}

/** Piwigo escapes the name of a file for the database, then for HTML. */
const htmlTwice = (name: string): string =>
  name
    .replace(/['"\\]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll("'", '&#039;')

function uploadFormat({ state }: Inside, fields: Fields, { session, file }: Parameters<Method>[2]): Answer {
  if (fields.pwg_token !== tokenOf(session)) return fail(403, 'Invalid security token')
  if (!state.keepsFormats) return fail(401, 'formats are disabled')
  const ext = /\.(cr2|tif|tiff|nef|dng)$/.exec(fields.name ?? '')?.[1]
  if (ext === undefined) return fail(401, `unexpected format extension of file "${fields.name}"`)
  const part = `${fields.name}.part`
  // A piece is added to what stands there, whatever its number.
  state.pieces.set(part, Buffer.concat([state.pieces.get(part) ?? Buffer.alloc(0), file ?? Buffer.alloc(0)]))
  if (Number(fields.chunk) !== Number(fields.chunks) - 1) return ok()
  const image = state.images.find(({ id }) => String(id) === fields.format_of)
  if (image === undefined) return fail(404, 'image_id not found')
  image.formats.push({ ext, bytes: state.pieces.get(part) ?? Buffer.alloc(0) })
  return ok({ image_id: image.id, add_status: 'add' })
}
