import { Command, CommanderError, Option } from 'commander'
import type { Environment } from '../config/environment.ts'
import { ConfigurationError } from '../errors.ts'
import { nearest } from '../flow/nearest.ts'
import { COMMANDS, type CommandRow } from './command-table.ts'
import { type CommandName, OPTIONS, type OptionRow, type Options, takes } from './options.ts'

/** The request of one command line. */
export type Invocation =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: CommandName; readonly operand?: string; readonly options: Options }

/** Old or shorter names of options. */
const ALIASES: Readonly<Record<string, string>> = { cfg: 'config' }

const TRUE = /^(1|t|true)$/i
const FALSE = /^(0|f|false)$/i

const usage = (message: string, command?: CommandName): ConfigurationError =>
  new ConfigurationError(message, { hint: `See: smugmug-backup ${command === undefined ? '' : `${command} `}--help` })

const optionNamed = (name: string): OptionRow | undefined => OPTIONS.find((row) => row.name === (ALIASES[name] ?? name))

const unknownOption = (written: string, name: string): ConfigurationError =>
  usage(
    `There is no option ${written}. Did you mean --${nearest(
      name,
      OPTIONS.map((row) => row.name),
    )}?`,
  )

/**
 * Turns Go's spelling of options (`-cfg`, `--cfg`, `-stats=true`) into commander's. Values and operands stay as they are.
 */
const normalise = (argv: readonly string[]): string[] => {
  const result: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const [, name, given] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(argument) ?? []
    if (argument === '--') return [...result, ...argv.slice(index)]
    if (name === undefined || argument === '-h') {
      result.push(argument)
      continue
    }
    const row = optionNamed(name)
    if (row === undefined) throw unknownOption(argument.split('=')[0] ?? argument, name)
    const value = given ?? (row.value === undefined ? 'true' : argv[++index])
    if (row.value !== undefined) {
      if (value === undefined) throw usage(`--${row.name} needs a value: --${row.name} ${row.value}`)
      result.push(`--${row.name}=${value}`)
    } else if (TRUE.test(value ?? '')) {
      result.push(`--${row.name}`)
    } else if (!FALSE.test(value ?? '')) {
      throw usage(`--${row.name} takes no value, but was given "${value}".`)
    }
  }
  return result
}

/** Returns true if JSON lines are asked for, even if the rest of the command line is wrong. */
export const wantsJson = (argv: readonly string[]): boolean => argv.some((argument) => /^--?json(=(1|t|true))?$/i.test(argument))

/** Returns one row of the table as commander's option. */
const commanderOption = (row: OptionRow): Option => {
  const flags = `${row.name === 'help' ? '-h, ' : ''}--${row.name}${row.value === undefined ? '' : ` <${row.value}>`}`
  const option = new Option(flags, row.help)
  if (row.value === undefined) return option
  return option.argParser((text: string, previous: unknown) => {
    if (text.trim() === '') throw usage(`--${row.name} is empty, but needs a value: --${row.name} ${row.value}`)
    const value = row.parse === undefined ? text : row.parse(text)
    if (value === undefined) throw usage(`--${row.name} is "${text}", but it takes ${row.expected}.`)
    return row.repeatable ? [...((previous as readonly unknown[] | undefined) ?? []), value] : value
  })
}

/** Returns a commander command with the options of `rows`, for parsing or for laying out help; it neither prints nor exits. */
export const commanderCommand = (name: string, rows: readonly OptionRow[]): Command => {
  const command = new Command(name)
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
  for (const row of rows) command.addOption(commanderOption(row))
  return command
}

const commandNamed = (word: string): CommandRow => {
  const row = COMMANDS.find((candidate) => candidate.name === word)
  if (row !== undefined) return row
  const suggestion = nearest(
    word,
    COMMANDS.map((candidate) => candidate.name),
  )
  throw usage(`There is no command "${word}". Did you mean ${suggestion}?`)
}

const checkOperands = (row: CommandRow, operands: readonly string[]): string | undefined => {
  const [operand, surplus] = operands
  if (row.operand === undefined) {
    if (operand !== undefined) throw usage(`${row.name} takes nothing after its name, but was given "${operand}".`, row.name)
    return undefined
  }
  if (operand === undefined || operand === '')
    throw usage(`${row.name} needs a folder: smugmug-backup ${row.name} ${row.operand}`, row.name)
  if (surplus !== undefined) throw usage(`${row.name} takes one folder, but was given "${surplus}" as well.`, row.name)
  return operand
}

/** Returns the refusal of an export that would be mixed with the events. */
export const jsonNeedsFile = (): ConfigurationError =>
  usage('export --json needs --output FILE: standard output cannot hold both the events and the export.', 'export')

const checkTogether = (command: CommandName, options: Options): void => {
  if (options.quiet && options.verbose) throw usage('--quiet and --verbose contradict each other; give one of them.', command)
  if (command === 'export' && options.json && (options.output ?? '-') === '-') throw jsonNeedsFile()
  if (command === 'login' && options.json && options.print === true)
    throw usage('login --print writes secrets to standard output, which --json keeps for events.', command)
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
  const program = commanderCommand('smugmug-backup', OPTIONS).argument('[operands...]')
  try {
    program.parse(normalise(argv), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw usage(error.message)
    throw error
  }
  const given = program.opts<Record<string, unknown>>()
  const [first, ...rest] = program.args
  if (first === 'help') return rest[0] === undefined ? { kind: 'help' } : { kind: 'help', command: commandNamed(rest[0]).name }
  if (given.version === true) return { kind: 'version' }
  const row = commandNamed(first ?? 'backup')
  if (given.help === true) return first === undefined ? { kind: 'help' } : { kind: 'help', command: row.name }
  checkTaken(row.name, program)
  const operand = checkOperands(row, rest)
  const options = readOptions(given, env)
  checkTogether(row.name, options)
  return { kind: 'run', command: row.name, ...(operand === undefined ? {} : { operand }), options }
}
