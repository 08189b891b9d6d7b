import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import { type CommandFunction, pick } from '../command.ts'

/** Writes the account as it was into a folder outside of the vault. */
export const checkout: CommandFunction = async (context) => {
  const { io, options, operand } = context
  if (options.output === undefined) {
    throw new ConfigurationError('checkout needs --output DIR: a folder that is new or empty.', {
      hint: 'See: smugmug-backup checkout --help',
    })
  }
  const app = await context.app()
  const { settings } = await context.load()
  const folder = absolutePath(io.cwd, options.output)
  return await app.runCheckout({ ...context.request(settings), when: operand, folder, ...pick(options, 'item', 'link') })
}
