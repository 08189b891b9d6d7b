const DURATION = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/i

/** Returns the milliseconds of `30m`, `1h30m`, `90s` or `2d`, more than 0; undefined for anything else. */
export const parseDuration = (text: string): number | undefined => {
  const match = DURATION.exec(text.trim())
  if (match === null) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const duration = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  return duration > 0 ? duration : undefined
}

interface Field {
  readonly least: number
  readonly most: number
  /** Names of the numbers from `least` on. */
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const FIELDS: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: MONTHS },
  { least: 0, most: 7, names: DAYS },
]

/** The most days that each month can have. */
const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const numberOf = (text: string, { least, most, names = [] }: Field): number | undefined => {
  const named = names.indexOf(text.toLowerCase())
  const number = named >= 0 ? named + least : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

/** Returns the numbers that one part of a field means, such as `1-5`, `*` with a step, or `7`. */
const numbersOf = (part: string, field: Field): readonly number[] | undefined => {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(part) ?? []
  const [from = '', to, ...more] = range === '*' ? [String(field.least), String(field.most)] : range.split('-')
  const first = numberOf(from, field)
  const last = to === undefined ? (step === undefined ? first : field.most) : numberOf(to, field)
  const by = step === undefined ? 1 : Number(step)
  if (first === undefined || last === undefined || first > last || by === 0 || more.length > 0) return undefined
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by)
}

/** Returns the numbers of each field; undefined if any field has none. */
const valuesOf = (fields: readonly string[]): readonly (readonly number[])[] | undefined => {
  if (fields.length !== FIELDS.length) return undefined
  const values = FIELDS.map((field, index) => {
    const parts = (fields[index] ?? '').split(',').map((part) => numbersOf(part, field))
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined
  })
  return values.every((value) => value !== undefined) ? values : undefined
}

/**
 * Returns a schedule of cron's five fields (minute, hour, day, month, day of the week), with single blanks; undefined for anything else,
 * and for a day that never comes, such as 31 February.
 */
export const readSchedule = (text: string): string | undefined => {
  const fields = text.trim().split(/\s+/)
  const values = valuesOf(fields)
  if (values === undefined) return undefined
  const [, , days = [], months = []] = values
  const comes = fields[4] !== '*' || months.some((month) => days.some((day) => day <= (LENGTHS[month - 1] ?? 0)))
  return comes ? fields.join(' ') : undefined
}
