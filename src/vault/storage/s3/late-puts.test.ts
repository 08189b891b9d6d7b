import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { openDouble } from '../../../../test/support/buckets.ts'
import { termOf } from '../../generations.ts'
import { layout } from '../../layout.ts'
import type { Storage } from '../storage.ts'
import { openBucketStorage } from './bucket-storage.ts'

const STATE = layout.state

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function textOf(storage: Storage, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function openTwo(t: TestContext) {
  const { double, bucket } = await openDouble(t)
  const open = (term?: string): Storage =>
    openBucketStorage({
      ...{ bucket: { ...bucket, close: () => undefined }, prefix: 'vault/', location: 's3://photos/vault', mayChange: () => undefined },
      ...(term !== undefined && { term }),
    })
  const time = Date.UTC(2026, 10, 26, 2, 30)
  const states = (): readonly string[] => [...double.objects.keys()].filter((key) => key.includes('/state'))
  return { double, first: open(termOf(time, 'aaaaaaaa')), second: open(termOf(time + 360_000, '11111111')), look: () => open(), states }
}

for (const knows of ['a listing', 'nothing'] as const) {
  describe(`a put that comes late to a bucket, of which ${knows} is known`, () => {
    test('changes nothing that is read, and is removed by the next run', async (t) => {
      const { double, first, second, look, states } = await openTwo(t)
      await first.put(STATE, bytes('before'))
      if (knows === 'a listing') for (const each of [first, second]) await each.listAll?.()
      const held = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      double.habits.delay = async (key) => {
        if (!key.includes('-aaaaaaaa-')) return
        begun.resolve()
        await held.promise
      }
      const late = first.put(STATE, bytes('late'))
      await begun.promise
      await second.put(STATE, bytes('right'))
      assert.equal(await textOf(second, STATE), 'right')
      held.resolve()
      await late
      assert.equal(states().length, 2)
      for (const storage of [second, look()]) {
        assert.equal(await textOf(storage, STATE), 'right')
        assert.equal((await storage.stat(STATE))?.size, 5)
        assert.deepEqual(
          (await storage.list('.smugmug-backup')).map(({ name }) => name),
          ['state.json'],
        )
      }
      await look().listAll?.()
      assert.equal(states().length, 2, 'who only looks removes nothing')
      await second.listAll?.()
      assert.equal(await textOf(second, STATE), 'right')
      assert.equal(states().length, 1)
      assert.match(states()[0] ?? '', /^vault\/\.smugmug-backup\/state\.20261126T023600Z-11111111-\d{7}\.json$/)
    })

    test('may meet a file of an older vault without a generation, which is replaced and removed as any other', async (t) => {
      const { double, first, second, states } = await openTwo(t)
      await first.put('album.json', bytes('plain'))
      const object = double.objects.get('vault/album.json')
      assert.ok(object)
      double.objects.set(`vault/${STATE}`, object)
      double.objects.delete('vault/album.json')
      if (knows === 'a listing') await second.listAll?.()
      assert.equal(await textOf(second, STATE), 'plain')
      await second.put(STATE, bytes('new'))
      assert.equal(await textOf(second, STATE), 'new')
      assert.equal(states().length, 1)
      await second.copy(STATE, 'elsewhere.json')
      await second.copy('elsewhere.json', layout.md5sums)
      assert.equal(await textOf(second, layout.md5sums), 'new')
      await second.remove(STATE)
      assert.equal(await second.stat(STATE), undefined)
      assert.deepEqual(states(), [])
      await assert.rejects(textOf(second, STATE), { code: 'ENOENT' })
    })
  })
}

test('a reader goes on with the newer file if the one that it knew is replaced', async (t) => {
  const { second, look } = await openTwo(t)
  await second.put(STATE, bytes('one'))
  const reader = look()
  await reader.listAll?.()
  await second.put(STATE, bytes('two'))
  assert.equal(await textOf(reader, STATE), 'two')
})
