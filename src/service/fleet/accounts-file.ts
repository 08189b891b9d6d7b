/** Reads the accounts of a fleet from a table. */
import { readAccountSettings } from '../../config/fleet-account.ts'
import { settingsTable } from '../../config/settings.ts'
import { ConfigurationError } from '../../errors.ts'
import { printable } from '../../progress/printable.ts'
import type { FleetEntry } from './account.ts'
import { NoTable, type Row, readCsv } from './csv.ts'
import { readTurns } from './turns.ts'

/** The columns of the table. */
export const COLUMNS = ['name', 'destination', 'settings', 'secret', 'schedule'] as const satisfies readonly (keyof FleetEntry)[]

/** The turns of an account whose schedule is empty. */
const USUAL_TURNS = '24h'

/** The longest text of a cell, in characters. */
const LONGEST: Readonly<Record<keyof FleetEntry, number>> = { name: 100, destination: 2000, settings: 4000, secret: 100, schedule: 100 }

/** The most troubles that a message names. */
const MOST_NAMED = 10

/**
 * Returns the accounts of a table with the five columns, in any order. Throws `ConfigurationError` that names every line that is not as it should
 * be: a table is taken whole or not at all.
 */
export function readAccountsFile(text: string, path: string): readonly FleetEntry[] {
  const [head, ...rows] = rowsOf(text, path)
  const places = placesOf(head, path)
  const troubles: string[] = []
  const entries: FleetEntry[] = []
  const lines = new Map<string, number>()
  for (const row of rows) {
    const entry = entryOf(row, places)
    const found = 'troubles' in entry ? entry.troubles : twice(entry, row.line, lines)
    troubles.push(...found.map((trouble) => `line ${row.line}: ${trouble}`))
    if (!('troubles' in entry)) entries.push(entry)
  }
  troubles.push(...nested(entries))
  if (troubles.length > 0) throw notTaken(path, troubles)
  return entries
}

/** Returns the refusal of a table. */
function notTaken(path: string, troubles: readonly string[]): ConfigurationError {
  const more = troubles.length - MOST_NAMED
  const named = [...troubles.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])]
  return new ConfigurationError(`${path} was not imported:\n${named.map((trouble) => `  ${trouble}`).join('\n')}`, {
    hint: 'Correct the file, and import it again; nothing was changed.',
  })
}

function rowsOf(text: string, path: string): readonly Row[] {
  try {
    return readCsv(text)
  } catch (error) {
    if (!(error instanceof NoTable)) throw error
    throw notTaken(path, [error.message])
  }
}

/** Returns the place of each column. */
function placesOf(head: Row | undefined, path: string): Readonly<Record<keyof FleetEntry, number>> {
  const names = (head?.cells ?? []).map((cell) => cell.trim().toLowerCase())
  const missing = COLUMNS.filter((column) => !names.includes(column))
  const strange = names.filter((name, at) => !(COLUMNS as readonly string[]).includes(name) || names.indexOf(name) !== at)
  if (missing.length > 0 || strange.length > 0) {
    const written = (head?.cells ?? []).join(',').slice(0, 100)
    const hint = written.includes(';') && names.length === 1 ? 'The columns are to be separated by commas, not by semicolons.' : undefined
    throw new ConfigurationError(`The first line of ${path} must be ${COLUMNS.join(',')}, and is ${JSON.stringify(written)}.`, {
      hint: hint ?? 'Write that line, and one line for each account below; nothing was changed.',
    })
  }
  return Object.fromEntries(COLUMNS.map((column) => [column, names.indexOf(column)])) as Record<keyof FleetEntry, number>
}

type Read = FleetEntry | { readonly troubles: readonly string[] }

function entryOf({ cells }: Row, places: Readonly<Record<keyof FleetEntry, number>>): Read {
  if (cells.length !== COLUMNS.length) return { troubles: [`it has ${cells.length} columns in place of ${COLUMNS.length}`] }
  const cell = (column: keyof FleetEntry): string => (cells[places[column]] ?? '').trim()
  const schedule = readTurns(cell('schedule') || USUAL_TURNS)
  const entry = {
    name: cell('name'),
    destination: cell('destination').replace(/(?<=[^/])\/+$/, ''),
    settings: cell('settings'),
    secret: cell('secret'),
    schedule: schedule ?? '',
  }
  const troubles = [
    ...COLUMNS.filter((column) => column !== 'settings' && column !== 'schedule' && entry[column] === '').map(
      (column) => `${column} is empty`,
    ),
    ...COLUMNS.filter((column) => printable(cell(column)) !== cell(column)).map(
      (column) => `${column} holds characters that nobody can see`,
    ),
    ...COLUMNS.filter((column) => cell(column).length > LONGEST[column]).map(
      (column) => `${column} is longer than ${LONGEST[column]} characters`,
    ),
    ...(schedule === undefined
      ? [`schedule is ${JSON.stringify(cell('schedule'))}, and takes a time such as 24h, or five fields as of cron`]
      : []),
    ...(entry.destination === '' || isDestination(entry.destination) ? [] : [`destination takes ${settingsTable.destination.kind.takes}`]),
    ...settingsTrouble(entry.settings),
  ]
  return troubles.length > 0 ? { troubles } : entry
}

const isDestination = (text: string): boolean => settingsTable.destination.kind.read(text) !== undefined

function settingsTrouble(settings: string): readonly string[] {
  try {
    readAccountSettings(settings)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return [`settings: ${error.message}`]
    throw error
  }
}

/** Says what an earlier line has, too. */
function twice({ name, destination }: FleetEntry, line: number, lines: Map<string, number>): readonly string[] {
  const keys = [
    [`name ${name.toLowerCase()}`, 'name'],
    [`destination ${destination}`, 'destination'],
  ] as const
  return keys.flatMap(([key, column]) => {
    const first = lines.get(key)
    if (first === undefined) lines.set(key, line)
    return first === undefined ? [] : [`${column} is that of line ${first}`]
  })
}

/** Names vaults that lie inside of others. */
export function nested(entries: readonly Pick<FleetEntry, 'name' | 'destination'>[]): readonly string[] {
  const places = new Map(entries.map(({ name, destination }) => [destination, name]))
  return entries.flatMap(({ name, destination }) => {
    const parts = destination.split('/')
    const around = parts.map((_, at) => parts.slice(0, at).join('/')).find((place) => places.has(place))
    return around === undefined ? [] : [`the destination of ${name} lies inside of that of ${places.get(around)}`]
  })
}
