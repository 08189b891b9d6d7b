import type { Event, Problem } from '../events.ts'

/** The photos and videos with one reason in one album. */
export interface ExceptionGroup {
  readonly kind: string
  readonly album: string
  readonly reason: string
  readonly count: number
  /** The first names. */
  readonly names: readonly string[]
}

/** The most groups, and names in each. */
const [MOST_GROUPS, MOST_NAMES] = [200, 3]

/** The problems that are about things as they should not be: a file that left the account, or was replaced, is none. */
const KINDS: ReadonlySet<Problem['kind']> = new Set(['failed', 'impossible', 'pending', 'album', 'missing', 'damaged'])

/** Gathers the exceptions of a run by reason and album, in bounded memory. */
export class Exceptions {
  readonly #groups = new Map<string, ExceptionGroup>()

  apply(event: Event): void {
    if (event.event !== 'problem' || !KINDS.has(event.problem.kind)) return
    const { kind, album = '', name, imageKey, reason } = event.problem
    this.#add({ kind, album, reason, name: name?.split('/').at(-1) ?? imageKey ?? album })
  }

  /** Returns the groups, the largest first. */
  groups(): readonly ExceptionGroup[] {
    return [...this.#groups.values()].toSorted((a, b) => b.count - a.count)
  }

  #add({
    kind,
    album,
    reason,
    name,
  }: {
    readonly kind: string
    readonly album: string
    readonly reason: string
    readonly name: string
  }): void {
    const key = JSON.stringify([kind, album, reason])
    const { count = 0, names = [] } = this.#groups.get(key) ?? {}
    if (count === 0 && this.#groups.size >= MOST_GROUPS) return
    this.#groups.set(key, { kind, album, reason, count: count + 1, names: names.length < MOST_NAMES ? [...names, name] : names })
  }
}
