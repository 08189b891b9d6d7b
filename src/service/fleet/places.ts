/** Finds accounts that would share a folder or a bucket, by accident: vaults, further copies and public twins. Pure. */
import { normalize, sep } from 'node:path'
import { isBucketAddress } from '../../config/bucket-address.ts'
import { readAccountSettings } from '../../config/fleet-account.ts'
import type { FleetEntry } from './account.ts'

/** An account with its places. */
export interface Owner extends Pick<FleetEntry, 'name' | 'destination' | 'settings'> {
  /** Its line in the table that is read; absent for an account that the fleet has already. */
  readonly line?: number
}

interface Place {
  readonly owner: Owner
  /** For people: `the copy usb of Ann`. */
  readonly words: string
  /** Its path in one spelling, without a slash at its end. */
  readonly path: string
}

/** Names the places that are equal to another one, or lie inside of it, each with a line of the table. Two known accounts are not looked at. */
export function sharedPlaces(owners: readonly Owner[]): readonly string[] {
  const places = owners.flatMap(placesOf)
  const first = new Map<string, Place>()
  const troubles: string[] = []
  const say = (place: Place, how: string, other: Place): void => {
    const line = place.owner.line ?? other.owner.line
    if (line !== undefined) troubles.push(`line ${line}: ${place.words} ${how} ${other.words}`)
  }
  for (const place of places) {
    const other = first.get(place.path)
    if (other === undefined) first.set(place.path, place)
    else say(place, 'is also', other)
  }
  for (const place of places) {
    const parts = place.path.split('/')
    // From the second part on: the first one of a path is empty, for the root.
    const around = parts.slice(1).map((_, at) => first.get(parts.slice(0, at + 1).join('/')))
    const other = around.find((each) => each !== undefined)
    if (other !== undefined) say(place, 'lies inside of', other)
  }
  return troubles
}

function placesOf(owner: Owner): readonly Place[] {
  const { name, destination, settings } = owner
  return [{ what: 'destination', place: destination }, ...readAccountSettings(settings).places].map(({ what, place }) => ({
    owner,
    words: `the ${what} of ${name}`,
    path: spelled(place),
  }))
}

const spelled = (place: string): string => (isBucketAddress(place) ? place : normalize(place).replaceAll(sep, '/')).replace(/\/+$/, '')
