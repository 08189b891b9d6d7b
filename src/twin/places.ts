/** Names for places on earth, from a table of towns: offline, and good enough to find a photo by. */

/** Returns the name of the town that a place lies in or near; undefined far from any. */
export type NameOf = (latitude: number, longitude: number) => string | undefined

/** A degree of latitude, in kilometres. */
const DEGREE = 111.2
/** The farthest that a photo may be from the edge of the town it is named after, in kilometres. */
const FARTHEST = 40
/** Cells of the table to the degree. */
const CELLS = 1

/** Returns the radius of a town by its inhabitants, in kilometres: a place in a large city is not named after its suburb. */
const radius = (inhabitants: number): number => Math.min(15, 0.25 * Math.sqrt(inhabitants / 1000))

/** Reads a table: a line a town with its name, latitude, longitude and inhabitants, divided by tabs. */
export function readPlaces(table: string): NameOf {
  const cells = new Map<
    string,
    { readonly name: string; readonly latitude: number; readonly longitude: number; readonly radius: number }[]
  >()
  for (const line of table.split('\n')) {
    const [name, latitude, longitude, inhabitants] = line.split('\t')
    if (name === undefined || inhabitants === undefined) continue
    const town = { name, latitude: Number(latitude), longitude: Number(longitude), radius: radius(Number(inhabitants)) }
    const key = cellOf(town.latitude, town.longitude)
    const cell = cells.get(key)
    if (cell === undefined) cells.set(key, [town])
    else cell.push(town)
  }
  return (latitude, longitude) => {
    let nearest: { readonly name: string; readonly distance: number } | undefined
    const wide = Math.min(4, Math.ceil(0.5 / Math.max(0.1, Math.cos((latitude * Math.PI) / 180))))
    for (let north = -1; north <= 1; north += 1) {
      for (let east = -wide; east <= wide; east += 1) {
        for (const town of cells.get(cellOf(latitude + north / CELLS, turned(longitude + east / CELLS))) ?? []) {
          const distance = kilometres({ latitude, longitude }, town) - town.radius
          if (distance < FARTHEST && (nearest === undefined || distance < nearest.distance)) nearest = { name: town.name, distance }
        }
      }
    }
    return nearest?.name
  }
}

const cellOf = (latitude: number, longitude: number): string => `${Math.floor(latitude * CELLS)} ${Math.floor(longitude * CELLS)}`

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
