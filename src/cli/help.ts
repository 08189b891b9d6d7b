import { COMMANDS, type CommandRow } from './command-table.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { OPERANDS } from './operands.ts'
import { type CommandName, OPTIONS, type OptionRow, takes } from './options.ts'

type Pair = readonly [term: string, description: string]

/** The widths of help: a narrower terminal breaks the lines itself, in a wider one they would be hard to read. */
const [NARROWEST, WIDEST, USUAL] = [20, 100, 80]

/** The columns that every option and command has room in; on a narrower terminal those lines are to be broken, too. */
export const ROOMY = 40

/** The fewest columns in which a description can be read beside its term. */
const LEAST_BESIDE = 26

/** Returns the text, broken at blanks, every line with the indentation. A word that is too wide stays whole: it may be a command to type. */
const wrapped = (text: string, width: number, indentation = 0): string => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(' '.repeat(indentation) + word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join('\n')
}

/** Returns a heading and two columns, or each description below its term where two columns have no room. */
const section = (heading: string, pairs: readonly Pair[], width: number): string => {
  const left = Math.max(...pairs.map(([term]) => term.length)) + 4
  const lines = pairs.map(([term, description]) =>
    width - left < LEAST_BESIDE
      ? `  ${term}\n${wrapped(description, width, 6)}`
      : `  ${term}`.padEnd(left) + wrapped(description, width, left).trimStart(),
  )
  return [wrapped(heading, width), ...lines].join('\n')
}

/** Returns the width of help on a terminal with this many columns; undefined for none. */
const helpWidth = (columns: number | undefined): number => Math.min(WIDEST, Math.max(NARROWEST, columns || USUAL))

const optionPair = (row: OptionRow): Pair => [
  `${(row.also ?? [])
    .filter((spelling) => spelling.length === 2)
    .map((spelling) => `${spelling}, `)
    .join('')}--${row.name}${row.mayHave === undefined ? '' : `[=${row.mayHave}]`}${row.value === undefined ? '' : ` <${row.value}>`}`,
  row.help,
]

const commandPair = (row: CommandRow): Pair => [
  [row.name, ...(row.operand === undefined ? [] : [OPERANDS[row.operand].optional === true ? `[${row.operand}]` : row.operand])].join(' '),
  row.summary,
]

const sharedOptions = OPTIONS.filter((row) => row.commands === 'all')

const page = (...paragraphs: readonly string[]): string => `${paragraphs.join('\n\n')}\n`

/** Returns the help of the whole program, for a terminal with this many columns. */
export const programHelp = (columns?: number): string => {
  const width = helpWidth(columns)
  return page(
    'Usage: smugmug-backup [command] [options]',
    wrapped('Own a complete, verified copy of your SmugMug account. Without a command it backs up.', width),
    section('Commands:', COMMANDS.map(commandPair), width),
    section('Options of every command, before or after its name:', sharedOptions.map(optionPair), width),
    section(
      'Examples:',
      [
        ['smugmug-backup setup', 'begin here: it asks for everything'],
        ['smugmug-backup --destination /mnt/photos', 'back up everything'],
        ['smugmug-backup backup --help', "the backup's own options"],
        ['smugmug-backup demo', 'see it work, without keys'],
      ],
      width,
    ),
    section(
      'Exit codes:',
      EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
      width,
    ),
    wrapped(
      'Settings come from -cfg, else ~/.smgmg/config.toml, else ./config.toml; each one also from the environment, as in SMGMG_BK_DESTINATION.',
      width,
    ),
  )
}

/** Returns the help of one command, for a terminal with this many columns. */
export const commandHelp = (name: CommandName, columns?: number): string => {
  const width = helpWidth(columns)
  const row = COMMANDS.find((candidate) => candidate.name === name)
  if (row === undefined) throw new TypeError(`no such command: ${name}`)
  const ownOptions = OPTIONS.filter((option) => option.commands !== 'all' && takes(name, option))
  return page(
    `Usage: smugmug-backup ${commandPair(row)[0]} [options]`,
    wrapped(row.description, width),
    ...(ownOptions.length === 0 ? [] : [section('Options:', ownOptions.map(optionPair), width)]),
    section('Options of every command:', sharedOptions.map(optionPair), width),
    section('Examples:', row.examples, width),
    'Exit codes: see smugmug-backup --help',
  )
}
