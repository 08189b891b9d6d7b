/** One span of the day and the speed allowed in it. */
export interface RateSpan {
  /** Minutes since midnight on the local clock, inclusive. */
  readonly from: number
  /** Minutes since midnight, exclusive, at most 1440. Below `from` when the span passes midnight. */
  readonly to: number
  /** Bytes a second; `Infinity` when nothing is limited. */
  readonly rate: number
}

/** A limit on the speed of downloads over the day. If spans overlap, the first counts; outside all of them nothing is limited. */
export type RateLimit = readonly RateSpan[]

const minutesOfDay = 24 * 60

const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1000],
  ['m', 1000 ** 2],
  ['g', 1000 ** 3],
  ['ki', 1024],
  ['mi', 1024 ** 2],
  ['gi', 1024 ** 3],
])

/** The lowest limit, in bytes a second. A lower one was meant in another unit: `2` is no speed for photos. */
const SLOWEST = 1000
/** The highest limit, in bytes a second: faster than any connection. */
const FASTEST = 1e12

const readRate = (text: string): number | undefined => {
  if (text.toLowerCase() === 'off') return Number.POSITIVE_INFINITY
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmg]i?)?(?:b)?(?:\/s)?$/i.exec(text) ?? []
  if (digits === undefined) return undefined
  const rate = Math.round(Number(digits) * (units.get(unit.toLowerCase()) ?? 1))
  if (Number(digits) === 0) return Number.POSITIVE_INFINITY
  return rate >= SLOWEST && rate <= FASTEST ? rate : undefined
}

const readMinute = (text: string): number | undefined => {
  const [, hours, minutes] = /^(\d{1,2}):([0-5]\d)$/.exec(text) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  return minute <= minutesOfDay ? minute : undefined
}

const readSpan = (text: string): RateSpan | undefined => {
  const [, begin = '', end = '', limited = ''] = /^([\d:]+) ?- ?([\d:]+) +(.+)$/.exec(text) ?? ['', '00:00', '24:00', text]
  const from = readMinute(begin)
  const to = readMinute(end)
  const rate = readRate(limited)
  return from === undefined || to === undefined || rate === undefined || from === to || from === minutesOfDay
    ? undefined
    : { from, to, rate }
}

/**
 * Reads `500k`, `1.5M`, `800Ki`, `250000` (bytes a second; k is 1000, Ki is 1024), `off` or `0` (no limit), or a timetable such as
 * `08:00-23:00 2M, 23:00-08:00 off`. Undefined when the text is none of these.
 */
export const readRateLimit = (text: string): RateLimit | undefined => {
  const spans = text.split(',').map((part) => readSpan(part.trim().replaceAll(/\s+/g, ' ')))
  return spans.every((span) => span !== undefined) ? spans : undefined
}

const holds = ({ from, to }: RateSpan, minute: number): boolean =>
  from < to ? from <= minute && minute < to : from <= minute || minute < to

/** Returns the bytes a second allowed at a minute of the local day (0 to 1439); `Infinity` when nothing is limited then. */
export const rateAt = (limit: RateLimit, minute: number): number =>
  limit.find((span) => holds(span, minute))?.rate ?? Number.POSITIVE_INFINITY
