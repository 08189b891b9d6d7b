import { absolutePath } from '../../config/surroundings.ts'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Brings the twin in the vault up to date, or one in a folder elsewhere; or removes it. */
export const twin: CommandFunction = async (context) => {
  const { io, options } = context
  const app = await context.app()
  const elsewhere = options.public ?? options.output
  if (elsewhere === undefined)
    return await eachAccount(context, ({ settings }) => app.runTwin({ ...context.request(settings), ...pick(options, 'remove') }))
  const { settings } = await context.load()
  const request = { ...context.request(settings), folder: absolutePath(io.cwd, elsewhere), ...pick(options, 'remove') }
  return await (options.public === undefined ? app.runTwin(request) : app.runPublicTwin(request))
}
