import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'

/** Makes a new catalogue from the vault itself. */
export const rebuild: CommandFunction = async (context) => {
  const app = await context.app()
  return await eachAccount(context, ({ settings }) => app.runRebuild(context.request(settings)))
}
