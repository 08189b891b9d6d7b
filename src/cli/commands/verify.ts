import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Hashes every held file again, and reports missing, damaged and foreign ones. */
export const verify: CommandFunction = async (context) => {
  const { options } = context
  const app = await context.app()
  return await eachAccount(context, ({ settings }) =>
    app.runVerify({ ...context.request(settings), ...pick(options, 'sample', 'maxDuration', 'days', 'remote', 'content') }),
  )
}
