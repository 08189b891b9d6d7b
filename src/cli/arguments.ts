import { Command, CommanderError, Option } from 'commander'
import { withoutIdentities } from '../config/age-keys.ts'
import type { Environment } from '../config/environment.ts'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { COMMANDS, type CommandRow } from './command-table.ts'
import { OPERANDS } from './operands.ts'
import { type CommandName, OPTIONS, type OptionRow, type Options, takes } from './options.ts'
import { FALSE, type Invocation, TRUE, type Word, wordsOf } from './words.ts'

const usage = (message: string, command?: CommandName): ConfigurationError =>
  new ConfigurationError(withoutIdentities(message), { hint: `See: smugmug-backup ${command === undefined ? '' : `${command} `}--help` })

/** Returns the command that the words name, also after `help`; undefined if they name none, or none that there is. */
const commandIn = (words: readonly Word[]): CommandName | undefined => {
  const [first, second] = words.flatMap((word) => (word.kind === 'operand' ? [word.text] : []))
  return COMMANDS.find(({ name }) => name === (first === 'help' ? second : first))?.name
}

const unknownOption = ({ written, name }: Extract<Word, { kind: 'unknown' }>, command?: CommandName): ConfigurationError => {
  const known = OPTIONS.filter((row) => command === undefined || takes(command, row)).map((row) => row.name)
  return usage(`There is no option ${written}.${didYouMean(name, known, (option) => `--${option}`)}`, command)
}

/** Returns the command whose help has the option: the one that was named, or the only one that takes it. */
const helpWith = (row: OptionRow, command: CommandName | undefined): CommandName | undefined =>
  command ?? (row.commands !== 'all' && row.commands.length === 1 ? row.commands[0] : undefined)

/** Returns the options as commander reads them, and the operands after `--`. Of a switch that is given several times the last one counts. */
const normalise = (words: readonly Word[], command: CommandName | undefined): readonly string[] => {
  const options = new Map<OptionRow, readonly string[]>()
  for (const word of words) {
    if (word.kind === 'operand') continue
    if (word.kind === 'unknown') throw unknownOption(word, command)
    const { row, value } = word
    if (row.value !== undefined) {
      if (value === undefined) throw usage(`--${row.name} needs a value: --${row.name} ${row.value}`, helpWith(row, command))
      options.set(row, [...(options.get(row) ?? []), `--${row.name}=${value}`])
    } else if (TRUE.test(value ?? '')) {
      options.set(row, [`--${row.name}`])
    } else if (FALSE.test(value ?? '')) {
      options.delete(row)
    } else {
      const help = helpWith(row, command)
      if (row.mayHave === undefined) throw usage(`--${row.name} takes no value, but was given "${value}".`, help)
      if (row.parse?.(value ?? '') === undefined) throw usage(`--${row.name} is "${value}", but it takes ${row.expected}.`, help)
      options.set(row, [`--${row.name}=${value}`])
    }
  }
  return [...options.values(), '--', ...words.map((word) => (word.kind === 'operand' ? [word.text] : []))].flat()
}

/** Returns one row of the table as commander's option. */
const commanderOption = (row: OptionRow, command: CommandName | undefined): Option => {
  const option = new Option(
    `--${row.name}${row.mayHave === undefined ? '' : ` [${row.mayHave}]`}${row.value === undefined ? '' : ` <${row.value}>`}`,
  )
  if (row.mayHave !== undefined) return option.argParser((text: string) => row.parse?.(text))
  if (row.value === undefined) return option
  return option.argParser((text: string, previous: unknown) => {
    const help = helpWith(row, command)
    if (text.trim() === '') throw usage(`--${row.name} is empty, but needs a value: --${row.name} ${row.value}`, help)
    const value = row.parse === undefined ? text : row.parse(text)
    if (value === undefined) throw usage(`--${row.name} is "${text}", but it takes ${row.expected}.`, help)
    return row.repeatable ? [...((previous as readonly unknown[] | undefined) ?? []), value] : value
  })
}

/** Returns commander's program with all options; it neither prints nor exits. Refusals point to the help of `command`. */
const commanderProgram = (command: CommandName | undefined): Command => {
  const program = new Command('smugmug-backup')
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .argument('[operands...]')
  for (const row of OPTIONS) program.addOption(commanderOption(row, command))
  return program
}

const commandNamed = (word: string): CommandRow => {
  const row = COMMANDS.find((candidate) => candidate.name === word)
  if (row !== undefined) return row
  const guess = didYouMean(
    word,
    COMMANDS.map((candidate) => candidate.name),
  )
  throw usage(`There is no command "${word}".${guess}`)
}

