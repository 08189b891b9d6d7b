import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PastRun } from '../operations/outcome.ts'
import type { Standing } from '../service/standing.ts'
import type { TaskNews } from '../service/tasks.ts'
import { ElsewhereWatch } from './elsewhere.ts'

const run = (startedAt: number): PastRun =>
  ({ id: 2, operation: 'backup', startedAt, state: 'ended', exitCode: 0, message: 'Everything is held.' }) as unknown as PastRun

/** A watch over a vault that the test describes. */
function watched(vault: { state: string | undefined; runs: readonly PastRun[] }) {
  const news: TaskNews[] = []
  let now = 1000
  const count = async (): Promise<Standing> => ({ kind: 'known', health: { runs: vault.runs } }) as unknown as Standing
  const watch = new ElsewhereWatch({
    holder: () => undefined,
    state: () => vault.state,
    count,
    countAnew: count,
    news: (each) => news.push(each),
    now: () => now,
  })
  return {
    /** Looks a second later, and returns the news of it. */
    look: async (): Promise<readonly TaskNews[]> => {
      now += 1000
      watch.look()
      await watch.close()
      return news.splice(0)
    },
  }
}

test('a run that began and ended between two looks is told of, once', async () => {
  const vault = { state: 'a' as string | undefined, runs: [run(500)] }
  const { look } = watched(vault)
  assert.deepEqual(await look(), [], 'a run before the first look is none')
  Object.assign(vault, { state: 'b', runs: [run(2100), run(500)] })
  assert.deepEqual(await look(), [{ kind: 'elsewhere', state: 'ended', operation: 'backup', exitCode: 0, message: 'Everything is held.' }])
  assert.deepEqual(await look(), [])
})

test('a change without a run, and one by a task of this page, are no run elsewhere', async () => {
  const vault = { state: 'a' as string | undefined, runs: [run(500)] }
  const { look } = watched(vault)
  await look()
  vault.state = 'b'
  assert.deepEqual(await look(), [])
  vault.state = undefined
  await look()
  Object.assign(vault, { state: 'c', runs: [run(4500)] })
  assert.deepEqual(await look(), [])
})

test('the run elsewhere is counted every four seconds, also once the clock was set back', async () => {
  let [now, counts] = [1000, 0]
  const count = async (): Promise<Standing> => {
    counts += 1
    return { kind: 'trouble', exitCode: 5, message: '' }
  }
  const options = { state: () => 'a', count, countAnew: count, news: () => undefined, now: () => now }
  const watch = new ElsewhereWatch({ ...options, holder: () => ({ operation: 'backup', since: '2026-11-30T00:00:00Z' }) })
  for (const [later, expected] of [
    [0, 1],
    [3000, 1],
    [2000, 2],
    [-86_400_000, 3],
    [3000, 3],
  ] as const) {
    now += later
    watch.look()
    await watch.close()
    assert.equal(counts, expected)
  }
})
