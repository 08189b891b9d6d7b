import { mapX, mapY, nearTo, unpackOutlines, type WorldData } from '../world.ts'

/** The outline of a country, and the box around it, on a map of width 1. */
export interface Outline {
  readonly points: Float64Array
  readonly west: number
  readonly east: number
  readonly north: number
  readonly south: number
}

/** A name on the map. */
export interface PlaceName {
  readonly name: string
  readonly x: number
  readonly y: number
}

/** The map's width in pixels, the place of its north-west corner on the screen, and the size of the screen. */
export interface Ground {
  readonly scale: number
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The most names at once. */
const NAMES = 70

/** Paints the map: sea, countries, then names as far as they have room, those of large towns first. */
export function paintMap(
  canvas: HTMLCanvasElement,
  ground: Ground,
  facts: { readonly outlines: readonly Outline[]; readonly names: readonly PlaceName[]; readonly isDark: boolean },
): void {
  const { width, height } = ground
  const sharp = Math.min(3, devicePixelRatio)
  canvas.width = width * sharp
  canvas.height = height * sharp
  const pen = canvas.getContext('2d')
  if (pen === null) return
  const colors = facts.isDark ? DARK : LIGHT
  pen.setTransform(sharp, 0, 0, sharp, 0, 0)
  pen.fillStyle = colors.sea
  pen.fillRect(0, 0, width, height)
  pen.fillStyle = colors.land
  pen.strokeStyle = colors.border
  pen.lineWidth = 0.7
  paintCountries(pen, ground, facts.outlines)
  pen.fillStyle = colors.name
  paintNames(pen, ground, facts.names)
}

function paintCountries(pen: CanvasRenderingContext2D, ground: Ground, outlines: readonly Outline[]): void {
  const { scale, left, top, width, height } = ground
  pen.beginPath()
  for (const turn of [-1, 0, 1]) {
    const x = left + turn * scale
    for (const { points, west, east, north, south } of outlines) {
      const isAcross = east * scale + x >= 0 && west * scale + x <= width
      if (isAcross && south * scale + top >= 0 && north * scale + top <= height) trace(pen, points, { scale, x, y: top })
    }
  }
  pen.fill('evenodd')
  pen.stroke()
}

function paintNames(pen: CanvasRenderingContext2D, ground: Ground, names: readonly PlaceName[]): void {
  const { scale, left, top, width, height } = ground
  pen.font = '12px system-ui, sans-serif'
  const middle = (width / 2 - left) / scale
  const taken: (readonly [number, number, number])[] = []
  for (const { name, x, y } of names) {
    const [px, py] = [nearTo(middle, x) * scale + left, y * scale + top]
    if (px < 0 || px > width || py < 0 || py > height) continue
    const end = px + name.length * 6.6 + 12
    if (taken.some(([from, to, line]) => px < to && end > from && Math.abs(line - py) < 17)) continue
    taken.push([px, end, py])
    pen.beginPath()
    pen.arc(px, py, 2, 0, 7)
    pen.fill()
    pen.fillText(name, px + 5, py + 4)
    if (taken.length >= NAMES) return
  }
}

const LIGHT = { sea: '#cfe0e8', land: '#f3f0e8', border: '#b9b3a4', name: '#50555c' }
const DARK = { sea: '#172630', land: '#262a2e', border: '#46505a', name: '#98a2aa' }

/** Returns the outlines of countries as places on a map of width 1. */
export function outlinesOf(world: WorldData): readonly Outline[] {
  return unpackOutlines(Uint8Array.from(atob(world.outlines), (c) => c.charCodeAt(0))).map((degrees) => {
    const points = degrees.map((value, n) => (n % 2 === 0 ? mapX(value) : mapY(value)))
    const outline = { points, west: 9, east: -9, north: 9, south: -9 }
    for (let n = 0; n < points.length; n += 2) {
      const [x, y] = [points[n] ?? 0, points[n + 1] ?? 0]
      outline.west = Math.min(outline.west, x)
      outline.east = Math.max(outline.east, x)
      outline.north = Math.min(outline.north, y)
      outline.south = Math.max(outline.south, y)
    }
    return outline
  })
}

/** Traces an outline, without the points that fall on one pixel. */
function trace(
  pen: CanvasRenderingContext2D,
  points: Float64Array,
  ground: { readonly scale: number; readonly x: number; readonly y: number },
): void {
  let [lastX, lastY] = [Number.NEGATIVE_INFINITY, 0]
  for (let n = 0; n < points.length; n += 2) {
    const [x, y] = [(points[n] ?? 0) * ground.scale + ground.x, (points[n + 1] ?? 0) * ground.scale + ground.y]
    if (n === 0) pen.moveTo(x, y)
    else if (Math.abs(x - lastX) + Math.abs(y - lastY) < 1) continue
    else pen.lineTo(x, y)
    lastX = x
    lastY = y
  }
  pen.closePath()
}
