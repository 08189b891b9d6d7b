import { ConfigurationError, RequestError, SignInError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../model.ts'
import {
  type AccountWriter,
  MAY_ONLY_READ,
  type MadeNode,
  type NewFile,
  type NewNode,
  type NotCollected,
  type Target,
  type Uploaded,
  type Verdict,
} from '../account-writer.ts'
import type { Keys } from '../api.ts'
import { decodeUser, objectOf } from '../reading/decode.ts'
import { maySign, parseBase, segmentOf } from '../wire/addresses.ts'
import { Http, type HttpOptions, type Reply } from '../wire/http.ts'
import { decodeMade, listChildren } from './nodes.ts'
import { refused, uriProblemsOf } from './problems.ts'
import { uploadFile } from './upload.ts'

/** The settings of an account that is to be written to. */
export interface WriterOptions extends Omit<HttpOptions, 'credentials'> {
  readonly keys: Keys
  /** The uploader's address; absent: SmugMug's own, or with another base URL that one's root (fact sheet 9.1). */
  readonly uploadUrl?: string
}

/** Opens an account for writing. No request is sent yet. Throws `ConfigurationError` when an address in the options cannot be used. */
export const openWriter = (options: WriterOptions): AccountWriter => new Writer(options)

class Writer implements AccountWriter {
  readonly #http: Http
  readonly #uploader: URL

  constructor(options: WriterOptions) {
    const { apiKey, apiSecret, userToken, userSecret } = options.keys
    const credentials = { consumerKey: apiKey, consumerSecret: apiSecret, token: userToken, tokenSecret: userSecret }
    this.#http = new Http({ ...options, credentials })
    this.#uploader = uploaderOf(options)
  }

  get apiCalls(): number {
    return this.#http.apiCalls
  }

  async mayModify(signal?: AbortSignal): Promise<boolean | undefined> {
    const { response } = await this.#http.json('/api/v2!authuser', { query: { _verbosity: '1' }, wholeAccount: true, signal })
    const root = decodeUser(objectOf(response, 'User'))?.rootNodeUri
    if (root === undefined) return undefined
    try {
      const reply = await this.#send({ method: 'PATCH', uri: root }, {}, signal)
      // A complaint about the empty change comes after the question of permission.
      return reply.kind === 'unknown' || (reply.kind === 'refused' && reply.status !== 400) ? undefined : true
    } catch (error) {
      if (error instanceof SignInError && error.problem === NO_PERMISSION) return false
      throw error
    }
  }

  async create(node: NewNode, signal?: AbortSignal): Promise<Verdict<MadeNode>> {
    const { type, parentId, name, urlName, privacy, fields = {} } = node
    const body = { ...fields, Type: type, Name: name, Privacy: privacy, ...(urlName !== undefined && { UrlName: urlName }) }
    const reply = await this.#send({ method: 'POST', uri: `/api/v2/node/${segmentOf(parentId)}!children` }, body, signal)
    if (reply.kind === 'unknown') return reply
    if (reply.kind === 'refused') return refused(reply)
    const made = decodeMade(isObject(reply.envelope.Response) ? objectOf(reply.envelope.Response, 'Node') : undefined)
    return made === undefined
      ? { kind: 'unknown', reason: 'SmugMug answered without the new folder or album' }
      : { kind: 'done', value: made }
  }

  async change(target: Target, fields: JsonObject, signal?: AbortSignal): Promise<Verdict<undefined>> {
    const reply = await this.#send({ method: 'PATCH', uri: uriOf(target) }, fields, signal)
    if (reply.kind === 'unknown') return reply
    if (reply.kind === 'accepted') return { kind: 'done', value: undefined }
    const secrets = [fields.Password, fields.DownloadPassword].filter((secret) => typeof secret === 'string')
    return refused(reply, secrets)
  }

  upload(file: NewFile, signal?: AbortSignal): Promise<Verdict<Uploaded>> {
    return this.#asking(() => uploadFile({ http: this.#http, address: this.#uploader }, file, signal))
  }

  async collect(
    albumKey: string,
    images: readonly { readonly imageKey: string; readonly serial: number }[],
    signal?: AbortSignal,
  ): Promise<Verdict<readonly NotCollected[]>> {
    const keys = new Map(images.map((image) => [uriOf({ kind: 'image', ...image }), image.imageKey]))
    const uri = `/api/v2/album/${segmentOf(albumKey)}!collectimages`
    const reply = await this.#send({ method: 'POST', uri }, { CollectUris: [...keys.keys()].join(',') }, signal)
    if (reply.kind === 'unknown') return reply
    if (reply.kind === 'accepted') return { kind: 'done', value: [] }
    const problems = [...uriProblemsOf(reply.envelope)].flatMap(([refusedUri, reason]) => {
      const imageKey = keys.get(refusedUri) ?? keys.get(pathOf(refusedUri))
      return imageKey === undefined ? [] : [{ imageKey, reason }]
    })
    return problems.length > 0 ? { kind: 'done', value: problems } : refused(reply)
  }

  async read(target: Target, signal?: AbortSignal): Promise<JsonObject | undefined> {
    try {
      const { response } = await this.#http.json(uriOf(target), { query: { _verbosity: '1' }, signal })
      return objectOf(response, { node: 'Node', album: 'Album', image: 'Image' }[target.kind])
    } catch (error) {
      if (error instanceof RequestError && (error.status === 404 || error.status === 410)) return undefined
      throw error
    }
  }

  children(nodeId: string, signal?: AbortSignal): Promise<readonly MadeNode[]> {
    return listChildren(this.#http, `/api/v2/node/${segmentOf(nodeId)}!children`, signal)
  }

  close(): Promise<void> {
    return this.#http.close()
  }

  async #send(
    what: { readonly method: 'POST' | 'PATCH'; readonly uri: string },
    body: JsonObject,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const { method, uri } = what
    const url = this.#http.address(uri)
    url.searchParams.set('_verbosity', '1')
    const text = JSON.stringify(body)
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
    return this.#asking(() => this.#http.change({ method, url, headers, body: () => text, signal }))
  }

  /** Turns a refusal that is about the permission into the error that ends the run: everything else would be refused as well. */
  async #asking<T extends Reply | Verdict<unknown>>(ask: () => Promise<T>): Promise<T> {
    const answer = await ask()
    if (answer.kind !== 'refused') return answer
    const words = 'words' in answer ? answer.words : answer.detail
    if (answer.status !== 401 && !(answer.status === 403 && PERMISSION.test(words))) return answer
    throw new SignInError(`SmugMug says that this sign-in may not change anything${words === '' ? '' : `: "${words}"`}.`, {
      problem: NO_PERMISSION,
      hint: MAY_ONLY_READ,
    })
  }
}

