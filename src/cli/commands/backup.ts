import { join } from 'node:path'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Brings the vault up to date. */
export const backup: CommandFunction = async (context) => {
  const { options } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => ({
    ...(await app.runBackup({ ...context.request(settings), ...pick(options, 'dryRun', 'full', 'acceptChanges') })),
    ...(settings.destination === undefined || options.dryRun === true
      ? {}
      : { reports: join(settings.destination, '.smugmug-backup', 'reports') }),
  }))
}
