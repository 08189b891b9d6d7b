import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { type CopySettings, checkCopyName, copyRows } from './copy-settings.ts'
import type { CopyLayers, Given, Layer } from './document.ts'
import { isAbsent } from './kinds.ts'
import { readSettings } from './load.ts'
import type { Period } from './period.ts'
import type { RateLimit } from './rate.ts'
import { type SettingName, type Settings, settingRows } from './settings.ts'

/** The values that a setting takes from a program: as text in every form of the configuration file, or read already. */
type InputOf<Value> = Value extends Period
  ? Period | Date | string
  : Value extends RateLimit
    ? RateLimit | number | string
    : Value extends string
      ? Value
      : Value | string

/**
 * Settings as a program gives them: any of docs/settings.md, in camelCase. Each takes the text of the configuration file (`'500k'`, `'10%'`,
 * `'2024-05'`, `'true'`), or the value itself (a list, a number, true, a share from 0 to 1, a `Date`).
 */
export type SettingsInput = { readonly [Name in SettingName]?: InputOf<NonNullable<Settings[Name]>> | undefined } & {
  /** The further copies of the vault, by name. */
  readonly copies?: Readonly<Record<string, CopyInput>> | undefined
}

/** One further copy of the vault: the keys of `[copy.NAME]` and `[copy.NAME.encryption]` in camelCase. */
export type CopyInput = {
  readonly [Name in keyof Omit<CopySettings, 'name' | 'destination'>]?: InputOf<NonNullable<CopySettings[Name]>> | undefined
} & { readonly destination: string }

const names = settingRows.map(({ name }) => name)

/**
 * Reads settings from a program by the same table as those of the configuration file; an empty text counts as absent. Throws
 * `ConfigurationError` for an unknown key, with the nearest known one, for a value that is not allowed, and for values that contradict
 * each other.
 */
export const readGivenSettings = ({ copies, ...given }: Readonly<Record<string, unknown>>): Settings => {
  const layer = new Map<string, Given>()
  for (const [name, raw] of Object.entries(given)) {
    const known = names.find((each) => each === name)
    if (known === undefined) throw unknownSetting(name)
    if (!isAbsent(raw)) layer.set(known, { raw: inText(known, raw), origin: `(settings.${known})` })
  }
  return readSettings([layer], [readCopies(copies)])
}

function readCopies(given: unknown = {}): CopyLayers {
  const copies = Object.entries(tableOf(given, 'settings.copies')).map(([name, copy]) => {
    checkCopyName(name, 'settings.copies')
    const path = `settings.copies.${name}`
    const layer = new Map<string, Given>()
    for (const [key, raw] of Object.entries(tableOf(copy, path))) {
      if (!copyKeys.some((each) => each === key)) {
        throw new ConfigurationError(`There is no setting ${path}.${key}.${didYouMean(key.replaceAll('_', ''), copyKeys)}`, {
          hint: `A copy takes ${copyKeys.join(', ')}.`,
        })
      }
      if (!isAbsent(raw)) layer.set(key, { raw: key === 'maxVanished' ? shareText(raw) : raw, origin: `(${path}.${key})` })
    }
    return [name, layer as Layer] as const
  })
  return new Map(copies)
}

const copyKeys = copyRows.map(({ name }) => name)

function tableOf(raw: unknown, path: string): object {
  if (Object.prototype.toString.call(raw) === '[object Object]') return raw as object
  throw new ConfigurationError(`${path} must be an object.`, { hint: 'Such as copies: { usb: { destination: "/media/usb/photos" } }.' })
}

const unknownSetting = (name: string): ConfigurationError => {
  return new ConfigurationError(`There is no setting ${name}.${didYouMean(name.replaceAll('_', ''), names)}`, {
    hint: 'docs/settings.md names them all; in a program they are written in camelCase.',
  })
}

/** Returns the text of a value that was read already. Other values stay as they are: the table refuses those that are wrong. */
const inText = (name: SettingName, raw: unknown): unknown => {
  if (name === 'limitRate' && Array.isArray(raw)) return raw.map(spanText).join(', ')
  if (name === 'maxVanished') return shareText(raw)
  if (name === 'serviceEvery' && typeof raw === 'number') return `${raw / 1000}s`
  if ((name === 'since' || name === 'until') && isPeriod(raw)) return raw.text
  return raw
}

const shareText = (raw: unknown): unknown => (typeof raw === 'number' && raw >= 0 && raw <= 1 ? `${Number((raw * 100).toFixed(8))}%` : raw)

const isPeriod = (raw: unknown): raw is Period => typeof raw === 'object' && raw !== null && 'text' in raw

/** Returns a span as a timetable has it, and anything else as no timetable has it. */
const spanText = (span: unknown): string => {
  if (typeof span !== 'object' || span === null) return `[${String(span)}]`
  const { from, to, rate } = span as Readonly<Record<string, unknown>>
  return `${minuteText(from)}-${minuteText(to)} ${rate === Number.POSITIVE_INFINITY ? 'off' : String(rate)}`
}

const minuteText = (minute: unknown): string => {
  if (typeof minute !== 'number') return String(minute)
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60]
  return `${hours}:${String(minutes).padStart(2, '0')}`
}
