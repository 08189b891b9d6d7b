/** The channel between a worker and its jobs. A job asks for calls that it may make; when the channel breaks, its worker is gone. */
import { setTimeout as delay } from 'node:timers/promises'
import type { CallAllowance } from '../../flow/allowance.ts'

/** The variable that says to a process of this program that it is a job: `calls` if it asks for each call, else `free`. */
export const JOB_VARIABLE = 'SMUGMUG_BACKUP_JOB'

/** A job asks for this number of further calls. */
export interface CallsWanted {
  readonly calls: number
}

/** The worker allows one call for each of these times, in milliseconds from now. */
export interface CallsGiven {
  readonly inMs: readonly number[]
}

/** The end of the channel in a job. */
export interface JobEnd {
  send(message: CallsWanted): void
  /** Calls `heard` with each message of the worker. */
  listen(heard: (message: CallsGiven) => void): void
  /** Keeps the process running while it waits for an answer, or lets it end. */
  hold(isHeld: boolean): void
}

interface Waiting {
  readonly go: (inMs: number) => void
}

/** The allowance of a job: its worker decides. */
export class AskedAllowance implements CallAllowance {
  readonly #end: JobEnd
  readonly #waiting: Waiting[] = []
  /** The calls that were asked for and not given yet; some of them may be wanted no more. */
  #asked = 0

  constructor(end: JobEnd) {
    this.#end = end
    end.listen(({ inMs }) => this.#give(inMs))
  }

  async take(signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted()
    const inMs = await new Promise<number>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal?.reason)
      }
      const waiting: Waiting = {
        go: (ms) => {
          signal?.removeEventListener('abort', leave)
          resolve(ms)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiting)
      this.#ask()
    })
    if (inMs > 0) await delay(inMs, undefined, { signal })
    return true
  }

  /** Asks for what is wanted beyond what was asked for. */
  #ask(): void {
    const calls = this.#waiting.length - this.#asked
    if (calls <= 0) return
    this.#asked += calls
    this.#end.hold(true)
    this.#end.send({ calls })
  }

  #give(times: readonly number[]): void {
    this.#asked -= times.length
    for (const inMs of times) this.#waiting.shift()?.go(inMs)
    if (this.#asked <= 0) this.#end.hold(false)
  }
}
