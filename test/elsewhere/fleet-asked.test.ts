/** A backup that is asked for while another one of the account runs: by `fleet run`, or by a change in the list. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import type { Behaviour } from '../../simulator/world.ts'
import type { BegunAccount, FleetEntry } from '../../src/service/fleet/account.ts'
import { consequenceOf } from '../../src/service/fleet/consequence.ts'
import { type FleetDatabase, openFleetDatabase } from '../../src/service/fleet/database.ts'
import { turnAfter } from '../../src/service/fleet/turns.ts'
import { type Database, noPostgres, type Postgres, postgresOfSuite } from '../servers/postgres.ts'
import { openReadyFleet } from '../support/fleet.ts'

const ANN: FleetEntry = { name: 'ann', destination: '/vaults/ann', settings: '', secret: 'studio', schedule: '24h' }

describe('a backup that is asked for while one runs', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  test('follows it at once, however that one ends, with the changes accepted if a person accepted them', async (t) => {
    const { database, queueDue, work, now } = await openLab(t, postgres)
    await database.take([ANN])
    assert.deepEqual(await work(0), { accepts: false, destination: '/vaults/ann' })
    assert.equal(now(), 'active|later|f')

    await database.wake('ann', false)
    await work(0, async () => {
      await database.wake('ann', true)
      assert.deepEqual(await database.due(9), [], 'it is not moved on while the other one runs')
      assert.equal((await database.census()).dueForMs, 0)
    })
    assert.equal(now(), 'active|now|t')
    assert.equal((await work(7, () => database.wake('ann', true)))?.accepts, true)
    assert.equal(now(), 'active|now|t')
    assert.equal((await work(5, () => database.take([{ ...ANN, schedule: '1h' }])))?.accepts, true)
    assert.equal(now(), 'active|now|t', 'an end with 5 leaves the acceptance to the next one')
    const moved = { ...ANN, destination: '/vaults/elsewhere' }
    await work(0, () => database.take([moved]))
    assert.equal(now(), 'active|now|f', 'one backup took the acceptance')
    assert.deepEqual(await work(0), { accepts: false, destination: '/vaults/elsewhere' })
    assert.equal(now(), 'active|later|f')

    await database.wake('ann', false)
    await work(2, async () => {
      await database.take([ANN])
      await database.pause('ann')
    })
    assert.equal(now(), 'paused|now|f')
    await database.wake('ann', false)
    await work(2, async () => {
      await database.remove('ann')
      await database.take([ANN])
      await queueDue()
    })
    assert.equal(now(), 'active|now|f', 'an account that was taken out and in again is another one')
  })

  test('is not lost between the end of the other one and its leaving the queue', async (t) => {
    const { database, begin, end, queueDue, now } = await openLab(t, postgres)
    await database.take([ANN])
    const job = await begin()
    await end(130)
    await queueDue()
    assert.equal(now(), 'active|now|f')
    await database.complete(job)
    await queueDue()
    assert.equal((await database.fetch(9)).length, 1)
  })

  test('is kept by a database that an earlier version has made', async (t) => {
    const { database, address, sql, work, now } = await openLab(t, postgres)
    await database.take([ANN])
    sql('alter table smugmug_fleet.account drop column asked')
    await assert.rejects(database.wake('ann', false), /not prepared for this version/)
    await (await openFleetDatabase({ address, purpose: 'init', troubled: assert.fail })).close()
    await work(0, () => database.wake('ann', true))
    assert.equal(now(), 'active|now|t')
  })

  test('begins as soon as the worker has ended the other one, as `fleet run` says', async (t) => {
    // No file comes before the next backup was asked for.
    const { promise: wanted, resolve: goOn } = Promise.withResolvers<void>()
    const behaviour: Behaviour = { faults: [{ on: 'file', does: { kind: 'stall', after: 100, until: wanted } }] }
    const fleet = await openReadyFleet(t, { postgres, accounts: 1, behaviour })
    const worker = fleet.start()
    await worker.says(/"state":"began"/)
    await fleet.until('select count(*) from smugmug_fleet.account where worker is not null', '1')
    const asked = await fleet.run('run', 'client 1', '--accept-changes')
    assert.deepEqual([asked.code, asked.summary.message], [0, 'client 1 is being backed up. It is due again when that has ended.'])
    goOn()
    await worker.says(/"state":"began"/, 2)
    await fleet.until('select accepts, next_at > now(), worker is null from smugmug_fleet.account', 'f|t|t')
    worker.kill('SIGTERM')
    await worker.ended
  })
})

interface Lab extends Pick<Database, 'address' | 'sql'> {
  readonly database: FleetDatabase
  /** Puts accounts whose turn has come into the queue, as each worker does every second. */
  queueDue(): Promise<void>
  begin(): Promise<Awaited<ReturnType<FleetDatabase['fetch']>>[number]>
  end(exitCode: number): Promise<void>
  /** Backs the account up as a worker does: `meanwhile` happens while the backup runs. Returns the facts with which it ran. */
  work(exitCode: number, meanwhile?: () => Promise<unknown>): Promise<Pick<BegunAccount, 'accepts' | 'destination'> | undefined>
  /** Returns the state of the account, whether it is due now, and whether its next backup accepts changes. */
  now(): string
}

async function openLab(t: TestContext, postgres: Postgres): Promise<Lab> {
  const { address, sql } = postgres.database()
  await (await openFleetDatabase({ address, purpose: 'init', troubled: assert.fail })).close()
  const database = await openFleetDatabase({ address, purpose: 'ask', troubled: assert.fail })
  t.after(() => database.close())
  const worker = { id: randomUUID(), host: 'here', pid: 1, jobs: 1 }
  let begun: BegunAccount | undefined
  const queueDue = async (): Promise<void> => {
    const due = await database.due(9)
    await database.queue(due.map(({ name, schedule, rank }) => ({ name, rank, nextAt: turnAfter({ name, schedule }, Date.now()) })))
  }
  const begin: Lab['begin'] = async () => {
    await database.beat(worker, [])
    await queueDue()
    const [job] = await database.fetch(9)
    assert.ok(job)
    begun = await database.begin(job.account, worker.id)
    return job
  }
  const end = async (exitCode: number): Promise<void> => {
    const [now, { tries, ...entry }] = [Date.now(), begun ?? assert.fail('nothing has begun')]
    const consequence = consequenceOf({ now, exitCode, tries, nextTurn: turnAfter(entry, now) })
    await database.end({ account: entry.name, worker: worker.id, exitCode, message: '', consequence })
  }
  return {
    address,
    sql,
    database,
    queueDue,
    begin,
    end,
    work: async (exitCode, meanwhile) => {
      const job = await begin()
      await meanwhile?.()
      await queueDue()
      await end(exitCode)
      await queueDue()
      await database.complete(job)
      return begun && { accepts: begun.accepts, destination: begun.destination }
    },
    now: () => sql(`select state, case when next_at <= now() then 'now' else 'later' end, accepts from smugmug_fleet.account`),
  }
}
