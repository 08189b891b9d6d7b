/** Command lines of the owner. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { isOwnVariable } from '../config/environment.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A command line that is to be run. */
export interface ShellRequest {
  readonly env: Env
  /** Variables besides. */
  readonly more?: Env
  readonly input?: string
  /** True keeps the text that the command prints. Once it has ended, all that it started has a second more for its own part. */
  readonly reads?: true
  /** Ends the command, and all that it started. */
  readonly signal: AbortSignal
}

/** The most that a command may print, in characters. */
const MOST = 1_000_000

/** Milliseconds for the rest of the text of a command that has ended: a process that it leaves behind may keep the pipe open for ever. */
const REST = 1000

/** The way in which a command ended. */
export interface ShellEnd {
  /** Null if a signal ended it. */
  readonly code: number | null
  /** The text that it printed, as far as it was to be kept. */
  readonly output: string
}

/**
 * Runs a command line of the system's shell. The program's own variables, with their secrets, are not passed on. Rejects with the signal's reason,
 * or the system's error if it cannot be started.
 */
export async function runShell(line: string, { env, more = {}, input = '', reads, signal }: ShellRequest): Promise<ShellEnd> {
  signal.throwIfAborted()
  const passedOn = Object.entries(env).filter(([name]) => !isOwnVariable(name))
  const child = spawn(line, {
    shell: true,
    // A group of its own, so that everything it has started ends with it.
    detached: platform() !== 'win32',
    stdio: ['pipe', reads ? 'pipe' : 'ignore', 'ignore'],
    env: { ...Object.fromEntries(passedOn), ...more },
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < MOST) output += text
  })
  const stop = (): void => killGroup(child.pid)
  signal.addEventListener('abort', stop, { once: true })
  // A command that does not read its input is none the worse.
  child.stdin?.on('error', () => undefined).end(input)
  const closed = new Promise((resolve) => child.once('close', resolve))
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    if (reads) await Promise.race([closed, delay(REST, undefined, { signal, ref: false }).catch(() => undefined)])
    signal.throwIfAborted()
    return { code, output }
  } finally {
    signal.removeEventListener('abort', stop)
    child.stdout?.destroy()
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(platform() === 'win32' ? pid : -pid, 'SIGKILL')
  } catch (error) {
    // It has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
