import type { CommandFunction } from '../command.ts'

/** Takes what is right, by hash, from a folder elsewhere. */
export const adopt: CommandFunction = async (context) => {
  const app = await context.app()
  const { settings } = await context.load()
  return await app.runAdopt({ ...context.request(settings), folder: context.operand })
}
