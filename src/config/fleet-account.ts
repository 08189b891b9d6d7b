/** The parts of an account of a fleet that are settings of this program. */
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { type Given, readDocument } from './document.ts'
import { isAbsent } from './kinds.ts'
import { readSettings } from './load.ts'
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

/** The settings that an account of a fleet may have for itself. */
const OWN = settingRows.filter(({ section, name, kind }) => section === 'store' && name !== 'destination' && kind.secret === undefined)

/**
 * Reads settings of one account, such as `write_csv = true; exclude = Private/**, Clients/**`: keys of `[store]`, each with its value as an
 * environment variable would have it. Returns those variables. Throws `ConfigurationError` for an unknown key or a value that is not allowed.
 */
export function readAccountSettings(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  const layer = new Map<string, Given>()
  for (const part of text.split(';')) {
    if (part.trim() === '') continue
    const [, written = part.trim(), value] = /^\s*([^=]*?)\s*=\s*([\s\S]*?)\s*$/.exec(part) ?? []
    const row = OWN.find(({ key }) => key === written.toLowerCase())
    if (row === undefined) throw unknownKey(written)
    if (isAbsent(value) || value === undefined)
      throw new ConfigurationError(`${row.key} has no value.`, { hint: 'Write KEY = VALUE; KEY = VALUE.' })
    layer.set(row.name, { raw: value, origin: 'in settings' })
    variables.set(variableOf(row), value)
  }
  readSettings([layer])
  return variables
}

const unknownKey = (written: string): ConfigurationError =>
  new ConfigurationError(
    `There is no key ${written} that an account may have.${didYouMean(
      written,
      OWN.map(({ key }) => key),
    )}`,
    {
      hint: 'An account takes the keys of [store], without destination: docs/settings.md names them.',
    },
  )
