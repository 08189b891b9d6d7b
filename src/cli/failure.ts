import type { AppError } from '../errors.ts'
import { printableLines } from '../progress/printable.ts'

const ISSUES = 'https://github.com/smugmug-backup/smugmug-backup/issues'

const causes = (error: Error): readonly string[] => {
  const { cause } = error
  return cause instanceof Error ? [`  because: ${cause.message}`, ...causes(cause)] : []
}

/** Returns the text of an error that a person can act on: what happened, what to do, and with `verbose` its causes. */
export const errorText = (error: AppError, verbose: boolean): string =>
  printableLines(
    [`smugmug-backup: ${error.message}`, ...(verbose ? causes(error) : []), ...(error.hint === undefined ? [] : [error.hint])].join('\n'),
  )

const stack = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  const own = thrown.stack ?? `${thrown.name}: ${thrown.message}`
  return thrown.cause === undefined ? own : `${own}\ncaused by: ${stack(thrown.cause)}`
}

interface Installation {
  readonly version: string
  readonly platform: string
}

const described = ({ version, platform }: Installation): string => `smugmug-backup ${version}, Node ${process.versions.node}, ${platform}`

/** Returns the text of a bug: the whole stack trace, and the versions in use. */
export const bugText = (thrown: unknown, installation: Installation): string =>
  printableLines(
    [
      'smugmug-backup: an unexpected error, which is a bug. Please report it with all of these lines:',
      ISSUES,
      '',
      described(installation),
      stack(thrown),
    ].join('\n'),
  )

/** Returns the text of another kind of bug: the program waits for something that can no longer come. */
export const stoppedText = (installation: Installation): string =>
  printableLines(
    [
      'smugmug-backup: the program stopped in the middle, which is a bug. Run it again, and please report it with all of these lines:',
      ISSUES,
      '',
      described(installation),
    ].join('\n'),
  )
