import type { Point } from '../format.ts'
import { type Cluster, gatherPoints, mapX, mapY, type PlacesData, type WorldData } from '../world.ts'
import { button, el } from './el.ts'
import { type OpenView, showItems, showMessage } from './explore.ts'
import type { Library } from './library.ts'
import { load } from './load.ts'
import { type Ground, type Outline, outlinesOf, type PlaceName, paintMap } from './map-paint.ts'

/** The zoom is the logarithm of the world's width in pixels, to the base of 2. */
const LEAST_ZOOM = 8.5
const MOST_ZOOM = 24
/** From this zoom on the finer outlines are loaded. */
const FINE_ZOOM = 13
/** Milliseconds of rest until the pins are gathered anew. */
const REST = 60

/** Shows the photos with a place on a map of the world. */
export async function showMap(
  library: Library,
  host: HTMLElement,
  options: { readonly files: string; readonly isCurrent: () => boolean },
): Promise<OpenView> {
  const [points, world, places] = await Promise.all([
    library.points(),
    load(`${options.files}world-50m.js`, 'world'),
    load(`${options.files}places.js`, 'places'),
  ])
  if (!options.isCurrent()) return { close: () => undefined }
  if (points.length === 0) return showMessage(host, 'None of the photos has a place.')
  const map = new WorldMap({ library, points, world, places, files: options.files }, (items) => {
    const back = el('button', { className: 'back', type: 'button' }, '‹ Back to the map')
    const list = el('div', { className: 'from-map' })
    host.replaceChildren(back, list)
    const view = showItems(library, list, items)
    back.onclick = () => {
      view.close()
      host.replaceChildren(map.host)
      map.host.focus()
    }
  })
  host.replaceChildren(map.host)
  map.start()
  return { close: () => map.close() }
}

interface Facts {
  readonly library: Library
  readonly points: readonly Point[]
  readonly world: WorldData
  readonly places: PlacesData
  readonly files: string
}

class WorldMap {
  readonly host: HTMLElement
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' })
  readonly #pins = el('div', { className: 'pins' })
  readonly #facts: Facts
  readonly #open: (items: Uint32Array) => void
  readonly #x: Float64Array
  readonly #y: Float64Array
  readonly #names: readonly PlaceName[]
  readonly #dark = matchMedia('(prefers-color-scheme: dark)')
  readonly #resized = new ResizeObserver(() => this.#changed())
  #outlines: readonly Outline[]
  #isFine = false
  #zoom = 10
  #middle = { x: 0.5, y: 0.4 }
  #rest = 0
  #frame = 0

