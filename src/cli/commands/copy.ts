import type { ExitCode } from '../../errors.ts'
import { noTotals, type Totals } from '../../model.ts'
import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'

/** Brings a further copy of the vault up to date, or every one. */
export const copy: CommandFunction = async (context) => {
  const { options, stage, operand } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const request = { ...context.request(settings), acceptChanges: options.acceptChanges === true }
    const outcomes = await app.runCopy({ ...request, ...(operand !== '' && { name: operand }) })
    for (const { name, exitCode, message, copy: standing } of outcomes)
      stage.line({ event: 'copy', ...{ name, exitCode, message, standing } })
    const hint = outcomes.find((outcome) => outcome.hint !== undefined)?.hint
    return {
      exitCode: Math.max(context.signal.aborted ? 130 : 0, ...outcomes.map((outcome) => outcome.exitCode)) as ExitCode,
      message: outcomes.map(({ name, message }) => `${name}: ${message}`).join(' ') || 'Interrupted before anything was done.',
      totals: outcomes.map(({ totals }) => totals).reduce(sum, noTotals),
      problems: outcomes.flatMap(({ problems }) => problems),
      ...(hint !== undefined && { hint }),
    }
  })
}

const sum = (one: Totals, other: Totals): Totals =>
  Object.fromEntries((Object.keys(one) as (keyof Totals)[]).map((name) => [name, one[name] + other[name]])) as unknown as Totals
