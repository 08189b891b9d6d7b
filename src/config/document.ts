import { parse, TomlError } from 'smol-toml'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { checkCopyName, copyRows } from './copy-settings.ts'
import { type SecretSource, takeSecrets } from './fleet-secrets.ts'
import { isAbsent } from './kinds.ts'
import { flatSections, type Section, sections } from './setting.ts'
import { retiredKeys, settingRows } from './settings.ts'

/** A value given for a setting, not yet read. */
export interface Given {
  readonly raw: unknown
  /** Its location, in words for people: follows the key in a message. */
  readonly origin: string
}

/** The values from one source: the settings by name, and retired keys by key. Empty values are not in it. */
export type Layer = ReadonlyMap<string, Given>

/** The values for each further copy of a vault, by its name as written, and then by the names of `CopySettings`. */
export type CopyLayers = ReadonlyMap<string, Layer>

/** A configuration file, its keys known, its values not yet read. */
export interface ConfigDocument {
  readonly path: string
  readonly top: Layer
  /** The tables `[account.NAME]`, by name as written. */
  readonly accounts: ReadonlyMap<string, Layer>
  /** The tables `[copy.NAME]`. */
  readonly copies: CopyLayers
  /** The tables `[account.NAME.copy.NAME]`, by the account. */
  readonly copiesOf: ReadonlyMap<string, CopyLayers>
  /** The tables `[fleet.secrets.NAME]`, by name as written. */
  readonly secrets: ReadonlyMap<string, SecretSource>
}

type Table = Readonly<Record<string, unknown>>

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** Decodes the text of a configuration file. Throws `ConfigurationError` when it is not UTF-8. */
export const decodeText = (bytes: Uint8Array, path: string): string => {
  // UTF-16, with its mark or without: every other byte of a Latin text is 0, which no text in UTF-8 has.
  if (bytes.includes(0) || (bytes[0] ?? 0) >= 0xfe) {
    throw new ConfigurationError(`${path} is not UTF-8 text, but perhaps UTF-16.`, { hint: 'Save it again as UTF-8.' })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ConfigurationError(`${path} is not UTF-8 text.`, { hint: 'Save it again as UTF-8.' })
  }
}

const reasonOf = (error: TomlError): string => (error.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '')

/** The hint for a Windows path whose backslashes TOML took for escapes. */
export const BACKSLASH_HINT = 'In "…" a backslash begins an escape: write C:/Photos, C:\\\\Photos, or use single quotes.'

const hintOf = (reason: string): string => {
  if (reason.includes('escape')) return BACKSLASH_HINT
  if (reason === 'invalid value') return 'Texts stand in quotes: key = "value".'
  return 'Correct that line.'
}

/**
 * Parses TOML. Throws `ConfigurationError` with file, line, column and the parser's reason, but not with the line itself nor with
 * the parser's own error as its cause: both quote the file, which may hold secrets.
 */
export const parseToml = (text: string, path: string): Table => {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = reasonOf(error)
    throw new ConfigurationError(`${path}, line ${error.line}, column ${error.column}: ${reason}.`, { hint: hintOf(reason) })
  }
}

interface KnownKey {
  /** The name of the setting; of a retired key, the key. */
  readonly id: string
  readonly section: Section
  readonly key: string
}

const knownKeys: ReadonlyMap<string, KnownKey> = new Map(
  [...settingRows.map((row) => ({ ...row, id: row.name as string })), ...retiredKeys.map((row) => ({ ...row, id: row.key }))].map(
    (known) => [known.key, known],
  ),
)

const suggestKey = (written: string): string => didYouMean(written, knownKeys.keys(), (key) => `${key} in [${knownKeys.get(key)?.section}]`)

const sectionNamed = (name: string): Section | undefined => sections.find((section) => section === name.toLowerCase())

interface Place {
  readonly path: string
  /** For people: `in [store]`, `at the top`. */
  readonly where: string
  /** The sections whose keys are allowed here. */
  readonly allowed: readonly Section[]
}

