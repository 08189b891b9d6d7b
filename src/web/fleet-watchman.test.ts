import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFleetWatchman } from './fleet-watchman.ts'

const NUMBERS = { running: 0, most: 1, ended: new Map(), bytes: 0, apiCalls: 0, callsGiven: 0, callsWaitedMs: 0, heardAt: 0 }

test('a worker whose database gives no answer says its own numbers soon', async (t) => {
  const watchman = await openFleetWatchman({
    port: 0,
    listen: undefined,
    others: [],
    now: () => 0,
    numbers: () => NUMBERS,
    census: () => new Promise(() => undefined),
    onBug: (error) => assert.fail(String(error)),
    patienceMs: 10,
  })
  t.after(() => watchman.close())
  const text = await (await fetch(`${watchman.url}metrics`)).text()
  assert.match(text, /^smugmug_backup_worker_jobs_limit 1$/m)
  assert.doesNotMatch(text, /fleet_accounts/)
})

test('a worker whose clock is set back still says what it knows now', async (t) => {
  let now = Date.UTC(2026, 10, 30)
  const heardAt = now
  let counts = 0
  const watchman = await openFleetWatchman({
    port: 0,
    listen: undefined,
    others: [],
    now: () => now,
    numbers: () => ({ ...NUMBERS, heardAt }),
    census: async () => {
      counts += 1
      return { counts: { waiting: 0, failing: 0, again: 0, new: 0, running: 0, paused: 0, well: counts }, dueForMs: 0 }
    },
    onBug: (error) => assert.fail(String(error)),
  })
  t.after(() => watchman.close())
  const metrics = async (): Promise<string> => (await fetch(`${watchman.url}metrics`)).text()
  const status = async (): Promise<number> => (await fetch(`${watchman.url}healthz`)).status
  assert.deepEqual([await status(), /standing="well"\} (\d+)/.exec(await metrics())?.[1]], [200, '1'])
  now -= 86_400_000
  assert.deepEqual([await status(), /standing="well"\} (\d+)/.exec(await metrics())?.[1]], [503, '2'])
})
