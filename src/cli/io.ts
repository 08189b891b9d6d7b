import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import type { Environment } from '../config/environment.ts'
import type { Surroundings } from '../config/surroundings.ts'
import { type OwnWorker, ownWorker } from './job.ts'

/** A stream for text: a terminal, a pipe or a file. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }

/** The stream that answers come from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }

/** The parts of the process that the command line uses. */
export interface Io extends Surroundings {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly version: string
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** Returns milliseconds since 1970. */
  now(): number
  /** Calls repeatedly until the returned function is called; does not keep the program running. */
  every(milliseconds: number, call: () => void): () => void
  /** Calls `heard` on Ctrl-C and SIGTERM, also for one that came earlier, until the returned function is called. SIGHUP counts only at a terminal. */
  onSignal(heard: () => void): () => void
  /** Calls `ending` when the process ends in any way that it notices itself. */
  onExit(ending: () => void): () => void
  /** Ends the process at once. */
  exitNow(code: number): void
  /** Returns the largest resident memory up to now, in bytes. */
  peakMemory(): number
  /** The port of `--stats` on this machine; 0 takes a free one. */
  readonly statsPort: number
  /** The worker of a fleet that started this process, if one did. */
  readonly worker?: OwnWorker | undefined
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Returns true if SIGHUP shall be ignored. It says that the terminal has gone; a program under nohup, or without a terminal, can go on.
 * Windows ends the program soon after in any case.
 */
export const outlivesTerminal = (): boolean =>
  process.platform !== 'win32' && process.stdout.isTTY !== true && process.stderr.isTTY !== true

const signalsHeard = (): readonly NodeJS.Signals[] => (outlivesTerminal() ? SIGNALS.filter((signal) => signal !== 'SIGHUP') : SIGNALS)

/** Returns a function that ends the listening, and returns the number of signals that came since. The second signal ends the process at once. */
export const earlySignals = (): (() => number) => {
  let came = 0
  const note = (): void => {
    came += 1
    if (came > 1) process.exit(130)
  }
  for (const signal of signalsHeard()) process.on(signal, note)
  return () => {
    for (const signal of SIGNALS) process.off(signal, note)
    return came
  }
}

/** The port of the Go program's page. */
const STATS_PORT = 6060

/** Returns a folder of the process, absolute; undefined if the system knows none. */
const unlessMissing = (ask: () => string): string | undefined => {
  try {
    const folder = ask()
    return isAbsolute(folder) ? folder : undefined
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined
    throw error
  }
}

/** Returns the parts of this process. `early` are the signals that came while the program began: the first `onSignal` hears of them. */
export const processIo = (version: string, early?: () => number): Io => ({
  env: process.env,
  // Read only when needed: help and version need neither.
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
    const signals = signalsHeard()
    for (const signal of signals) process.on(signal, heard)
    for (let missed = early?.() ?? 0; missed > 0; missed -= 1) heard()
    early = undefined
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
  worker: ownWorker(process),
})
