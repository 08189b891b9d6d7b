/** A database that is asked by many at once, and workers whose clocks are wrong. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { HOUR, systemClock } from '../../src/flow/clock.ts'
import type { FleetEntry } from '../../src/service/fleet/account.ts'
import { type FleetDatabase, openFleetDatabase } from '../../src/service/fleet/database.ts'
import { Worker } from '../../src/service/fleet/worker.ts'
import { type Database, noPostgres, type Postgres, startPostgres } from '../servers/postgres.ts'

const entry = (name: string, schedule = '24h'): FleetEntry => ({
  name,
  destination: `/vaults/${name}`,
  settings: '',
  secret: 'studio',
  schedule,
})

describe('a fleet at work', { skip: noPostgres }, () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres?.remove())

  test('asks again when the database breaks a question off in favour of another one', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    await database.take([entry('ann'), entry('bob')])
    const lock = (name: string): string => `update smugmug_fleet.account set tries = 0 where name = '${name}'`
    // Locks both in the other order, and has the longer patience: the import gives way.
    const other = ask(`set deadlock_timeout = '30s'; begin; ${lock('bob')}; select pg_sleep(0.6); ${lock('ann')}; commit`)
    await until(async () => (await ask("select count(*) from pg_stat_activity where query like '%pg_sleep(0.6)%'")) === '2')
    const { changed } = await database.take([entry('ann', '1h'), entry('bob', '1h')])
    assert.deepEqual(changed.toSorted(), ['ann', 'bob'])
    await other
  })

  for (const hours of [-3, 3]) {
    test(`a worker whose clock is ${hours} hours ahead tries again in an hour of the database`, async (t) => {
      const { database, ask } = await openLab(t, postgres)
      await database.take([entry('ann')])
      const stop = new AbortController()
      let ended = 0
      const worker = new Worker({
        self: { id: randomUUID(), host: 'here', pid: 1, jobs: 1 },
        database,
        clock: { ...systemClock, now: () => Date.now() + hours * HOUR },
        signal: stop.signal,
        program: { command: process.execPath, before: ['-e', 'process.exitCode = 3', '--'], options: [], env: { PATH: process.env.PATH } },
        perSecond: undefined,
        keysOf: async () => ({ apiKey: 'k', apiSecret: 's', userToken: 't', userSecret: 'u' }),
        report: ({ kind }) => {
          if (kind === 'ended') ended += 1
        },
      })
      const run = worker.run()
      await until(async () => (await ask('select exit_code from smugmug_fleet.account')) === '3')
      stop.abort()
      await run
      assert.equal(ended, 1)
      assert.equal(
        await ask(`select next_at - now() between interval '59 minutes' and interval '61 minutes' from smugmug_fleet.account`),
        't',
      )
    })
  }
})

async function openLab(t: TestContext, postgres: Postgres): Promise<Pick<Database, 'ask'> & { readonly database: FleetDatabase }> {
  const { address, ask } = postgres.database()
  await (await openFleetDatabase({ address, purpose: 'init', troubled: assert.fail })).close()
  const database = await openFleetDatabase({ address, purpose: 'ask', troubled: assert.fail })
  t.after(() => database.close())
  return { database, ask }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 200, 'it takes too long')
    await systemClock.sleep(50)
  }
}
