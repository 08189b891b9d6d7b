/** The course of one request. */
export interface Experience {
  /** `Autopilot.era` when it was sent. */
  readonly era: number
  /** Milliseconds since some moment. */
  readonly now: number
  /** `refused`: the other side says that there were too many. `trouble`: out of time, overloaded, broken off. */
  readonly outcome: 'fine' | 'trouble' | 'refused'
  /** The yield, in any unit: throughput is measured by it. */
  readonly amount: number
  /** Milliseconds until the answer began. Absent where that depends on the request rather than on the load. */
  readonly answeredInMs?: number
  /** Was the limit reached while it was under way? Only then can a higher limit help. */
  readonly crowded: boolean
}

/** A round ends after as many answers as the limit, at least 8, and lasts at least 250 ms. */
const ROUND = { answers: 8, ms: 250 }
/** Factors for a step up, and for a step down when answers become slow. */
const STEP = { up: 1.5, down: 0.75 }
/** A step up must raise throughput by 5 %, or it is undone; a step down may cost 10 %. */
const WORTH = { up: 1.05, down: 0.9 }
/** Rounds to pass after an undone step, before the next is tried. */
const REST = 8
/** The greatest share of a round that may meet with trouble; a greater one lowers the limit. */
const BEARABLE = 1 / 8
/** Answers count as slow when they take more than twice as long as in the quickest round, plus 250 ms. */
const SLOW = { times: 2, plusMs: 250 }
/** For ten minutes after a refusal or a total loss, the limit stays at most at three quarters of its value then. */
const REMEMBERED_MS = 10 * 60_000

/**
 * Finds how many requests may be under way at once. Raises the limit while that raises throughput. Lowers it by a quarter when answers
 * slow down and fewer do no worse, halves it on a refusal or on losses, and goes down to an eighth of the start when everything is lost.
 *
 * Each step is an experiment: it skips the round under way, and compares the next round with the last one before the step.
 */
export class Autopilot {
  readonly #most: number
  readonly #least: number
  #limit: number
  #era = 0
  #round = round(0)
  /** The round under way began before the last step, and mixes both limits: it is not judged. */
  #settling = false
  /** Limit and throughput before the last step. */
  #before: { readonly limit: number; readonly rate: number } | undefined
  #rest = 0
  #quickestMs = Number.POSITIVE_INFINITY
  #ceiling = { limit: Number.POSITIVE_INFINITY, until: 0 }

  /** Both at least 1, `start` at most `most`. */
  constructor({ start, most }: { readonly start: number; readonly most: number }) {
    this.#limit = start
    this.#most = most
    this.#least = Math.ceil(start / 8)
  }

  /** From 1 to the most. */
  get limit(): number {
    return this.#limit
  }

  /** Number of lowerings for refusals and losses. A request sent in an earlier era says nothing about the present limit. */
  get era(): number {
    return this.#era
  }

  /** Learns from one request. Returns the reason, in words for people, when the limit changed. */
  note(experience: Experience): string | undefined {
    const { era, now, outcome } = experience
    if (era !== this.#era) return undefined
    if (outcome === 'refused') {
      this.#remember(now)
      return this.#lower(Math.max(1, this.#half()), 'there were too many')
    }
    const { answers, began } = this.#round.add(experience)
    if (answers < Math.max(this.#limit, ROUND.answers) || now - began < ROUND.ms) return undefined
    return this.#judge(now)
  }

  /** Begins the round anew, when something other than the number of requests has slowed it. */
  restart(now: number): void {
    this.#round = round(now)
  }

  #judge(now: number): string | undefined {
    const last = this.#round
    this.#round = round(now)
    if (last.troubles === last.answers) return this.#lost(now)
    if (this.#settling) {
      this.#settling = false
      return undefined
    }
    if (last.troubles > last.answers * BEARABLE) return this.#lower(Math.max(this.#least, this.#half()), 'too many of them failed')
    const rate = last.amount / Math.max(1, now - last.began)
    const back = this.#compare(rate, last.answeredInMs())
    if (back !== undefined) return back
    if (this.#rest > 0) {
      this.#rest -= 1
      return undefined
    }
    return last.crowded * 2 < last.answers ? undefined : this.#step(now, rate, last.answeredInMs())
  }

  /** Undoes the last step if it was not worth it. */
  #compare(rate: number, answeredInMs: number): string | undefined {
    const before = this.#before
    this.#before = undefined
    if (before === undefined) return undefined
    const grew = this.#limit > before.limit
    if (rate >= before.rate * (grew ? WORTH.up : WORTH.down)) return undefined
    this.#rest = REST
    if (!grew) this.#quickestMs = answeredInMs
    return this.#set(before.limit, grew ? 'more brought no more' : 'fewer brought less')
  }

  #step(now: number, rate: number, answeredInMs: number): string | undefined {
    this.#quickestMs = Math.min(this.#quickestMs, answeredInMs)
    const isSlow = answeredInMs > this.#quickestMs * SLOW.times + SLOW.plusMs
    if (isSlow) return this.#down(rate, answeredInMs)
    const most = Math.min(this.#most, now < this.#ceiling.until ? this.#ceiling.limit : Number.POSITIVE_INFINITY)
    const next = Math.min(most, Math.ceil(this.#limit * STEP.up))
    if (next <= this.#limit) return undefined
    this.#before = { limit: this.#limit, rate }
    return this.#set(next, 'more may bring more')
  }

  #down(rate: number, answeredInMs: number): string | undefined {
    const next = Math.min(this.#limit, Math.max(this.#least, Math.floor(this.#limit * STEP.down)))
    if (next < this.#limit) {
      this.#before = { limit: this.#limit, rate }
      return this.#set(next, 'answers have become slow')
    }
    // The limit is at its lowest: this speed is the new normal.
    this.#quickestMs = answeredInMs
    return undefined
  }

  /** Goes down to the lowest limit: an overloaded router may answer nothing at all. If the network is gone, this costs nothing. */
  #lost(now: number): string | undefined {
    if (this.#limit <= this.#least) return undefined
    this.#remember(now)
    return this.#lower(this.#least, 'none of them was answered')
  }

  #remember(now: number): void {
    this.#ceiling = { limit: Math.max(1, Math.floor(this.#limit * STEP.down)), until: now + REMEMBERED_MS }
  }

  #half(): number {
    return Math.floor(this.#limit / 2)
  }

  #lower(limit: number, why: string): string | undefined {
    this.#era += 1
    this.#before = undefined
    this.#rest = REST
    return limit < this.#limit ? this.#set(limit, why) : undefined
  }

  #set(limit: number, why: string): string {
    this.#limit = limit
    this.#settling = true
    return why
  }
}

/** Returns the sums of a new round. */
const round = (began: number) => ({
  began,
  answers: 0,
  troubles: 0,
  amount: 0,
  crowded: 0,
  timed: 0,
  ms: 0,
  add({ now, outcome, amount, answeredInMs, crowded }: Experience) {
    if (this.began === 0) this.began = now
    this.answers += 1
    this.amount += amount
    if (crowded) this.crowded += 1
    if (outcome === 'trouble') this.troubles += 1
    else if (answeredInMs !== undefined) {
      this.timed += 1
      this.ms += answeredInMs
    }
    return this
  },
  /** Returns the mean; 0 when nothing was timed. */
  answeredInMs(): number {
    return this.timed === 0 ? 0 : this.ms / this.timed
  },
})
