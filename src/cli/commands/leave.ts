import { dirname } from 'node:path'
import { fileAt } from '../../flow/file-at.ts'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'
import { asItLies } from '../ending.ts'
import { toDoLines } from '../reporters/to-do.ts'

/** Takes the last look before an account is closed, and shows what is left for its owner to do. */
export const leave: CommandFunction = async (context) => {
  const { options, stage } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings, account }) => {
    const outcome = await app.runLeave(context.request(settings))
    const { open, toDo, standing, certificate } = outcome
    // With --quiet only the open things are named, but all of them. The reason of an early end is the message already.
    const problems = options.quiet ? open.filter(({ reason }) => reason !== outcome.message) : outcome.problems
    const end = { ...outcome, open: open.length, problems }
    stage.line({
      event: 'leave',
      ...(account !== undefined && { account }),
      ...pick(outcome, 'exitCode', 'message', 'certificate'),
      ...{ open, toDo, standing },
    })
    if (certificate === undefined || settings.destination === undefined) return end
    return {
      ...end,
      reports: fileAt(settings.destination, dirname(certificate)),
      ending: [...toDoLines(toDo, account), '', `Certificate: ${fileAt(settings.destination, asItLies(certificate, settings))}`],
    }
  })
}
