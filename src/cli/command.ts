import type { Request } from '../app/app.ts'
import type { Settings } from '../config/settings.ts'
import type { ExitCode } from '../errors.ts'
import type { Problem } from '../events.ts'
import type { Totals } from '../model.ts'
import type { Io } from './io.ts'
import type { Options } from './options.ts'
import type { Stage } from './stage.ts'

/** The operations, loaded when a command needs them. */
export type App = typeof import('../app/app.ts')

/** What a command ends with. */
export interface CommandResult {
  readonly exitCode: ExitCode
  readonly message: string
  readonly hint?: string
  /** The class of the error that ended it early. */
  readonly error?: string
  readonly totals?: Totals
  readonly problems?: readonly Problem[]
  /** The answer itself says all that there is to say. */
  readonly silent?: boolean
  /** Where all exceptions can be read. */
  readonly reports?: string
}

/** The settings of one account, and where they came from. */
export interface Loaded {
  readonly settings: Settings
  readonly source: string | undefined
  readonly account: string | undefined
}

/** What a command works with. */
export interface CommandContext {
  readonly io: Io
  readonly stage: Stage
  readonly options: Options
  /** The folder named after the command, absolute; empty for a command that takes none. */
  readonly operand: string
  /** Aborted: finish what is in flight, start nothing new. */
  readonly signal: AbortSignal
  app(): Promise<App>
  /** What every operation takes. */
  request(settings: Settings): Request
  /** Reads the settings of the chosen account, and passes the warnings on. */
  load(): Promise<Loaded>
  /** The settings of each account of the configuration under `--account all`, else those of the chosen one. */
  loadEach(): Promise<readonly Loaded[]>
}

/** One command: thrown `AppError`s become its exit code, anything else thrown is a bug. */
export type CommandFunction = (context: CommandContext) => Promise<CommandResult>

/** Those of the named fields that are there: what was not given stays absent. */
export const pick = <T extends object, Name extends keyof T>(fields: T, ...names: readonly Name[]): Pick<T, Name> =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]])) as Pick<T, Name>
