import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'

/** Brings the twin in the vault up to date. */
export const twin: CommandFunction = async (context) => {
  const app = await context.app()
  return await eachAccount(context, ({ settings }) => app.runTwin(context.request(settings)))
}
