/** One backup of one account, in a process of its own. */
import { type AccountKeys, readAccountSettings } from '../../config/fleet-account.ts'
import { settingsTable, variableOf } from '../../config/settings.ts'
import { AppError } from '../../errors.ts'
import { OwnProcess, type Program } from '../own-process.ts'
import type { BegunAccount, FleetEntry } from './account.ts'
import { type CallsGiven, type CallsWanted, JOB_VARIABLE } from './channel.ts'

/** A backup that is to be run. */
export interface JobRequest {
  readonly entry: BegunAccount
  readonly program: Program
  /** Once aborted, the backup finishes what is in flight. */
  readonly signal: AbortSignal
  keys(): Promise<AccountKeys>
  /** Asks for calls of an API key. Absent: each process makes as many as SmugMug answers. */
  readonly calls?: ((apiKey: string, calls: number, give: (inMs: readonly number[]) => void) => void) | undefined
  /** Is called with the process as soon as it runs. */
  began(running: OwnProcess): void
}

/** The end of a backup. */
export interface JobEnd {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined
  /** Its last sentence. */
  readonly message: string
  readonly bytes: number
  readonly apiCalls: number
}

/** Runs a backup to its end. Never rejects for a reason that a person can mend: that is an exit code. */
export async function runJob(request: JobRequest): Promise<JobEnd> {
  try {
    const keys = await request.keys()
    return await follow(request, keys)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { exitCode, message, hint } = error
    return { exitCode, message: [message, hint].filter((text) => text !== undefined).join(' '), bytes: 0, apiCalls: 0 }
  }
}

async function follow({ entry, program, signal, calls, began }: JobRequest, keys: AccountKeys): Promise<JobEnd> {
  signal.throwIfAborted()
  const env = { ...program.env, ...variablesOf(entry, keys), [JOB_VARIABLE]: calls === undefined ? 'free' : 'calls' }
  const told = { message: '', lastNote: '', bytes: 0, apiCalls: 0 }
  const running = new OwnProcess({ ...program, env }, ['backup', ...(entry.accepts ? ['--accept-changes'] : [])], {
    hasChannel: true,
    listener: {
      note: (line) => {
        told.lastNote = line
      },
      event: (event) => {
        if (event.event !== 'summary') return
        // A hint with a command of this program is for a single backup.
        const hint = event.hint?.includes('`smugmug-backup ') === true ? undefined : event.hint
        told.message = [event.message, hint].filter((text) => text !== undefined).join(' ')
        told.bytes = event.bytes
        told.apiCalls = event.apiCalls
      },
    },
  })
  began(running)
  const { child } = running
  // A process that has ended in the meantime hears nothing any more.
  const give = (inMs: readonly number[]): void => void (child?.connected && child.send({ inMs } satisfies CallsGiven, () => undefined))
  child?.on('message', (message) => calls?.(keys.apiKey, (message as CallsWanted).calls, give))
  let isStopped = false
  const stop = (): void => {
    isStopped = true
    running.stop()
  }
  signal.addEventListener('abort', stop, { once: true })
  // A process that has hardly begun does not hear the signal yet: it ends by it.
  const { failure, exitCode = isStopped ? 130 : undefined } = await running.ended
  signal.removeEventListener('abort', stop)
  const { message, lastNote, bytes, apiCalls } = told
  const last = message || failure || (exitCode === undefined ? 'A signal ended the backup.' : lastNote)
  return { exitCode, message: last, bytes, apiCalls }
}

/** Returns the settings of one account as environment variables, which count before the configuration of the worker. */
function variablesOf({ destination, settings }: FleetEntry, keys: AccountKeys): Readonly<Record<string, string>> {
  const names = ['apiKey', 'apiSecret', 'userToken', 'userSecret'] as const
  return {
    ...Object.fromEntries(readAccountSettings(settings).variables),
    ...Object.fromEntries(names.map((name) => [variableOf(settingsTable[name]), keys[name]])),
    [variableOf(settingsTable.destination)]: destination,
  }
}
