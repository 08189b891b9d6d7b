import type { Emit } from '../../events.ts'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'
import { withPlaces } from '../ending.ts'
import { Foreseen } from '../reporters/foreseen.ts'
import { BEGINNING } from '../reporters/meanwhile.ts'

/** Brings the vault up to date. */
export const backup: CommandFunction = async (context) => {
  const { options, stage } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    // Before the operation is loaded, and before SmugMug answers.
    if (settings.userToken !== undefined) stage.announce(BEGINNING)
    const request = { ...context.request(settings), ...pick(options, 'dryRun', 'full', 'acceptChanges', 'copies') }
    if (options.dryRun !== true) return withPlaces(settings, await app.runBackup(request))
    const foreseen = new Foreseen()
    const emit: Emit = (event) => {
      foreseen.add(event)
      request.emit(event)
    }
    const report = await app.runBackup({ ...request, emit })
    // A verbose run has named each change already.
    return { ...withPlaces(settings, report), foreseen: options.verbose ? [] : foreseen.lines() }
  })
}
