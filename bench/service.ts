import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Behaviour, WorldKeys } from '../simulator/world.ts'

/** The size of an account: its albums, the items in each, the bytes in each item. No two items are alike. */
export interface Size {
  readonly albums: number
  readonly images: number
  readonly bytes: number
}

/** A server of plain files in place of the file host: the folder that it serves, and its address. */
export interface StaticFiles {
  readonly folder: string
  readonly url: string
}

/** A message to the service's process. */
export type Order =
  | { readonly do: 'start'; readonly size: Size; readonly behaviour: Behaviour; readonly files?: StaticFiles }
  | { readonly do: 'behave'; readonly behaviour: Behaviour }
  /** Adds this number of photos, each in another album. */
  | { readonly do: 'grow'; readonly photos: number; readonly bytes: number }
  /** Gives the first album another name. */
  | { readonly do: 'rename' }
  /** Only asks for the number of calls since the last order. */
  | { readonly do: 'count' }

/** Its answer to each. */
export interface Answer {
  readonly apiUrl: string
  readonly keys: WorldKeys
  /** API calls since the last order. */
  readonly calls: number
}

/** The measured latency of the real service: per call, per listed item, to the first byte of a file (docs/smugmug-api.md, 0.3 and 7.2). */
export const LIKE_SMUGMUG: Behaviour = { latency: { callMs: 150, perItemMs: 20, fileMs: 60 } }

/** A simulated SmugMug in a process of its own. */
export class Service implements AsyncDisposable {
  readonly #child: ChildProcess
  #last: Answer

  private constructor(child: ChildProcess, first: Answer) {
    this.#child = child
    this.#last = first
  }

  static async start(size: Size, behaviour: Behaviour = {}, files?: StaticFiles): Promise<Service> {
    const child = fork(join(import.meta.dirname, 'service-process.ts'), { execArgv: [] })
    return new Service(child, await send(child, { do: 'start', size, behaviour, ...(files === undefined ? {} : { files }) }))
  }

  get apiUrl(): string {
    return this.#last.apiUrl
  }

  get keys(): WorldKeys {
    return this.#last.keys
  }

  async send(order: Exclude<Order, { do: 'start' }>): Promise<Answer> {
    this.#last = await send(this.#child, order)
    return this.#last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

async function send(child: ChildProcess, order: Order): Promise<Answer> {
  const settled = new AbortController()
  const answer = once(child, 'message', { signal: settled.signal })
  const gone = once(child, 'exit', { signal: settled.signal }).then(() => {
    throw new Error('The simulated service has ended')
  })
  gone.catch(() => undefined)
  child.send(order)
  try {
    const [message] = await Promise.race([answer, gone])
    return message as Answer
  } finally {
    settled.abort()
  }
}
