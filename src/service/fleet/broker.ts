/** Hands out calls to the jobs of a worker, as the database allows them to all workers together. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../flow/clock.ts'

/** The calls that are asked for at once: one question to the database each time. */
const AT_ONCE = 8
/** The longest time for which calls are taken from the others before they can be made, in milliseconds. */
const AHEAD = 250
/** Milliseconds until a database that is away is asked again. */
const AGAIN = 1000
/** The refusals in a row after which the database does not allow calls, rather than being away for a moment. */
const MANY = 3

/** The surroundings of a broker. */
export interface BrokerOptions {
  readonly clock: Clock
  /** Once aborted, no further call is allowed. */
  readonly signal: AbortSignal
  readonly perSecond: number
  /** Allows further calls of an API key. Returns the milliseconds until the first of them. */
  lease(key: string, calls: number): Promise<number>
  /** Is called when the database does not allow calls of a key: once, until it has allowed some. */
  refused(error: unknown): void
}

interface Wish {
  left: number
  readonly give: (inMs: readonly number[]) => void
}

/** Returns the print of an API key, by which workers share its calls: the key itself stays out of the database. */
export const printOfKey = (apiKey: string): string =>
  createHash('sha256').update(`smugmug-backup fleet ${apiKey}`).digest('hex').slice(0, 32)

/** The calls of all jobs of one worker. */
export class Broker {
  readonly #options: BrokerOptions
  readonly #wishes = new Map<string, Wish[]>()
  /** The refusals in a row, by key. */
  readonly #refusals = new Map<string, number>()
  /** The calls that were allowed so far. */
  given = 0
  /** The milliseconds that they had to wait, all together. */
  waitedMs = 0

  constructor(options: BrokerOptions) {
    this.#options = options
  }

  /** Do calls of this API key wait that the database does not allow? */
  isRefused(apiKey: string): boolean {
    return (this.#refusals.get(printOfKey(apiKey)) ?? 0) >= MANY
  }

  /** Asks for further calls; `give` is called with the times until they may be made, in one or several parts. */
  ask(apiKey: string, calls: number, give: Wish['give']): void {
    const key = printOfKey(apiKey)
    const wishes = this.#wishes.get(key)
    if (wishes !== undefined) {
      wishes.push({ left: calls, give })
      return
    }
    const first = [{ left: calls, give }]
    this.#wishes.set(key, first)
    void this.#serve(key, first).finally(() => {
      this.#wishes.delete(key)
      this.#refusals.delete(key)
    })
  }

  /** Serves one API key until nobody wants a call of it. */
  async #serve(key: string, wishes: Wish[]): Promise<void> {
    const { clock, signal, perSecond } = this.#options
    while (wishes.length > 0 && !signal.aborted) {
      const calls = Math.min(
        AT_ONCE,
        wishes.reduce((sum, { left }) => sum + left, 0),
      )
      const inMs = await this.#lease(key, calls)
      if (inMs === undefined) {
        await clock.sleep(AGAIN, signal).catch(() => undefined)
        continue
      }
      const times = Array.from({ length: calls }, (_, at) => inMs + (at * 1000) / perSecond)
      this.given += calls
      this.waitedMs += times.reduce((sum, ms) => sum + ms, 0)
      for (const [give, part] of shared(wishes, times)) give(part)
      await clock.sleep((times.at(-1) ?? 0) - AHEAD, signal).catch(() => undefined)
    }
  }

  /** Returns the milliseconds until the first of these calls; undefined where the database refuses them. */
  async #lease(key: string, calls: number): Promise<number | undefined> {
    try {
      const inMs = await this.#options.lease(key, calls)
      this.#refusals.delete(key)
      return inMs
    } catch (error) {
      const times = (this.#refusals.get(key) ?? 0) + 1
      this.#refusals.set(key, times)
      if (times === MANY) this.#options.refused(error)
      return undefined
    }
  }
}

/** Shares calls out, one to each in turn: a job with a thousand albums must not hold the others up. */
function shared(wishes: Wish[], times: readonly number[]): ReadonlyMap<Wish['give'], readonly number[]> {
  const parts = new Map<Wish['give'], number[]>()
  for (const ms of times) {
    const wish = wishes.shift()
    if (wish === undefined) break
    parts.set(wish.give, [...(parts.get(wish.give) ?? []), ms])
    wish.left -= 1
    if (wish.left > 0) wishes.push(wish)
  }
  return parts
}
