import type { Event } from '../events.ts'

/** A time that a server asked for, during which nothing is sent to it. */
export interface Wait {
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly untilMs: number
}

/** A server that has not answered as it should for some seconds, and is asked again. */
export interface Outage {
  readonly host: string
  /** Milliseconds since 1970. */
  readonly since: number
  /** The HTTP status of its last answer; absent if there was none. One of success: the answer was wrong in itself, such as a page of HTML. */
  readonly status?: number
  /** Its last answer, or the trouble with the connection, in words. */
  readonly reason: string
  /** The try that comes next, its time in milliseconds since 1970, and the number of all tries. */
  readonly attempt: number
  readonly nextAt: number
  readonly most?: number
}

/** One failed answer among good ones is no outage: it must last. */
const OUTAGE_AFTER = 2000
/** With no further retry for this long, the requests were given up. */
const OUTAGE_OVER = 60_000
/** A wrong answer comes at once, and a good one to the same question looks the same from here: with no further retry it is taken for good. */
const WRONG_ANSWERS_OVER = 5_000
const MOST_KEPT = 10

/** The waits and outages of a run, by host. A wait stands until its time is over, whatever other hosts do meanwhile. */
export class Obstacles {
  readonly #now: () => number
  readonly #waits = new Map<string, Wait>()
  readonly #outages = new Map<string, Outage & { readonly what: string; readonly overAt: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  apply(event: Event): void {
    switch (event.event) {
      case 'run.started':
        this.#waits.clear()
        this.#outages.clear()
        break
      case 'waiting': {
        if (event.spread === true) break
        const key = event.host ?? event.reason
        // A server that asks for a wait does answer.
        this.#outages.delete(key)
        const before = this.#waits.get(key)
        if (before === undefined || before.untilMs <= event.untilMs)
          bounded(this.#waits, key, { reason: event.reason, untilMs: event.untilMs })
        break
      }
      case 'retry':
        if (event.host !== undefined) this.#failed(event.host, event)
        break
      case 'request':
        if (event.status !== undefined && event.status < 500 && event.status !== 429) this.#answered(event)
        break
      default:
        break
    }
  }

  /** The present waits, the longest first. */
  get waits(): readonly Wait[] {
    const now = this.#now()
    return [...this.#waits.values()].filter(({ untilMs }) => untilMs > now).toSorted((a, b) => b.untilMs - a.untilMs)
  }

  /** The present outages, the oldest first. */
  get outages(): readonly Outage[] {
    const now = this.#now()
    return [...this.#outages.values()].filter(({ since, overAt }) => overAt > now && now - since >= OUTAGE_AFTER)
  }

  /** A status of success is no end of wrong answers to the same question: the next one may be as wrong. */
  #answered({ host, what }: Extract<Event, { event: 'request' }>): void {
    const outage = this.#outages.get(host)
    if (outage !== undefined && !(isSuccess(outage.status) && outage.what === what)) this.#outages.delete(host)
  }

  #failed(host: string, { what, attempt, most, status, reason, waitMs }: Extract<Event, { event: 'retry' }>): void {
    const now = this.#now()
    const before = this.#outages.get(host)
    const goesOn = before !== undefined && before.overAt > now
    bounded(this.#outages, host, {
      host,
      since: goesOn ? before.since : now,
      reason: reason.startsWith(`${host} `) ? reason.slice(host.length + 1) : reason,
      // Many requests try at once: the one that has tried most often speaks for all.
      attempt: Math.max(attempt + 1, goesOn ? before.attempt : 0),
      nextAt: now + waitMs,
      what,
      overAt: now + waitMs + (isSuccess(status) ? WRONG_ANSWERS_OVER : OUTAGE_OVER),
      ...(status !== undefined && { status }),
      ...(most !== undefined && { most: most + 1 }),
    })
  }
}

const isSuccess = (status: number | undefined): boolean => status !== undefined && status < 300

const bounded = <T>(map: Map<string, T>, key: string, value: T): void => {
  map.delete(key)
  map.set(key, value)
  const oldest = map.keys().next().value
  if (map.size > MOST_KEPT && oldest !== undefined) map.delete(oldest)
}
