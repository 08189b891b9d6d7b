import { type Group, lastNotAbove, layOut, type Rows } from '../layout.ts'
import { el } from './el.ts'
import type { Shot } from './library.ts'

/** The facts of an item that a grid shows. */
export type GridShot = Pick<Shot, 'name' | 'isVideo' | 'picture' | 'page'>

/** The items of a grid. */
export interface GridSource {
  readonly count: number
  /** Each group with the text of its heading. */
  readonly groups: readonly (Group & { readonly title: string })[]
  ratio(item: number): number
  /** Returns an item if it is here; else calls `then` when it has come. */
  shot(item: number, then: () => void): GridShot | undefined
}

/** Browsers end a page at about 17 or 33 million pixels: beyond this the ground moves instead. */
const ROOM = 4_000_000
const GAP = 4
const HEADING = 46
const BELOW = 14
/** Pixels a millisecond: above the first no picture is loaded, above the second nothing is drawn beyond the window. */
const FAST = 8
const QUICK = 6
/** Milliseconds of rest until pictures are loaded. */
const REST = 90

/**
 * A grid of photos in rows that scrolls through any number of items: only what can be seen is in the document. Beyond four million pixels
 * the ground is moved under the window, and everything drawn keeps its place on the screen.
 */
export class Grid {
  readonly host: HTMLElement
  readonly #room = el('div', { className: 'room' })
  readonly #source: GridSource
  readonly #shots = new Map<number, Drawn>()
  readonly #headings = new Map<number, { readonly element: HTMLElement; readonly y: number }>()
  readonly #resized = new ResizeObserver(() => this.#layOut())
  readonly #moved = new Set<() => void>()
  #rows: Rows = layOut([], () => 1, { width: 1, rowHeight: 1, gap: 0, heading: 0, below: 0 })
  #width = 0
  #base = 0
  #speed = 0
  #last = { y: 0, at: 0 }
  #rest = 0
  #isDrawing = false

