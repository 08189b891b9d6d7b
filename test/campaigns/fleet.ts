/**
 * Many accounts and two workers, which are killed, stopped for a while and let go, while the database fails: no account is lost, none is backed
 * up twice at once, killed work begins again soon, and all together keep to their allowance of calls.
 */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertHolds, type Running } from '../scenarios/harness.ts'
import { noPostgres, type Postgres, startPostgres } from '../servers/postgres.ts'
import { type Fleet, linesOf, openFleet } from '../support/fleet.ts'
import { chanceOf, IS_QUICK, SEED } from './chance.ts'

const ACCOUNTS = IS_QUICK ? 16 : 200
const KILLS = IS_QUICK ? 1 : 3
/** Milliseconds for which a worker is stopped; none in a quick run. */
const STOPPED = IS_QUICK ? 0 : 25_000
const CALLS_PER_SECOND = IS_QUICK ? 10 : 20

const DONE = `select count(*) from smugmug_fleet.account where exit_code = 0 and worker is null`

/** A worker, and the moment of its end by the test. */
interface Started {
  readonly running: Running
  killedAt?: number
}

describe('a fleet', { skip: noPostgres }, () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres?.remove())

  test('survives its workers', async (t) => {
    const chance = chanceOf(SEED)
    const settings = `calls_per_second = ${CALLS_PER_SECOND}`
    const fleet = await openFleet(t, { postgres, accounts: ACCOUNTS, settings, behaviour: { latency: { callMs: 20, fileMs: 60 } } })
    await begin(fleet)
    const calls = watchCalls(fleet)
    const started: Started[] = []
    const start = (): Started => {
      const worker = { running: fleet.start('--jobs', '4') }
      started.push(worker)
      return worker
    }
    const pair = [start(), start()]
    const began = Date.now()
    for (let kill = 0; kill < KILLS; kill++) {
      const at = kill % 2
      await pair[at]?.running.says(/"state":"began"/, 3)
      await sleep(chance.upTo(2000))
      const victim = pair[at] ?? assert.fail()
      victim.killedAt = Date.now()
      victim.running.kill('SIGKILL')
      await sleep(1500)
      pair[at] = start()
    }
    // Everything once more: whatever is done or under way must not be done twice at once.
    fleet.database.sql('update smugmug_fleet.account set next_at = now()')
    if (STOPPED > 0) {
      await pair[0]?.running.says(/"state":"began"/, 3)
      pair[0]?.running.kill('SIGSTOP')
      await sleep(STOPPED)
      pair[0]?.running.kill('SIGCONT')
    }
    // A vault that was in use is tried again in ten minutes: nobody waits for that here.
    await fleet.until(
      `update smugmug_fleet.account set next_at = now() where exit_code = 6 and next_at > now(); ${DONE}`,
      String(ACCOUNTS),
      900_000,
    )
    t.diagnostic(`${ACCOUNTS} accounts in ${((Date.now() - began) / 1000).toFixed(1)} s`)
    for (const { running, killedAt } of started) if (killedAt === undefined) running.kill('SIGTERM')
    const outputs = await Promise.all(started.map(async ({ running }) => linesOf((await running.ended).stdout)))
    assertBegunAgain(t, started, outputs)
    calls.check(t)
    for (const name of fleet.names) await assertHolds(fleet.vault(name), fleet.scene.simulator.world)
    const looked = IS_QUICK ? fleet.names : Array.from({ length: 60 }, () => chance.of(fleet.names))
    for (const name of looked) await assertOneAtATime(fleet, name)
  })

  test('survives its database, and begins killed work again within half a minute', async (t) => {
    const fleet = await openFleet(t, { postgres, accounts: 2, behaviour: { latency: { fileMs: 1500 } } })
    await begin(fleet)
    const first = fleet.start('--jobs', '2')
    await fleet.until('select count(*) from smugmug_fleet.account where worker is not null', '2')
    first.kill('SIGKILL')
    await first.ended
    const killedAt = Date.now()
    const second = fleet.start('--jobs', '2')
    await second.says(/"state":"began"/, 2)
    const again = Date.now() - killedAt
    t.diagnostic(`killed work began again after ${(again / 1000).toFixed(1)} s`)
    assert.ok(again < 30_000)
    await postgres.kill()
    await second.says(/cannot be reached/)
    await postgres.start()
    await fleet.until(DONE, '2')
    second.kill('SIGTERM')
    assert.equal((await second.ended).code, 0)
    for (const name of fleet.names) await assertHolds(fleet.vault(name), fleet.scene.simulator.world)
  })
})

