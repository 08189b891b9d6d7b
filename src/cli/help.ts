import { Help } from 'commander'
import { COMMANDS, type CommandRow, EXIT_CODES } from './command-table.ts'
import { type CommandName, OPTIONS, type OptionRow, takes } from './options.ts'

type Pair = readonly [term: string, description: string]

const help = new Help()
help.prepareContext({ helpWidth: 80 })

/** Returns a heading and two columns, wrapped. */
const section = (heading: string, pairs: readonly Pair[]): string => {
  const width = Math.max(...pairs.map(([term]) => term.length))
  return [heading, ...pairs.map(([term, description]) => help.formatItem(term, width, description, help))].join('\n')
}

const optionPair = (row: OptionRow): Pair => [
  `${row.name === 'help' ? '-h, ' : ''}--${row.name}${row.value === undefined ? '' : ` <${row.value}>`}`,
  row.help,
]

const commandPair = (row: CommandRow): Pair => [row.operand === undefined ? row.name : `${row.name} ${row.operand}`, row.summary]

const sharedOptions = OPTIONS.filter((row) => row.commands === 'all')

const page = (...paragraphs: readonly string[]): string => `${paragraphs.join('\n\n')}\n`

const wrapped = (text: string): string => help.boxWrap(text, 80)

/** Returns the help of the whole program, at most 80 columns wide. */
export const programHelp = (): string =>
  page(
    'Usage: smugmug-backup [command] [options]',
    wrapped('Own a complete, verified copy of your SmugMug account. Without a command it backs up.'),
    section('Commands:', COMMANDS.map(commandPair)),
    section('Options of every command, before or after its name:', sharedOptions.map(optionPair)),
    section('Examples:', [
      ['smugmug-backup setup', 'begin here: it asks for everything'],
      ['smugmug-backup --destination /mnt/photos', 'back up everything'],
      ['smugmug-backup backup --help', "the backup's own options"],
      ['smugmug-backup demo', 'see it work, without keys'],
    ]),
    section(
      'Exit codes:',
      EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
    ),
    wrapped(
      'Settings come from -cfg, else ~/.smgmg/config.toml, else ./config.toml; each one also from the environment, as in SMGMG_BK_DESTINATION.',
    ),
  )

/** Returns the help of one command, at most 80 columns wide. */
export const commandHelp = (name: CommandName): string => {
  const row = COMMANDS.find((candidate) => candidate.name === name)
  if (row === undefined) throw new TypeError(`no such command: ${name}`)
  const ownOptions = OPTIONS.filter((option) => option.commands !== 'all' && takes(name, option))
  return page(
    `Usage: smugmug-backup ${commandPair(row)[0]} [options]`,
    wrapped(row.description),
    ...(ownOptions.length === 0 ? [] : [section('Options:', ownOptions.map(optionPair))]),
    section('Options of every command:', sharedOptions.map(optionPair)),
    section('Examples:', row.examples),
    'Exit codes: see smugmug-backup --help',
  )
}
