/** The secrets of a fleet: the queue knows them by name, and `[fleet.secrets.NAME]` says where each one is. */
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { holdsControls, isAbsent } from './kinds.ts'

/** The place of the four keys of an account. */
export type SecretSource =
  /** A configuration file that holds them. */
  | { readonly kind: 'config'; readonly path: string }
  /** A command line of the system's shell that prints them as such a file. */
  | { readonly kind: 'command'; readonly line: string }

type Table = Readonly<Record<string, unknown>>

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)

const entryNamed = (table: Table, name: string): readonly [string, unknown] | undefined =>
  Object.entries(table).find(([written]) => written.toLowerCase() === name)

/** Takes the secrets out of a configuration file. Throws `ConfigurationError` if one of them is not as it should be. */
export function takeSecrets(table: Table, path: string): { readonly rest: Table; readonly secrets: ReadonlyMap<string, SecretSource> } {
  const [section, fleet] = entryNamed(table, 'fleet') ?? []
  const [key, named] = isTable(fleet) ? (entryNamed(fleet, 'secrets') ?? []) : []
  if (section === undefined || !isTable(fleet) || key === undefined) return { rest: table, secrets: new Map() }
  if (!isTable(named)) throw new ConfigurationError(`[fleet.secrets] of ${path} must hold one table for each secret.`, { hint: HINT })
  const secrets = Object.entries(named).map(([name, value]) => [name, sourceOf(name, value, path)] as const)
  const others = Object.fromEntries(Object.entries(fleet).filter(([written]) => written !== key))
  return { rest: { ...table, [section]: others }, secrets: new Map(secrets) }
}

const HINT = 'Write [fleet.secrets.NAME], and below it config = "FILE" or command = "…".'
const KEYS = ['config', 'command']

function sourceOf(name: string, table: unknown, path: string): SecretSource {
  const where = `[fleet.secrets.${name}] of ${path}`
  if (!isTable(table)) throw new ConfigurationError(`${where} is no table.`, { hint: HINT })
  const given = new Map<string, string>()
  for (const [written, value] of Object.entries(table)) {
    const key = written.toLowerCase()
    if (!KEYS.includes(key))
      throw new ConfigurationError(`There is no key ${written}, which stands in ${where}.${didYouMean(written, KEYS)}`, { hint: HINT })
    if (isAbsent(value)) continue
    if (typeof value !== 'string' || holdsControls(value)) throw new ConfigurationError(`${key} in ${where} takes a text.`, { hint: HINT })
    given.set(key, value)
  }
  const [config, line] = [given.get('config'), given.get('command')]
  if (config !== undefined && line === undefined) return { kind: 'config', path: config }
  if (line !== undefined && config === undefined) return { kind: 'command', line }
  throw new ConfigurationError(`${where} must say either config or command, and says ${given.size === 0 ? 'neither' : 'both'}.`, {
    hint: HINT,
  })
}