  /** `open` is called with the item that was clicked. */
  constructor(source: GridSource, open: (item: number) => void) {
    this.#source = source
    this.host = el('div', { className: 'grid', tabIndex: 0, 'aria-label': 'Photos', role: 'region' }, this.#room)
    this.host.addEventListener('scroll', () => this.#scrolled(), { passive: true })
    this.host.addEventListener('keydown', (event) => {
      const to = event.key === 'Home' ? 0 : event.key === 'End' ? this.height : undefined
      if (to === undefined) return
      event.preventDefault()
      this.jump(to)
    })
    this.host.addEventListener('click', (event) => {
      const shot = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-item]') : null
      if (shot === null || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      open(Number(shot.dataset.item))
    })
    this.#resized.observe(this.host)
  }

  /** The height of everything, in pixels. */
  get height(): number {
    return this.#rows.height
  }

  /** The distance from the top of everything to the top of the window. */
  get top(): number {
    return this.#base + this.host.scrollTop
  }

  get headings(): Float64Array {
    return this.#rows.headings
  }

  get groups(): GridSource['groups'] {
    return this.#source.groups
  }

  /** Calls `moved` whenever another part of the grid is seen. */
  onMove(moved: () => void): void {
    this.#moved.add(moved)
  }

  /** Moves to a height. A jump while a rail is dragged draws no pictures until it rests. */
  jump(y: number, isDragged = false): void {
    if (isDragged) this.#speed = FAST * 2
    const to = Math.max(0, Math.min(y, this.#rows.height - this.host.clientHeight))
    const most = Math.max(0, this.#rows.height - ROOM)
    this.#base = Math.max(0, Math.min(most, to - ROOM / 2))
    this.host.scrollTop = to - this.#base
    this.#place()
    this.#draw()
    this.#restLater()
  }

  /** Moves to an item's row, and gives its element the focus. */
  show(item: number): void {
    const row = lastNotAbove(this.#rows.firsts.subarray(0, -1), item)
    const [y, height] = [this.#rows.tops[row] ?? 0, this.#rows.heights[row] ?? 0]
    if (y < this.top || y + height > this.top + this.host.clientHeight) this.jump(y - this.host.clientHeight / 3)
    this.#shots.get(item)?.element.focus({ preventScroll: true })
  }

  /** Removes the grid from the page. */
  close(): void {
    this.#resized.disconnect()
    clearTimeout(this.#rest)
    this.host.remove()
  }

  #layOut(): void {
    const width = this.#room.clientWidth
    if (width === this.#width || width === 0) return
    const item = this.#rows.firsts[lastNotAbove(this.#rows.tops, this.top)] ?? 0
    this.#width = width
    const rowHeight = width < 640 ? 110 : 200
    this.#rows = layOut(this.#source.groups, (n) => this.#source.ratio(n), { width, rowHeight, gap: GAP, heading: HEADING, below: BELOW })
    this.host.classList.toggle('far', this.#rows.height > ROOM)
    this.#room.style.height = `${Math.min(this.#rows.height, ROOM)}px`
    for (const { element } of [...this.#shots.values(), ...this.#headings.values()]) element.remove()
    this.#shots.clear()
    this.#headings.clear()
    const row = lastNotAbove(this.#rows.firsts.subarray(0, -1), item)
    this.jump(item === 0 ? 0 : (this.#rows.tops[row] ?? 0))
    for (const moved of this.#moved) moved()
  }

  #scrolled(): void {
    const [now, y] = [performance.now(), this.top]
    this.#speed = Math.abs(y - this.#last.y) / Math.max(1, now - this.#last.at)
    this.#last = { y, at: now }
    const inRoom = this.host.scrollTop
    const most = Math.max(0, this.#rows.height - ROOM)
    if ((inRoom < ROOM * 0.1 && this.#base > 0) || (inRoom > ROOM * 0.9 && this.#base < most)) this.jump(y)
    if (!this.#isDrawing) {
      this.#isDrawing = true
      requestAnimationFrame(() => {
        this.#isDrawing = false
        this.#draw()
      })
    }
    this.#restLater()
  }

  #restLater(): void {
    clearTimeout(this.#rest)
    this.#rest = window.setTimeout(() => {
      this.#speed = 0
      this.#draw()
    }, REST)
  }

  /** Puts everything drawn where it belongs on the moved ground. */
  #place(): void {
    for (const { element, y } of [...this.#shots.values(), ...this.#headings.values()]) element.style.top = `${y - this.#base}px`
  }

  #draw(): void {
    const { tops } = this.#rows
    const window = this.host.clientHeight
    const beyond = this.#speed > QUICK ? 0 : window * 0.75
    const [from, to] = [this.top - beyond, this.top + window + beyond]
    const seen = new Set<number>()
    for (let row = lastNotAbove(tops, from); row < tops.length && (tops[row] ?? 0) < to; row += 1) this.#drawRow(row, seen)
    for (const [item, { element }] of this.#shots) {
      if (seen.has(item)) continue
      element.remove()
      this.#shots.delete(item)
    }
    this.#drawHeadings(from - HEADING, to)
    for (const moved of this.#moved) moved()
  }

  #drawRow(row: number, seen: Set<number>): void {
    const { tops, heights, firsts } = this.#rows
    const [y, height] = [tops[row] ?? 0, heights[row] ?? 0]
    let x = 0
    for (let item = firsts[row] ?? 0; item < (firsts[row + 1] ?? 0); item += 1) {
      seen.add(item)
      const width = this.#source.ratio(item) * height
      const drawn = this.#shots.get(item) ?? this.#newShot(item, { x, y, width, height })
      if (!drawn.isFilled && this.#speed <= FAST) this.#fill(item, drawn)
      x += width + GAP
    }
  }

  #newShot(item: number, box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): Drawn {
    const style = `left:${box.x}px;top:${box.y - this.#base}px;width:${box.width}px;height:${box.height}px`
    const element = el('a', { className: 'shot', style, 'data-item': String(item) })
    const drawn = { element, y: box.y, isFilled: false }
    this.#shots.set(item, drawn)
    this.#room.append(element)
    return drawn
  }

  #fill(item: number, drawn: Drawn): void {
    const shot = this.#source.shot(item, () => {
      if (this.#shots.get(item) === drawn && !drawn.isFilled) this.#fill(item, drawn)
    })
    if (shot === undefined) return
    drawn.isFilled = true
    drawn.element.href = shot.page
    drawn.element.classList.toggle('video', shot.isVideo)
    drawn.element.append(
      shot.picture === undefined
        ? el('span', { className: 'none', dir: 'auto' }, shot.name)
        : el('img', { src: shot.picture, alt: shot.name, decoding: 'async' }),
    )
  }

  #drawHeadings(from: number, to: number): void {
    const { headings } = this.#rows
    const first = lastNotAbove(headings, from)
    const seen = new Set<number>()
    for (let n = first; n < headings.length && (headings[n] ?? 0) < to; n += 1) {
      const group = this.#source.groups[n]
      const y = headings[n] ?? 0
      if (group === undefined) break
      seen.add(n)
      if (this.#headings.has(n)) continue
      const element = el('h2', { style: `top:${y - this.#base}px` }, group.title, el('small', {}, group.count.toLocaleString('en-US')))
      this.#headings.set(n, { element, y })
      this.#room.append(element)
    }
    for (const [n, { element }] of this.#headings) {
      if (seen.has(n)) continue
      element.remove()
      this.#headings.delete(n)
    }
  }
}

interface Drawn {
  readonly element: HTMLAnchorElement
  readonly y: number
  isFilled: boolean
}
