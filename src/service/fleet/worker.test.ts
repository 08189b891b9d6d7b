import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigurationError } from '../../errors.ts'
import { systemClock } from '../../flow/clock.ts'
import type { BegunAccount, Job } from './account.ts'
import type { FleetDatabase } from './database.ts'
import { Worker, type WorkerNews } from './worker.ts'

test('the end of a backup is said also where the database refuses the worker from then on', async (t) => {
  const waiting: Job[] = [{ id: '1', attempt: 0, account: 'ann' }]
  const entry: BegunAccount = { name: 'ann', destination: '/v', settings: '', secret: 's', schedule: '24h', tries: 0, accepts: false }
  const refusal = new ConfigurationError('The database refuses the password.')
  const database = {
    beat: async () => Date.now(),
    due: async () => [],
    fetch: async () => waiting.splice(0),
    begin: async () => entry,
    end: async () => assert.fail(refusal),
    leave: async () => undefined,
  } as unknown as FleetDatabase
  const news: WorkerNews[] = []
  const worker = new Worker({
    self: { id: '1', host: 'here', pid: 1, jobs: 1 },
    database,
    clock: systemClock,
    signal: t.signal,
    program: { command: process.execPath, before: ['-e', 'process.exitCode = 3', '--'], options: [], env: { PATH: process.env.PATH } },
    perSecond: undefined,
    keysOf: async () => ({ apiKey: 'k', apiSecret: 's', userToken: 't', userSecret: 'u' }),
    report: (each) => void news.push(each),
  })
  await assert.rejects(worker.run(), refusal)
  assert.deepEqual(
    news.map((each) => (each.kind === 'ended' ? [each.account, each.end.exitCode, each.following] : each.kind)),
    ['begins', ['ann', 3, undefined]],
  )
})
