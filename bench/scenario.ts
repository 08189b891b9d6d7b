import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './measure.ts'

/** One thing to measure. */
export interface Scenario {
  readonly number: number
  readonly title: string
  /** Does it run only when requested by its number? */
  readonly takesLong?: true
  measure(bench: Bench): Promise<readonly Row[]>
}

/** The tools of a scenario. */
export class Bench {
  readonly rounds: number
  /** Are the accounts smaller, only to see that everything works? */
  readonly quick: boolean
  /** The share of a core that a slow machine has. */
  readonly cpus: number
  readonly #home: string

  constructor(options: { readonly home: string; readonly rounds: number; readonly quick: boolean; readonly cpus: number }) {
    this.#home = options.home
    this.rounds = options.rounds
    this.quick = options.quick
    this.cpus = options.cpus
  }

  /** Returns the first number, or in a quick run the second. */
  size(full: number, quick: number): number {
    return this.quick ? quick : full
  }

  /** Makes an empty folder, kept to the end of all scenarios: ext4 passes over each inode that was deleted in the last minutes when it makes a file. */
  folder(): string {
    return mkdtempSync(join(this.#home, 'vault-'))
  }

  /** Keeps a picture in docs/, but not of a quick run. */
  keepPicture(name: string, svg: string): void {
    if (!this.quick) writeFileSync(join(import.meta.dirname, '..', 'docs', name), svg)
  }
}
