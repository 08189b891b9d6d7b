/** Workers that are stopped while their backups wait for calls: those finish what is in flight, and the worker ends. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { noPostgres, postgresOfSuite } from '../servers/postgres.ts'
import { type Fleet, openReadyFleet } from '../support/fleet.ts'

describe('a worker that is stopped while its backups wait for calls', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  /** Starts a worker with two backups that share a call a second, and returns it once they wait for calls. */
  async function startWaiting(t: TestContext): Promise<readonly [Fleet, ReturnType<Fleet['start']>]> {
    const fleet = await openReadyFleet(t, { postgres, accounts: 2, settings: 'calls_per_second = 1' })
    const worker = fleet.start('--jobs', '2')
    await fleet.until('select count(*) from smugmug_fleet.account where worker is not null', '2')
    await fleet.until('select count(*) from smugmug_fleet.allowance where free_at > now()', '1')
    await sleep(3000)
    return [fleet, worker]
  }

  /** Stops a worker. Returns its exit code; undefined if it did not end within a minute. */
  async function stopped(worker: ReturnType<Fleet['start']>): Promise<number | undefined> {
    worker.kill('SIGTERM')
    const late = sleep(60_000, undefined, { ref: false }).then(() => void worker.kill('SIGKILL'))
    return (await Promise.race([worker.ended, late]))?.code ?? undefined
  }

  test('ends once they have got the calls that they still need', async (t) => {
    const [fleet, worker] = await startWaiting(t)
    assert.equal(await stopped(worker), 0)
    const states = 'select count(*) from smugmug_fleet.account where worker is null and exit_code = 130 and next_at <= now()'
    assert.equal(fleet.database.sql(states), '2')
  })

  test('ends although the database allows no call, and answers everything else', async (t) => {
    const [fleet, worker] = await startWaiting(t)
    fleet.database.sql('alter table smugmug_fleet.allowance add check (false) not valid')
    await worker.says(/The database allows no calls: new row for relation/)
    assert.equal(await stopped(worker), 0)
    assert.equal(fleet.database.sql('select count(*) from smugmug_fleet.account where worker is null and exit_code = 130'), '2')
  })

  test('ends although the database is away, which could allow no call', async (t) => {
    const [, worker] = await startWaiting(t)
    await postgres.kill()
    t.after(() => postgres.start())
    assert.equal(await stopped(worker), 0)
  })
})
