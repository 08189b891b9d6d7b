import { layOut, type Rows } from '../layout.ts'
import { firstOfLast, itemInLine, lastNotAbove, rowOf } from '../rows.ts'
import { el } from './el.ts'
import { type Drawn, type GridOptions, type GridSource, itemOf } from './grid-source.ts'
import { Shelf } from './shelf.ts'
import { instead } from './tile.ts'

/** Browsers end a page at about 17 or 33 million pixels: beyond this the ground moves instead. */
const ROOM = 4_000_000
const GAP = 4
const HEADING = 46
const BELOW = 14
/** The height of a row, the room for the text of a heading, and the space between two months on one line, in pixels. */
const WIDE = { rowHeight: 200, headingWidth: 170, beside: 28 } as const
const NARROW = { rowHeight: 110, headingWidth: 150, beside: 20 } as const
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
  readonly #isInPage: boolean
  /** The photos by number, and each heading by half a number less than its first photo. */
  readonly #shelf = new Shelf<Drawn>(this.#room)
  readonly #resized = new ResizeObserver(() => this.#layOut())
  readonly #moved = new Set<() => void>()
  readonly #scroll = (): void => this.#scrolled()
  #rows: Rows = layOut([], () => 1, { width: 1, rowHeight: 1, gap: 0, heading: 0, below: 0, headingWidth: 0, beside: 0 })
  #width = 0
  #base = 0
  #speed = 0
  #last = { y: 0, at: 0 }
  #rest = 0
  #isDrawing = false
  /** Does Tab move the grid? Then the next row must be there before the next press. */
  #isTabbed = false
  /** The item that has the focus, also while it is out of sight. */
  #focused: number | undefined

  constructor(source: GridSource, { open, isInPage = false }: GridOptions) {
    this.#source = source
    this.#isInPage = isInPage
    this.host = el('div', { className: 'grid', tabIndex: 0, 'aria-label': 'Photos', role: 'region' }, this.#room)
    ;(isInPage ? window : this.host).addEventListener('scroll', this.#scroll, { passive: true })
    this.host.addEventListener('keydown', (event) => this.#key(event))
    this.host.addEventListener('focusin', ({ target }) => {
      this.#focused = itemOf(target)
    })
    this.host.addEventListener('click', (event) => {
      const item = itemOf(event.target)
      if (item === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      open(item)
    })
    this.#resized.observe(this.host)
  }

  /** The height of everything, in pixels. */
  get height(): number {
    return this.#rows.height
  }

  /** The distance from the top of everything to the top of the window. */
  get top(): number {
    return this.#isInPage ? scrollY - this.#offset : this.#base + this.host.scrollTop
  }

  get headings(): Float64Array {
    return this.#rows.headings
  }

  get groups(): GridSource['groups'] {
    return this.#source.groups
  }

  /** The number of the group at the top of the window: the first, where several stand beside each other. */
  get groupAtTop(): number {
    return firstOfLast(this.headings, this.top + 1)
  }

  /** The distance from the top of the page to that of a grid in it. */
  get #offset(): number {
    return this.#room.getBoundingClientRect().top + scrollY - this.#bar
  }

  /** The height of the bar that lies over a grid in the page. */
  get #bar(): number {
    return this.#isInPage ? (document.querySelector<HTMLElement>('.bar')?.offsetHeight ?? 0) : 0
  }

  get #window(): number {
    return this.#isInPage ? innerHeight - this.#bar : this.host.clientHeight
  }

  /** Calls `moved` whenever another part of the grid is seen. */
  onMove(moved: () => void): void {
    this.#moved.add(moved)
  }

  /** Draws the grid, once it is in the page: the group with this number first. */
  start(group = 0): void {
    this.#layOut()
    if (group > 0) this.jump(this.headings[group] ?? 0)
  }

  /** Moves to a height. A jump while a rail is dragged draws no pictures until it rests. */
  jump(y: number, isDragged = false): void {
    if (isDragged) this.#speed = FAST * 2
    const to = Math.max(0, Math.min(y, this.#rows.height - this.#window))
    if (this.#isInPage) scrollTo(0, this.#offset + to)
    else {
      const most = Math.max(0, this.#rows.height - ROOM)
      this.#base = Math.max(0, Math.min(most, to - ROOM / 2))
      this.host.scrollTop = to - this.#base
    }
    this.#shelf.place(this.#base)
    this.#draw()
    this.#restLater()
  }

  /** Moves to an item's row. */
  show(item: number): void {
    const row = rowOf(this.#rows, item)
    const [y, height] = [this.#rows.tops[row] ?? 0, this.#rows.heights[row] ?? 0]
    if (y < this.top || y + height > this.top + this.#window) this.jump(y - this.#window / 3)
  }

  /** Moves to an item's row, and gives its element the focus. */
  focus(item: number): void {
    this.#speed = 0
    this.show(item)
    this.#draw()
    const element = this.#shelf.get(item)?.element ?? this.host
    // A photo that has not come yet is no link.
    element.tabIndex = 0
    element.focus({ preventScroll: true })
    this.#focused = item
  }

  /** Removes the grid from the page. */
  close(): void {
    this.#resized.disconnect()
    removeEventListener('scroll', this.#scroll)
    clearTimeout(this.#rest)
    this.host.remove()
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    this.#isTabbed = event.key === 'Tab'
    const item = itemOf(event.target)
    if (this.#isTabbed && item !== undefined) this.#makeReady(event.shiftKey ? item - 1 : item + 1)
    if (event.key === 'Home') this.jump(0)
    else if (event.key === 'End') this.jump(this.height)
    else if (item === undefined) return
    else if (event.key === 'ArrowRight') this.focus(Math.min(this.#source.count - 1, item + 1))
    else if (event.key === 'ArrowLeft') this.focus(Math.max(0, item - 1))
    else if (event.key === 'ArrowDown') this.focus(this.#inLine(item, 1))
    else if (event.key === 'ArrowUp') this.focus(this.#inLine(item, -1))
    else return
    event.preventDefault()
  }

  /** Draws the photo that Tab leads to, before it does: frames may come later than its next press. */
  #makeReady(item: number): void {
    if (this.#shelf.get(item)?.isFilled === true) return
    this.#speed = 0
    this.#draw()
    // A photo that has not come yet is no link.
    this.#shelf.get(item)?.element.setAttribute('tabindex', '0')
  }

  #inLine(item: number, by: 1 | -1): number {
    return itemInLine(this.#rows, (n) => this.#source.ratio(n), { item, by })
  }

  #layOut(): void {
    const width = this.#room.clientWidth
    if (width === this.#width || width === 0) return
    const isFirst = this.#width === 0
    const item = this.#rows.firsts[lastNotAbove(this.#rows.tops, this.top)] ?? 0
    this.#width = width
    const measures = { width, gap: GAP, below: BELOW, heading: this.#isInPage ? 0 : HEADING, ...(width < 640 ? NARROW : WIDE) }
    this.#rows = layOut(this.#source.groups, (n) => this.#source.ratio(n), measures)
    const isFar = !this.#isInPage && this.#rows.height > ROOM
    this.host.classList.toggle('far', isFar)
    this.#room.style.height = `${isFar ? ROOM : this.#rows.height}px`
    this.#hold(new Set())
    if (this.#isInPage && (isFirst || this.top < 0)) this.#draw()
    else this.jump(item === 0 ? 0 : (this.#rows.tops[rowOf(this.#rows, item)] ?? 0))
    for (const moved of this.#moved) moved()
  }

  /** Removes what is not among `kept`. The grid keeps the focus of a photo that goes out of sight. */
  #hold(kept: ReadonlySet<number>): void {
    const had = this.#room.contains(document.activeElement)
    const focused = this.#focused
    this.#shelf.keep(kept)
    if (!had || this.#room.contains(document.activeElement)) return
    this.host.focus({ preventScroll: true })
    this.#focused = focused
  }

  #scrolled(): void {
    const [now, y] = [performance.now(), this.top]
    this.#speed = this.#isTabbed ? 0 : Math.abs(y - this.#last.y) / Math.max(1, now - this.#last.at)
    this.#last = { y, at: now }
    if (!this.#isInPage) {
      const inRoom = this.host.scrollTop
      const most = Math.max(0, this.#rows.height - ROOM)
      if ((inRoom < ROOM * 0.1 && this.#base > 0) || (inRoom > ROOM * 0.9 && this.#base < most)) this.jump(y)
    }
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
      this.#isTabbed = false
      this.#draw()
    }, REST)
  }

  #draw(): void {
    if (!this.host.isConnected) return
    const { tops } = this.#rows
    const [top, window] = [this.top, this.#window]
    const beyond = this.#speed > QUICK ? 0 : window * 0.75
    const [from, to] = [top - beyond, top + window + beyond]
    const seen = new Set<number>()
    for (let row = firstOfLast(tops, from); row < tops.length && (tops[row] ?? 0) < to; row += 1) this.#drawRow(row, seen)
    this.#drawHeadings({ from: from - HEADING, to, seen })
    this.#hold(seen)
    // The photo that had the focus when it went out of sight has it again.
    if (document.activeElement === this.host && this.#focused !== undefined)
      this.#shelf.get(this.#focused)?.element.focus({ preventScroll: true })
    for (const moved of this.#moved) moved()
  }

  #drawRow(row: number, seen: Set<number>): void {
    const { tops, lefts, heights, firsts } = this.#rows
    const [y, height] = [tops[row] ?? 0, heights[row] ?? 0]
    let x = lefts[row] ?? 0
    for (let item = firsts[row] ?? 0; item < (firsts[row + 1] ?? 0); item += 1) {
      seen.add(item)
      const width = this.#source.ratio(item) * height
      const drawn = this.#shelf.get(item) ?? this.#newShot(item, { x, y, width, height })
      if (!drawn.isFilled && this.#speed <= FAST) this.#fill(item, drawn)
      x += width + GAP
    }
  }

  #newShot(item: number, box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): Drawn {
    const style = `left:${box.x}px;top:${box.y - this.#base}px;width:${box.width}px;height:${box.height}px`
    const element = el('a', { className: 'shot', style, 'data-item': String(item) })
    const drawn = { element, y: box.y, isFilled: false }
    this.#shelf.put(item, drawn)
    return drawn
  }

  #fill(item: number, drawn: Drawn): void {
    const shot = this.#source.shot(item, () => {
      if (this.#shelf.get(item) === drawn && !drawn.isFilled) this.#fill(item, drawn)
    })
    if (shot === undefined) return
    drawn.isFilled = true
    drawn.element.setAttribute('href', shot.page)
    drawn.element.classList.toggle('video', shot.isVideo)
    drawn.element.append(
      shot.picture === undefined ? instead(shot) : el('img', { src: shot.picture, alt: shot.name, decoding: 'async', draggable: false }),
    )
  }

  #drawHeadings({ from, to, seen }: { readonly from: number; readonly to: number; readonly seen: Set<number> }): void {
    const { headings, headingLefts } = this.#rows
    for (let n = firstOfLast(headings, from); n < headings.length && (headings[n] ?? 0) < to; n += 1) {
      const group = this.#source.groups[n]
      const y = headings[n] ?? 0
      if (group === undefined || group.title === '') break
      seen.add(group.first - 0.5)
      if (this.#shelf.get(group.first - 0.5) !== undefined) continue
      const style = `top:${y - this.#base}px;left:${headingLefts[n] ?? 0}px`
      const element = el('h2', { style }, group.title, el('small', {}, group.count.toLocaleString('en-US')))
      this.#shelf.put(group.first - 0.5, { element, y, isFilled: true })
    }
  }
}
