import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './measure.ts'

/** One thing to measure. */
export interface Scenario {
  readonly number: number
  readonly title: string
  measure(bench: Bench): Promise<readonly Row[]>
}

/** What a scenario works with. */
export class Bench implements Disposable {
  readonly rounds: number
  /** Smaller accounts, to see that everything works. */
  readonly quick: boolean
  /** Measure an account of a million items too. */
  readonly million: boolean
  readonly #home: string
  #latest: string | undefined

  constructor(options: { readonly home: string; readonly rounds: number; readonly quick: boolean; readonly million: boolean }) {
    this.#home = options.home
    this.rounds = options.rounds
    this.quick = options.quick
    this.million = options.million
  }

  /** The first number, or in a quick run the second. */
  size(full: number, quick: number): number {
    return this.quick ? quick : full
  }

  /** An empty folder, kept to the end of the scenario. */
  folder(): string {
    return mkdtempSync(join(this.#home, 'vault-'))
  }

  /** An empty folder in place of the last one: for first backups, whose vaults nobody needs afterwards. */
  freshFolder(): string {
    if (this.#latest !== undefined) rmSync(this.#latest, { recursive: true, force: true })
    this.#latest = this.folder()
    return this.#latest
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true })
  }
}
