import type { Request } from '../app/app.ts'
import type { SecretSource } from '../config/fleet-secrets.ts'
import type { Settings } from '../config/settings.ts'
import type { ExitCode } from '../errors.ts'
import type { Problem } from '../events.ts'
import type { Totals } from '../model.ts'
import type { Standing } from '../operations/outcome.ts'
import type { Io } from './io.ts'
import type { Options } from './options.ts'
import type { Stage } from './stage.ts'

/** The operations, loaded whole. */
export type App = typeof import('../app/app.ts')

/** The operations, each loaded when it is called. */
export type Operations = typeof import('../app/lazily.ts')

/** The end of a command. */
export interface CommandResult {
  readonly exitCode: ExitCode
  readonly message: string
  readonly hint?: string
  /** The class of the error that ended it early. */
  readonly error?: string
  readonly totals?: Totals
  readonly problems?: readonly Problem[]
  /** The answer is complete in itself: print no summary. */
  readonly silent?: boolean
  /** The standing of the vault, for a command that computes it. */
  readonly standing?: Pick<Standing, 'smaller'>
  /** A sentence that a quiet run prints, too, although its exit code is 0. */
  readonly notice?: string
  /** The changes that a dry run foresees, by name. */
  readonly foreseen?: readonly string[]
  /** The number of things that speak against closing the account, for `leave`. */
  readonly open?: number
  /** The last lines for people: where the photos are, and where the report is. */
  readonly ending?: readonly string[]
  /** The folder of the reports, which name every exception. */
  readonly reports?: string
}

/** The settings of one account, and where they came from. */
export interface Loaded {
  readonly settings: Settings
  readonly source: string | undefined
  readonly account: string | undefined
  /** The settings that come from the environment, which counts before the file. */
  readonly fromEnvironment: ReadonlySet<string>
  /** The secrets of a fleet by name. */
  readonly secrets: ReadonlyMap<string, SecretSource>
}

/** The surroundings of a command. */
export interface CommandContext {
  readonly io: Io
  readonly stage: Stage
  readonly options: Options
  /** The word after the command: a folder is absolute; empty for a command that takes none. */
  readonly operand: string
  /** Once aborted, the command finishes what is in flight and starts nothing new. */
  readonly signal: AbortSignal
  app(): Promise<Operations>
  /** For a command that runs for weeks. See: `lazily.ts` */
  wholeApp(): Promise<App>
  /** Returns the part of a request that every operation takes. */
  request(settings: Settings): Request
  /** Reads the settings of the chosen account, and passes the warnings on. */
  load(): Promise<Loaded>
  /** Returns the path of the configuration file that is written to; undefined when there is no place for one. */
  configToWrite(): Promise<string | undefined>
  /** Reads the settings of each account of the configuration for `--account all`, else those of the chosen account. */
  loadEach(): Promise<readonly Loaded[]>
}

/** One command. A thrown `AppError` becomes its exit code; anything else thrown is a bug. */
export type CommandFunction = (context: CommandContext) => Promise<CommandResult>

/** Returns those of the named fields that are present; the others stay absent. */
export const pick = <T extends object, Name extends keyof T>(fields: T, ...names: readonly Name[]): Pick<T, Name> =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]])) as Pick<T, Name>
