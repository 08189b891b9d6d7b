/** A stretch of time as a person writes it: a year, a month, a day, or a moment. */
export interface Period {
  readonly text: string
  /** Its first millisecond, since 1970. A text without a time zone is read as UTC. */
  readonly start: number
  /** The first millisecond after it. */
  readonly end: number
}

const day = 24 * 60 * 60 * 1000

const readDate = (text: string): Period | undefined => {
  const [, year, month, date] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text) ?? []
  if (year === undefined) return undefined
  const start = Date.parse(`${year}-${month ?? '01'}-${date ?? '01'}T00:00:00Z`)
  // Date.parse takes 2023-02-30 for 2 March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(text)) return undefined
  if (date !== undefined) return { text, start, end: start + day }
  return { text, start, end: month === undefined ? Date.UTC(Number(year) + 1, 0) : Date.UTC(Number(year), Number(month)) }
}

const readMoment = (text: string): Period | undefined => {
  const [, date, minute, second, fraction, zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(\.\d+)?)?(Z|[-+]\d{2}:?\d{2})?$/i.exec(text) ?? []
  if (date === undefined || readDate(date) === undefined) return undefined
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()
  const start = Date.parse(`${date}T${minute}:${second ?? '00'}${fraction ?? ''}${offset}`)
  const length = fraction !== undefined ? 1 : second !== undefined ? 1000 : 60_000
  return Number.isNaN(start) ? undefined : { text, start, end: start + length }
}

/** Reads `2024`, `2024-05`, `2024-05-31` or ISO 8601 with a time (`2024-05-31T10:00:00Z`). Returns undefined for anything else, or no real date. */
export const readPeriod = (text: string): Period | undefined => readDate(text) ?? readMoment(text)
