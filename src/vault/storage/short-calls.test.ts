import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ShortCalls } from './short-calls.ts'

/** Makes a disk whose calls take this many milliseconds. */
const disk = (takesMs: number) => {
  let now = 0
  const made: ('in line' | 'pooled')[] = []
  const calls = new ShortCalls(() => now)
  const state = { takesMs }
  const call = (): Promise<string> =>
    calls.make(
      () => {
        now += state.takesMs
        made.push('in line')
        return 'done'
      },
      async () => {
        made.push('pooled')
        return 'done'
      },
    )
  const count = (): number => made.filter((way) => way === 'in line').length
  return { state, made, call, count }
}

describe('short system calls', () => {
  test('are made in line as long as the disk answers at once', async () => {
    const { call, made } = disk(0.1)
    for (let n = 0; n < 1000; n += 1) assert.equal(await call(), 'done')
    assert.deepEqual([...new Set(made)], ['in line'])
  })

  test('are made in line after a single long one', async () => {
    const { call, made, state } = disk(50)
    await call()
    state.takesMs = 0.1
    for (let n = 0; n < 10; n += 1) await call()
    assert.deepEqual([...new Set(made)], ['in line'])
  })

  test('of a slow disk hold nothing up but seldom, and ever more seldom', async () => {
    const { call, count } = disk(50)
    for (let n = 0; n < 10_000; n += 1) await call()
    assert.equal(count(), 7)
  })

  test('are made in line again when the disk has become quick', async () => {
    const { call, count, state } = disk(50)
    for (let n = 0; n < 3; n += 1) await call()
    assert.equal(count(), 2)
    state.takesMs = 0.1
    for (let n = 0; n < 1000; n += 1) await call()
    assert.ok(count() > 700, `${count()} in line`)
  })

  test('report their failure either way', async () => {
    const calls = new ShortCalls()
    const fail = (): never => {
      throw new Error('refused')
    }
    await assert.rejects(
      calls.make(fail, async () => 'done'),
      /refused/,
    )
  })
})