const collectKey = (layer: Map<string, Given>, entry: readonly [string, unknown], { path, where, allowed }: Place): void => {
  const [written, raw] = entry
  const known = knownKeys.get(written.toLowerCase())
  if (known === undefined) {
    throw new ConfigurationError(`There is no key ${written}, which stands ${where} of ${path}.${suggestKey(written)}`, {
      hint: 'Correct it, or remove the line.',
    })
  }
  if (!allowed.includes(known.section)) {
    throw new ConfigurationError(`The key ${written} does not belong ${where} of ${path}.`, { hint: `Move it to [${known.section}].` })
  }
  if (!isAbsent(raw)) layer.set(known.id, { raw, origin: `${where} of ${path}` })
}

/** Throws `ConfigurationError` for a key that stands twice: TOML itself refuses only the same spelling. */
const refuseTwins = (table: Table, { path, where }: Pick<Place, 'path' | 'where'>): void => {
  const seen = new Map<string, string>()
  for (const written of Object.keys(table)) {
    const other = seen.get(written.toLowerCase())
    if (other !== undefined) {
      throw new ConfigurationError(`The key ${written} stands twice ${where} of ${path}, once as ${other}.`, {
        hint: 'Remove one of the two lines.',
      })
    }
    seen.set(written.toLowerCase(), written)
  }
}

const collectSection = (layer: Map<string, Given>, table: unknown, place: Place): void => {
  if (!isTable(table)) {
    throw new ConfigurationError(`What should stand ${place.where} of ${place.path} is no section.`, {
      hint: 'Write the name of the section in brackets on a line of its own, and its keys below.',
    })
  }
  refuseTwins(table, place)
  for (const entry of Object.entries(table)) collectKey(layer, entry, place)
}

/** Returns the refusal of a section. `prefix` is the beginning that it has in common with all that are known here. */
const unknownSection = (
  written: string,
  known: readonly string[],
  { path, prefix }: { path: string; prefix: string },
): ConfigurationError => {
  const named = (name: string): string => `[${prefix}${name}]`
  return new ConfigurationError(`There is no section [${prefix}${written}], which stands in ${path}.${didYouMean(written, known, named)}`, {
    hint: `Correct its name, or remove it. The sections here are ${known.map(named).join(', ')}.`,
  })
}

/** Reads keys outside and inside their section into one layer; if both are given, the one in the section wins. */
const readLayer = (table: Table, path: string, account?: string): Layer => {
  const prefix = account === undefined ? '' : `account.${account}.`
  const allowed: readonly Section[] = account === undefined ? sections : ['authentication', 'store']
  const flatAllowed = allowed.filter((section) => flatSections.includes(section))
  const flat = new Map<string, Given>()
  const inSection = new Map<string, Given>()
  const where = account === undefined ? 'at the top' : `in [account.${account}]`
  const isSection = (written: string): boolean => allowed.some((section) => section === sectionNamed(written))
  refuseTwins(Object.fromEntries(Object.entries(table).filter(([written]) => !isSection(written))), { path, where })
  for (const [written, value] of Object.entries(table)) {
    const section = sectionNamed(written)
    if (section !== undefined && allowed.includes(section)) {
      collectSection(inSection, value, { path, where: `in [${prefix}${section}]`, allowed: [section] })
    } else if (isTable(value) && !knownKeys.has(written.toLowerCase())) {
      throw unknownSection(written, [...allowed, ...(account === undefined ? ['account', 'copy'] : [])], { path, prefix })
    } else {
      collectKey(flat, [written, value], { path, where, allowed: flatAllowed })
    }
  }
  return new Map([...flat, ...inSection])
}

