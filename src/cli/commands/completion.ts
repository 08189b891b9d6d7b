import type { CommandFunction } from '../command.ts'
import { completionScripts } from '../completion/scripts.ts'
import { completionTable } from '../completion/table.ts'
import { SHELLS } from '../operands.ts'

/** Prints the completion script of a shell: on standard output, or on standard error if `--json` keeps that for events. */
export const completion: CommandFunction = async ({ io, options, operand, stage }) => {
  const shell = SHELLS.find((each) => each === operand)
  if (shell === undefined) throw new TypeError(`no script for ${operand}`)
  const script = completionScripts[shell](completionTable)
  if (options.json) io.stderr.write(script)
  else await stage.answer(script)
  return { exitCode: 0, message: `The completion script for ${shell} was printed.`, silent: true }
}
