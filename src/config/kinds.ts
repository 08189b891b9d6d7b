import { isAbsolute } from 'node:path'
import { listed } from '../flow/listed.ts'
import { withoutIdentities } from './age-keys.ts'
import { isBucketAddress } from './bucket-address.ts'
import { type Period, readPeriod } from './period.ts'
import { type RateLimit, readRateLimit } from './rate.ts'
import { parseDuration, readSchedule } from './schedule.ts'

/** One kind of setting: its allowed values, and the reading of them. */
export interface Kind<T> {
  /** For people: completes "it takes …". */
  readonly takes: string
  /** Never shown to anybody, and may be given as a file (`SMGMG_BK_<KEY>_FILE`). */
  readonly secret?: true
  /** May be given several times on the command line. */
  readonly list?: true
  /** Reads a TOML value, or the text of an environment variable or an option. Undefined when it is not allowed. */
  readonly read: (raw: unknown) => T | undefined
  /** Returns those parts of a refused list that are not allowed. */
  readonly wrong?: (raw: unknown) => readonly unknown[]
}

/** Is the value absent? Empty values count as absent. */
export const isAbsent = (raw: unknown): boolean => raw === undefined || (typeof raw === 'string' && raw.trim() === '')

/** Returns the text of a value. Whole numbers count, since the Go program took them for texts. Fractions do not: TOML forgets their spelling. */
const textOf = (raw: unknown): string | undefined => {
  if (typeof raw === 'string') return raw
  return Number.isSafeInteger(raw) || typeof raw === 'bigint' ? String(raw) : undefined
}

/** Returns the text of a date; a date of no time is no text. */
const dateText = (date: Date): string | undefined => (Number.isNaN(date.getTime()) ? undefined : date.toISOString())

/** Returns a kind that reads the trimmed text; TOML's own dates count as they are written. */
const fromText = <T>(takes: string, read: (text: string) => T | undefined): Kind<T> => ({
  takes,
  read: (raw) => {
    const text = raw instanceof Date ? dateText(raw) : textOf(raw)
    return text === undefined ? undefined : read(text.trim())
  },
})

/** A text, as it is. */
export const text: Kind<string> = { takes: 'a text', read: textOf }