const readAccounts = (value: unknown, path: string): ReadonlyMap<string, { readonly layer: Layer; readonly copies: CopyLayers }> => {
  const accounts = new Map<string, { readonly layer: Layer; readonly copies: CopyLayers }>()
  for (const [name, table] of isTable(value) ? Object.entries(value) : [['', undefined] as const]) {
    if (!isTable(table)) {
      throw new ConfigurationError(`[account] of ${path} must hold one table for each account.`, {
        hint: 'Write [account.NAME] above its keys.',
      })
    }
    const reserved = name.toLowerCase() === 'all' || name.trim() === ''
    if (reserved || [...accounts.keys()].some((other) => other.toLowerCase() === name.toLowerCase())) {
      const why = reserved ? 'stands for every account' : 'is given twice'
      throw new ConfigurationError(`The account name "${name}" in ${path} ${why}.`, { hint: 'Choose another name.' })
    }
    const { rest, copies } = withoutCopies(table, path, `account.${name}.`)
    accounts.set(name, { layer: readLayer(rest, path, name), copies })
  }
  return accounts
}

const isNamed =
  (...names: readonly string[]) =>
  ([name]: readonly [string, unknown]): boolean =>
    names.includes(name.toLowerCase())

/** Returns a table without its further copies, and those. */
function withoutCopies(table: Table, path: string, prefix = ''): { readonly rest: Table; readonly copies: CopyLayers } {
  const entries = Object.entries(table)
  const isCopy = isNamed('copy')
  return {
    rest: Object.fromEntries(entries.filter((entry) => !isCopy(entry))),
    copies: new Map(entries.filter(isCopy).flatMap(([, value]) => [...readCopies(value, path, prefix)])),
  }
}

function readCopies(value: unknown, path: string, prefix: string): CopyLayers {
  const copies = new Map<string, Layer>()
  for (const [name, table] of isTable(value) ? Object.entries(value) : [['', undefined] as const]) {
    if (!isTable(table)) {
      throw new ConfigurationError(`[${prefix}copy] of ${path} must hold one table for each copy.`, {
        hint: 'Write [copy.NAME] above its keys.',
      })
    }
    checkCopyName(name, path)
    if ([...copies.keys()].some((other) => other.toLowerCase() === name.toLowerCase()))
      throw new ConfigurationError(`The copy "${name}" in ${path} is given twice.`, { hint: 'Choose another name.' })
    copies.set(name, readCopy(table, { path, name: `${prefix}copy.${name}` }))
  }
  return copies
}

function readCopy(table: Table, { path, name }: { readonly path: string; readonly name: string }): Layer {
  const layer = new Map<string, Given>()
  const collect = (entries: Table, section: 'copy' | 'encryption', where: string): void => {
    const rows = copyRows.filter((row) => row.section === section)
    refuseTwins(entries, { path, where })
    for (const [written, raw] of Object.entries(entries)) {
      if (section === 'copy' && written.toLowerCase() === 'encryption' && isTable(raw)) {
        collect(raw, 'encryption', `in [${name}.encryption]`)
        continue
      }
      const row = rows.find(({ key }) => key === written.toLowerCase())
      if (row === undefined) {
        const near = didYouMean(
          written,
          rows.map(({ key }) => key),
          (key) => key,
        )
        throw new ConfigurationError(`There is no key ${written}, which stands ${where} of ${path}.${near}`, {
          hint: `Correct it, or remove the line. The keys here are ${rows.map(({ key }) => key).join(', ')}.`,
        })
      }
      if (!isAbsent(raw)) layer.set(row.name, { raw, origin: `${where} of ${path}` })
    }
  }
  collect(table, 'copy', `in [${name}]`)
  return layer
}

/** Reads the text of a configuration file. Throws `ConfigurationError` if it is not TOML, or holds an unknown key or section. */
export const readDocument = (text: string, path: string): ConfigDocument => {
  const { rest: others, secrets } = takeSecrets(parseToml(text, path), path)
  const { rest, copies } = withoutCopies(others, path)
  const entries = Object.entries(rest)
  const isAccount = isNamed('account')
  const accounts = entries.filter(isAccount).flatMap(([, value]) => readAccounts(value, path))
  return {
    path,
    top: readLayer(Object.fromEntries(entries.filter((entry) => !isAccount(entry))), path),
    accounts: new Map(accounts.flatMap((each) => [...each].map(([name, { layer }]) => [name, layer] as const))),
    copies,
    copiesOf: new Map(accounts.flatMap((each) => [...each].map(([name, own]) => [name, own.copies] as const))),
    secrets,
  }
}
