import type { Event, Expected } from '../events.ts'

interface Left {
  items: number
  bytes: number
  unsized: number
}

const nothing = (): Left => ({ items: 0, bytes: 0, unsized: 0 })

const add = (to: Left, { items, bytes, unsized }: Expected, sign: 1 | -1): void => {
  to.items = Math.max(0, to.items + sign * items)
  to.bytes = Math.max(0, to.bytes + sign * bytes)
  to.unsized = Math.max(0, to.unsized + sign * unsized)
}

/**
 * Counts the items whose bytes are wanted: first by the forecast, then, album by album, by the listings that replace it. Items that need no
 * bytes are left out everywhere. An item that cannot be had leaves the total. Its memory is that of the albums under way.
 */
export class Ahead {
  #unlisted = nothing()
  readonly #albums = new Map<string, Left>()
  /** The most bytes that can come. */
  #atMost = Number.POSITIVE_INFINITY
  /** Wanted items that were dealt with, and the bytes of those that are held now. */
  items = 0
  bytes = 0

  apply(event: Event): void {
    switch (event.event) {
      case 'run.started':
        // Another account begins: items that an interruption left open in the last one will not come.
        this.#unlisted = nothing()
        this.#albums.clear()
        this.#atMost = Number.POSITIVE_INFINITY
        break
      case 'forecast':
        if (event.atMost !== undefined) this.#atMost = this.bytes + event.atMost
        add(this.#unlisted, event, 1)
        break
      case 'album.started':
        if (event.expected === undefined) break
        add(this.#unlisted, event.expected, -1)
        this.#albums.set(event.albumKey, { ...event.expected })
        break
      case 'album.listed':
        if (event.toFetch > 0) {
          const unsized = event.unsized ?? (event.bytes === undefined ? event.toFetch : 0)
          this.#albums.set(event.albumKey, { items: event.toFetch, bytes: event.bytes ?? 0, unsized })
        } else this.#albums.delete(event.albumKey)
        break
      case 'item':
        if (event.wanted !== undefined) this.#dealtWith(event, event.wanted)
        break
      case 'album.finished':
        this.#albums.delete(event.albumKey)
        break
      default:
        break
    }
  }

  /** Wanted items of the albums under way that were not dealt with yet. */
  get open(): number {
    return [...this.#albums.values()].reduce((sum, { items }) => sum + items, 0)
  }

  /** All that is still wanted. */
  get left(): Expected {
    const all = { ...this.#unlisted }
    for (const album of this.#albums.values()) add(all, album, 1)
    const bound = Math.max(0, this.#atMost - this.bytes)
    if (all.bytes > bound) return { items: Math.ceil((all.items * bound) / all.bytes), bytes: bound, unsized: 0 }
    return bound < Number.POSITIVE_INFINITY && all.unsized > 0 ? { items: all.items, bytes: bound, unsized: 0 } : all
  }

  #dealtWith({ albumKey, outcome, size }: Extract<Event, { event: 'item' }>, wanted: { readonly size?: number }): void {
    const isHeld = outcome !== 'failed' && outcome !== 'impossible' && outcome !== 'pending'
    this.items++
    if (isHeld) this.bytes += wanted.size ?? size ?? 0
    const left = this.#albums.get(albumKey)
    if (left === undefined) return
    add(left, { items: 1, bytes: wanted.size ?? 0, unsized: wanted.size === undefined ? 1 : 0 }, -1)
    if (left.items === 0) this.#albums.delete(albumKey)
  }
}
