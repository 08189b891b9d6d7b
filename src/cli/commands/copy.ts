import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'

/** Brings a further copy of the vault up to date, or every one. */
export const copy: CommandFunction = async (context) => {
  const { options, stage, operand } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const request = { ...context.request(settings), acceptChanges: options.acceptChanges === true }
    const { copies, ...outcome } = await app.runCopy({ ...request, ...(operand !== '' && { name: operand }) })
    for (const { name, exitCode, message, copy: standing } of copies)
      stage.line({ event: 'copy', ...{ name, exitCode, message, standing } })
    return outcome
  })
}
