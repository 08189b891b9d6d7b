/**
 * Storages and disks whose calls take a while that chance decides: the order in which calls of many tasks begin and end is another one with each
 * seed, and the same again with the same seed as far as the system allows.
 */
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Account } from '../../src/smugmug/account.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { chanceOf } from '../campaigns/chance.ts'

/** Waits for a while. `call` is what is called, with its first argument: the while depends on it, and on how often it was called. */
export type Delay = (call: string) => Promise<void>

/** Makes the delays of a seed: most calls wait a few turns of the event loop, some many, and a few a millisecond or two. */
export function delaysOf(seed: number): Delay {
  const counts = new Map<string, number>()
  return async (call) => {
    const count = (counts.get(call) ?? 0) + 1
    counts.set(call, count)
    const chance = chanceOf(hash(`${seed} ${call} ${count}`))
    const kind = chance.upTo(20)
    if (kind === 0) return void (await sleep(1 + chance.upTo(3)))
    for (let turns = chance.upTo(kind < 4 ? 40 : 6); turns > 0; turns -= 1) await turn()
  }
}

/** Lets each call of a storage wait before it begins and before its caller learns of its end. */
export const jitteryStorage = (base: Storage, delay: Delay): Storage => jittery(base, { delay, streams: ['read'], above: '' })

/** Lets each call of an account wait in the same way. */
export const jitteryAccount = (base: Account, delay: Delay): Account => jittery(base, { delay, streams: [], above: 'account ' })

/** The calls of the disk whose order decides who gets a name, and who finds what. */
const DISK = ['lstat', 'stat', 'rename', 'link', 'unlink', 'rmdir', 'mkdir', 'readdir', 'open', 'utimes', 'symlink', 'readlink'] as const

/**
 * Lets each call of the disk that this process makes wait in the same way, also between the steps of one call of a storage, until the function that
 * it returns is called.
 */
export function jitteryDisk(delay: Delay): () => void {
  const changeable: Record<string, unknown> = fs as never
  const real = new Map(DISK.map((name) => [name, changeable[name] as (...args: unknown[]) => Promise<unknown>]))
  for (const [name, call] of real) changeable[name] = (...args: unknown[]) => around(delay, `disk ${name} ${args[0]}`, () => call(...args))
  syncBuiltinESMExports()
  return () => {
    for (const [name, call] of real) changeable[name] = call
    syncBuiltinESMExports()
  }
}

async function around<T>(delay: Delay, call: string, work: () => T | Promise<T>): Promise<T> {
  await delay(`${call} before`)
  try {
    return await work()
  } finally {
    await delay(`${call} after`)
  }
}

async function* streamed<T>(delay: Delay, call: string, work: () => AsyncIterable<T>): AsyncGenerator<T> {
  await delay(`${call} before`)
  yield* work()
  await delay(`${call} after`)
}

interface Manner {
  readonly delay: Delay
  /** The methods that return a stream. */
  readonly streams: readonly string[]
  /** The beginning of the names of its calls. */
  readonly above: string
}

/** The methods that return something at once. */
const AT_ONCE = ['pathOf', 'mayHaveComponents']

function jittery<T extends object>(base: T, manner: Manner): T {
  const { delay, streams, above } = manner
  return new Proxy(base, {
    get: (_, name: string) => {
      const value = Reflect.get(base, name)
      if (name === 'partials' && value !== undefined) return jittery(value as object, { ...manner, above: 'partials ' })
      if (typeof value !== 'function') return value
      if (AT_ONCE.includes(name)) return value.bind(base)
      return (...args: readonly unknown[]) => {
        const call = `${above}${name} ${typeof args[0] === 'string' ? args[0] : ''}`
        const work = () => value.apply(base, args)
        return streams.includes(name) ? streamed(delay, call, work) : around(delay, call, work)
      }
    },
  })
}

/** Returns a number for a text (FNV-1a). */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return sum | 0
}
