import assert from 'node:assert/strict'
import { lstat } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { openMemory } from '../../src/vault/storage/memory.ts'
import { delaysOf, jitteryDisk, jitteryStorage } from './jittery-storage.ts'

/** Lets ten tasks put a file each. Returns the order in which they ended. */
async function orderOf(seed: number): Promise<string> {
  const storage = jitteryStorage(openMemory(), delaysOf(seed))
  const ended: number[] = []
  async function* nothing(): AsyncGenerator<Uint8Array> {}
  await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      await storage.put(`${n}`, nothing())
      ended.push(n)
    }),
  )
  return ended.join('')
}

describe('a jittery storage', () => {
  test('lets calls end in another order with each seed', async () => {
    const orders = new Set<string>()
    for (let seed = 0; seed < 10; seed += 1) orders.add(await orderOf(seed))
    assert.ok(orders.size > 5, `${orders.size} orders`)
  })

  test('finds a task that looks and then acts', async () => {
    let both = 0
    for (let seed = 0; seed < 20; seed += 1) {
      const storage = jitteryStorage(openMemory(), delaysOf(seed))
      const take = async (who: string): Promise<number> => {
        if ((await storage.stat('name')) !== undefined) return 0
        async function* own(): AsyncGenerator<Uint8Array> {
          yield Buffer.from(who)
        }
        await storage.put('name', own())
        return 1
      }
      const [one, other] = await Promise.all([take('one'), take('other')])
      if (one + other === 2) both += 1
    }
    assert.ok(both > 5, `${both} times`)
  })

  test('reads, lists and fails as the storage does', async () => {
    const storage = jitteryStorage(openMemory(), delaysOf(1))
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('bytes')
    }
    await storage.put('a', bytes())
    const read: string[] = []
    for await (const chunk of storage.read('a')) read.push(String(chunk))
    assert.deepEqual(read, ['bytes'])
    assert.deepEqual(
      (await storage.list('')).map(({ name }) => name),
      ['a'],
    )
    await assert.rejects(storage.copy('b', 'c'), { code: 'ENOENT' })
  })
})

test('a jittery disk lets calls of the disk wait, until it is calmed', async () => {
  const calls: string[] = []
  const calm = jitteryDisk(async (call) => void calls.push(call))
  try {
    assert.ok((await lstat('/')).isDirectory())
  } finally {
    calm()
  }
  await lstat('/')
  assert.deepEqual(calls, ['disk lstat / before', 'disk lstat / after'])
})
