/**
 * Many accounts and two workers, which are killed, stopped for a while and let go, while the database fails: no account is lost, none is backed
 * up twice at once, killed work begins again soon, and all together keep to their allowance of calls.
 */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertHolds, type Running } from '../scenarios/harness.ts'
import { noPostgres, postgresOfSuite } from '../servers/postgres.ts'
import { type Fleet, linesOf, openFleet } from '../support/fleet.ts'
import { chanceOf, IS_QUICK, SEED } from './chance.ts'

const ACCOUNTS = IS_QUICK ? 6 : 200
const KILLS = IS_QUICK ? 1 : 3
const JOBS = IS_QUICK ? 2 : 4
/** Milliseconds for which a worker is stopped; none in a quick run. */
const STOPPED = IS_QUICK ? 0 : 25_000
const CALLS_PER_SECOND = 5
const PATIENCE = 1_200_000

/** A worker, and the moment of its end by the test. */
interface Started {
  readonly running: Running
  killedAt?: number
}

describe('a fleet', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  test('survives its workers and its database', async (t) => {
    const chance = chanceOf(SEED)
    const settings = `calls_per_second = ${CALLS_PER_SECOND}`
    const fleet = await openFleet(t, { postgres, accounts: ACCOUNTS, settings, behaviour: { latency: { callMs: 20, fileMs: 60 } } })
    for (const words of [['init'], ['import', fleet.table]]) assert.equal((await fleet.run(...words)).code, 0)
    const calls = watchCalls(fleet)
    const started: Started[] = []
    const start = (): Started => {
      const worker = { running: fleet.start('--jobs', String(JOBS)) }
      started.push(worker)
      return worker
    }
    const pair = [start(), start()]
    const began = performance.now()
    const since = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`
    for (let kill = 0; kill < KILLS; kill++) {
      const at = kill % 2
      const victim = pair[at] ?? assert.fail()
      await victim.running.says(/"state":"began"/, JOBS)
      await sleep(chance.upTo(IS_QUICK ? 300 : 2000))
      victim.killedAt = Date.now()
      victim.running.kill('SIGKILL')
      await sleep(500)
      pair[at] = start()
    }
    await untilGood(fleet, '-infinity')
    t.diagnostic(`${ACCOUNTS} accounts for the first time: ${since()}`)

    // Everything once more: what is done or under way must not be done twice at once.
    const again = fleet.database.sql('update smugmug_fleet.account set next_at = now(); select now()')
    const { running: sleeper } = pair[0] ?? assert.fail()
    await fleet.until(
      `select count(*) > 0 from smugmug_fleet.account as a join smugmug_fleet.worker as w on w.id = a.worker where w.pid = ${sleeper.pid}`,
      't',
    )
    if (STOPPED > 0) {
      sleeper.kill('SIGSTOP')
      await sleep(STOPPED)
      sleeper.kill('SIGCONT')
    }
    await postgres.kill()
    await sleeper.says(/cannot be reached/)
    await postgres.start()
    await untilGood(fleet, again)
    t.diagnostic(`and once more: ${since()}`)

    for (const { running, killedAt } of started) if (killedAt === undefined) running.kill('SIGTERM')
    const outputs = await Promise.all(started.map(async ({ running }) => linesOf((await running.ended).stdout)))
    assertBegunAgain(t, started, outputs)
    calls.check(t)
    for (const name of fleet.names) await assertHolds(fleet.vault(name), fleet.scene.simulator.world)
    const looked = IS_QUICK ? fleet.names : Array.from({ length: 60 }, () => chance.of(fleet.names))
    for (const name of looked) await assertOneAtATime(fleet, name)
    const dump = fleet.database.dump()
    for (const secret of [...Object.values(fleet.scene.simulator.world.keys), fleet.database.password]) assert.ok(!dump.includes(secret))
  })
})

/** Waits until each account was backed up well after a moment. A vault that was in use is tried again in ten minutes: nobody waits for that here. */
const untilGood = (fleet: Fleet, moment: string): Promise<void> =>
  fleet.until(
    `update smugmug_fleet.account set next_at = now() where exit_code = 6 and next_at > now();
     select count(*) from smugmug_fleet.account where good_at > '${moment}' and worker is null`,
    String(ACCOUNTS),
    PATIENCE,
  )

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
      .toSorted((a, b) => a - b)
      .map((ms) => (ms / 1000).toFixed(1))
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
  assert.ok(runs.length > 1, name)
  for (const [at, { from }] of runs.entries()) assert.ok(at === 0 || (runs[at - 1]?.to ?? 0) <= from, `${name}: two runs at once`)
}

/** Counts the calls that the simulated SmugMug gets, of all workers together, in windows that slide by 20 ms. */
function watchCalls({ scene }: Fleet): { check(t: TestContext): void } {
  const seen: { readonly at: number; readonly calls: number }[] = []
  const timer = setInterval(() => seen.push({ at: performance.now(), calls: scene.simulator.counters.api }), 20).unref()
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
      const all = seen.at(-1)?.calls ?? 0
      t.diagnostic(`${all} calls; most in 1 s: ${second}, in 10 s: ${ten}, allowed ${CALLS_PER_SECOND} a second`)
      assert.ok(ten <= CALLS_PER_SECOND * 10 * 1.05 + 8, `${ten} calls in ten seconds`)
      // A busy machine lets some calls go late, together with those of the next moment.
      assert.ok(second <= CALLS_PER_SECOND * 1.5 + 8, `${second} calls in a second`)
    },
  }
}
