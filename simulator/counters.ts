import type { Simulator } from './world.ts'

type Logged = Simulator['requests'][number]
type Host = 'api' | 'cdn'

const KEPT = 10_000

/** Counts the simulator's requests. */
export class Counters {
  #byEndpoint: Record<string, number> = {}
  #byStatus: Record<number, number> = {}
  #requests: Logged[] = []
  #done = { api: 0, cdn: 0 }
  #bytes = 0
  // Requests under way survive a reset, so that the highest mark stays true.
  readonly #running = { api: 0, cdn: 0 }
  #most = { api: 0, cdn: 0, all: 0 }

  /** Notes that a request has begun. Returns a function to call once, when it is over. */
  begin(host: Host): () => void {
    this.#running[host] += 1
    this.#done[host] += 1
    this.#most[host] = Math.max(this.#most[host], this.#running[host])
    this.#most.all = Math.max(this.#most.all, this.#running.api + this.#running.cdn)
    return () => {
      this.#running[host] -= 1
    }
  }

  /** Returns the number of requests under way now. */
  running(host: Host): number {
    return this.#running[host]
  }

  /** Notes that a request was answered, at least with headers. Status 0: the connection was cut before that. */
  note(request: Logged): void {
    this.#byEndpoint[request.endpoint] = (this.#byEndpoint[request.endpoint] ?? 0) + 1
    this.#byStatus[request.status] = (this.#byStatus[request.status] ?? 0) + 1
    this.#requests.push(request)
    if (this.#requests.length >= KEPT + 2000) this.#requests = this.#requests.slice(-KEPT)
  }

  sent(bytes: number): void {
    this.#bytes += bytes
  }

  get requests(): readonly Logged[] {
    return this.#requests.length > KEPT ? this.#requests.slice(-KEPT) : this.#requests
  }

  /** A copy of the counts as they are now. */
  get counters(): Simulator['counters'] {
    return {
      byEndpoint: { ...this.#byEndpoint },
      byStatus: { ...this.#byStatus },
      api: this.#done.api,
      cdn: this.#done.cdn,
      cdnBytes: this.#bytes,
      maxInFlight: this.#most.all,
      maxInFlightApi: this.#most.api,
      maxInFlightCdn: this.#most.cdn,
    }
  }

  reset(): void {
    this.#byEndpoint = {}
    this.#byStatus = {}
    this.#requests = []
    this.#done = { api: 0, cdn: 0 }
    this.#bytes = 0
    this.#most = { ...this.#running, all: this.#running.api + this.#running.cdn }
  }
}
