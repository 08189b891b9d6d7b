import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Looking } from '../app/app.ts'
import { defaultSettings } from '../config/settings.ts'
import { DestinationError } from '../errors.ts'
import { openOffice, type WebApp } from './office.ts'

/** Operations of which each test gives those that it needs. */
type Given = { readonly [Name in keyof WebApp]?: unknown }

/** An office over a vault that the test describes, with a clock that stands. */
function officeOver(t: TestContext, app: Given) {
  const time = { now: 1000 }
  const office = openOffice({
    app: { usedBy: () => undefined, stateOf: () => '', ...app } as WebApp,
    settings: { ...defaultSettings, destination: '/vault' },
    program: { command: process.execPath, before: [], options: [], env: {} },
    request: (settings) => ({ settings, emit: () => undefined, signal: new AbortController().signal, env: {} }),
    now: () => time.now,
  })
  t.after(() => office.close())
  return { office, time }
}

/** Returns the operation that counts, and the number that a count has. */
function counting() {
  let counts = 0
  return {
    runHealth: async () => {
      counts += 1
      return { count: counts, runs: [] }
    },
    numberOf: (standing: unknown): unknown => (standing as { readonly health: { readonly count: number } }).health.count,
  }
}

test('a count is right for three seconds, and a count that is made anew takes its place', async (t) => {
  const { runHealth, numberOf } = counting()
  let state = 'a'
  const { office, time } = officeOver(t, { runHealth, stateOf: () => state })
  const number = async (): Promise<unknown> => numberOf(await office.standing())
  assert.equal(await number(), 1)
  office.elsewhere()
  time.now += 2900
  assert.equal(await number(), 1)
  // Something was changed by a hand that notes no run: the vault is counted anew.
  state = 'b'
  office.elsewhere()
  await new Promise(setImmediate)
  time.now += 1000
  assert.equal(await number(), 2, 'the first count is four seconds old')
  time.now += 3000
  assert.equal(await number(), 3)
  time.now -= 86_400_000
  assert.equal(await number(), 4, 'the clock was set back')
})

test('a run that ended elsewhere is not judged by a count of before its end', async (t) => {
  const { runHealth, numberOf } = counting()
  const { office, time } = officeOver(t, { runHealth })
  await office.standing()
  time.now += 1000
  assert.equal(numberOf(await office.standingNow()), 2)
  assert.equal(numberOf(await office.standing()), 2)
})

test('news end a count, also one that is under way', async (t) => {
  const { numberOf, runHealth } = counting()
  const gate = Promise.withResolvers<void>()
  const { office } = officeOver(t, {
    runHealth: async () => {
      const health = await runHealth()
      if (health.count === 1) await gate.promise
      return health
    },
  })
  const first = office.standing()
  office.tasks.feed.add({ kind: 'set-up' })
  assert.equal(numberOf(await office.standing()), 2)
  gate.resolve()
  assert.equal(numberOf(await first), 1)
  assert.equal(numberOf(await office.standing()), 2)
})

test('a vault that could not be opened is opened for the next visitor', async (t) => {
  let tries = 0
  const looking = { title: async () => 'Ann', close: async () => undefined } as unknown as Looking
  const { office } = officeOver(t, {
    openLooking: async () => {
      tries += 1
      if (tries === 1) throw new DestinationError('There is no room for temporary files.')
      return looking
    },
  })
  await assert.rejects(office.looking(), DestinationError)
  assert.equal(await office.looking(), looking)
  assert.equal(await office.looking(), looking)
  assert.equal(tries, 2)
})

test('of a disk that refuses a look, no run elsewhere is known: its health says why', async (t) => {
  const refuse = (): never => {
    throw new DestinationError('The disk is away.')
  }
  const { office } = officeOver(t, { runHealth: async () => refuse(), usedBy: refuse, stateOf: refuse })
  assert.equal(office.elsewhere(), undefined)
  assert.equal((await office.standing()).kind, 'trouble')
})
