import type { Point } from '../format.ts'
import {
  type Cluster,
  gatherPoints,
  latitudeAt,
  longitudeAt,
  mapX,
  mapY,
  nearTo,
  type PlacesData,
  type WorldData,
  within,
} from '../world.ts'
import { button, el } from './el.ts'
import type { Library } from './library.ts'
import { load } from './load.ts'
import { type Ground, type Outline, outlinesOf, type PlaceName, paintMap } from './map-paint.ts'
import { nameNear } from './town.ts'

/** The zoom is the logarithm of the world's width in pixels, to the base of 2. */
const LEAST_ZOOM = 8.5
const MOST_ZOOM = 24
/** From this zoom on the finer outlines are loaded. */
const FINE_ZOOM = 13
/** Milliseconds of rest until the pins are gathered anew. */
const REST = 60

/** A place on the map: the middle in degrees, and the zoom. */
export interface MapView {
  readonly latitude: number
  readonly longitude: number
  readonly zoom: number
}

/** The photos with a place, and the data of the map. */
export interface MapFacts {
  readonly library: Library
  readonly points: readonly Point[]
  readonly world: WorldData
  readonly places: PlacesData
  readonly files: string
}

/** The latitude and longitude of a pin, in degrees. */
export interface PinPlace {
  readonly latitude: number
  readonly longitude: number
}

/** The acts of a map. */
export interface MapActs {
  /** Called with the pin that was pressed. */
  open(pin: PinPlace): void
  /** Called when another place is looked at. */
  moved(): void
}

/** A map of the world with a pin for photos that were taken near each other. */
export class WorldMap {
  readonly host: HTMLElement
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' })
  readonly #pins = el('div', { className: 'pins' })
  readonly #facts: MapFacts
  readonly #acts: MapActs
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

  constructor(facts: MapFacts, acts: MapActs) {
    this.#facts = facts
    this.#acts = acts
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

  /** The place that is looked at. */
  get view(): MapView {
    return { latitude: latitudeAt(this.#middle.y), longitude: longitudeAt(this.#middle.x), zoom: this.#zoom }
  }

  /** Begins to draw, once the map is in the page. */
  begin(view: MapView | undefined): void {
    this.go(view)
    this.#resized.observe(this.host)
    this.#dark.addEventListener('change', this.#changed)
    this.host.focus({ preventScroll: true })
  }

  /** Shows a place; without one, all photos. */
  go(view: MapView | undefined): void {
    if (view === undefined) this.#showAll()
    else {
      this.#middle = { x: within(mapX(view.longitude)), y: mapY(view.latitude) }
      this.#zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, view.zoom))
    }
    if (this.#zoom > FINE_ZOOM && !this.#isFine) void this.#refine()
    this.#changed()
  }

  #showAll(): void {
    const { width, height } = this.host.getBoundingClientRect()
    const [west, east, north, south] = [min(this.#x), max(this.#x), min(this.#y), max(this.#y)]
    this.#middle = { x: (west + east) / 2, y: (north + south) / 2 }
    const fits = Math.log2(Math.min((width * 0.8) / Math.max(1e-4, east - west), (height * 0.8) / Math.max(1e-4, south - north)))
    this.#zoom = Math.max(LEAST_ZOOM, Math.min(16, fits))
  }

  /** Returns the photos of the pin at a place, with words for them. */
  around({ latitude, longitude }: PinPlace): { readonly items: Uint32Array; readonly label: string } {
    const { scale, left, top } = this.#ground()
    const [x, y] = [nearTo(this.#middle.x, mapX(longitude)) * scale + left, mapY(latitude) * scale + top]
    const far = (cluster: Cluster): number => Math.hypot(cluster.x - x, cluster.y - y)
    const [nearest] = this.#clusters().toSorted((a, b) => far(a) - far(b))
    if (nearest === undefined) return { items: new Uint32Array(), label: 'No photos here' }
    return { items: this.#itemsOf(nearest), label: this.#labelOf(nearest).label }
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
    this.#middle = { x: within(this.#middle.x + x / scale), y: Math.max(0, Math.min(1, this.#middle.y + y / scale)) }
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
    this.#middle = { x: within(this.#middle.x + dx / before - dx / after), y: this.#middle.y + dy / before - dy / after }
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

  /** Returns the latitude and longitude of a place on the screen. */
  #placeOf({ x, y }: Pick<Cluster, 'x' | 'y'>): PinPlace {
    const { scale, left, top } = this.#ground()
    return { latitude: latitudeAt((y - top) / scale), longitude: longitudeAt((x - left) / scale) }
  }

  #clusters(): readonly Cluster[] {
    const { scale, left, top, width, height } = this.#ground()
    const at = (n: number) => ({ x: nearTo(this.#middle.x, this.#x[n] ?? 0) * scale + left, y: (this.#y[n] ?? 0) * scale + top })
    return gatherPoints(this.#x.length, at, { width, height })
  }

  #itemsOf({ points }: Cluster): Uint32Array {
    return Uint32Array.from(points, (n) => this.#facts.points[n]?.ordinal ?? 0).toSorted()
  }

  /** Returns the number of photos of a pin, and the town of the photo that it shows: the newest. */
  #labelOf({ points }: Cluster): { readonly label: string; readonly town: string | undefined } {
    const newest = this.#facts.points[points.reduce((a, b) => Math.min(a, b))]
    const town = newest && nameNear(this.#facts.places.places, newest)
    const count = `${points.length.toLocaleString('en-US')} ${points.length === 1 ? 'photo' : 'photos'}`
    return { label: `${count} ${town === undefined ? 'here' : `near ${town}`}`, town }
  }

  /** Draws the pins: each with a photo and the exact number of photos around. */
  #pin(): void {
    if (!this.host.isConnected) return
    this.#pins.replaceChildren(
      ...this.#clusters()
        .toReversed()
        .map((cluster) => this.#pinOf(cluster)),
    )
    this.#pins.classList.remove('moving')
    this.#acts.moved()
  }

  #pinOf(cluster: Cluster): HTMLElement {
    const items = this.#itemsOf(cluster)
    const { label, town } = this.#labelOf(cluster)
    const pin = button({ className: 'pin', sign: '', label }, () => this.#acts.open(this.#placeOf(cluster)))
    pin.style.left = `${cluster.x}px`
    pin.style.top = `${cluster.y}px`
    const fill = (): void => {
      const shot = this.#facts.library.shot(items[0] ?? 0, fill)
      if (shot?.picture !== undefined) pin.prepend(el('img', { src: shot.picture, alt: '' }))
    }
    if (items.length > 1) pin.append(el('b', {}, items.length.toLocaleString('en-US')))
    if (town !== undefined) pin.append(el('span', { dir: 'auto' }, town))
    fill()
    return pin
  }
}

const min = (values: Float64Array): number => values.reduce((a, b) => Math.min(a, b), 1)
const max = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0)
