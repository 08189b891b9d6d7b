import { explainMissing } from '../config/required.ts'
import { AppError, ConfigurationError, type ExitCode } from '../errors.ts'
import type { Totals } from '../model.ts'
import type { CommandContext, CommandResult, Loaded } from './command.ts'

const added = (results: readonly CommandResult[]): Totals | undefined =>
  results
    .map(({ totals }) => totals)
    .reduce((sum, totals) => {
      if (sum === undefined || totals === undefined) return sum ?? totals
      const names = Object.keys(sum) as (keyof Totals)[]
      return Object.fromEntries(names.map((name) => [name, sum[name] + totals[name]])) as unknown as Totals
    }, undefined)

const merged = (results: readonly (CommandResult & { readonly account: string | undefined })[]): CommandResult => {
  const totals = added(results)
  const notices = results.flatMap(({ notice }) => notice ?? [])
  const isForeseen = results.some((result) => result.foreseen !== undefined)
  const foreseen = results.flatMap(({ account, foreseen: own = [] }) => (own.length === 0 ? [] : ['', `${account}:`, ...own]))
  const endings = results.flatMap(({ ending }) => ending ?? [])
  const open = results.flatMap((result) => result.open ?? [])
  const hint = results.find((result) => result.hint !== undefined)?.hint
  return {
    exitCode: Math.max(...results.map((result) => result.exitCode)) as ExitCode,
    message: results.map(({ account, message }) => `${account}: ${message}`).join(' '),
    problems: results.flatMap((result) => result.problems ?? []),
    silent: results.every((result) => result.silent === true),
    ...(totals === undefined ? {} : { totals }),
    ...(hint === undefined ? {} : { hint }),
    ...(notices.length > 0 && { notice: notices.join(' ') }),
    ...(isForeseen && { foreseen }),
    ...(endings.length > 0 && { ending: endings }),
    ...(open.length > 0 && { open: open.reduce((sum, count) => sum + count, 0) }),
  }
}

const NOT_BEGUN: CommandResult = { exitCode: 130, message: 'Interrupted before anything was done.' }

/**
 * Runs the command for every chosen account, one after the other. If one account is refused, the others still run; the exit code is the
 * highest. A bug is thrown once all have run.
 */
export const eachAccount = async (context: CommandContext, run: (loaded: Loaded) => Promise<CommandResult>): Promise<CommandResult> => {
  const [only, ...others] = await context.loadEach()
  if (only !== undefined && others.length === 0) return await run(only)
  const results = []
  const bugs: unknown[] = []
  for (const loaded of only === undefined ? [] : [only, ...others]) {
    if (context.signal.aborted) {
      results.push({ account: loaded.account, ...NOT_BEGUN })
      continue
    }
    try {
      results.push({ account: loaded.account, ...(await run(loaded)) })
    } catch (error) {
      if (!(error instanceof AppError)) {
        bugs.push(error)
        continue
      }
      const { exitCode, message, hint } = error instanceof ConfigurationError ? explainMissing(error, loaded) : error
      results.push({ account: loaded.account, exitCode, message, ...(hint === undefined ? {} : { hint }) })
    }
  }
  if (bugs.length > 0) throw bugs[0]
  return results.length === 0 ? NOT_BEGUN : merged(results)
}
