import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'
import { withPlaces } from '../ending.ts'

/** Brings the vault up to date. */
export const backup: CommandFunction = async (context) => {
  const { options } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const report = await app.runBackup({ ...context.request(settings), ...pick(options, 'dryRun', 'full', 'acceptChanges') })
    return withPlaces(settings.destination, report)
  })
}
