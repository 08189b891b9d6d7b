import type { Newest } from '../app/newest.ts'
import { AppError } from '../errors.ts'
import { noTotals } from '../model.ts'
import type { App } from './command.ts'
import { bugText, errorText, stoppedText } from './failure.ts'
import { earlySignals, type Io, outlivesTerminal, processIo } from './io.ts'
import { openOutlet } from './outlet.ts'
import { jsonLine } from './reporters/jsonl.ts'
import { plainInvocation, wantsJson } from './words.ts'

/**
 * Prints everything that needs no command: help, the version, the refusal of a wrong command line. A reader that went away, as in
 * `--help | head`, is no error.
 */
const speak = async (
  io: Io,
  argv: readonly string[],
  said: { readonly text: string; readonly message: string; readonly error?: AppError; readonly facts?: object },
): Promise<number> => {
  const { text, message, error, facts } = said
  const json = wantsJson(argv)
  const exitCode = error?.exitCode ?? 0
  const stdout = openOutlet(io.stdout, 'Standard output', () => {})
  const stderr = openOutlet(io.stderr, 'Standard error', () => {})
  await (json || error !== undefined ? stderr : stdout).writeAll(text)
  const summary = {
    event: 'summary',
    exitCode,
    message,
    ...(error === undefined ? {} : { error: error.name, ...(error.hint === undefined ? {} : { hint: error.hint }) }),
    ...facts,
    ...noTotals,
  }
  if (json) await stdout.writeAll(jsonLine(summary, io.now()))
  const failure = stdout.failure()
  if (failure === undefined || exitCode !== 0) return exitCode
  stderr.write(`${errorText(failure, false)}\n`)
  return failure.exitCode
}

const newestText = ({ version, isNewer, page }: Newest): string =>
  isNewer ? `There is a newer version, ${version}: ${page}` : `There is no newer version; the newest release is ${version}.`

/**
 * Runs a command line and returns its exit code; a test gives operations of its own. Never throws: an unexpected error is shown whole and ends
 * with exit code 1.
 */
export const main = async (argv: readonly string[], io: Io, app?: () => Promise<App>): Promise<number> => {
  let forget = (): void => {}
  try {
    const plain = plainInvocation(argv)
    const invocation = plain ?? (await import('./arguments.ts')).parseArguments(argv, io.env)
    // They hold nothing: Ctrl-C ends them at once.
    if (plain === undefined && invocation.kind !== 'run') forget = io.onSignal(() => io.exitNow(130))
    switch (invocation.kind) {
      case 'help': {
        const { commandHelp, programHelp, ROOMY } = await import('./help.ts')
        const stream = wantsJson(argv) ? io.stderr : io.stdout
        const { columns } = stream
        const page = invocation.command === undefined ? programHelp(columns) : commandHelp(invocation.command, columns)
        const text = columns && columns < ROOMY ? (await import('./fitted.ts')).fitted(stream, page) : page
        return await speak(io, argv, { text, message: 'Help was printed.' })
      }
      case 'version': {
        const own = `smugmug-backup ${io.version}`
        if (!invocation.check) return await speak(io, argv, { text: `${own}\n`, message: own })
        const { askNewest } = await import('../app/newest.ts')
        const newest = await askNewest(io.env, io)
        const message = newestText(newest)
        return await speak(io, argv, { text: `${own}\n${message}\n`, message, facts: { version: io.version, newest: newest.version } })
      }
      case 'run': {
        const { runCommand } = await import('./run.ts')
        return await runCommand(io, invocation, app)
      }
      default:
        return invocation satisfies never
    }
  } catch (error) {
    if (error instanceof AppError) {
      const { fitted } = await import('./fitted.ts')
      return await speak(io, argv, { text: `${fitted(io.stderr, errorText(error, false))}\n`, message: error.message, error })
    }
    io.stderr.write(`${bugText(error, io)}\n`)
    return 1
  } finally {
    forget()
  }
}

/**
 * Runs the program as this process. The exit code is set rather than forced, because `process.exit` would cut off unwritten output. It is
 * 1 until `main` has ended: if the event loop runs dry while `main` still waits, a message says it and the exit code stays 1.
 */
export const start = async (version: string): Promise<void> => {
  const argv = process.argv.slice(2)
  // Help and the version hold nothing: Ctrl-C ends them as it ends any program.
  const io = processIo(version, plainInvocation(argv) === undefined ? earlySignals() : undefined)
  const stopped = (): void => void io.stderr.write(`${stoppedText(io)}\n`)
  process.exitCode = 1
  process.once('beforeExit', stopped)
  process.once('uncaughtException', (error) => {
    io.stderr.write(`${bugText(error, io)}\n`)
    io.exitNow(1)
  })
  // A job ends with its worker: another one has begun its account again.
  io.worker?.onGone(() => io.exitNow(130))
  if (outlivesTerminal()) process.on('SIGHUP', () => {})
  const exitCode = await main(argv, io)
  process.off('beforeExit', stopped)
  process.exitCode = exitCode
}
