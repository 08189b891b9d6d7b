import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import { HANDOVER_TARGETS } from '../../operations/handover/targets.ts'
import { type CommandFunction, pick } from '../command.ts'
import type { Options } from '../options.ts'

/** Prepares the vault for another program, in a folder of its own. */
export const handover: CommandFunction = async (context) => {
  const { io, operand, options } = context
  const target = HANDOVER_TARGETS.find((name) => name === operand) ?? 'redirects'
  if (options.output === undefined)
    throw new ConfigurationError('handover needs --output DIR: the folder that everything is written into.', {
      hint: 'See: smugmug-backup handover --help',
    })
  checkTarget(target, options)
  const app = await context.app()
  const { settings } = await context.load()
  return await app.runHandover({
    ...context.request(settings),
    ...{ target, folder: absolutePath(io.cwd, options.output) },
    ...pick(options, 'all', 'to', 'sidecars', 'dryRun'),
  })
}

/** Refuses options that a target does not take. */
function checkTarget(target: string, options: Options): void {
  const { all, to, sidecars } = options
  // Piwigo reads no sidecars.
  const others = { ...(target !== 'redirects' && { all, to }), ...((target === 'redirects' || target === 'piwigo') && { sidecars }) }
  const stray = Object.entries(others).find(([, value]) => value !== undefined)?.[0]
  if (stray !== undefined)
    throw new ConfigurationError(`handover ${target} does not take --${stray}.`, { hint: 'See: smugmug-backup handover --help' })
}
