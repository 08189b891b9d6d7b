/** What one request met with. */
export interface Experience {
  /** `Autopilot.era` when it was sent. */
  readonly era: number
  /** Milliseconds since some moment. */
  readonly now: number
  /** `refused`: too many, the other side says so. `trouble`: out of time, overloaded, broken off. */
  readonly outcome: 'fine' | 'trouble' | 'refused'
  /** What it brought, in any unit: throughput is judged by it. */
  readonly amount: number
  /** Milliseconds until the answer began, where that tells of strain and not of what was asked for. */
  readonly answeredInMs?: number
  /** With it, as many as may be were under way: only then does their number matter. */
  readonly crowded: boolean
}

/** A round is as many answers as may be under way at once, and neither fewer than these nor shorter than this. */
const ROUND = { answers: 8, ms: 250 }
/** A step up, and a step down where answers become slow. */
const STEP = { up: 1.5, down: 0.75 }
/** More at once must bring so much more, or it is taken back; fewer may cost so much. */
const WORTH = { up: 1.05, down: 0.9 }
/** After a step that was taken back so many rounds pass before the next is tried. */
const REST = 8
/** More than this share of a round in trouble is too many at once. */
const BEARABLE = 1 / 8
/** Answers have become slow: so many times as slow as the quickest round, and so much more. */
const SLOW = { times: 2, plusMs: 250 }
/** After a refusal, or where everything was lost, no step up comes within a quarter of where it happened for so long. */
const REMEMBERED_MS = 10 * 60_000

/**
 * How many requests may be under way at once. It goes up while that brings more, down by a quarter when answers become slow
 * and fewer do as well, to the half at once when the other side refuses, or loses, some, and to an eighth of the start when it loses all.
 *
 * Each step is an experiment: the round that was under way is left out, the next one is compared with the one before the step.
 */
export class Autopilot {
  readonly #most: number
  readonly #least: number
  #limit: number
  #era = 0
  #round = round(0)
  /** The round under way began before the last step: it tells of neither side of it. */
  #settling = false
  /** What the last step started from. */
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

  /** Counts lowerings for refusals and losses: what was sent before one tells nothing of what is allowed now. */
  get era(): number {
    return this.#era
  }

  /** Learns from one request. Says why, in words for people, when the limit changed. */
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

  /** Begins the round under way anew: something else than the number slowed it. */
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

  /** Takes a step back that was not worth it. */
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
    // As few as may be: slow is what it is now.
    this.#quickestMs = answeredInMs
    return undefined
  }

  /** Nothing was answered. Too many may be why, where a router chokes on them; if the network is away, few lose as little as many. */
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

/** The sums of one round. */
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
  /** The mean; 0 where nothing was timed. */
  answeredInMs(): number {
    return this.timed === 0 ? 0 : this.ms / this.timed
  },
})
