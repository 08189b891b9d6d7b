import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import type { Environment } from '../config/environment.ts'
import type { Surroundings } from '../config/surroundings.ts'

/** Where text goes: a terminal, a pipe or a file. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

/** Where answers come from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }

/** Everything the command line touches of the process it runs in. */
export interface Io extends Surroundings {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly version: string
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** Milliseconds since 1970. */
  now(): number
  /** Calls again and again until the returned function is called; does not keep the program running. */
  every(milliseconds: number, call: () => void): () => void
  /** Hears of Ctrl-C and of the wish to end, until the returned function is called. SIGHUP counts only at a terminal. */
  onSignal(heard: () => void): () => void
  /** Called when the process ends in any way it can still tell of. */
  onExit(ending: () => void): () => void
  /** Ends the process at once. */
  exitNow(code: number): void
  /** The most memory that was resident so far, in bytes. */
  peakMemory(): number
  /** Where `--stats` listens on this machine; 0 takes a free port. */
  readonly statsPort: number
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Whether SIGHUP means nothing to us: under nohup, or at the end of a session, the terminal goes that a program without one never had.
 * Windows ends the program soon after, whatever it thinks of it.
 */
export const outlivesTerminal = (): boolean =>
  process.platform !== 'win32' && process.stdout.isTTY !== true && process.stderr.isTTY !== true

/** The Go program's. */
const STATS_PORT = 6060

/** A folder of the process, absolute. Undefined when the system knows none. */
const unlessMissing = (ask: () => string): string | undefined => {
  try {
    const folder = ask()
    return isAbsolute(folder) ? folder : undefined
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined
    throw error
  }
}

/** The process we are. */
export const processIo = (version: string): Io => ({
  env: process.env,
  // Asked for when they are needed: help and version need neither.
  get cwd() {
    return unlessMissing(process.cwd)
  },
  get home() {
    return unlessMissing(homedir)
  },
  platform: process.platform,
  version,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
  every: (milliseconds, call) => {
    const timer = setInterval(call, milliseconds).unref()
    return () => clearInterval(timer)
  },
  onSignal: (heard) => {
    const signals = outlivesTerminal() ? SIGNALS.filter((signal) => signal !== 'SIGHUP') : SIGNALS
    for (const signal of signals) process.on(signal, heard)
    return () => {
      for (const signal of signals) process.off(signal, heard)
    }
  },
  onExit: (ending) => {
    process.once('exit', ending)
    return () => process.off('exit', ending)
  },
  exitNow: (code) => process.exit(code),
  peakMemory: () => process.resourceUsage().maxRSS * 1024,
  statsPort: STATS_PORT,
})
