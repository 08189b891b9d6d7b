/** A database that is asked by many at once, and workers whose clocks are wrong. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { HOUR, systemClock } from '../../src/flow/clock.ts'
import type { FleetEntry } from '../../src/service/fleet/account.ts'
import { type FleetDatabase, openFleetDatabase } from '../../src/service/fleet/database.ts'
import { TAKE_NEWS } from '../../src/service/fleet/schema.ts'
import { Worker, type WorkerNews, type WorkerOptions } from '../../src/service/fleet/worker.ts'
import { type Database, noPostgres, type Postgres, postgresOfSuite } from '../servers/postgres.ts'

const entry = (name: string, schedule = '24h'): FleetEntry => ({
  name,
  destination: `/vaults/${name}`,
  settings: '',
  secret: 'studio',
  schedule,
})

/** Returns SQL that waits until there are such rows. */
const awaited = (rows: string): string =>
  `do $$ begin for n in 1..1000 loop exit when exists (select ${rows}); perform pg_sleep(0.05); end loop; end $$`

describe('a fleet at work', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  test('asks again when the database breaks a question off in favour of another one', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    await database.take([entry('ann'), entry('bob')])
    const lock = (name: string): string => `update smugmug_fleet.account set tries = 0 where name = '${name}'`
    // Locks both in the other order, the second once the import waits for the first, and has the longer patience: the import gives way.
    const other = ask(
      `set deadlock_timeout = '30s'; begin; ${lock('bob')}; ${awaited('from pg_locks where not granted')}; ${lock('ann')}; commit`,
    )
    await until(async () => (await ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'")) === '1')
    const taken = await database.take([entry('ann', '1h'), entry('bob', '1h')])
    assert.deepEqual(taken?.changed.toSorted(), ['ann', 'bob'])
    await other
  })

  test('of two imports that were compared with the same list one is taken', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    const imports = await database.imports()
    const both = await Promise.all([
      database.take([entry('ann')], imports),
      database.take([{ ...entry('Ann'), destination: '/vaults/ann/x' }], imports),
    ])
    assert.equal(both.filter((taken) => taken === undefined).length, 1)
    assert.equal(await ask('select count(*) from smugmug_fleet.account'), '1')
    assert.deepEqual(await database.take([entry('bob')], await database.imports()), { added: ['bob'], changed: [] })
  })

  test('an account is due until a worker has it, in the queue and after its worker fell silent', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    await database.take([entry('ann')])
    const job = `update smugmug_fleet_queue.job set`
    const due = async () => {
      const [account] = await database.accounts()
      const [next, hours] = [account?.nextAt ?? 0, (await database.census()).dueForMs / HOUR]
      return [next < Date.now() ? 'due' : 'later', Math.round(hours)]
    }
    await database.queue([{ name: 'ann', rank: 0, nextAt: Date.now() + 24 * HOUR }])
    await ask(`${job} start_after = now() - interval '2 hours'`)
    assert.deepEqual(await due(), ['due', 2])
    const [taken] = await database.fetch(1)
    assert.deepEqual(await due(), ['later', 0])
    await ask(`${job} heartbeat_on = now() - interval '1 hour'`)
    assert.deepEqual(await due(), ['due', 1])
    await database.pause('ann')
    assert.deepEqual(await due(), ['later', 0])
    await database.wake('ann', false)
    await database.complete(taken ?? assert.fail())
    await ask(`update smugmug_fleet.account set next_at = now() - interval '3 hours'`)
    assert.deepEqual(await due(), ['due', 3])
  })

  test('news that two workers look for at once are the turn of one, also of the one that began later', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    await database.take([entry('ann')])
    await ask(`update smugmug_fleet.account set state = 'waiting', exit_code = 4`)
    const other = ask(`begin; ${awaited('from smugmug_fleet.notice')}; ${TAKE_NEWS}; commit`)
    await until(async () => (await ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'")) === '1')
    assert.deepEqual([(await database.takeNews()).length, await other], [1, ''])
  })

  test('a question that waits for a lock is given up by the database too, and keeps no connection', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    const other = ask(
      `begin; lock table smugmug_fleet.account; ${awaited('from pg_locks where not granted')};
       ${awaited('where not exists (select from pg_locks where not granted)')}; commit`,
    )
    await until(async () => (await ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'")) === '1')
    await assert.rejects(database.accounts(), { name: 'ServiceError', hint: /another program holds its tables/ })
    await other
  })

  test('a late note of news changes nothing of what another worker has noted since', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    await database.take([entry('ann')])
    const news = async (state: string, exitCode: number) => {
      await ask(`update smugmug_fleet.account set state = '${state}', exit_code = ${exitCode}; delete from smugmug_fleet.notice`)
      return await database.takeNews()
    }
    const late = await news('waiting', 4)
    await database.noteReported(await news('waiting', 4))
    assert.deepEqual(await news('waiting', 4), [])
    await database.noteReported(await news('active', 0))
    await database.noteReported(await news('waiting', 2))
    await database.noteReported(late)
    assert.deepEqual(await news('waiting', 2), [])
  })

  test('a database whose clock is set back holds no call and no news back, and takes no worker that was killed for a living one', async (t) => {
    const { database, ask } = await openLab(t, postgres)
    await database.take([entry('ann')])
    await database.beat({ id: randomUUID(), host: 'here', pid: 1, jobs: 1 }, [])
    // Calls of five minutes.
    const isHeld = async () => (await database.lease('key', 3, 0.01)) > 0
    assert.deepEqual([await isHeld(), await isHeld()], [false, true])
    await ask(`update smugmug_fleet.account set state = 'waiting', exit_code = 4`)
    const news = async () => (await database.takeNews()).length
    assert.deepEqual([await news(), await news(), (await database.workers()).length], [1, 0, 1])
    // The same as a clock of an hour ago: these are the moments that outlast a question.
    await ask(`update smugmug_fleet.allowance set free_at = free_at + interval '1 hour';
      update smugmug_fleet.notice set next_at = next_at + interval '1 hour';
      update smugmug_fleet.worker set beat_at = beat_at + interval '1 hour'`)
    assert.deepEqual([await isHeld(), await isHeld(), await news(), await news(), await database.workers()], [false, true, 1, 0, []])
  })

  for (const hours of [-3, 3]) {
    test(`a worker whose clock is ${hours} hours ahead tries again in an hour of the database`, async (t) => {
      const { database, ask } = await openLab(t, postgres)
      await database.take([entry('ann')])
      const { options, news, stop } = workerOptions(database, { exitCode: 3 })
      const worker = new Worker({ ...options, clock: { ...systemClock, now: () => Date.now() + hours * HOUR } })
      const run = worker.run()
      await until(async () => (await ask('select exit_code from smugmug_fleet.account')) === '3')
      stop()
      await run
      assert.equal(news.filter(({ kind }) => kind === 'ended').length, 1)
      assert.equal(
        await ask(`select next_at - now() between interval '59 minutes' and interval '61 minutes' from smugmug_fleet.account`),
        't',
      )
    })
  }

  test('says what follows from a backup as a person has changed it meanwhile', async (t) => {
    const { database } = await openLab(t, postgres)
    const folder = mkdtempSync(join(tmpdir(), 'go-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const go = join(folder, 'go')
    await database.take(['ann', 'bob', 'carl', 'dora'].map((name) => entry(name)))
    const { options, news, stop } = workerOptions(database, { exitCode: 4, go })
    const run = new Worker(options).run()
    await until(async () => news.length === 4)
    await database.pause('ann')
    await database.remove('bob')
    await database.wake('carl', false)
    writeFileSync(go, '')
    const states = () => news.flatMap((each) => (each.kind === 'ended' ? [`${each.account} ${each.following?.state}`] : []))
    await until(async () => states().length >= 4)
    stop()
    await run
    for (const state of ['ann paused', 'bob removed', 'carl active', 'dora waiting']) assert.ok(states().includes(state), `${states()}`)
  })
})

/** Returns the options of a worker whose backups end with an exit code: at once, or when the file exists that `go` names. */
function workerOptions(database: FleetDatabase, { exitCode, go }: { readonly exitCode: number; readonly go?: string }) {
  const script = `const { existsSync } = require('node:fs'); const { GO } = process.env
    const look = () => { if (GO && !existsSync(GO)) setTimeout(look, 50); else process.exitCode = ${exitCode} }; look()`
  const stop = new AbortController()
  const news: WorkerNews[] = []
  const options: WorkerOptions = {
    self: { id: randomUUID(), host: 'here', pid: 1, jobs: 4 },
    database,
    clock: systemClock,
    signal: stop.signal,
    program: { command: process.execPath, before: ['-e', script, '--'], options: [], env: { PATH: process.env.PATH, GO: go } },
    perSecond: undefined,
    keysOf: async () => ({ apiKey: 'k', apiSecret: 's', userToken: 't', userSecret: 'u' }),
    report: (each) => news.push(each),
  }
  return { options, news, stop: () => stop.abort() }
}

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
