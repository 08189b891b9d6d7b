/** An element of a grid, and its distance from the top of everything. */
export interface Standing {
  readonly element: HTMLElement
  readonly y: number
}

/** The elements of a grid that are in the document, in the order of their numbers: Tab leads through them in the document's order. */
export class Shelf<Part extends Standing> {
  readonly #room: HTMLElement
  readonly #parts = new Map<number, Part>()

  constructor(room: HTMLElement) {
    this.#room = room
  }

  get(number: number): Part | undefined {
    return this.#parts.get(number)
  }

  put(number: number, part: Part): void {
    let [next, before]: [number, Node | null] = [Number.POSITIVE_INFINITY, null]
    for (const [other, { element }] of this.#parts) if (other > number && other < next) [next, before] = [other, element]
    this.#parts.set(number, part)
    this.#room.insertBefore(part.element, before)
  }

  /** Removes every element whose number is not among `kept`. */
  keep(kept: ReadonlySet<number>): void {
    for (const [number, { element }] of this.#parts) {
      if (kept.has(number)) continue
      element.remove()
      this.#parts.delete(number)
    }
  }

  /** Puts every element where it belongs when the room begins at the height `base`. */
  place(base: number): void {
    for (const { element, y } of this.#parts.values()) element.style.top = `${y - base}px`
  }
}