/** Does a value have quotation marks of its own? `docker run --env-file` and others take them for a part of it. */
export const isQuoted = (value: string): boolean => /^\s*(["']).*\1\s*$/s.test(value)

/** A text that must never be shown. Keys and tokens hold neither spaces nor quotation marks, so those around it come from copying. */
export const secret: Kind<string> = {
  ...fromText('a text without quotation marks around it', (value) => (isQuoted(value) || holdsControls(value) ? undefined : value)),
  secret: true,
}

/** `true` or `false`, in every spelling of Go's `strconv.ParseBool`. */
export const yesNo: Kind<boolean> = {
  takes: 'true or false',
  read: (raw) => {
    if (typeof raw === 'boolean') return raw
    const word = textOf(raw)?.trim().toLowerCase() ?? ''
    if (['1', 't', 'true'].includes(word)) return true
    return ['0', 'f', 'false'].includes(word) ? false : undefined
  },
}

/** Returns a kind for whole numbers from `least` to `most`: anything beyond is a mistake. */
export const wholeNumber = (least: number, most: number): Kind<number> =>
  fromText(`a whole number from ${least} to ${most}`, (value) => {
    const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN
    return number >= least && number <= most ? number : undefined
  })

/** A share such as `"10%"`, as a number from 0 to 1. The percent sign is required: 1 could mean 1 % or all. */
export const percent: Kind<number> = fromText('a percentage from "0%" to "100%"', (value) => {
  const [, digits] = /^(\d+(?:\.\d+)?) ?%$/.exec(value) ?? []
  const share = Number(digits) / 100
  return share <= 1 ? share : undefined
})

/** A hundred years. */
const MOST_DAYS = 36_500

/** A number of days, or `forever`. */
export const daysOrForever: Kind<number | 'forever'> = fromText(`a number of days from 0 to ${MOST_DAYS}, or "forever"`, (value) =>
  value.toLowerCase() === 'forever' ? 'forever' : wholeNumber(0, MOST_DAYS).read(value),
)

/** Returns a kind for one of a few words, in any case. */
export const choice = <const Word extends string>(...words: readonly [Word, ...Word[]]): Kind<Word> =>
  fromText(
    listed(
      words.map((word) => `"${word}"`),
      'or',
    ),
    (value) => words.find((word) => word === value.toLowerCase()),
  )

/** Returns a kind for lists of values. One text may hold several, separated by commas or line ends; in a TOML list each text is one value. Empty ones do not count. */
export const list = <T>(takes: string, kind: Kind<T>): Kind<readonly T[]> => ({
  takes,
  list: true,
  read: (raw) => {
    const values = partsOf(raw).map((part) => kind.read(part))
    return values.every((value) => value !== undefined) ? values : undefined
  },
  wrong: (raw) => partsOf(raw).filter((part) => kind.read(part) === undefined),
})

const partsOf = (raw: unknown): readonly unknown[] => {
  const parts: readonly unknown[] = Array.isArray(raw) ? raw : (textOf(raw)?.split(/[,\n]/) ?? [raw])
  return parts.map((part) => (typeof part === 'string' ? part.trim() : part)).filter((part) => part !== '')
}

/** The address of a service, without a slash at its end. */
export const serviceAddress: Kind<string> = fromText('an address that begins with https:// (or http://), without a query', (value) => {
  const url = URL.parse(value)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined
  return url.username + url.password + url.search + url.hash === '' ? url.href.replace(/\/+$/, '') : undefined
})

/** Does it hold control characters? In a path they come from `\\b` or `\\n` of a Windows path that TOML took for escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const holdsControls = (value: string): boolean => /[\u0000-\u001f\u007f]/.test(value)

/** The absolute path of a folder. `checkDestination` checks that it exists. */
export const folder: Kind<string> = {
  takes: 'the absolute path of a folder ("~" is not expanded)',
  read: (raw) => (typeof raw === 'string' && isAbsolute(raw) && !holdsControls(raw) ? raw : undefined),
}

/** The absolute path of a folder, or the address of a bucket. */
export const destination: Kind<string> = {
  takes: 'the absolute path of a folder ("~" is not expanded), or s3://BUCKET/PATH',
  read: (raw) => (typeof raw === 'string' && isBucketAddress(raw) && !holdsControls(raw) ? raw : folder.read(raw)),
}

/** The absolute path of a file. */
export const file: Kind<string> = { ...folder, takes: 'the absolute path of a file ("~" is not expanded)' }

/** A name or address of a machine, without a port. */
export const machine: Kind<string> = fromText('a name such as photos.example.org, or an address such as 0.0.0.0', (value) =>
  /^[a-z\d]([a-z\d.-]*[a-z\d])?$|^[\da-f:.]*:[\da-f:.]*$/i.test(value) ? value.toLowerCase() : undefined,
)

/** A year, a month, a day or a moment. */
export const period: Kind<Period> = fromText('a date such as 2024-05, 2024, 2024-05-31 or 2024-05-31T10:00:00Z', readPeriod)

const MINUTE = 60_000

/** The time from one run of the service to the next in milliseconds, or `never`. */
export const interval: Kind<number | 'never'> = fromText(
  'a time such as "24h", "12h" or "30m" (from "1m" to "365d"), or "never"',
  (value) => {
    if (value.toLowerCase() === 'never') return 'never'
    const time = parseDuration(value)
    return time !== undefined && time >= MINUTE && time <= 365 * 24 * 60 * MINUTE ? time : undefined
  },
)

/** A schedule of cron's five fields. */
export const schedule: Kind<string> = fromText('five fields as of cron, such as "30 2 * * *" (every night at half past two)', readSchedule)

/** A speed, or a timetable of speeds. */
export const rateLimit: Kind<RateLimit> = fromText(
  'bytes a second such as "500k" or "2M" (at least "1k"), or a timetable such as "08:00-23:00 2M, 23:00-08:00 off"',
  readRateLimit,
)

/** Returns a value as a message shows it: short, without a password in an address, and without a private key. */
export const show = (raw: unknown): string => {
  if (Array.isArray(raw)) return `[${raw.map((part) => (Array.isArray(part) ? '[…]' : show(part))).join(', ')}]`
  if (raw instanceof Date) return dateText(raw) ?? 'no date'
  if (typeof raw === 'function') return 'a function'
  if (typeof raw === 'object' && raw !== null) return 'a table'
  if (typeof raw !== 'string') return String(raw)
  const shown = withoutIdentities(raw.replace(/\/\/[^/@]*@/g, '//…@'))
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}…` : shown)
}
