import { absolutePath } from '../../config/surroundings.ts'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Brings the twin in the vault up to date, or a public one in a folder elsewhere; or removes it. */
export const twin: CommandFunction = async (context) => {
  const { io, options } = context
  const app = await context.app()
  if (options.public === undefined)
    return await eachAccount(context, ({ settings }) => app.runTwin({ ...context.request(settings), ...pick(options, 'remove') }))
  const folder = absolutePath(io.cwd, options.public)
  const { settings } = await context.load()
  return await app.runPublicTwin({ ...context.request(settings), folder, ...pick(options, 'remove') })
}
