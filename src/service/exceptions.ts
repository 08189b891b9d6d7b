import type { Event } from '../events.ts'

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

const KINDS: ReadonlySet<string> = new Set(['failed', 'impossible', 'pending'])

/** Gathers the exceptions of a run by reason and album, in bounded memory. */
export class Exceptions {
  readonly #groups = new Map<string, ExceptionGroup>()

  apply(event: Event): void {
    if (event.event === 'item' && KINDS.has(event.outcome)) {
      const { outcome, album, reason = 'no reason given', path, imageKey } = event
      this.#add({ kind: outcome, album, reason, name: path?.split('/').at(-1) ?? imageKey })
    }
    if (event.event === 'file') this.#add({ kind: event.state, album: '', reason: event.detail ?? event.state, name: event.path })
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
