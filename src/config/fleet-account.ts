/** The parts of an account of a fleet that are settings of this program. */
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { type CopyRow, checkCopyName, copyRows, copyVariableOf } from './copy-settings.ts'
import { type Given, readDocument } from './document.ts'
import { isAbsent } from './kinds.ts'
import { readSettings } from './load.ts'
import type { Section, Setting } from './setting.ts'
import { settingRows, settingsTable, variableOf } from './settings.ts'

/** The four keys of an account. All are secrets. */
export interface AccountKeys {
  readonly apiKey: string
  readonly apiSecret: string
  readonly userToken: string
  readonly userSecret: string
}

const NAMES = ['apiKey', 'apiSecret', 'userToken', 'userSecret'] as const

/** Returns those of the four keys that a text in the form of a configuration file has. `origin` names it in messages. */
export function keysIn(text: string, origin: string): Partial<AccountKeys> {
  const settings = readSettings([readDocument(text, origin).top])
  return Object.fromEntries(NAMES.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])))
}

/** Reads the four keys of such a text. Throws `ConfigurationError` if one is missing. */
export function readAccountKeys(text: string, origin: string): AccountKeys {
  const keys = keysIn(text, origin)
  const missing = NAMES.filter((name) => keys[name] === undefined).map((name) => settingsTable[name].key)
  if (missing.length === 0) return keys as AccountKeys
  throw new ConfigurationError(`${origin} lacks ${missing.join(', ')}.`, {
    hint: 'It takes api_key, api_secret, user_token and user_secret; `smugmug-backup fleet login NAME` writes them.',
  })
}

/** The sections whose settings an account of a fleet may have for itself. */
const SECTIONS: readonly Section[] = ['store', 's3', 'encryption']

/** Those settings, by the name that each has in the list of accounts: `keep_trash`, `s3.region`. */
const OWN = new Map(
  settingRows
    .filter(({ section, name, kind }) => SECTIONS.includes(section) && name !== 'destination' && kind.secret === undefined)
    .map((row) => [row.section === 'store' ? row.key : `${row.section}.${row.key}`, row] as const),
)

/** The same of a further copy, by the end of the name: `destination`, `encryption.recipients`. */
const OF_COPY = new Map(copyRows.map((row) => [row.section === 'copy' ? row.key : `${row.section}.${row.key}`, row] as const))

/** The settings that an account of a fleet has for itself. */
export interface AccountSettings {
  /** Environment variables, which count before the configuration of the worker. */
  readonly variables: ReadonlyMap<string, string>
  /** The folders and buckets that must be its own, besides its destination. `what` names each for people. */
  readonly places: readonly { readonly what: string; readonly place: string }[]
}

/**
 * Reads settings of one account, such as `write_csv = true; exclude = Private/**, Clients/**; copy.usb.destination = /mnt/usb/ann`: keys of `[store]`,
 * and with their section those of `[s3]`, `[encryption]` and further copies, each with its value as an environment variable would have it. Throws
 * `ConfigurationError` for an unknown key or a value that is not allowed.
 */
export function readAccountSettings(text: string): AccountSettings {
  if (text === '') return { variables: new Map(), places: [] }
  const variables = new Map<string, string>()
  const layer = new Map<string, Given>()
  const copies = new Map<string, Map<string, Given>>()
  for (const part of text.split(';')) {
    if (part.trim() === '') continue
    const [, written = part.trim(), value] = /^\s*([^=]*?)\s*=\s*([\s\S]*?)\s*$/.exec(part) ?? []
    const key = written.toLowerCase()
    const [, copy, end = ''] = /^copy\.([^.]*)\.(.+)$/.exec(key) ?? []
    const row = copy === undefined ? OWN.get(key) : OF_COPY.get(end)
    if (row === undefined) throw unknownKey(written)
    if (isAbsent(value) || value === undefined)
      throw new ConfigurationError(`${key} has no value.`, { hint: 'Write KEY = VALUE; KEY = VALUE.' })
    const given = { raw: value, origin: 'in settings' }
    if (copy === undefined) layer.set(row.name, given)
    else {
      checkCopyName(copy, 'settings')
      copies.set(copy, (copies.get(copy) ?? new Map<string, Given>()).set(row.name, given))
    }
    variables.set(copy === undefined ? variableOf(row as Setting<unknown>) : copyVariableOf(copy, row as CopyRow), value)
  }
  const settings = readSettings([layer], [copies])
  const { publicTwin } = settings
  return {
    variables,
    places: [
      ...settings.copies.map(({ name, destination }) => ({ what: `copy ${name}`, place: destination })),
      ...(publicTwin === undefined ? [] : [{ what: 'public twin', place: publicTwin }]),
    ],
  }
}

const unknownKey = (written: string): ConfigurationError =>
  new ConfigurationError(`There is no key ${written} that an account may have.${didYouMean(written, OWN.keys())}`, {
    hint: 'An account takes the keys of [store], without destination, and such as s3.region, encryption.recipients and copy.NAME.destination: docs/fleet.md.',
  })
