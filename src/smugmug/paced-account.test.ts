import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Behaviour, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { FakeClock, systemClock } from '../flow/clock.ts'
import { Pace } from '../flow/pace.ts'
import type { Item, Source } from '../model.ts'
import { openSmugMug } from './api.ts'
import { pacedAccount } from './paced-account.ts'

const photos = ['a', 'b', 'c'].map((id) => photo(id, { bytes: { kind: 'seeded', seed: id, size: 100_000, starts: 'jpg' } }))
const world: World = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Home', photos)] }

/** An account of three photos of 100,000 bytes at 100,000 bytes a second, by a clock that stands still. */
async function setUp(t: TestContext, behaviour: Behaviour = {}) {
  const sim = await startSimulator(world, behaviour)
  const clock = new FakeClock({ now: 0 })
  const plain = openSmugMug({ baseUrl: sim.apiUrl, keys: KEYS, userAgent: 'test', clock: systemClock, emit: () => {}, maxRetries: 0 })
  const account = pacedAccount(plain, new Pace(clock, () => 100_000))
  t.after(async () => {
    await account.close()
    await sim.close()
  })
  const [album] = await account.albums()
  assert.ok(album)
  const { items } = await account.items(album)
  return { sim, clock, account, items, asked: () => sim.counters.cdn }
}

function sourceOf(item: Item | undefined): Source {
  assert.ok(item?.availability.kind === 'ready')
  return item.availability.source
}

describe('a paced account', () => {
  test('is the same account', async (t) => {
    const { account, items } = await setUp(t)
    assert.equal((await account.owner()).nickName, 'ann')
    assert.equal(items.length, 3)
    const [item] = items as [Item]
    assert.equal((await account.refresh(item))?.imageKey, item.imageKey)
    assert.equal((await account.resolve(item)).kind, 'ready')
    assert.equal((await account.tree()).length, 2)
    assert.equal(account.mayHaveComponents(item), false)
    assert.ok(await account.metadata(item))
    assert.equal(await account.components(item), undefined)
    assert.ok(account.apiCalls > 5)
  })

  test('a file is not asked for before its bytes may come', async (t) => {
    const { account, clock, items, asked } = await setUp(t)
    const opened = items.map((item) => account.open(sourceOf(item)))
    assert.equal(asked(), 0)
    await clock.advance(999)
    assert.equal(asked(), 0)
    for (const [index, download] of opened.entries()) {
      await clock.advance(index === 0 ? 1 : 1000)
      let received = 0
      for await (const chunk of (await download).body) received += chunk.byteLength
      assert.equal(received, 100_000)
      assert.equal(asked(), index + 1)
    }
  })

  test('what cannot be opened costs nothing, and resuming only the rest', async (t) => {
    const { account, clock, items, asked } = await setUp(t, { faults: [{ on: 'file', nth: 1, does: { kind: 'status', status: 404 } }] })
    const source = sourceOf(items[0])
    const failed = assert.rejects(account.open(source), /404/)
    await clock.advance(1000)
    await failed
    const whole = await account.open(source)
    for await (const _ of whole.body);
    assert.equal(asked(), 2, 'it came without any wait')
    const rest = account.open(source, { start: 60_000 })
    await clock.advance(399)
    assert.equal(asked(), 2)
    await clock.advance(1)
    const { start, body } = await rest
    assert.equal(start, 60_000)
    for await (const _ of body);
    assert.equal(asked(), 3)
    assert.equal(clock.now(), 1400)
  })

  for (const given of [['turn'], ['signal'], ['turn', 'signal'], ['signal', 'turn']] as const) {
    const [aborted] = given
    test(`an interruption ends the wait of what has not begun: ${aborted} of ${given.join(' and ')}`, async (t) => {
      const { account, items, asked } = await setUp(t)
      const stops = given.map((name) => [name, new AbortController()] as const)
      const options = Object.fromEntries(stops.map(([name, { signal }]) => [name, signal]))
      const waiting = account.open(sourceOf(items[0]), options)
      for (const [name, stop] of stops) if (name === aborted) stop.abort(new Error('stop'))
      await assert.rejects(waiting, /stop/)
      assert.equal(asked(), 0)
    })
  }
})
