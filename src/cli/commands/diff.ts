import type { CommandFunction } from '../command.ts'
import { columnsOf } from '../fitted.ts'
import { differenceText } from '../reporters/differences.ts'

/** Shows what differs between two moments of the vault. */
export const diff: CommandFunction = async (context) => {
  const { io, operand, options, stage } = context
  const app = await context.app()
  const { settings } = await context.load()
  const [since = '', until] = operand.split(' ')
  const outcome = await app.runDiff({ ...context.request(settings), since, ...(until !== undefined && { until }) })
  for (const difference of outcome.differences) stage.line({ event: 'difference', ...difference })
  for (const problem of outcome.problems) stage.line({ event: 'problem', ...{ problem } })
  if (!options.json) {
    const columns = columnsOf(io.stdout)
    await stage.answer(differenceText(outcome, columns))
  }
  return { ...outcome, silent: !options.json }
}
