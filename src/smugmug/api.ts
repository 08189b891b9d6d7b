import { RequestError, ServiceError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Album, Availability, Item, JsonObject, Owner, Source } from '../model.ts'
import type { Account, Component, Download, Listing, TreeNode } from './account.ts'
import { listAlbums } from './reading/albums.ts'
import { hintsAtComponents, readComponents } from './reading/components.ts'
import { type DecodedUser, decodeItem, decodeUser, objectOf, type Wants } from './reading/decode.ts'
import { type OpenOptions, openSource } from './reading/downloads.ts'
import { itemQuery, listItems } from './reading/items.ts'
import { climb } from './reading/originals.ts'
import { readNodes } from './reading/tree.ts'
import { segmentOf } from './wire/addresses.ts'
import { linkOf, parseObject } from './wire/answer.ts'
import { Http, type HttpOptions } from './wire/http.ts'

/** The settings of an account that is to be opened. */
export interface SmugMugOptions extends Omit<HttpOptions, 'credentials'> {
  readonly keys: Keys
  /** Fetches videos that SmugMug says it is still processing. Default false. */
  readonly forceVideo?: boolean
  /** Facts to ask for besides, in the same calls. Default none. */
  readonly wants?: Wants
}

/** The keys that open an account. All four are secrets. */
export interface Keys {
  readonly apiKey: string
  readonly apiSecret: string
  readonly userToken: string
  readonly userSecret: string
}

/**
 * Opens an account at SmugMug. No request is sent yet. Throws `ConfigurationError` when one of the addresses in the options is invalid.
 */
export const openSmugMug = (options: SmugMugOptions): Account => new SmugMug(options)

class SmugMug implements Account {
  readonly #http: Http
  readonly #emit: Emit
  readonly #forceVideo: boolean
  readonly #wants: Wants
  #user: Promise<DecodedUser> | undefined

  constructor(options: SmugMugOptions) {
    const { apiKey, apiSecret, userToken, userSecret } = options.keys
    const credentials = { consumerKey: apiKey, consumerSecret: apiSecret, token: userToken, tokenSecret: userSecret }
    this.#http = new Http({ ...options, credentials })
    this.#emit = options.emit
    this.#forceVideo = options.forceVideo ?? false
    this.#wants = options.wants ?? {}
  }

  get apiCalls(): number {
    return this.#http.apiCalls
  }