const NO_PERMISSION = 'permission_denied'
/** SmugMug's own words are "The user has not granted the required permissions" (fact sheet 1.1). */
const PERMISSION = /\b(permissions?|granted)\b/i

function uriOf(target: Target): string {
  switch (target.kind) {
    case 'node':
      return `/api/v2/node/${segmentOf(target.nodeId)}`
    case 'album':
      return `/api/v2/album/${segmentOf(target.albumKey)}`
    case 'image':
      return `/api/v2/image/${segmentOf(target.imageKey)}-${target.serial}`
  }
}

/** Returns the path of an address that may be relative or absolute. */
const pathOf = (uri: string): string => URL.parse(uri, 'https://api.smugmug.com')?.pathname ?? uri

const UPLOADER = 'https://upload.smugmug.com/'

function uploaderOf({ baseUrl, uploadUrl }: WriterOptions): URL {
  const base = parseBase(baseUrl)
  const isSmugMugs = base.hostname === 'smugmug.com' || base.hostname.endsWith('.smugmug.com')
  const url = URL.parse(uploadUrl ?? (isSmugMugs ? UPLOADER : new URL('/', base).href))
  if (url === null || !maySign(url, base)) {
    throw new ConfigurationError('upload_url is no address that your sign-in may be sent to.', {
      hint: 'Leave upload_url in [http] out; it must be at smugmug.com over https, or at the host of base_url.',
    })
  }
  return url
}
