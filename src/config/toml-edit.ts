import { isDeepStrictEqual } from 'node:util'
import { ConfigurationError } from '../errors.ts'
import { parseToml } from './document.ts'
import { findPlaces, type HeaderPlace, type KeyPlace, type TomlPlaces } from './toml-places.ts'

/** A replacement of the text between two positions. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
  /** The changes it makes in the parsed file. */
  readonly sets: readonly { readonly path: readonly string[]; readonly value: string }[]
}

/** A value to write: its key as this program spells it. */
export type Line = readonly [key: string, value: string]

/** Returns a TOML basic string: TOML knows all of JSON's escapes, and only TOML forbids a bare DEL. */
const quote = (value: string): string => JSON.stringify(value.toWellFormed()).replaceAll('\u007f', '\\u007f')

const spell = (name: string): string => (/^[\w-]+$/.test(name) ? name : quote(name))

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase()

/** Is this the path of the key in that table? Case does not matter, as in the loader. */
const isPath = (path: readonly string[], ...expected: readonly string[]): boolean =>
  path.length === expected.length && path.every((name, index) => same(name, expected[index]))

const isMember = (table: readonly string[], path: readonly string[]): boolean => isPath(path.slice(0, -1), ...table) && path.length > 0

const lineEndAfter = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

const newlineOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')

/** Returns the changes in the parsed file when lines are added to a table. */
const additions = (table: readonly string[], lines: readonly Line[]): Edit['sets'] =>
  lines.map(([key, value]) => ({ path: [...table, key], value }))

/** Adds whole lines after the line that holds `at`. */
const addLines = (text: string, at: number, lines: readonly string[]): Pick<Edit, 'start' | 'end' | 'text'> => {
  const start = lineEndAfter(text, at)
  const newline = newlineOf(text)
  const missing = start > 0 && text[start - 1] !== '\n' ? newline : ''
  return { start, end: start, text: missing + lines.map((line) => line + newline).join('') }
}

const afterMember = (text: string, member: KeyPlace, lines: readonly Line[]): Edit => {
  const indent = /[ \t]*$/.exec(text.slice(0, member.keyStart))?.[0] ?? ''
  const prefix = text.slice(member.keyStart, member.nameStart)
  const written = lines.map(([key, value]) => `${indent}${prefix}${key} = ${quote(value)}`)
  return { ...addLines(text, member.valueEnd, written), sets: additions(member.path.slice(0, -1), lines) }
}

const intoBraces = (text: string, table: KeyPlace, lines: readonly Line[]): Edit => {
  const start = table.valueStart + 1
  const written = lines.map(([key, value]) => `${key} = ${quote(value)}`).join(', ')
  const isEmpty = text.slice(start, table.valueEnd - 1).trim() === ''
  return { start, end: start, text: ` ${written}${isEmpty ? '' : ','}`, sets: additions(table.path, lines) }
}

const underHeader = (text: string, header: HeaderPlace, lines: readonly Line[]): Edit => ({
  ...addLines(
    text,
    header.end,
    lines.map(([key, value]) => `${key} = ${quote(value)}`),
  ),
  sets: additions(header.path, lines),
})

const asNewSection = (text: string, table: readonly string[], lines: readonly Line[]): Edit => {
  const blank = text.trim() === '' ? [] : ['']
  const written = [...blank, `[${table.map(spell).join('.')}]`, ...lines.map(([key, value]) => `${key} = ${quote(value)}`)]
  return { ...addLines(text, text.length, written), sets: additions(table, lines) }
}

/** Adds keys to a table, in the style in which the file has written that table. */
const addKeys = (
  text: string,
  { keys, headers }: TomlPlaces,
  { table, lines }: { readonly table: readonly string[]; readonly lines: readonly Line[] },
): Edit => {
  const braces = keys.find(({ path, valueStart }) => isPath(path, ...table) && text[valueStart] === '{')
  if (braces !== undefined) return intoBraces(text, braces, lines)
  const member = keys.findLast(({ path, inline }) => !inline && isMember(table, path))
  if (member !== undefined) return afterMember(text, member, lines)
  const header = headers.find(({ path }) => isPath(path, ...table))
  return header === undefined ? asNewSection(text, table, lines) : underHeader(text, header, lines)
}

