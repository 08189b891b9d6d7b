import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Hashes what is held again, and reports what is missing, damaged or foreign. */
export const verify: CommandFunction = async (context) => {
  const { options } = context
  const app = await context.app()
  return await eachAccount(context, ({ settings }) =>
    app.runVerify({ ...context.request(settings), ...pick(options, 'sample', 'maxDuration', 'remote') }),
  )
}
