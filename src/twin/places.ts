/** Names for places on earth, from a table of towns: offline, and good enough to find a photo by. */

/** Returns the name of the town that a place lies in or near; undefined far from any. */
export type NameOf = (latitude: number, longitude: number) => string | undefined

/** A degree of latitude, in kilometres. */
const DEGREE = 111.2
/** The farthest that a photo may be from the edge of the town it is named after, in kilometres. */
const FARTHEST = 40

/** Returns the radius of a town by its inhabitants, in kilometres: a place in a large city is not named after its suburb. */
const radius = (inhabitants: number): number => Math.min(15, 0.25 * Math.sqrt(inhabitants / 1000))

/** Reads a table: a line a town with its name, latitude, longitude and inhabitants, divided by tabs. */
export function readPlaces(table: string): NameOf {
  const { firsts, towns, names } = byCell(table)
  return (latitude, longitude) => {
    let [nearest, least] = [-1, FARTHEST]
    const wide = Math.min(4, Math.ceil(0.5 / Math.max(0.1, Math.cos((latitude * Math.PI) / 180))))
    for (let north = -1; north <= 1; north += 1) {
      for (let east = -wide; east <= wide; east += 1) {
        const cell = cellOf(latitude + north, turned(longitude + east))
        for (let town = firsts[cell] ?? 0; town < (firsts[cell + 1] ?? 0); town += 1) {
          const at = { latitude: towns[town * FIELDS] ?? 0, longitude: towns[town * FIELDS + 1] ?? 0 }
          const distance = kilometres({ latitude, longitude }, at) - (towns[town * FIELDS + 2] ?? 0)
          if (distance < least) [nearest, least] = [town, distance]
        }
      }
    }
    if (nearest < 0) return undefined
    const begin = names[nearest] ?? 0
    return table.slice(begin, table.indexOf('\t', begin))
  }
}

/** The numbers of a town: latitude, longitude, radius. */
const FIELDS = 3

/** Cells of a degree by a degree, and the number of them all. */
const [WIDE, CELLS] = [360, 360 * 181]

/** The towns in the order of their cells, as numbers alone: objects and strings would take eight times the memory. */
interface Towns {
  /** The number of the first town of each cell. */
  readonly firsts: Uint32Array
  readonly towns: Float64Array
  /** The beginnings of their names in the table. */
  readonly names: Uint32Array
}

function byCell(table: string): Towns {
  const firsts = new Uint32Array(CELLS + 1)
  let count = 0
  for (const { latitude, longitude } of linesOf(table)) {
    const after = cellOf(latitude, longitude) + 1
    firsts[after] = (firsts[after] ?? 0) + 1
    count += 1
  }
  for (let cell = 1; cell <= CELLS; cell += 1) firsts[cell] = (firsts[cell] ?? 0) + (firsts[cell - 1] ?? 0)
  const [towns, names, next] = [new Float64Array(count * FIELDS), new Uint32Array(count), firsts.slice()]
  for (const { begin, latitude, longitude, inhabitants } of linesOf(table)) {
    const cell = cellOf(latitude, longitude)
    const town = next[cell] ?? 0
    next[cell] = town + 1
    towns.set([latitude, longitude, radius(inhabitants)], town * FIELDS)
    names[town] = begin
  }
  return { firsts, towns, names }
}

function* linesOf(table: string) {
  for (let begin = 0; begin < table.length; ) {
    const found = table.indexOf('\n', begin)
    const end = found < 0 ? table.length : found
    const [, latitude, longitude, inhabitants] = table.slice(begin, end).split('\t')
    if (inhabitants !== undefined)
      yield { begin, latitude: Number(latitude), longitude: Number(longitude), inhabitants: Number(inhabitants) }
    begin = end + 1
  }
}

const cellOf = (latitude: number, longitude: number): number =>
  Math.max(0, Math.min(CELLS - 1, (Math.floor(latitude) + 90) * WIDE + Math.floor(longitude) + 180))

const turned = (longitude: number): number => (longitude < -180 ? longitude + 360 : longitude >= 180 ? longitude - 360 : longitude)

interface Place {
  readonly latitude: number
  readonly longitude: number
}

/** Returns the distance of two places that are not far apart. */
function kilometres(a: Place, b: Place): number {
  const east = turned(b.longitude - a.longitude) * Math.cos((a.latitude * Math.PI) / 180)
  return Math.hypot(b.latitude - a.latitude, east) * DEGREE
}