/** Returns the tables that may hold an account's keys: its own, or a section in it. Spelt as the file spells them. */
const tablesOf = (
  { keys, headers }: TomlPlaces,
  account: string | undefined,
  name: string,
): { readonly flat: readonly string[]; readonly section: readonly string[] } => {
  if (account === undefined) return { flat: [], section: [name] }
  const written = [...headers, ...keys].find(({ path }) => isPath(path.slice(0, 2), 'account', account))
  const flat = written?.path.slice(0, 2) ?? ['account', account]
  return { flat, section: [...flat, name] }
}

const planEdits = (
  text: string,
  lines: readonly Line[],
  { account, section: name = 'authentication' }: Omit<Target, 'path'>,
): readonly Edit[] => {
  const places = findPlaces(text)
  const { flat, section } = tablesOf(places, account, name)
  const found = lines.map(([key, value]) => ({
    line: [key, value] as const,
    edits: places.keys
      .filter(({ path }) => isPath(path, ...flat, key) || isPath(path, ...section, key))
      .map(({ path, valueStart, valueEnd }): Edit => ({ start: valueStart, end: valueEnd, text: quote(value), sets: [{ path, value }] })),
  }))
  const missing = found.filter(({ edits }) => edits.length === 0).map(({ line }) => line)
  const hasSection = [...places.headers, ...places.keys].some(({ path }) => isPath(path.slice(0, section.length), ...section))
  const target = account === undefined || hasSection ? section : flat
  return [
    ...found.flatMap(({ edits }) => edits),
    ...(missing.length === 0 ? [] : [addKeys(text, places, { table: target, lines: missing })]),
  ]
}

const applyEdits = (text: string, edits: readonly Edit[]): string =>
  edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((changed, { start, end, text: by }) => changed.slice(0, start) + by + changed.slice(end), text)

type Table = Readonly<Record<string, unknown>>

const withValue = (table: unknown, [name = '', ...rest]: readonly string[], value: string): Table => {
  // Without a prototype, as the parser makes them, for the comparison is strict.
  const copy: Record<string, unknown> = Object.assign(Object.create(null), table)
  copy[name] = rest.length === 0 ? value : withValue(copy[name], rest, value)
  return copy
}

/** The file to change, and the part of it. */
export interface Target {
  /** Its path, for messages. */
  readonly path: string
  /** The `[account.NAME]` to write into, instead of the top of the file. */
  readonly account: string | undefined
  /** The section that the keys belong to. Default: `authentication`. */
  readonly section?: string
}

/**
 * Returns the text of a configuration file with these keys set, and every other byte as it was.
 * Throws `ConfigurationError` when it is not TOML, or is written in a way that would not let the keys be set safely.
 */
export const changeText = (text: string, lines: readonly Line[], target: Target): string => {
  const { path } = target
  const before = parseToml(text, path)
  const edits = planEdits(text, lines, target)
  const changed = applyEdits(text, edits)
  const expected = edits.flatMap(({ sets }) => sets).reduce((table, set) => withValue(table, set.path, set.value), before)
  if (isTomlFor(changed, expected)) return changed
  throw new ConfigurationError(
    `${path} is written in a way that does not let ${lines.map(([key]) => key).join(', ')} be changed safely; nothing was changed.`,
    {
      hint: 'Put the lines in by hand; `smugmug-backup login --print` prints the tokens.',
    },
  )
}

/** Checks an edit with the parser: the file must now mean exactly what was intended. */
const isTomlFor = (text: string, expected: Table): boolean => {
  try {
    return isDeepStrictEqual(parseToml(text, ''), expected)
  } catch (error) {
    if (error instanceof ConfigurationError) return false
    throw error
  }
}
