import { Turns } from '../../../flow/turns.ts'
import type { Component } from '../../../smugmug/account.ts'

/** Refused lists in a row, after which no further photo is asked about in this run (fact sheet 4.6). */
const REFUSALS = 3

/** The most photos whose refusal is remembered. */
const REMEMBERED = 3000

type Answer = readonly Component[] | 'refused' | 'not asked'

/**
 * Asks for lists of files beside photos, until it is clear that SmugMug does not offer them. Of the photos whose refusals stopped former
 * runs none is asked about before a list has come, so that each run goes on with others, and a photo that has a RAW file is reached.
 */
export class ComponentOffer {
  readonly #turns = new Turns()
  readonly #refusedBefore: ReadonlySet<string>
  readonly #passedBy = new Set<string>()
  /** The photos of the refusals in a row. */
  #refused: string[] = []
  #asked = 0
  #offered = false
  /** Photos that were not asked about. */
  unasked = 0

  /** `refusedBefore`: what `refused` was at the end of the last run. */
  constructor(refusedBefore: readonly string[]) {
    this.#refusedBefore = new Set(refusedBefore)
  }

  /** Asks about one photo at a time until one list has come, so that none is asked about after the third refusal in a row. */
  async ask(imageKey: string, request: () => Promise<readonly Component[] | undefined>): Promise<Answer> {
    if (this.#offered) return this.#ask(imageKey, request)
    const inTurn = await this.#turns.with([''], async () => (this.#offered ? undefined : this.#ask(imageKey, request)))
    return inTurn ?? this.#ask(imageKey, request)
  }

  /** The photos not to begin with in the next run. Those that this run met alone are forgotten: their turn has come again. */
  get refused(): readonly string[] {
    const before = [...this.#refusedBefore]
    if (this.#isStopped) return [...before, ...this.#refused.filter((key) => !this.#refusedBefore.has(key))].slice(-REMEMBERED)
    return this.#asked > 0 ? before : before.filter((key) => !this.#passedBy.has(key))
  }

  get #isStopped(): boolean {
    return this.#refused.length >= REFUSALS
  }

  async #ask(imageKey: string, request: () => Promise<readonly Component[] | undefined>): Promise<Answer> {
    const isPassedBy = !this.#offered && this.#refusedBefore.has(imageKey)
    if (isPassedBy) this.#passedBy.add(imageKey)
    if (isPassedBy || this.#isStopped) {
      this.unasked += 1
      return 'not asked'
    }
    this.#asked += 1
    const components = await request()
    if (components === undefined) this.#refused.push(imageKey)
    else this.#refused = []
    this.#offered ||= components !== undefined
    return components ?? 'refused'
  }
}