  async owner(signal?: AbortSignal): Promise<Owner> {
    return (await this.#whoAmI(signal)).owner
  }

  async albums(...[signal, isUsual]: Parameters<Account['albums']>): Promise<readonly Album[]> {
    const user = await this.#whoAmI(signal)
    return asService(() => listAlbums({ http: this.#http, user, emit: this.#emit, signal }, isUsual))
  }

  items(album: Album, signal?: AbortSignal): Promise<Listing> {
    return listItems(album, { http: this.#http, emit: this.#emit, forceVideo: this.#forceVideo, wants: this.#wants, signal })
  }

  resolve(item: Item, signal?: AbortSignal): Promise<Exclude<Availability, { kind: 'unresolved' }>> {
    return climb(item, (uri, locator) => this.#ask(uri, locator, signal))
  }

  async refresh(item: Item, signal?: AbortSignal): Promise<Item | undefined> {
    // The image in its album: a plain image lacks what belongs to the album.
    const image = parseObject(Buffer.from(item.raw))
    const uri = typeof image?.Uri === 'string' ? image.Uri : `/api/v2/album/${segmentOf(item.albumKey)}/image/${keyAndSerial(item)}`
    try {
      const { response, expansions } = await this.#http.json(uri, { query: itemQuery(this.#wants), signal })
      const { albumKey, position } = item
      return decodeItem(objectOf(response, 'AlbumImage'), {
        albumKey,
        position,
        expansions,
        forceVideo: this.#forceVideo,
        wants: this.#wants,
      })
    } catch (error) {
      if (error instanceof RequestError && GONE.has(error.status ?? 0)) return undefined
      throw error
    }
  }

  open(source: Source, options: OpenOptions = {}): Promise<Download> {
    return openSource(this.#http, source, options)
  }

  mayHaveComponents(item: Item): boolean {
    return hintsAtComponents(item)
  }

  components(item: Item, signal?: AbortSignal): Promise<readonly Component[] | undefined> {
    return readComponents(this.#http, item, signal)
  }

  async tree(signal?: AbortSignal): Promise<readonly TreeNode[]> {
    const user = await this.#whoAmI(signal)
    return readNodes({ http: this.#http, user, emit: this.#emit, signal })
  }

  async metadata(item: Item, signal?: AbortSignal): Promise<JsonObject | undefined> {
    const image = parseObject(Buffer.from(item.raw))
    const uri =
      linkOf(image?.Uris, 'ImageMetadata') ?? linkOf(image?.Uris, 'AlbumImageMetadata') ?? `/api/v2/image/${keyAndSerial(item)}!metadata`
    return this.#ask(uri, 'ImageMetadata', signal)
  }

  close(): Promise<void> {
    return this.#http.close()
  }

  /** Asks once; a failure is not remembered. */
  #whoAmI(signal: AbortSignal | undefined): Promise<DecodedUser> {
    this.#user ??= asService(() => this.#readUser(signal)).catch((error: unknown) => {
      this.#user = undefined
      throw error
    })
    return this.#user
  }

  async #readUser(signal: AbortSignal | undefined): Promise<DecodedUser> {
    const query = { _verbosity: '1', _filteruri: 'Node,UserAlbums,UserDeletedAlbums,UserUploadLimits' }
    const { response } = await this.#http.json('/api/v2!authuser', { query, wholeAccount: true, signal })
    const user = decodeUser(objectOf(response, 'User'))
    if (user === undefined) {
      throw new ServiceError('SmugMug does not say who is signed in: its answer has no nickname.', { hint: 'Run the program again later.' })
    }
    const { nickName } = user.owner
    const status = user.accountStatus ?? 'Active'
    if (status === 'Suspended' || status === 'Closed') {
      throw new ServiceError(`SmugMug says that the account of ${nickName} is ${status.toLowerCase()}.`, {
        hint: 'Sign in to smugmug.com in a browser and see what the account needs.',
      })
    }
    if (status === 'PastDue') {
      this.#emit({ event: 'warning', message: `SmugMug says that a payment for the account of ${nickName} is due; it may stop answering.` })
    }
    if (!user.ownersView) this.#emit({ event: 'warning', message: ONLY_PUBLIC, leavesOut: true })
    return user
  }

  /** Returns the payload of a link; undefined when SmugMug does not offer it, for a reason that will not pass. */
  async #ask(uri: string, locator: string, signal: AbortSignal | undefined): Promise<JsonObject | undefined> {
    try {
      const { response } = await this.#http.json(uri, { query: { _verbosity: '1' }, signal })
      return objectOf(response, locator)
    } catch (error) {
      if (error instanceof RequestError && NOT_OFFERED.has(error.status ?? 0)) return undefined
      throw error
    }
  }
}

/** Returns the end of a KEY-SERIAL address; without the serial SmugMug redirects (fact sheet 0.4). */
const keyAndSerial = (item: Item): string => `${segmentOf(item.imageKey)}${item.serial === undefined ? '' : `-${item.serial}`}`

const GONE: ReadonlySet<number> = new Set([404, 410])
/** Statuses of a link that does not exist, or not for this account. */
const NOT_OFFERED: ReadonlySet<number> = new Set([403, 404, 405, 410])

const ONLY_PUBLIC =
  'This sign-in sees only what is public: the backup will lack private albums. Give it full access in SmugMug under Account Settings > Privacy > Authorized Services, or revoke it there and run `smugmug-backup login`.'

/** Turns a `RequestError` into a `ServiceError`: a question about the whole account fails as a whole. */
const asService = async <T>(ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    throw new ServiceError(`${error.message}.`, {
      hint: error.transient ? 'Check the network, or run the program again later.' : 'Run the program again later.',
      cause: error,
    })
  }
}