const checkOperands = (row: CommandRow, operands: readonly string[]): string | undefined => {
  const [given] = operands
  if (row.operand === undefined) {
    if (given !== undefined) throw usage(`${row.name} takes nothing after its name, but was given "${given}".`, row.name)
    return undefined
  }
  const { noun, nouns, choices, optional, most = 1 } = OPERANDS[row.operand]
  if (given === undefined && optional === true) return undefined
  if (given === undefined || given === '')
    throw usage(`${row.name} needs a ${noun}: smugmug-backup ${row.name} ${choices?.join('|') ?? row.operand}`, row.name)
  if (operands.length > most)
    throw usage(
      `${row.name} takes ${most === 1 ? `one ${noun}` : `${most} ${nouns}`}, but was given "${operands[most]}" as well.`,
      row.name,
    )
  const operand = choices === undefined ? given : choices.find((choice) => choice === given.toLowerCase())
  if (operand === undefined) throw usage(`There is no ${noun} "${given}" for ${row.name}; it takes ${choices?.join(', ')}.`, row.name)
  return [operand, ...operands.slice(1)].join(' ')
}

/** Returns the refusal of an export that would be mixed with the events. */
export const jsonNeedsFile = (): ConfigurationError =>
  usage('export --json needs --output FILE: standard output cannot hold both the events and the export.', 'export')

const checkTogether = (command: CommandName, options: Options, operand: string | undefined): void => {
  if (options.check === true && command !== 'service')
    throw usage(`${command} does not take --check; it belongs to --version, and to service.`, command)
  if (options.quiet && options.verbose) throw usage('--quiet and --verbose contradict each other; give one of them.', command)
  if (command === 'export' && options.json && (options.output ?? '-') === '-') throw jsonNeedsFile()
  if (command === 'history') checkHistory(operand, options)
  if (command === 'twin' && options.output !== undefined && options.public !== undefined)
    throw usage('twin takes one of --output and --public, but was given both.', command)
  if (command === 'login' && options.json && options.print === true)
    throw usage('login --print writes secrets to standard output, which --json keeps for events.', command)
}

/** Refuses questions to `history` that exclude each other. */
const checkHistory = (run: string | undefined, { limit, all, item }: Options): void => {
  const asked = [
    ...(run === undefined ? [] : ['RUN']),
    ...(limit === undefined ? [] : ['--limit']),
    ...(all === true ? ['--all'] : []),
    ...(item === undefined ? [] : ['--item']),
  ]
  if (asked.length > 1) throw usage(`history takes one of RUN, --item, --limit and --all, but was given ${asked.join(' and ')}.`, 'history')
}

const attribute = (row: OptionRow): string => new Option(`--${row.name}`).attributeName()

const checkTaken = (command: CommandName, program: Command): void => {
  const stray = OPTIONS.find((row) => !takes(command, row) && program.getOptionValueSource(attribute(row)) === 'cli')
  if (stray === undefined) return
  throw usage(`${command} does not take --${stray.name}; it belongs to ${[stray.commands].flat().join(', ')}.`, command)
}

/** Sorts the options that commander read into settings and the rest. */
const readOptions = (given: Readonly<Record<string, unknown>>, env: Environment): Options => {
  const entryOf = (row: OptionRow): readonly [string, unknown] => [row.setting ?? attribute(row), given[attribute(row)]]
  const valued = OPTIONS.filter((row) => given[attribute(row)] !== undefined)
  return {
    ...Object.fromEntries(valued.filter((row) => row.setting === undefined).map(entryOf)),
    overrides: Object.fromEntries(valued.filter((row) => row.setting !== undefined).map(entryOf)),
    json: given.json === true,
    quiet: given.quiet === true,
    verbose: given.verbose === true || (env.DEBUG === '1' && given.quiet !== true),
    color: given.color !== false && !env.NO_COLOR,
  }
}

/**
 * Reads the command line. Every option may stand before or after the command's name, with a space or `=`, with one dash or two.
 * Throws `ConfigurationError` (exit code 2) for anything it does not understand. The configuration checks the values of settings.
 */
export const parseArguments = (argv: readonly string[], env: Environment): Invocation => {
  const words = wordsOf(argv)
  const named = commandIn(words)
  const program = commanderProgram(named)
  try {
    program.parse(normalise(words, named), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw usage(error.message, named)
    throw error
  }
  const given = program.opts<Record<string, unknown>>()
  const [first, ...rest] = program.args
  if (first === 'help')
    return rest[0] === undefined || rest[0] === 'help' ? { kind: 'help' } : { kind: 'help', command: commandNamed(rest[0]).name }
  if (given.version === true) return { kind: 'version', check: given.check === true }
  const row = commandNamed(first ?? 'backup')
  if (given.help === true) return first === undefined ? { kind: 'help' } : { kind: 'help', command: row.name }
  checkTaken(row.name, program)
  const operand = checkOperands(row, rest)
  const options = readOptions(given, env)
  checkTogether(row.name, options, operand)
  return { kind: 'run', command: row.name, ...(operand === undefined ? {} : { operand }), options }
}
