import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

test('tasks for one key run one after the other, tasks for another key at the same time', async () => {
  const turns = new Turns()
  const seen: string[] = []
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const first = turns.with(['a', 'b'], async () => {
    seen.push('first begins')
    begun.resolve()
    await gate.promise
    seen.push('first ends')
  })
  await begun.promise
  const second = turns.with(['b'], async () => void seen.push('second'))
  await turns.with(['c'], async () => void seen.push('other'))
  assert.deepEqual(seen, ['first begins', 'other'])
  gate.resolve()
  await Promise.all([first, second])
  assert.deepEqual(seen, ['first begins', 'other', 'first ends', 'second'])
})

test('two that need the same keys in another order do not wait for each other for ever', async () => {
  const turns = new Turns()
  let done = 0
  const work = async (): Promise<void> => {
    done += 1
  }
  await Promise.all(Array.from({ length: 50 }, (_, i) => turns.with(i % 2 === 0 ? ['a', 'b'] : ['b', 'a'], work)))
  assert.equal(done, 50)
})

test('a failure lets the next one go on', async () => {
  const turns = new Turns()
  await assert.rejects(turns.with(['a'], () => Promise.reject(new Error('no'))))
  assert.equal(await turns.with(['a'], async () => 'yes'), 'yes')
})
