import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigurationError, ServiceError } from '../../errors.ts'
import { systemClock } from '../../flow/clock.ts'
import type { BegunAccount, Ended, Job } from './account.ts'
import { printOfKey } from './broker.ts'
import type { FleetDatabase } from './database.ts'
import { Worker, type WorkerNews } from './worker.ts'

const entryOf = (name: string): BegunAccount => ({
  name,
  destination: `/${name}`,
  settings: '',
  secret: name,
  schedule: '24h',
  tries: 0,
  accepts: false,
})

/** Asks for a call, ends well once there is a file, and with 130 when it is to stop at once. */
const PATIENT = `const { existsSync } = require('node:fs')
  process.on('SIGTERM', () => undefined).on('SIGINT', () => process.exit(130)).send({ calls: 1 })
  process.on('message', () => undefined)
  setInterval(() => existsSync(process.env.GO) && process.exit(0), 20)`

test('a worker that is stopped stops no backup at once for the calls of another API key that the database does not allow', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'go-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const go = join(folder, 'go')
  const waiting = ['ann', 'bob'].map((account): Job => ({ id: account, attempt: 0, account }))
  const stop = new AbortController()
  const [refused, allowed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  void Promise.all([refused.promise, allowed.promise]).then(() => stop.abort())
  const ends: string[] = []
  const database = {
    beat: async () => Date.now(),
    due: async () => [],
    fetch: async () => waiting.splice(0),
    begin: async (account: string) => entryOf(account),
    lease: async (key: string) => {
      if (key === printOfKey('ann')) throw new ServiceError('no')
      allowed.resolve()
      return 0
    },
    end: async ({ account, exitCode }: Ended) => {
      ends.push(`${account} ${exitCode}`)
      writeFileSync(go, '')
      return { state: 'active', nextAt: 0 }
    },
    complete: async () => undefined,
    leave: async () => undefined,
  } as unknown as FleetDatabase
  const worker = new Worker({
    self: { id: '1', host: 'here', pid: 1, jobs: 2 },
    database,
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 20, signal) },
    signal: stop.signal,
    program: { command: process.execPath, before: ['-e', PATIENT, '--'], options: [], env: { PATH: process.env.PATH, GO: go } },
    perSecond: 10,
    keysOf: async (apiKey) => ({ apiKey, apiSecret: 's', userToken: 't', userSecret: 'u' }),
    report: ({ kind }) => {
      if (kind === 'refused') refused.resolve()
    },
  })
  await worker.run()
  assert.deepEqual(ends, ['ann 130', 'bob 0'])
})

test('the end of a backup is said also where the database refuses the worker from then on', async (t) => {
  const waiting: Job[] = [{ id: '1', attempt: 0, account: 'ann' }]
  const refusal = new ConfigurationError('The database refuses the password.')
  const database = {
    beat: async () => Date.now(),
    due: async () => [],
    fetch: async () => waiting.splice(0),
    begin: async () => entryOf('ann'),
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

test('a worker that is stopped says farewell to no database that is away', async () => {
  const stop = new AbortController()
  const asked: string[] = []
  const database = {
    beat: async () => {
      throw new ServiceError('away')
    },
    leave: async () => void asked.push('leave'),
  } as unknown as FleetDatabase
  await new Worker({
    self: { id: '1', host: 'here', pid: 1, jobs: 1 },
    database,
    clock: systemClock,
    signal: stop.signal,
    program: { command: process.execPath, before: [], options: [], env: {} },
    perSecond: undefined,
    keysOf: async () => assert.fail('no backup runs'),
    report: ({ kind }) => {
      asked.push(kind)
      stop.abort()
    },
  }).run()
  assert.deepEqual(asked, ['away'])
})
