import { ByteStore } from './bytes.ts'
import { Counters } from './counters.ts'
import { Faults } from './faults.ts'
import { Bandwidth, RateLimit } from './limits.ts'
import { Atlas } from './lookup.ts'
import { isSigned, OAuthGate, type OAuthResult, type ReceivedRequest } from './oauth.ts'
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
  #atlas: Atlas
  #bytes = new ByteStore()
  #behaviour: Behaviour
  #faults: Faults
  #rate: RateLimit
  #bandwidth: Bandwidth | undefined

  constructor(world: World, behaviour: Behaviour) {
    this.#atlas = new Atlas(world)
    this.#behaviour = behaviour
    this.#faults = new Faults(behaviour)
    this.#rate = new RateLimit(behaviour.rateLimit)
    this.#bandwidth = bandwidthOf(behaviour)
  }

  setWorld(world: World): void {
    this.#atlas = new Atlas(world)
    this.#bytes = new ByteStore()
  }

  setBehaviour(behaviour: Behaviour): void {
    this.#behaviour = behaviour
    this.#faults = new Faults(behaviour)
    this.#rate = new RateLimit(behaviour.rateLimit)
    this.#bandwidth = bandwidthOf(behaviour)
  }

  get atlas(): Atlas {
    return this.#atlas
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
    return Date.now() + (this.#behaviour.clockSkewMs ?? 0)
  }

  context(viewer: Viewer): Context {
    return { atlas: this.#atlas, bytes: this.#bytes, viewer, apiUrl: this.apiUrl, cdnUrl: this.cdnUrl }
  }

  /** Checks whether the account's owner signed this request, with the access token. */
  checkOwner(request: ReceivedRequest): OAuthResult {
    if (this.#behaviour.verifyOAuth === false) return { ok: true, parameters: new Map() }
    const { keys } = this.#atlas.world
    return this.gate.check(
      request,
      {
        consumerSecret: (key) => (key === keys.apiKey ? keys.apiSecret : undefined),
        tokenSecret: (token) => (token === keys.userToken ? keys.userSecret : undefined),
      },
      this.now(),
    )
  }

  /** Returns the viewer: a signed request sees everything granted, a bare `APIKey` only public things. Anything else is refused. */
  viewerOf(request: ReceivedRequest, query: ReadonlyMap<string, string>): Viewer | { readonly problem: string } {
    const apiKey = query.get('APIKey')
    if (apiKey !== undefined && !isSigned(request)) {
      return apiKey === this.#atlas.world.keys.apiKey ? 'public' : { problem: 'oauth_problem=consumer_key_unknown' }
    }
    const checked = this.checkOwner(request)
    if (!checked.ok) return { problem: checked.problem }
    return this.signIn.grant.access === 'Full' ? 'owner' : 'public'
  }
}

function bandwidthOf(behaviour: Behaviour): Bandwidth | undefined {
  return behaviour.bandwidth === undefined ? undefined : new Bandwidth(behaviour.bandwidth)
}
