/** Reads the accounts of a fleet from a table. */
import { readAccountSettings } from '../../config/fleet-account.ts'
import { settingsTable } from '../../config/settings.ts'
import { ConfigurationError } from '../../errors.ts'
import { printable } from '../../progress/printable.ts'
import type { FleetEntry } from './account.ts'
import { NoTable, type Row, readCsv } from './csv.ts'
import { sharedPlaces } from './places.ts'
import { readTurns } from './turns.ts'

/** The columns of the table. */
export const COLUMNS = ['name', 'destination', 'settings', 'secret', 'schedule'] as const satisfies readonly (keyof FleetEntry)[]

/** The turns of an account whose schedule is empty. */
const USUAL_TURNS = '24h'

/** The longest text of a cell, in characters. */
const LONGEST: Readonly<Record<keyof FleetEntry, number>> = { name: 100, destination: 2000, settings: 4000, secret: 100, schedule: 100 }

/** An account as a line of a table has it. */
export interface ListedEntry extends FleetEntry {
  readonly line: number
}

/** The most troubles that a message names. */
const MOST_NAMED = 10

/**
 * Returns the accounts of a table with the five columns, in any order. Throws `ConfigurationError` that names every line that is not as it should
 * be: a table is taken whole or not at all.
 */
export function readAccountsFile(text: string, path: string): readonly ListedEntry[] {
  const [head, ...rows] = rowsOf(text, path)
  const places = placesOf(head, path)
  const troubles: string[] = []
  const entries: ListedEntry[] = []
  const lines = new Map<string, number>()
  for (const row of rows) {
    const entry = entryOf(row, places)
    const found = 'troubles' in entry ? entry.troubles : twice(entry, lines)
    troubles.push(...found.map((trouble) => `line ${row.line}: ${trouble}`))
    if (!('troubles' in entry)) entries.push(entry)
  }
  troubles.push(...sharedPlaces(entries))
  if (troubles.length > 0) throw notTaken(path, troubles)
  return entries
}

/** Returns the refusal of a table. */
export function notTaken(path: string, troubles: readonly string[]): ConfigurationError {
  const more = troubles.length - MOST_NAMED
  const named = [...troubles.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])]
  return new ConfigurationError(`${path} was not imported:\n${named.map((trouble) => `  ${trouble}`).join('\n')}`, {
    hint: 'Correct the file, and import it again; nothing was changed.',
  })
}

function rowsOf(text: string, path: string): readonly Row[] {
  try {
    // Excel takes semicolons in many countries.
    return readCsv(text, /^[^,\r\n]*;/.test(text) ? ';' : ',')
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
    throw new ConfigurationError(`The first line of ${path} must be ${COLUMNS.join(',')}, and is ${JSON.stringify(written)}.`, {
      hint: 'Write that line, and one line for each account below; nothing was changed.',
    })
  }
  return Object.fromEntries(COLUMNS.map((column) => [column, names.indexOf(column)])) as Record<keyof FleetEntry, number>
}

type Read = ListedEntry | { readonly troubles: readonly string[] }

function entryOf({ cells, line }: Row, places: Readonly<Record<keyof FleetEntry, number>>): Read {
  if (cells.length !== COLUMNS.length) return { troubles: [`it has ${cells.length} columns in place of ${COLUMNS.length}`] }
  const cell = (column: keyof FleetEntry): string => (cells[places[column]] ?? '').trim()
  const schedule = readTurns(cell('schedule') || USUAL_TURNS)
  const entry = {
    line,
    // A name that a Mac has written has the same letters in another form.
    name: cell('name').normalize(),
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
    // `fleet run` would take it for an option.
    ...(entry.name.startsWith('-') ? ['name begins with "-"'] : []),
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

/** Says that an earlier line has the same name. */
function twice({ name, line }: ListedEntry, lines: Map<string, number>): readonly string[] {
  const key = name.toLowerCase()
  const first = lines.get(key)
  if (first === undefined) lines.set(key, line)
  return first === undefined ? [] : [`name is that of line ${first}`]
}
