/** Messages by a command of the owner. */
import { runShell } from '../shell.ts'
import { SendError, type Way } from './way.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Returns the way by a command line of the system's shell. The message is data: it comes on standard input and in variables, never in the
 * command line.
 */
export const commandWay = (line: string, env: Env): Way => ({
  label: 'the command',
  send: async ({ kind, state, title, text }, signal) => {
    const more = { NOTIFY_TITLE: title, NOTIFY_TEXT: text, NOTIFY_KIND: kind, NOTIFY_STATE: state }
    try {
      const { code } = await runShell(line, { env, more, input: `${title}\n\n${text}\n`, signal })
      if (code !== 0) throw new SendError(code === null ? 'was ended by a signal' : `ended with exit code ${code}`)
    } catch (error) {
      throw error instanceof Error && 'syscall' in error ? new SendError(`cannot be started (${String(error.syscall)})`) : error
    }
  },
})
