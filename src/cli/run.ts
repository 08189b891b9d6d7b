import { keepHeapSmall } from '../app/heap.ts'
import { isBucketAddress } from '../config/bucket-address.ts'
import { absolutePath } from '../config/surroundings.ts'
import { AppError, ConfigurationError, type ExitCode, isAbort } from '../errors.ts'
import type { Emit, Event } from '../events.ts'
import { AskedAllowance } from '../service/fleet/channel.ts'
import type { App, CommandContext, CommandFunction, CommandResult, Loaded } from './command.ts'
import { COMMANDS } from './command-table.ts'
import { errorText } from './failure.ts'
import { fitted } from './fitted.ts'
import type { Io } from './io.ts'
import type { CommandName, Options } from './options.ts'
import { type SummaryInput, summaryLines } from './reporters/summary.ts'
import { openStage, type Stage } from './stage.ts'
import type { Live } from './stats/live.ts'

/** One command to run. */
export interface RunRequest {
  readonly command: CommandName
  readonly operand?: string
  readonly options: Options
}

/** Each command, loaded when it is asked for. */
const COMMAND_FUNCTIONS: { readonly [Name in CommandName]: () => Promise<CommandFunction> } = {
  backup: async () => (await import('./commands/backup.ts')).backup,
  setup: async () => (await import('./commands/setup.ts')).setup,
  login: async () => (await import('./commands/login.ts')).login,
  list: async () => (await import('./commands/list.ts')).list,
  status: async () => (await import('./commands/status.ts')).status,
  history: async () => (await import('./commands/history.ts')).history,
  verify: async () => (await import('./commands/verify.ts')).verify,
  export: async () => (await import('./commands/export.ts')).exportMetadata,
  adopt: async () => (await import('./commands/adopt.ts')).adopt,
  copy: async () => (await import('./commands/copy.ts')).copy,
  proof: async () => (await import('./commands/proof.ts')).proof,
  rebuild: async () => (await import('./commands/rebuild.ts')).rebuild,
  diff: async () => (await import('./commands/diff.ts')).diff,
  checkout: async () => (await import('./commands/checkout.ts')).checkout,
  prune: async () => (await import('./commands/prune.ts')).prune,
  restore: async () => (await import('./commands/restore.ts')).restore,
  handover: async () => (await import('./commands/handover.ts')).handover,
  leave: async () => (await import('./commands/leave.ts')).leave,
  twin: async () => (await import('./commands/twin.ts')).twin,
  web: async () => (await import('./commands/web.ts')).web,
  fleet: async () => (await import('./commands/fleet.ts')).fleet,
  service: async () => (await import('./commands/service.ts')).service,
  key: async () => (await import('./commands/key.ts')).key,
  demo: async () => (await import('./commands/demo.ts')).demo,
  completion: async () => (await import('./commands/completion.ts')).completion,
}

const wholeApp = async (): Promise<App> => {
  const whole = await import('../app/app.ts')
  keepHeapSmall()
  return whole
}

/** Returns the operand: a folder as an absolute path, anything else as it was given. */
const operandOf = (io: Io, { command, operand = '' }: RunRequest): string => {
  const isFolder = COMMANDS.some(({ name, operand: kind }) => name === command && kind === 'DIR')
  return isFolder ? absolutePath(io.cwd, operand) : operand
}

const ALL = 'all'

/** The commands that may make a configuration: the file that was named may be missing. */
const MAY_WRITE: ReadonlySet<CommandName> = new Set(['setup', 'web', 'service', 'key'])

/** Reads the settings of each account on its own, with those of the command line, and passes each warning on once. */
const loader = (
  io: Io,
  { command, options }: RunRequest,
  { stage, loaded: report }: { readonly stage: Stage; readonly loaded: (loaded: Loaded) => void },
): Pick<CommandContext, 'load' | 'loadEach' | 'configToWrite'> => {
  const { destination } = options.overrides
  const overrides =
    typeof destination === 'string' && !isBucketAddress(destination)
      ? { ...options.overrides, destination: absolutePath(io.cwd, destination) }
      : options.overrides
  const place = { configPath: options.config, home: io.home, cwd: io.cwd, mayBeMissing: MAY_WRITE.has(command) }
  const reported = new Set<string>()
  const load = async (account: string | undefined): Promise<Loaded> => {
    const { loadSettings } = await import('../config/load.ts')
    const { warnings, ...loaded } = await loadSettings({ ...place, env: io.env, overrides, account })
    for (const message of warnings.filter((warning) => !reported.has(warning))) stage.emit({ event: 'warning', message })
    for (const warning of warnings) reported.add(warning)
    report(loaded)
    return loaded
  }
  return {
    load: () => load(options.account),
    configToWrite: async () => (await import('../config/load.ts')).configToWrite(place),
    loadEach: async () => {
      if (options.account?.toLowerCase() !== ALL) return [await load(options.account)]
      const { accountNames } = await import('../config/load.ts')
      const names = await accountNames(place)
      const loaded: Loaded[] = []
      for (const name of names) loaded.push(await load(name))
      return loaded.length === 0 ? [await load(undefined)] : loaded
    },
  }
}

