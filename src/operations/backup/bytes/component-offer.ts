import { Turns } from '../../../flow/turns.ts'
import type { Component } from '../../../smugmug/account.ts'

/** Refused lists in a row, after which no further photo is asked about in this run (fact sheet 4.6). */
const REFUSALS = 3

/** Asks for lists of files beside photos, until it is clear that SmugMug does not offer them. */
export class ComponentOffer {
  readonly #turns = new Turns()
  #refusedInARow = 0
  #offered = false
  /** Photos that were no longer asked about. */
  unasked = 0

  /** Asks one photo at a time until one list has come, so that none is asked about after the third refusal in a row. */
  async ask(request: () => Promise<readonly Component[] | undefined>): Promise<readonly Component[] | 'refused' | 'not asked'> {
    if (this.#offered) return this.#ask(request)
    const inTurn = await this.#turns.with([''], async () => (this.#offered ? undefined : this.#ask(request)))
    return inTurn ?? this.#ask(request)
  }

  async #ask(request: () => Promise<readonly Component[] | undefined>): Promise<readonly Component[] | 'refused' | 'not asked'> {
    if (this.#refusedInARow >= REFUSALS) {
      this.unasked += 1
      return 'not asked'
    }
    const components = await request()
    this.#refusedInARow = components === undefined ? this.#refusedInARow + 1 : 0
    this.#offered ||= components !== undefined
    return components ?? 'refused'
  }
}