  constructor(facts: Facts, open: (items: Uint32Array) => void) {
    this.#facts = facts
    this.#open = open
    this.#x = Float64Array.from(facts.points, (point) => mapX(point.longitude))
    this.#y = Float64Array.from(facts.points, (point) => mapY(point.latitude))
    this.#names = facts.places.places.map(([name, latitude, longitude]) => ({ name, x: mapX(longitude), y: mapY(latitude) }))
    this.#outlines = outlinesOf(facts.world)
    this.host = el(
      'div',
      { className: 'map', tabIndex: 0, role: 'region', 'aria-label': 'Map of the photos: arrow keys move it, plus and minus zoom' },
      this.#canvas,
      this.#pins,
      el(
        'div',
        { className: 'zoom' },
        button({ className: 'in', sign: '+', label: 'Zoom in' }, () => this.#zoomMiddle(1)),
        button({ className: 'out', sign: '−', label: 'Zoom out' }, () => this.#zoomMiddle(-1)),
      ),
      el('small', { className: 'source' }, 'Natural Earth · GeoNames'),
    )
    this.#listen()
  }

  /** Shows all photos, and begins to draw. */
  start(): void {
    const { width, height } = this.host.getBoundingClientRect()
    const [west, east, north, south] = [min(this.#x), max(this.#x), min(this.#y), max(this.#y)]
    this.#middle = { x: (west + east) / 2, y: (north + south) / 2 }
    const fits = Math.log2(Math.min((width * 0.8) / Math.max(1e-4, east - west), (height * 0.8) / Math.max(1e-4, south - north)))
    this.#zoom = Math.max(LEAST_ZOOM, Math.min(16, fits))
    this.#resized.observe(this.host)
    this.#dark.addEventListener('change', this.#changed)
    this.host.focus({ preventScroll: true })
  }

  close(): void {
    this.#resized.disconnect()
    this.#dark.removeEventListener('change', this.#changed)
    clearTimeout(this.#rest)
    cancelAnimationFrame(this.#frame)
    this.host.remove()
  }

  #listen(): void {
    this.host.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault()
        this.#zoomAt(event.offsetX, event.offsetY, -event.deltaY / 300)
      },
      { passive: false },
    )
    this.host.addEventListener('keydown', (event) => {
      const move = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] }[event.key]
      if (move !== undefined) this.#moveBy(move[0] ?? 0, move[1] ?? 0)
      else if (event.key === '+' || event.key === '=') this.#zoomMiddle(1)
      else if (event.key === '-') this.#zoomMiddle(-1)
      else return
      event.preventDefault()
    })
    this.#listenToFingers()
  }

  /** Moves the map with one finger or the mouse, and zooms it with two fingers. */
  #listenToFingers(): void {
    const down = new Map<number, { readonly x: number; readonly y: number }>()
    this.host.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Element && event.target.closest('a, button') !== null) return
      this.host.setPointerCapture(event.pointerId)
      down.set(event.pointerId, { x: event.offsetX, y: event.offsetY })
    })
    this.host.addEventListener('pointermove', (event) => {
      const from = down.get(event.pointerId)
      if (from === undefined) return
      const to = { x: event.offsetX, y: event.offsetY }
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1]
      down.set(event.pointerId, to)
      if (other === undefined) this.#moveBy(from.x - to.x, from.y - to.y)
      else {
        const grown = Math.hypot(to.x - other.x, to.y - other.y) / Math.max(1, Math.hypot(from.x - other.x, from.y - other.y))
        this.#zoomAt((to.x + other.x) / 2, (to.y + other.y) / 2, Math.log2(Math.max(0.5, Math.min(2, grown))))
      }
    })
    const up = (event: PointerEvent): void => void down.delete(event.pointerId)
    this.host.addEventListener('pointerup', up)
    this.host.addEventListener('pointercancel', up)
  }

  #moveBy(x: number, y: number): void {
    const scale = 2 ** this.#zoom
    this.#middle = { x: (((this.#middle.x + x / scale) % 1) + 1) % 1, y: Math.max(0, Math.min(1, this.#middle.y + y / scale)) }
    this.#changed()
  }

  #zoomMiddle(by: number): void {
    this.#zoomAt(this.host.clientWidth / 2, this.host.clientHeight / 2, by)
  }

  /** Zooms, and keeps the place under a point of the screen where it is. */
  #zoomAt(x: number, y: number, by: number): void {
    const [dx, dy] = [x - this.host.clientWidth / 2, y - this.host.clientHeight / 2]
    const before = 2 ** this.#zoom
    this.#zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.#zoom + by))
    const after = 2 ** this.#zoom
    this.#middle = { x: this.#middle.x + dx / before - dx / after, y: this.#middle.y + dy / before - dy / after }
    if (this.#zoom > FINE_ZOOM && !this.#isFine) void this.#refine()
    this.#changed()
  }

  async #refine(): Promise<void> {
    this.#isFine = true
    const world = await load(`${this.#facts.files}world-10m.js`, 'world').catch(() => undefined)
    if (world === undefined) return
    this.#outlines = outlinesOf(world)
    this.#changed()
  }

  readonly #changed = (): void => {
    this.#pins.classList.add('moving')
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#paint())
    clearTimeout(this.#rest)
    this.#rest = window.setTimeout(() => this.#pin(), REST)
  }

  /** Returns the scale, and the place of the map's north-west corner on the screen. */
  #ground(): Ground {
    const { clientWidth: width, clientHeight: height } = this.host
    const scale = 2 ** this.#zoom
    return { scale, left: width / 2 - this.#middle.x * scale, top: height / 2 - this.#middle.y * scale, width, height }
  }

  #paint(): void {
    paintMap(this.#canvas, this.#ground(), { outlines: this.#outlines, names: this.#names, isDark: this.#dark.matches })
  }

  /** Draws the pins: each with a photo and the exact number of photos around. */
  #pin(): void {
    const { scale, left, top, width, height } = this.#ground()
    const clusters = gatherPoints(this.#x.length, (n) => ({ x: (this.#x[n] ?? 0) * scale + left, y: (this.#y[n] ?? 0) * scale + top }), {
      width,
      height,
    })
    this.#pins.replaceChildren(...clusters.toReversed().map((cluster) => this.#pinOf(cluster)))
    this.#pins.classList.remove('moving')
  }

  #pinOf(cluster: Cluster): HTMLElement {
    const items = Uint32Array.from(cluster.points, (n) => this.#facts.points[n]?.ordinal ?? 0).toSorted()
    const count = items.length.toLocaleString('en-US')
    const pin = button({ className: 'pin', sign: '', label: `${count} ${items.length === 1 ? 'photo' : 'photos'} here` }, () =>
      this.#open(items),
    )
    pin.style.left = `${cluster.x}px`
    pin.style.top = `${cluster.y}px`
    const fill = (): void => {
      const shot = this.#facts.library.shot(items[0] ?? 0, fill)
      if (shot?.picture !== undefined) pin.prepend(el('img', { src: shot.picture, alt: '' }))
    }
    if (items.length > 1) pin.append(el('b', {}, count))
    fill()
    return pin
  }
}

const min = (values: Float64Array): number => values.reduce((a, b) => Math.min(a, b), 1)
const max = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0)
