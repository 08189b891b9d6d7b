import type { CommandFunction } from '../command.ts'

/** Shows which files of a local folder are held byte for byte. */
export const proof: CommandFunction = async (context) => {
  const app = await context.app()
  const { settings } = await context.load()
  return await app.runProof({ ...context.request(settings), folder: context.operand })
}
