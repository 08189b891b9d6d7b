import { dirname, join } from 'node:path'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Brings the vault up to date. */
export const backup: CommandFunction = async (context) => {
  const { options } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const report = await app.runBackup({ ...context.request(settings), ...pick(options, 'dryRun', 'full', 'acceptChanges') })
    const { destination } = settings
    return destination === undefined || report.path === undefined ? report : { ...report, reports: join(destination, dirname(report.path)) }
  })
}
