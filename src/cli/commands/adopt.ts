import type { CommandFunction } from '../command.ts'
import { withPlaces } from '../ending.ts'

/** Copies files from a folder elsewhere whose hashes the account has. */
export const adopt: CommandFunction = async (context) => {
  const app = await context.app()
  const { settings } = await context.load()
  return withPlaces(settings, await app.runAdopt({ ...context.request(settings), folder: context.operand }))
}