async function begin(fleet: Fleet): Promise<void> {
  for (const words of [['init'], ['import', fleet.table]]) assert.equal((await fleet.run(...words)).code, 0)
}

/** Fails unless each backup that a kill ended began again within half a minute. */
function assertBegunAgain(t: TestContext, started: readonly Started[], outputs: readonly ReturnType<typeof linesOf>[]): void {
  const all = outputs.flat().filter(({ event, state }) => event === 'fleet.job' && state === 'began')
  const waits: number[] = []
  for (const [at, { killedAt }] of started.entries()) {
    if (killedAt === undefined) continue
    const under = new Set<string>()
    for (const { event, state, account } of outputs[at] ?? []) {
      if (event !== 'fleet.job') continue
      if (state === 'began') under.add(account)
      else under.delete(account)
    }
    for (const account of under) {
      const next = all
        .filter((line) => line.account === account)
        .map((line) => Date.parse(line.at))
        .filter((moment) => moment > killedAt)
      waits.push(Math.min(...next) - killedAt)
    }
  }
  t.diagnostic(
    `killed backups began again after ${waits
      .map((ms) => (ms / 1000).toFixed(1))
      .toSorted()
      .join(', ')} s`,
  )
  assert.ok(waits.length > 0, 'no kill met a backup')
  for (const wait of waits) assert.ok(wait < 30_000, `${wait} ms`)
}

/** Fails if two runs of a vault overlap. */
async function assertOneAtATime(fleet: Fleet, name: string): Promise<void> {
  const { lines } = await fleet.scene.json(['history', '--all', '--destination', fleet.vault(name)])
  const runs = lines
    .filter(({ event }) => event === 'run')
    .map(({ at, finishedAt }) => ({ from: Date.parse(at), to: finishedAt === undefined ? Date.parse(at) : new Date(finishedAt).getTime() }))
    .toSorted((a, b) => a.from - b.from)
  assert.ok(runs.length > 0, name)
  for (const [at, { from }] of runs.entries()) assert.ok(at === 0 || (runs[at - 1]?.to ?? 0) <= from, `${name}: two runs at once`)
}

/** Counts the calls that the simulated SmugMug gets. */
function watchCalls({ scene }: Fleet): { check(t: TestContext): void } {
  const seen: { readonly at: number; readonly calls: number }[] = []
  const timer = setInterval(() => seen.push({ at: performance.now(), calls: scene.simulator.counters.api }), 20)
  const mostIn = (ms: number): number => {
    let most = 0
    let from = 0
    for (const { at, calls } of seen) {
      while ((seen[from]?.at ?? 0) < at - ms) from += 1
      most = Math.max(most, calls - (seen[from]?.calls ?? 0))
    }
    return most
  }
  return {
    check: (t) => {
      clearInterval(timer)
      const [second, ten] = [mostIn(1000), mostIn(10_000)]
      t.diagnostic(`most calls in 1 s: ${second}, in 10 s: ${ten}, allowed ${CALLS_PER_SECOND} a second`)
      assert.ok(ten <= CALLS_PER_SECOND * 10 * 1.05 + 8, `${ten} calls in ten seconds`)
      // A busy machine lets some calls go late, together with those of the next moment.
      assert.ok(second <= CALLS_PER_SECOND * 1.5 + 8, `${second} calls in a second`)
    },
  }
}
