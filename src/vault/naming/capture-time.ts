/**
 * The time at which a photo was taken, by the camera's own clock.
 *
 * [Note: the camera's clock] SmugMug reads the camera's wall clock as if it were US Pacific time and writes it as UTC,
 * and ignores the camera's own offset (fact sheet 6.2). Here the wall clock is the truth. A recorded offset is kept beside it
 * and never applied.
 */

import type { Json, JsonObject } from '../../model.ts'
import type { ExifTimes } from '../record/exif.ts'

/** The camera's wall clock at the moment of the shot. See: [Note: the camera's clock] */
export interface CaptureTime {
  /** `YYYY-MM-DDTHH:mm:ss`, in no zone. */
  readonly local: string
  /** The camera's offset from UTC, such as `+02:00`, if it was recorded. */
  readonly offset?: string
  /** The source: the file itself, SmugMug's `!metadata`, or SmugMug's shifted `DateTimeOriginal`. */
  readonly from: 'exif' | 'metadata' | 'smugmug'
}

/** The facts that may be known about an item's time. */
export interface CaptureFacts {
  /** The item's `DateTimeOriginal`, as SmugMug sends it. */
  readonly dateTimeOriginal?: string | undefined
  /** The `ImageMetadata` object of `!metadata`, as received (fact sheet 6.1). */
  readonly metadata?: JsonObject | undefined
  /** The times in the file's EXIF. */
  readonly exif?: ExifTimes | undefined
}

/**
 * Returns the best known capture time: the file's EXIF, else `!metadata`, else SmugMug's `DateTimeOriginal` shifted back (fact sheet 6.2).
 * Returns undefined when none is known or each is junk: unparsable, before 1900, or the zero of some clock (1904-01-01, 1970-01-01).
 * A time from `DateTimeOriginal` may be wrong by one hour if the Pacific clock shows that hour twice (autumn) or never (spring).
 */
export const captureTime = (facts: CaptureFacts): CaptureTime | undefined =>
  fromExif(facts.exif) ?? fromMetadata(facts.metadata) ?? fromSmugMug(facts.dateTimeOriginal)

/**
 * Returns the time stamp for a file taken at this wall-clock time (`CaptureTime.local`), in milliseconds since 1970: the wall clock read in
 * the machine's zone (`TZ`), so that a file manager on this machine shows the camera's time.
 */
export const fileTime = (local: string): number => Date.parse(local)

const fromExif = (exif: ExifTimes | undefined): CaptureTime | undefined => {
  const clock = readClock(exif?.dateTimeOriginal)
  if (clock === undefined) return undefined
  const offset = readOffset(exif?.offset) ?? clock.offset
  return { local: clock.local, ...(offset !== undefined && { offset }), from: 'exif' }
}

const fromMetadata = (metadata: JsonObject | undefined): CaptureTime | undefined => {
  const precise = readClock(metadata?.MicroDateTimeCreated)
  const clock = readClock(metadata?.DateTimeCreated) ?? precise
  if (clock === undefined) return undefined
  const offset = clock.offset ?? (precise?.local === clock.local ? precise.offset : undefined)
  return { local: clock.local, ...(offset !== undefined && { offset }), from: 'metadata' }
}

const fromSmugMug = (dateTimeOriginal: string | undefined): CaptureTime | undefined => {
  const sent = readClock(dateTimeOriginal)
  if (sent === undefined) return undefined
  const instant = sent.offset === undefined ? sent.asUtc : Date.parse(sent.local + sent.offset)
  const local = new Date(instant + pacificOffset(instant)).toISOString().slice(0, 19)
  return isJunk(local) ? undefined : { local, from: 'smugmug' }
}

/** ISO 8601 as SmugMug writes it, and EXIF's `2019:08:04 11:28:12`. */
const clockPattern = /^\s*(\d{4})[-:](\d\d)[-:](\d\d)[T ]((\d\d):(\d\d):(\d\d))(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?\s*$/

interface Clock {
  readonly local: string
  /** Milliseconds since 1970 if the clock stood at UTC. */
  readonly asUtc: number
  readonly offset?: string
}

const readClock = (value: Json | undefined): Clock | undefined => {
  if (typeof value !== 'string' || value.length > 64) return undefined
  const [found, year, month, day, time, hours, minutes, seconds, zone] = clockPattern.exec(value) ?? []
  if (found === undefined) return undefined
  const asUtc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hours), Number(minutes), Number(seconds))
  const local = `${year}-${month}-${day}T${time}`
  // Date rolls 31 February over into March; a date whose day does not come back as it went in does not exist.
  const isDay = month !== '00' && Number(month) <= 12 && new Date(asUtc).getUTCDate() === Number(day)
  if (!isDay || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59 || isJunk(local)) return undefined
  const offset = readOffset(zone)
  return offset === undefined ? { local, asUtc } : { local, asUtc, offset }
}

const readOffset = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  if (text === 'Z' || text === '+00:00') return '+00:00'
  const [found, sign, hours, minutes] = /^\s*([+-])(\d\d):?(\d\d)\s*$/.exec(text) ?? []
  return found !== undefined && Number(hours) <= 14 && Number(minutes) < 60 ? `${sign}${hours}:${minutes}` : undefined
}

/** The zeros of QuickTime's and Unix's clocks: software writes them when it does not know the time. */
const clockZeros = new Set(['1904-01-01T00:00:00', '1970-01-01T00:00:00'])

const isJunk = (local: string): boolean => local < '1900' || clockZeros.has(local)

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const pacific = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
})

/** Asks Intl, which takes microseconds. Whole hours will do: since 1900 the Pacific clock has changed at whole UTC hours only. */
const askPacificOffset = (instant: number): number => {
  const hour = Math.floor(instant / hourMs) * hourMs
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  for (const { type, value } of pacific.formatToParts(hour)) shown[type] = Number(value)
  return Date.UTC(shown.year ?? 0, (shown.month ?? 1) - 1, shown.day, shown.hour) - hour
}

/** Offsets by UTC day since 1970; `changing` on the two days a year that begin and end with different offsets. */
const pacificDays = new Map<number, number | 'changing'>()

/** Returns the milliseconds to add to UTC for Pacific wall-clock time. */
const pacificOffset = (instant: number): number => {
  const day = Math.floor(instant / dayMs)
  let offset = pacificDays.get(day)
  if (offset === undefined) {
    const atStart = askPacificOffset(day * dayMs)
    offset = atStart === askPacificOffset((day + 1) * dayMs) ? atStart : 'changing'
    if (pacificDays.size >= 20_000) pacificDays.clear()
    pacificDays.set(day, offset)
  }
  return offset === 'changing' ? askPacificOffset(instant) : offset
}
