import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../src/cli/io.ts'

/** A stream that remembers what was written, and can be a terminal. */
export class FakeOutput extends Writable {
  text = ''
  isTTY = false
  columns = 80
  rows = 24
  /** The error of every write, if set. */
  broken: NodeJS.ErrnoException | undefined

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.broken === undefined) this.text += chunk.toString()
    done(this.broken)
  }
}

/** A process without a process: the test controls its streams, clock and signals. */
export interface FakeIo extends Io {
  readonly stdin: PassThrough & { isTTY?: boolean }
  readonly stdout: FakeOutput
  readonly stderr: FakeOutput
  /** Moves the clock, and calls each repeated callback once. */
  tick(milliseconds?: number): void
  /** Presses Ctrl-C. */
  interrupt(): void
  /** The exit codes of immediate exits. */
  readonly exits: readonly number[]
}

/** Makes a fake process; `over` replaces parts. */
export const fakeIo = (over: Partial<Pick<Io, 'env' | 'cwd' | 'home' | 'platform' | 'statsPort'>> = {}): FakeIo => {
  let now = Date.UTC(2026, 0, 2, 3, 4, 5)
  const timers = new Set<() => void>()
  const listeners = new Set<() => void>()
  const exits: number[] = []
  const held = (calls: Set<() => void>, call: () => void): (() => void) => {
    calls.add(call)
    return () => calls.delete(call)
  }
  return {
    env: {},
    cwd: '/cwd',
    home: '/home/someone',
    platform: 'linux',
    version: '9.8.7',
    statsPort: 0,
    ...over,
    stdin: new PassThrough(),
    stdout: new FakeOutput(),
    stderr: new FakeOutput(),
    now: () => now,
    every: (_milliseconds, call) => held(timers, call),
    onSignal: (heard) => held(listeners, heard),
    onExit: () => () => {},
    exitNow: (code) => exits.push(code),
    peakMemory: () => 87_000_000,
    tick: (milliseconds = 100) => {
      now += milliseconds
      for (const call of [...timers]) call()
    },
    interrupt: () => {
      for (const heard of [...listeners]) heard()
    },
    exits,
  }
}
