import { defaultConfigPath } from '../../config/load.ts'
import type { Settings } from '../../config/settings.ts'
import { type Lines, writeLines } from '../../config/token-lines.ts'
import { ConfigurationError, isAbort } from '../../errors.ts'
import { shellWord } from '../../progress/shell-word.ts'
import type { CommandContext, CommandResult, Loaded } from '../command.ts'
import type { Output } from '../io.ts'
import type { Questions } from '../prompts.ts'

/** One set-up at a terminal: the configuration as it is, the questions, and what was done so far. */
export interface Journey {
  readonly context: CommandContext
  readonly loaded: Loaded
  readonly questions: Questions
  /** The configuration file that is written to. */
  readonly path: string
  /** The steps that changed something, in words: completes "… was". */
  readonly done: string[]
  /** Prints a text, wrapped at words. */
  say(text: string): void
  /** Writes lines into the configuration file. `what` names them for people. */
  keep(lines: Lines, what: string): Promise<void>
}

/** Returns the terminal for questions; undefined without one, and where the output is for scripts. */
export const terminalOf = ({ io, options }: CommandContext): Output | undefined => {
  if (io.stdin.isTTY !== true || options.json) return undefined
  return [io.stderr, io.stdout].find((stream) => stream.isTTY === true)
}

/** Opens the questions of this terminal; plain ones where it obeys no control codes. */
export const questionsAt = async ({ io, signal }: CommandContext, output: Output): Promise<Questions> => {
  const options = { input: io.stdin, output, signal }
  if (io.env.TERM === 'dumb') return (await import('../plain-questions.ts')).openPlainQuestions(options)
  return (await import('../prompts.ts')).openQuestions(options)
}

/** Returns the configuration file to write. Throws `ConfigurationError` when there is neither a home folder nor a named one. */
export const fileToWrite = async (context: CommandContext): Promise<string> => {
  const path = await context.configToWrite()
  if (path !== undefined) return path
  throw new ConfigurationError('There is no home folder to keep the tokens in.', {
    hint: 'Name a configuration file with --config, or run `smugmug-backup login --print`.',
  })
}

/** Begins a set-up at this terminal. */
export const beginJourney = async (context: CommandContext, loaded: Loaded, output: Output): Promise<Journey> => {
  const path = await fileToWrite(context)
  const done: string[] = []
  return {
    context,
    loaded,
    questions: await questionsAt(context, output),
    path,
    done,
    say: (text) => context.stage.say(text),
    keep: async (lines, what) => {
      await writeLines(path, lines, loaded.account)
      done.push(what)
    },
  }
}

/** Returns the options that later command lines need for the same configuration. */
export const sameConfiguration = ({ context, loaded }: Journey): string => {
  const { config } = context.options
  const named = config === undefined ? '' : ` --config ${shellWord(config)}`
  return `${named}${loaded.account === undefined ? '' : ` --account ${shellWord(loaded.account)}`}`
}

/** The configuration that a command line is for. */
export interface CronPlace {
  readonly context: Pick<CommandContext, 'io'>
  readonly path: string
  readonly account: string | undefined
}

/** Returns the command line for cron, which starts it in another folder: the configuration is named with its whole path. */
export const cronLine = ({ context, account, path }: CronPlace, fields: string): string => {
  const { home } = context.io
  const named = home !== undefined && path === defaultConfigPath(home) ? '' : ` --config ${shellWord(path)}`
  const chosen = account === undefined ? '' : ` --account ${shellWord(account)}`
  // Cron takes a percent sign for the end of a line.
  return `${fields} smugmug-backup --quiet${named}${chosen}`.replaceAll('%', '\\%')
}

/** Did the person stop it with Ctrl-C or Escape? */
export const isStop = (error: unknown, signal: AbortSignal): boolean => isAbort(error, signal)

/** Returns the end of a set-up that the person stopped: exactly what was changed. */
export const stopped = (journey: Journey, nothing: string): CommandResult => {
  if (journey.done.length === 0) return { exitCode: 130, message: nothing }
  journey.say(`${changes(journey)}; nothing else was changed.`)
  return {
    exitCode: 130,
    message: 'Stopped.',
    hint: `To go on: smugmug-backup setup${sameConfiguration(journey)}`,
  }
}

/** Says what was changed so far. */
export const changes = ({ done, path }: Journey): string => `Written to ${path} and kept: ${done.join(', ')}`

/** The settings that a set-up asks for besides the keys. */
export const isComplete = ({ destination, serviceEvery, serviceSchedule }: Settings): boolean =>
  destination !== undefined && (serviceEvery !== undefined || serviceSchedule !== undefined)
