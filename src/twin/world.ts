/** The map of the world and the names on it, as a twin carries them with it. */

/** `world-50m.js`, `world-10m.js`: the outlines of countries. Source: Natural Earth. */
export interface WorldData {
  readonly kind: 'world'
  readonly scale: '50m' | '10m'
  /** Base64; see `unpackOutlines`. */
  readonly outlines: string
}

/** `places.js`: towns with their coordinates in degrees and their inhabitants, the largest first. Source: GeoNames. */
export interface PlacesData {
  readonly kind: 'places'
  readonly places: readonly (readonly [name: string, latitude: number, longitude: number, inhabitants: number])[]
}

/** Steps of a degree in the outlines. */
const STEPS = 1000

/** Returns each outline as a list of longitude and latitude in degrees. One that crosses the date line goes on beyond 180. */
export function unpackOutlines(bytes: Uint8Array): readonly Float64Array[] {
  let at = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 127) * scale
      if (byte < 128) break
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }
  const outlines: Float64Array[] = []
  while (at < bytes.length) {
    const outline = new Float64Array(next() * 2)
    let [x, y] = [0, 0]
    for (let n = 0; n < outline.length; n += 2) {
      x += next()
      y += next()
      outline[n] = x / STEPS
      outline[n + 1] = y / STEPS
    }
    outlines.push(outline)
  }
  return outlines
}

/** The farthest place to the north and south that the map shows, in degrees. */
const POLE = 85

/** Returns the place of a longitude on a map of width 1. */
export const mapX = (longitude: number): number => (longitude + 180) / 360

/** Returns the place of a latitude on a map of width 1: Mercator's. */
export function mapY(latitude: number): number {
  const sine = Math.sin((Math.max(-POLE, Math.min(POLE, latitude)) * Math.PI) / 180)
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)
}

/** Returns the longitude at a place on a map of width 1. */
export const longitudeAt = (x: number): number => x * 360 - 180

/** Returns the latitude at a place on a map of width 1. */
export const latitudeAt = (y: number): number => 90 - (360 * Math.atan(Math.exp((y - 0.5) * 2 * Math.PI))) / Math.PI

/** Returns the same place of a map of width 1, between 0 and 1. */
export const within = (x: number): number => ((x % 1) + 1) % 1

/** Returns the same place where it is nearest to another one: the world goes on beyond the date line. */
export const nearTo = (middle: number, x: number): number => x + Math.round(middle - x)

/** Items that stand close together on the screen. */
export interface Cluster {
  /** The middle, in pixels. */
  readonly x: number
  readonly y: number
  /** The indexes of the points. */
  readonly points: readonly number[]
}

/** The width of a cell that gathers points, and the least distance of two clusters, in pixels. */
const CELL = 84
const APART = 60

/** Gathers the points that can be seen, each in one cluster: the counts are exact. `x` and `y` return a point's place in pixels. */
export function gatherPoints(
  count: number,
  at: (point: number) => { readonly x: number; readonly y: number },
  size: { readonly width: number; readonly height: number },
): readonly Cluster[] {
  const cells = new Map<string, { sumX: number; sumY: number; points: number[] }>()
  for (let point = 0; point < count; point += 1) {
    const { x, y } = at(point)
    if (x < -CELL / 2 || x > size.width + CELL / 2 || y < -CELL / 2 || y > size.height + CELL / 2) continue
    const key = `${Math.floor(x / CELL)} ${Math.floor(y / CELL)}`
    const cell = cells.get(key) ?? { sumX: 0, sumY: 0, points: [] }
    cells.set(key, cell)
    cell.sumX += x
    cell.sumY += y
    cell.points.push(point)
  }
  const kept: { sumX: number; sumY: number; points: number[] }[] = []
  for (const cell of [...cells.values()].toSorted((a, b) => b.points.length - a.points.length)) {
    const [x, y] = [cell.sumX / cell.points.length, cell.sumY / cell.points.length]
    const near = kept.find((other) => {
      const n = other.points.length
      return Math.abs(other.sumX / n - x) < APART && Math.abs(other.sumY / n - y) < APART
    })
    if (near === undefined) kept.push(cell)
    else {
      near.sumX += cell.sumX
      near.sumY += cell.sumY
      for (const point of cell.points) near.points.push(point)
    }
  }
  return kept.map(({ sumX, sumY, points }) => ({ x: sumX / points.length, y: sumY / points.length, points }))
}
