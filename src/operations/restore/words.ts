import type { Item, JsonObject } from '../../model.ts'
import { keywordsOf } from '../../vault/record/keywords.ts'
import { plainText } from './plain-text.ts'

/** The words and facts of an item that can go back. */
export type Words = Pick<Item, 'title' | 'caption' | 'keywords' | 'keywordArray' | 'latitude' | 'longitude' | 'altitude' | 'hidden'>

/** SmugMug rounds coordinates; this is about a metre. */
const NEAR = 1e-5

/**
 * Returns the fields that must change so that the item at SmugMug says what the vault says; undefined when nothing differs. A place is only
 * given, never taken away: without one in the vault, SmugMug may have read it out of the file.
 */
export function differingWords(wanted: Words, present: Words): JsonObject | undefined {
  const [latitude, longitude] = placeOf(wanted)
  const [presentLatitude, presentLongitude] = placeOf(present)
  const isPlaced = latitude === undefined || longitude === undefined
  const isNear = isPlaced || (near(latitude, presentLatitude) && near(longitude, presentLongitude))
  const fields: JsonObject = {
    ...(!sameText(wanted.title, present.title) && { Title: wanted.title }),
    ...(!sameText(wanted.caption, present.caption) && { Caption: wanted.caption }),
    ...(!sameList(keywordsOf(wanted), keywordsOf(present)) && { KeywordArray: keywordsOf(wanted) }),
    ...(wanted.hidden !== undefined && wanted.hidden !== (present.hidden ?? false) && { Hidden: wanted.hidden }),
    ...(!isNear && { Latitude: latitude, Longitude: longitude }),
    ...(!isPlaced && wanted.altitude !== undefined && !near(wanted.altitude, present.altitude ?? 0, 1) && { Altitude: wanted.altitude }),
  }
  return Object.keys(fields).length === 0 ? undefined : fields
}

/** SmugMug's `0, 0` is no place (fact sheet 4.2). */
function placeOf({ latitude, longitude }: Words): readonly [number, number] | readonly [undefined, undefined] {
  const at = [Number(latitude ?? '0'), Number(longitude ?? '0')] as const
  return at.some(Number.isNaN) || (at[0] === 0 && at[1] === 0) ? [undefined, undefined] : at
}

const near = (a: number, b: number | undefined, distance = NEAR): boolean => b !== undefined && Math.abs(a - b) <= distance

const sameText = (a: string, b: string): boolean => plainText(a) === plainText(b)

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, at) => sameText(text, b[at] ?? ''))
