/** The default date of everything a world leaves undated. */
export const DEFAULT_DATE = '2024-05-01T10:00:00+00:00'

const losAngeles = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

const offsets = new Map<number, number>()

/** Returns the offset of Los Angeles from UTC at this instant, in milliseconds (negative). It is constant within an hour, and remembered by hour. */
function offsetAt(instant: number): number {
  const hour = Math.floor(instant / 3_600_000)
  const known = offsets.get(hour)
  if (known !== undefined) return known
  const parts = new Map(losAngeles.formatToParts(hour * 3_600_000).map((part) => [part.type, Number(part.value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  const offset = wall - hour * 3_600_000
  if (offsets.size > 10_000) offsets.clear()
  offsets.set(hour, offset)
  return offset
}

/** Writes an instant as SmugMug does: `2019-08-04T18:28:12+00:00`. */
export function isoDate(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}+00:00`
}

/**
 * Reads the camera's wall clock as US Pacific time and writes it as UTC, as SmugMug does for DateTimeOriginal
 * (fact sheet 6.2). Returns `undefined` if it is no date.
 */
export function pacificAsUtc(capturedLocal: string): string | undefined {
  const wall = Date.parse(`${capturedLocal.slice(0, 19)}Z`)
  if (Number.isNaN(wall)) return undefined
  const guess = wall - offsetAt(wall + 8 * 3_600_000)
  return isoDate(wall - offsetAt(guess))
}

/** Returns a date some seconds after another, written as SmugMug does. */
export function later(date: string | undefined, seconds = 60): string {
  const instant = Date.parse(date ?? DEFAULT_DATE)
  return isoDate((Number.isNaN(instant) ? Date.parse(DEFAULT_DATE) : instant) + seconds * 1000)
}
