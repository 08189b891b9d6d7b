import { DestinationError } from '../../src/errors.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'

/** Decides about one call: may it still be done, and does anything work afterwards? */
export type Life = (method: string) => 'alive' | 'dies before' | 'dies after'

/** A storage that stops working for good in the middle of a run: from then on every call fails, as after a power cut or with the cable pulled. */
export interface DyingStorage {
  wrap(base: Storage): Storage
  readonly isDead: () => boolean
}

/** Makes a dying storage. Asks `life` before each call, except `close`, until it says that the storage dies. */
export function dyingStorage(life: Life): DyingStorage {
  let dead = false
  const error = new DestinationError('The power is gone')
  const call = async (method: string, work: () => unknown): Promise<unknown> => {
    if (dead) throw error
    const now = life(method)
    if (now === 'alive') return await work()
    dead = true
    if (now === 'dies after') await work()
    throw error
  }
  async function* stream(method: string, work: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    if (!dead && life(method) !== 'alive') dead = true
    if (dead) throw error
    yield* work()
  }
  return {
    isDead: () => dead,
    wrap: (base) => wrapped(base, ''),
  }

  function wrapped<T extends object>(base: T, above: string): T {
    return new Proxy(base, {
      get: (_, name: string) => {
        const value = Reflect.get(base, name)
        if (name === 'partials' && value !== undefined) return wrapped(value as object, 'partials.')
        if (typeof value !== 'function') return value
        if (name === 'close' || name === 'pathOf') return value.bind(base)
        const work = (args: readonly unknown[]) => value.apply(base, args)
        const called = `${above}${name}`
        return (...args: readonly unknown[]) => (name === 'read' ? stream(called, () => work(args)) : call(called, () => work(args)))
      },
    })
  }
}
