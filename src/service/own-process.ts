/** Processes of this program: started with `--json`, read line by line, asked to stop. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { platform } from 'node:os'
import { createInterface } from 'node:readline'
import type { Event } from '../events.ts'
import type { Outlook } from './set-up/outlook.ts'

/** The way to start this program. */
export interface Program {
  readonly command: string
  /** The arguments before those of the program itself. */
  readonly before: readonly string[]
  /** The options of every process: configuration, account, destination. */
  readonly options: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A line of `--json` of a process. Its form is ours: the process is this program. */
export type OwnEvent = Event | ({ readonly event: 'outlook' } & Outlook)

/** The listener to a process. */
export interface Listener {
  event(event: OwnEvent): void
  /** A line for people, without its end; never an empty one. */
  note(line: string): void
}

/**
 * The settings of every process, where those of this one do not say otherwise. The C library of Linux keeps a store of memory for each thread: with a
 * single one a backup needs 10 to 17 MB less (docs/performance.md). Only what starts a process can say so.
 */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' }

/** The longest line for people, in characters: a longer one is cut. */
const LONGEST_LINE = 2000

/** The end of a process. */
export interface OwnEnd {
  /** Absent if a signal ended it. */
  readonly exitCode?: number
  /** The reason, where it could not be started. */
  readonly failure?: string
}

/** One process of this program. */
export class OwnProcess {
  /** Resolves when it has ended and its output was read. Never rejects. */
  readonly ended: Promise<OwnEnd>
  /** Absent if the system refused to start it at once. */
  readonly child: ChildProcess | undefined
  #isAsked = false

  /** Starts it with these words of the command line. With `hasChannel` it exchanges messages with this process. */
  constructor(
    { command, before, options, env }: Program,
    words: readonly string[],
    { listener, hasChannel = false }: { readonly listener: Listener; readonly hasChannel?: boolean },
  ) {
    const begun = unlessRefused(() =>
      spawn(command, [...before, ...words, '--json', ...options], {
        env: { ...ENVIRONMENT, ...env },
        stdio: ['ignore', 'pipe', 'pipe', ...(hasChannel ? (['ipc'] as const) : [])],
        // Out of the terminal's group: Ctrl-C would reach it beside the signal that it gets from here, and two mean "stop now".
        detached: platform() !== 'win32',
      }),
    )
    this.child = begun instanceof Error ? undefined : begun
    this.ended = begun instanceof Error ? Promise.resolve(notStarted(begun)) : follow(begun, listener)
  }

  /**
   * Lets it finish what is in flight, and stop; the second time it stops at once. By another signal then: of two equal ones that wait for a
   * process the system hands on only one.
   */
  stop(): void {
    this.child?.kill(this.#isAsked ? 'SIGINT' : 'SIGTERM')
    this.#isAsked = true
  }
}

/** Starts a process. Returns the system's error if it refuses that at once, as for want of memory. */
function unlessRefused(start: () => ChildProcess): ChildProcess | Error {
  try {
    return start()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return error
    throw error
  }
}

const notStarted = ({ message }: Error): OwnEnd => ({ failure: `The program could not be started: ${message}.` })

async function follow(child: ChildProcess, listener: Listener): Promise<OwnEnd> {
  const failed = Promise.withResolvers<Error>()
  child.once('error', failed.resolve)
  const note = (line: string): void => {
    if (line.trim() !== '') listener.note(line.slice(0, LONGEST_LINE))
  }
  // A process that could not be started may have no streams.
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = eventOf(line)
      if (event === undefined) note(line)
      else listener.event(event)
    })
  }
  if (child.stderr) createInterface({ input: child.stderr }).on('line', note)
  const end = await Promise.race([once(child, 'close'), failed.promise])
  if (end instanceof Error) return notStarted(end)
  return typeof end[0] === 'number' ? { exitCode: end[0] } : {}
}

function eventOf(line: string): OwnEvent | undefined {
  try {
    const found: unknown = JSON.parse(line)
    return typeof found === 'object' && found !== null && 'event' in found ? (found as OwnEvent) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