/** Prints the end of a command, unless a bug ended it: the summary for people, the last line for scripts. */
const conclude = (
  { io, stage, request }: { readonly io: Io; readonly stage: Stage; readonly request: RunRequest },
  { result, error }: { readonly result: CommandResult; readonly error?: AppError },
): void => {
  const { command, options } = request
  const seen = stage.view.totals()
  const totals = result.totals ?? seen
  const { exitCode, message, hint } = result
  stage.close()
  if (error !== undefined && !stage.abandoned) io.stderr.write(`${fitted(io.stderr, errorText(error, options.verbose))}\n`)
  if (error === undefined && result.silent !== true && !stage.abandoned) {
    const input: SummaryInput = {
      command,
      dryRun: options.dryRun === true,
      exitCode,
      message,
      totals,
      problems: result.problems ?? [],
      quiet: options.quiet,
      verbose: options.verbose,
      columns: stage.columns,
      ...(hint === undefined ? {} : { hint }),
      hasCaveat: (result.standing?.smaller ?? 0) > 0,
      ...(result.notice === undefined ? {} : { notice: result.notice }),
      ...(result.foreseen === undefined ? {} : { foreseen: result.foreseen }),
      ...(result.ending === undefined ? {} : { ending: result.ending }),
      ...(result.reports === undefined ? {} : { reports: result.reports }),
      ...(options.stats !== undefined ? { peakMemory: io.peakMemory() } : {}),
    }
    stage.summary(summaryLines(input), result.error !== undefined)
  }
  const cause = error?.name ?? result.error
  const event: Event = {
    event: 'summary',
    exitCode,
    message,
    ...(cause === undefined ? {} : { error: cause }),
    ...(hint === undefined ? {} : { hint }),
    ...(result.open === undefined ? {} : { open: result.open }),
    ...totals,
    // Not every end counts these two; the events and the clock always do.
    apiCalls: Math.max(totals.apiCalls, seen.apiCalls),
    durationMs: totals.durationMs === 0 ? seen.durationMs : totals.durationMs,
  }
  stage.line(event)
}

const ASKING: ReadonlySet<CommandName> = new Set(['setup', 'login', 'web', 'key'])

const INTERRUPTED: CommandResult = {
  exitCode: 130,
  message: 'Interrupted. Everything finished so far is kept; the next run goes on from there.',
}

const failed = (error: unknown, signal: AbortSignal): { readonly result: CommandResult; readonly error?: AppError } => {
  if (error instanceof AppError) {
    const { exitCode, message, hint } = error
    return { result: { exitCode, message, ...(hint === undefined ? {} : { hint }) }, error }
  }
  if (signal.aborted && isAbort(error)) return { result: INTERRUPTED }
  throw error
}

/**
 * Runs one command to its end and returns its exit code. After the first Ctrl-C (or SIGTERM) the command finishes what is in flight; the
 * second ends the process at once. Throws any bug, and `DestinationError` when the end of the output could not be written.
 */
export const runCommand = async (io: Io, request: RunRequest, app?: () => Promise<App>): Promise<ExitCode> => {
  const { command, options } = request
  const controller = new AbortController()
  const { signal } = controller
  const stage = openStage(io, request, () => controller.abort())
  let forced = false
  const stoppedNow = Promise.withResolvers<CommandResult>()
  const forget = io.onSignal(() => {
    if (signal.aborted) {
      forced = true
      return stoppedNow.resolve(INTERRUPTED)
    }
    controller.abort()
    // A command that asks, or only shows, has nothing in flight: it says itself what was changed.
    if (!ASKING.has(command)) stage.say('Finishing what is in flight; press Ctrl-C again to stop now.')
  })
  let latest: Loaded | undefined
  const allowance = io.worker?.allowsCalls === true ? new AskedAllowance(io.worker.end) : undefined
  const work = async (emit: Emit): Promise<CommandResult> => {
    const run = await COMMAND_FUNCTIONS[command]()
    const context: CommandContext = {
      io,
      stage,
      options,
      operand: operandOf(io, request),
      signal,
      app: app ?? (() => import('../app/lazily.ts')),
      wholeApp: app ?? wholeApp,
      request: (settings) => ({ settings, emit, signal, env: io.env, allowance }),
      ...loader(io, request, {
        stage,
        loaded: (loaded) => {
          latest = loaded
        },
      }),
    }
    try {
      return await run(context)
    } catch (error) {
      if (!(error instanceof ConfigurationError) || error.missing === undefined || latest === undefined) throw error
      throw (await import('../config/required.ts')).explainMissing(error, latest)
    }
  }
  let live: Live | undefined
  try {
    if (options.stats !== undefined) live = await (await import('./stats/live.ts')).openLive(io, stage, options)
    const end = await Promise.race([work(live?.emit ?? stage.emit), stoppedNow.promise]).then(
      (result) => (stage.failure() === undefined ? { result } : failed(stage.failure(), signal)),
      (error: unknown) => failed(stage.failure() ?? error, signal),
    )
    conclude({ io, stage, request }, end)
    live?.close(end.result)
    if (forced) io.exitNow(130)
    else await stage.answer('')
    const lost = end.error === undefined ? stage.failure() : undefined
    if (lost !== undefined) throw lost
    return end.result.exitCode
  } finally {
    live?.close()
    stage.close()
    forget()
  }
}
