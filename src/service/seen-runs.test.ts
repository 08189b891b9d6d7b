import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RecentRun } from '../app/recent-runs.ts'
import { defaultSettings } from '../config/settings.ts'
import { SeenRuns } from './seen-runs.ts'

const NUMBERS = { came: 0, changed: 0, moved: 0, went: 0, failed: 0, bytes: 0 }

const run = (number: number, exitCode: number, more: Partial<RecentRun> = {}): RecentRun => ({
  run: number,
  operation: 'backup',
  startedAt: number * 1000,
  finishedAt: number * 1000 + 100,
  state: 'finished',
  exitCode,
  ...NUMBERS,
  ...more,
})

/** Returns the runs as a service sees them. */
async function seen(list: readonly RecentRun[], settings = defaultSettings): Promise<SeenRuns> {
  const runs = new SeenRuns({ state: () => '', runs: async () => list })
  await runs.read(settings)
  return runs
}

describe('the last backup that was one', () => {
  const lastGood = async (list: readonly RecentRun[], settings = defaultSettings) => (await seen(list, settings)).lastGood(settings)

  test('is of all that the settings choose: a part of the account, if they name one', async () => {
    const list = [run(2, 0, { selection: { album: ['Travel'] } }), run(1, 0)]
    assert.equal(await lastGood(list), 1100)
    assert.equal(await lastGood(list, { ...defaultSettings, album: ['Travel'] }), 2100)
  })

  test('may have failed with some items, if it brought others or found them held', async () => {
    for (const numbers of [{ kept: 10 }, { came: 1 }, { changed: 1 }])
      assert.equal(await lastGood([run(2, 3, numbers), run(1, 0)]), 2100, JSON.stringify(numbers))
    for (const exitCode of [1, 3, 4, 5, 7, 130]) assert.equal(await lastGood([run(2, exitCode), run(1, 0)]), 1100, String(exitCode))
    assert.equal(await lastGood([run(2, 130, { came: 7 }), run(1, 0)]), 2100, 'what has come is kept')
    assert.equal(await lastGood([run(2, 0, { operation: 'verify' })]), undefined)
  })
})

test("damage of the vault's own files lasts until a verification finds none", async () => {
  const damaged = run(2, 3, { operation: 'verify', damage: { isNew: true, isOwn: true } })
  assert.equal((await seen([run(3, 0), damaged])).hasOwnDamage, true)
  assert.equal((await seen([run(4, 130, { operation: 'verify' }), run(3, 0), damaged])).hasOwnDamage, true)
  assert.equal((await seen([run(4, 0, { operation: 'verify' }), run(3, 0), damaged])).hasOwnDamage, false)
  assert.equal((await seen([run(1, 0)])).hasOwnDamage, false)
})

test('in another vault, or an earlier state of this one, the tasks of before mean nothing: its runs have numbers of their own', async () => {
  const vaults: Record<string, readonly RecentRun[]> = { '/old': [run(500, 0)], '/older': [run(600, 0)], '/new': [] }
  let state = 0
  const runs = new SeenRuns({ state: () => `${state++}`, runs: async ({ destination = '' }) => vaults[destination] ?? [] })
  const at = (destination: string) => ({ ...defaultSettings, destination })
  const starts = async (destination: string): Promise<readonly number[]> => {
    await runs.read(at(destination))
    return runs.tries(at(destination)).map(({ startedAt }) => startedAt)
  }
  const refused = { kind: 'backup', startedAt: 900_000, exitCode: 2 } as const
  assert.deepEqual(await starts('/old'), [500_000])
  await runs.add(refused, { before: 500, settings: at('/old') })
  assert.deepEqual(await starts('/old'), [900_000, 500_000])
  assert.deepEqual(await starts('/older'), [600_000], 'another vault')
  assert.deepEqual(await starts('/new'), [], 'a new vault')
  vaults['/new'] = [run(1, 0)]
  assert.deepEqual(await starts('/new'), [1000])
  await runs.add(refused, { before: 1, settings: at('/new') })
  vaults['/new'] = [run(2, 0), run(1, 0)]
  assert.deepEqual(await starts('/new'), [2000, 900_000, 1000])
  vaults['/new'] = [run(1, 0)]
  assert.deepEqual(await starts('/new'), [1000], 'put back to an earlier state')
})

test('a backup that failed before the vault could note it counts until another one has ended', async () => {
  let list: readonly RecentRun[] = [run(1, 0)]
  let state = 0
  const runs = new SeenRuns({ state: () => `${state++}`, runs: async () => list })
  const refused = (): number | undefined => runs.refused?.exitCode
  const ends = async (exitCode: number | undefined, more: object = {}): Promise<number | undefined> => {
    await runs.read(defaultSettings)
    const before = runs.newest?.run ?? 0
    await runs.add({ kind: 'backup', startedAt: before, exitCode, ...more }, { before, settings: defaultSettings })
    return refused()
  }
  assert.equal(refused(), undefined)
  assert.equal(await ends(5), 5)
  assert.equal(await ends(130), 5, 'one that was interrupted says nothing')
  assert.equal(await ends(undefined, { isStopped: true }), 5)
  assert.equal(await ends(0, { kind: 'verify' }), 5)
  assert.equal(await ends(1), 1)
  list = [run(2, 0, { state: 'under way' }), ...list]
  await runs.read(defaultSettings)
  assert.equal(refused(), 1)
  list = [run(2, 0), run(1, 0)]
  await runs.read(defaultSettings)
  assert.equal(refused(), undefined, 'one that a person started has ended')
  assert.equal(await ends(0), undefined)
})
