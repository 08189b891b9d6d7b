import type { Point } from '../format.ts'
import type { PlacesData } from '../world.ts'

/** A town is not far within a degree of its edge; the edge of one with a million inhabitants is a tenth of a degree from its middle. */
const [NOT_FAR, EDGE, MOST_EDGE] = [1, 10_000, 0.14]

/** Returns the name of the town that a pin stands in or near, measured from its edge: a place in a large city is not named after its suburb. */
export function nameNear(places: PlacesData['places'], view: Pick<Point, 'latitude' | 'longitude'>): string | undefined {
  const narrow = Math.cos((view.latitude * Math.PI) / 180)
  let nearest: { readonly name: string; readonly far: number } | undefined
  for (const [name, latitude, longitude, inhabitants] of places) {
    const edge = Math.min(MOST_EDGE, Math.sqrt(inhabitants) / EDGE)
    const far = Math.hypot(latitude - view.latitude, (longitude - view.longitude) * narrow) - edge
    if (far < (nearest?.far ?? NOT_FAR)) nearest = { name, far }
  }
  return nearest?.name
}
