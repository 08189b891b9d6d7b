import { ByteStore } from './bytes.ts'
import { Counters } from './counters.ts'
import { Faults } from './faults.ts'
import { Bandwidth, RateLimit } from './limits.ts'
import { Atlas } from './lookup.ts'
import { allParameters, isSigned, OAuthGate, type OAuthResult, type ReceivedRequest } from './oauth.ts'
import type { Context, Viewer } from './objects/context.ts'
import { SignIn } from './sign-in.ts'
import type { Behaviour, World } from './world.ts'

/** Everything the two hosts of a simulator share; the world and the behaviour may be swapped while it runs. */
export class Service {
  readonly counters = new Counters()
  readonly gate = new OAuthGate()
  readonly signIn = new SignIn(this.gate)
  apiUrl = ''
  cdnUrl = ''
  /** The account after each change, the newest last; older ones as long as a list may still show them. */
  #atlases: { readonly since: number; readonly atlas: Atlas }[]
  #bytes = new ByteStore()
  #behaviour: Behaviour
  #faults: Faults
  #rate: RateLimit
  #bandwidth: Bandwidth | undefined

  constructor(world: World, behaviour: Behaviour) {
    this.#atlases = [{ since: 0, atlas: new Atlas(world) }]
    this.#behaviour = behaviour
    this.#faults = new Faults(behaviour)
    this.#rate = new RateLimit(behaviour.rateLimit)
    this.#bandwidth = bandwidthOf(behaviour)
  }

  setWorld(world: World): void {
    this.#atlases = [{ since: 0, atlas: new Atlas(world) }]
    this.#bytes = new ByteStore()
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#behaviour = behaviour
    this.#faults = new Faults(behaviour)
    this.#rate = new RateLimit(behaviour.rateLimit)
    this.#bandwidth = bandwidthOf(behaviour)
  }

  #serial = 0
  /** Reads that an uploaded video still needs until it is processed, by image key. */
  readonly #processing = new Map<string, number>()

  /** Returns a number that no other call returned: new keys are made of it. */
  serial(): number {
    this.#serial += 1
    return this.#serial
  }

  /** Lets a video be unfinished for as many reads as the behaviour says. */
  beginProcessing(imageKey: string): void {
    const { processingReads = 0 } = this.#behaviour.writing ?? {}
    if (processingReads > 0) this.#processing.set(imageKey, processingReads)
  }

  /** Is this video still being processed? Each question brings it nearer to its end. */
  isProcessing(imageKey: string): boolean {
    const left = this.#processing.get(imageKey)
    if (left === undefined) return false
    if (left <= 1) this.#processing.delete(imageKey)
    else this.#processing.set(imageKey, left - 1)
    return true
  }

  /** Makes a change of the account that somebody wrote. */
  write(world: World): void {
    const { listingLagMs = 0, countLagMs = 0 } = this.#behaviour.writing ?? {}
    const since = this.now()
    const lag = Math.max(listingLagMs, countLagMs)
    // The state just before the lag began is still shown.
    const first = this.#atlases.findLastIndex((state) => state.since <= since - lag)
    this.#atlases = [...this.#atlases.slice(Math.max(0, first)), { since, atlas: new Atlas(world) }]
  }

  get atlas(): Atlas {
    return this.#stateAt(0)
  }

  #stateAt(lagMs: number): Atlas {
    const moment = this.now() - lagMs
    const found =
      (lagMs === 0 ? undefined : this.#atlases.findLast(({ since }) => since <= moment)) ??
      this.#atlases[lagMs === 0 ? this.#atlases.length - 1 : 0]
    if (found === undefined) throw new Error('There is always a state')
    return found.atlas
  }
  get bytes(): ByteStore {
    return this.#bytes
  }
  get behaviour(): Behaviour {
    return this.#behaviour
  }
  get faults(): Faults {
    return this.#faults
  }
  get rate(): RateLimit {
    return this.#rate
  }
  get bandwidth(): Bandwidth | undefined {
    return this.#bandwidth
  }

  /** Returns the server's clock, in milliseconds. */
  now(): number {
    const { now = Date.now, clockSkewMs = 0 } = this.#behaviour
    return now() + clockSkewMs
  }

  context(viewer: Viewer): Context {
    const { listingLagMs = 0, countLagMs = 0 } = this.#behaviour.writing ?? {}
    const shared = { bytes: this.#bytes, viewer, apiUrl: this.apiUrl, cdnUrl: this.cdnUrl }
    return {
      atlas: this.atlas,
      listed: this.#stateAt(listingLagMs),
      counted: this.#stateAt(countLagMs),
      isProcessing: (key) => this.isProcessing(key),
      ...shared,
    }
  }

  /** Checks whether the account's owner signed this request, with the access token. */
  checkOwner(request: ReceivedRequest): OAuthResult {
    if (this.#behaviour.verifyOAuth === false) return { ok: true, parameters: new Map() }
    const { keys } = this.atlas.world
    const all = keys.second === undefined ? [keys] : [keys, keys.second]
    return this.gate.check(
      request,
      {
        consumerSecret: (key) => all.find(({ apiKey }) => key === apiKey)?.apiSecret,
        tokenSecret: (token) => all.find(({ userToken }) => token === userToken)?.userSecret,
      },
      this.now(),
    )
  }

  /** Returns the viewer: a signed request sees everything granted, a bare `APIKey` only public things. Anything else is refused. */
  viewerOf(request: ReceivedRequest, query: ReadonlyMap<string, string>): Viewer | { readonly problem: string } {
    const apiKey = query.get('APIKey')
    if (apiKey !== undefined && !isSigned(request)) {
      return apiKey === this.atlas.world.keys.apiKey ? 'public' : { problem: 'oauth_problem=consumer_key_unknown' }
    }
    const checked = this.checkOwner(request)
    if (!checked.ok) return { problem: checked.problem }
    return this.signIn.grantOf(this.#applicationOf(request)).access === 'Full' ? 'owner' : 'public'
  }

  /** Returns the permission of this request, whose signature was checked. */
  permissionOf(request: ReceivedRequest): string {
    const application = this.#applicationOf(request)
    const { permission } = this.#behaviour.writing ?? {}
    const isFirst = application === this.atlas.world.keys.apiKey
    return (isFirst ? permission : undefined) ?? this.signIn.grantOf(application).permissions
  }

  #applicationOf(request: ReceivedRequest): string {
    return new Map(allParameters(request)).get('oauth_consumer_key') ?? ''
  }
}

function bandwidthOf(behaviour: Behaviour): Bandwidth | undefined {
  return behaviour.bandwidth === undefined ? undefined : new Bandwidth(behaviour.bandwidth)
}
