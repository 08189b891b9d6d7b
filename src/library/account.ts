/// <reference lib="esnext.disposable" preserve="true" />
import { openAccountOf } from '../app/app.ts'
import { readGivenSettings, type SettingsInput } from '../config/given.ts'
import type { Emit } from '../events.ts'
import type { Album, Availability, Download, Item, Listing, Owner, Source } from '../model.ts'
import type { StopSignal, Variables } from './common.ts'
import { accounts } from './inside.ts'
import { SURROUNDINGS } from './kinds.ts'
import { optionsOf, readOptions } from './options.ts'

/** An account at SmugMug, to look into or to back up. Requests that fail for a passing reason are repeated. */
export interface Account {
  /** Returns the signed-in user. Throws `SignInError` when SmugMug refuses the keys, else `ServiceError` or `RequestError`, as all below. */
  owner(signal?: StopSignal): Promise<Owner>
  /** Lists every album once. */
  albums(signal?: StopSignal): Promise<readonly Album[]>
  /** Lists every item of one album, in album order. */
  items(album: Album, signal?: StopSignal): Promise<Listing>
  /** Asks for the source of an item whose `availability` is `unresolved`, as that of most videos is. */
  resolve(item: Item, signal?: StopSignal): Promise<Exclude<Availability, { kind: 'unresolved' }>>
  /** Opens the bytes of a source. They are not checked: only a backup proves them. Read `body` to its end, or leave its loop. */
  open(source: Source, options?: { readonly start?: number; readonly signal?: StopSignal }): Promise<Download>
  /** API requests sent by these functions so far. Downloads are no API requests; each backup counts its own. */
  readonly apiCalls: number
  /** Closes every connection. Further calls do nothing. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The settings that concern the account alone. */
const OWN = [
  'apiKey',
  'apiSecret',
  'userToken',
  'userSecret',
  'baseUrl',
  'maxRetries',
  'concurrentDownloads',
  'forceVideoDownload',
  'limitRate',
  'comments',
  'imageMetadata',
] as const satisfies readonly (keyof SettingsInput)[]

/** The four secrets, and the settings for the service. */
export type AccountOptions = {
  readonly apiKey: string
  readonly apiSecret: string
  readonly userToken: string
  readonly userSecret: string
  readonly emit?: Emit | undefined
  readonly env?: Variables | undefined
} & Pick<SettingsInput, (typeof OWN)[number]>

/** Opens an account at SmugMug. It sends no request yet. Close it when done. Throws `ConfigurationError`. */
export function openAccount(options: AccountOptions): Account {
  const { emit, env, ...settings } = optionsOf(options, 'openAccount', [...OWN, 'emit', 'env'])
  const surroundings = { emit, env }
  const read = readOptions(surroundings, SURROUNDINGS)
  const account = openAccountOf({ settings: readGivenSettings(settings), emit: read.emit ?? (() => undefined), env: read.env })
  const inside = { settings, surroundings, isClosed: false }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    inside.isClosed = true
    closing ??= account.close()
    return closing
  }
  const facade: Account = {
    owner: (signal) => stoppable(signal, (real) => account.owner(real)),
    albums: (signal) => stoppable(signal, (real) => account.albums(real)),
    items: (album, signal) => stoppable(signal, (real) => account.items(album, real)),
    resolve: (item, signal) => stoppable(signal, (real) => account.resolve(item, real)),
    open: async (source, { start, signal } = {}) => account.open(source, { ...(start !== undefined && { start }), ...realSignal(signal) }),
    get apiCalls() {
      return account.apiCalls
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  accounts.set(facade, inside)
  return facade
}

/** Runs one request until it ends, or the signal ends it with its reason. */
async function stoppable<T>(given: StopSignal | undefined, work: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
  return await work(realSignal(given).signal)
}

/** Returns the signal as Node has it. One of another make is followed for as long as it lives. */
function realSignal(given: StopSignal | undefined): { readonly signal?: AbortSignal } {
  const { signal } = readOptions({ signal: given }, { signal: SURROUNDINGS.signal })
  if (signal === undefined || signal instanceof AbortSignal) return signal === undefined ? {} : { signal }
  const controller = new AbortController()
  signal.addEventListener('abort', () => controller.abort(signal.reason))
  if (signal.aborted) controller.abort(signal.reason)
  return { signal: controller.signal }
}
