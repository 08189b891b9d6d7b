import type { VersionEntry, VersionHead } from './version-file.ts'

/** The catalogue's note of the newest file of reverse changes: one that somebody removed is missed. */
export const NEWEST_VERSION = 'newestVersion'

/** Follows the files of the past, the newest first: each names the one before it, so that a file that somebody removed is missed. */
export class VersionChain {
  #wanted: number
  #forgottenFrom = Number.POSITIVE_INFINITY

  /** `newest` is the run of the newest file, as the catalogue knows it. */
  constructor(newest: string | undefined) {
    this.#wanted = Number(newest ?? 0)
  }

  /** The run of the file that must come next; 0 if none must. */
  get wanted(): number {
    return this.#wanted
  }

  /** Is this the file of a forgotten run? It is passed by. */
  isForgotten({ run }: Pick<VersionEntry, 'run'>): boolean {
    return run >= this.#forgottenFrom
  }

  /** Returns the run of a file that should have come before this one. A file newer than the wanted one is of a run that was killed. */
  meet({ run }: Pick<VersionEntry, 'run'>): number | undefined {
    const missing = run < this.#wanted ? this.#wanted : undefined
    this.#wanted = 0
    return missing
  }

  /** Takes the first line of the file that was met. */
  take({ previous = 0, forgottenFrom }: Pick<VersionHead, 'previous' | 'forgottenFrom'>): void {
    this.#wanted = previous
    this.#forgottenFrom = forgottenFrom ?? this.#forgottenFrom
  }
}
