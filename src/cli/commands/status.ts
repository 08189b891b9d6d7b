import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'
import { columnsOf } from '../fitted.ts'
import { statusText } from '../reporters/status.ts'

/** Shows the state of the vault, without asking SmugMug. */
export const status: CommandFunction = async (context) => {
  const { io, options, stage } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const { totals, message, exitCode, problems, hint, ...facts } = await app.runStatus(context.request(settings))
    stage.line({ event: 'status', ...facts })
    const view = { message, hint, problems, now: io.now(), columns: columnsOf(io.stdout), verbose: options.verbose }
    if (!options.json) await stage.answer(statusText(facts, view))
    return { exitCode, message, totals, problems, silent: !options.json, ...(hint === undefined ? {} : { hint }) }
  })
}
