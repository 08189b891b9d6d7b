/** The fingers, the mouse and the wheel on a large photo: leafing, closing, zooming. */

/** The moves that a person makes on a stage. */
export interface Moves {
  /** Called with 1 for the next photo, -1 for the one before. */
  step(by: number): void
  close(): void
  /** Called when a photo is enlarged, and when it fits the stage again. */
  zoomed(isZoomed: boolean): void
}

/** The least distance of a swipe, in pixels, and the most of a tap. */
const [SWIPE, TAP] = [60, 6]
/** Milliseconds between the taps of a double tap. */
const DOUBLE = 350
/** The largest enlargement, and that of a double tap. */
const [MOST, DOUBLE_ZOOM] = [8, 2.5]

interface Spot {
  readonly x: number
  readonly y: number
}

/** Lets a person leaf through photos with swipes, and enlarge one with two fingers, a double tap, a click or the wheel. */
export class Gestures {
  readonly #stage: HTMLElement
  readonly #moves: Moves
  readonly #down = new Map<number, Spot>()
  #scale = 1
  #at: Spot = { x: 0, y: 0 }
  #begun: Spot | undefined
  #wasPinch = false
  #tapped = 0

  constructor(stage: HTMLElement, moves: Moves) {
    this.#stage = stage
    this.#moves = moves
    stage.addEventListener('pointerdown', (event) => this.#press(event))
    stage.addEventListener('pointermove', (event) => this.#drag(event))
    stage.addEventListener('pointerup', (event) => this.#lift(event))
    stage.addEventListener('pointercancel', (event) => {
      this.#down.delete(event.pointerId)
      this.#begun = undefined
      this.#draw()
    })
    stage.addEventListener('dragstart', (event) => event.preventDefault())
    stage.addEventListener('wheel', (event) => this.#wheel(event), { passive: false })
  }

  /** Enlarges the photo about its middle, or fits it to the stage again. */
  toggle(): void {
    this.#zoom(this.#scale > 1 ? 1 : DOUBLE_ZOOM, { x: 0, y: 0 })
  }

  /** Forgets the photo before: the next one fits the stage. */
  reset(): void {
    this.#down.clear()
    this.#begun = undefined
    this.#zoom(1, { x: 0, y: 0 })
  }

  /** Returns the place of a pointer, measured from the middle of the stage. */
  #spot({ clientX, clientY }: MouseEvent): Spot {
    const { left, top, width, height } = this.#stage.getBoundingClientRect()
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 }
  }

  #press(event: PointerEvent): void {
    // A film has buttons of its own, a link is one.
    if (event.button !== 0 || (event.target as Element).closest('video, a') !== null) return
    this.#stage.setPointerCapture(event.pointerId)
    const spot = this.#spot(event)
    this.#down.set(event.pointerId, spot)
    this.#wasPinch = this.#down.size > 1
    this.#begun = spot
  }

  #drag(event: PointerEvent): void {
    const from = this.#down.get(event.pointerId)
    if (from === undefined || this.#begun === undefined) return
    const to = this.#spot(event)
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1]
    this.#down.set(event.pointerId, to)
    if (other !== undefined) {
      const grown = Math.hypot(to.x - other.x, to.y - other.y) / Math.max(1, Math.hypot(from.x - other.x, from.y - other.y))
      this.#zoom(this.#scale * grown, { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 })
    } else if (this.#scale > 1) this.#put({ x: this.#at.x + to.x - from.x, y: this.#at.y + to.y - from.y })
    // The photo goes along with the finger, sideways or down.
    else if (!this.#wasPinch) {
      const [x, y] = [to.x - this.#begun.x, Math.max(0, to.y - this.#begun.y)]
      this.#draw(Math.abs(x) > y ? { x, y: 0 } : { x: 0, y: event.pointerType === 'touch' ? y : 0 })
    }
  }

  #lift(event: PointerEvent): void {
    const begun = this.#begun
    if (!this.#down.delete(event.pointerId) || begun === undefined || this.#down.size > 0) return
    this.#begun = undefined
    const to = this.#spot(event)
    const [x, y] = [to.x - begun.x, to.y - begun.y]
    if (this.#wasPinch) {
      if (this.#scale < 1.1) this.#zoom(1, to)
    } else if (Math.hypot(x, y) < TAP) this.#tap(event, to)
    else if (this.#scale > 1) return
    else if (Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y)) this.#moves.step(x < 0 ? 1 : -1)
    else if (y > 1.5 * SWIPE && event.pointerType === 'touch') this.#moves.close()
    if (this.#scale === 1) this.#draw()
  }

  #tap(event: PointerEvent, spot: Spot): void {
    const isDouble = event.pointerType === 'mouse' || event.timeStamp - this.#tapped < DOUBLE
    this.#tapped = isDouble ? 0 : event.timeStamp
    if (isDouble) this.#zoom(this.#scale > 1 ? 1 : DOUBLE_ZOOM, spot)
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault()
    this.#zoom(this.#scale * 2 ** (-event.deltaY / 300), this.#spot(event))
  }

  /** Enlarges, and keeps the point of the photo under `spot` where it is. */
  #zoom(to: number, spot: Spot): void {
    if (this.#stage.querySelector('img') === null) return
    const scale = Math.max(1, Math.min(MOST, to))
    const grown = scale / this.#scale
    if (scale > 1 !== this.#scale > 1) this.#moves.zoomed(scale > 1)
    this.#scale = scale
    this.#put({ x: spot.x - (spot.x - this.#at.x) * grown, y: spot.y - (spot.y - this.#at.y) * grown })
  }

  /** Moves the enlarged photo, never beyond its edge. */
  #put({ x, y }: Spot): void {
    const [mostX, mostY] = [(this.#stage.clientWidth * (this.#scale - 1)) / 2, (this.#stage.clientHeight * (this.#scale - 1)) / 2]
    this.#at = { x: Math.max(-mostX, Math.min(mostX, x)), y: Math.max(-mostY, Math.min(mostY, y)) }
    this.#draw()
  }

  #draw(pull: Spot = { x: 0, y: 0 }): void {
    const shown = this.#stage.firstElementChild
    if (!(shown instanceof HTMLElement)) return
    const { x, y } = this.#scale > 1 ? this.#at : pull
    shown.style.transform = x === 0 && y === 0 && this.#scale === 1 ? '' : `translate(${x}px,${y}px) scale(${this.#scale})`
  }
}
