import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openDouble } from '../../../test/support/buckets.ts'
import { QUICK } from '../../../test/support/quick.ts'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { type Clock, MINUTE } from '../../flow/clock.ts'
import { type Lease, takeLease } from './lease.ts'

const holder = { pid: 1, host: 'studio', since: '2026-11-26T02:30:11.000Z', operation: 'backup' }

/** A clock that stands still; a sleep of a minute ends when the test says so, a shorter one soon. */
function stillClock() {
  let now = Date.UTC(2026, 10, 26)
  let wake: (() => void) | undefined
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      ms < MINUTE
        ? new Promise((resolve) => setTimeout(resolve, ms / 20))
        : new Promise((resolve, reject) => {
            wake = resolve
            signal?.addEventListener('abort', () => reject(signal.reason))
          }),
  }
  const pass = async (ms: number, awake = true): Promise<void> => {
    now += ms
    if (awake) wake?.()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  return { clock, pass }
}

async function openLocks(t: TestContext) {
  const { double, bucket } = await openDouble(t)
  const place = mkdtempSync(join(QUICK, 'lease-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const take = async (computer: string, clock: Clock = stillClock().clock): Promise<Lease> => {
    const options = { bucket: { ...bucket, close: () => undefined }, prefix: 'vault/', location: 's3://photos/vault', holder, clock }
    return await takeLease({ ...options, home: join(place, computer) })
  }
  return { double, take }
}

test('two computers cannot change one vault: the second is told who does', async (t) => {
  const { double, take } = await openLocks(t)
  const lease = await take('one')
  lease.check()
  await assert.rejects(take('two'), (error: Error) => error instanceof VaultBusyError && /backup on studio/.test(error.message))
  assert.equal([...double.objects.keys()].length, 1)
  await lease.release()
  assert.equal(double.objects.size, 0)
  await (await take('two')).release()
})

test('of many that try at once at most one holds the vault at any time, and none is left behind', async (t) => {
  const { double, take } = await openLocks(t)
  let holding = 0
  let held = 0
  await Promise.all(
    Array.from({ length: 3 }, async (_, n) => {
      const lease = await take(`computer ${n}`).catch((error: unknown) => {
        assert.ok(error instanceof VaultBusyError, String(error))
      })
      if (lease === undefined) return
      holding += 1
      held += 1
      assert.equal(holding, 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      holding -= 1
      await lease.release()
    }),
  )
  t.diagnostic(`${held} of 3 held it`)
  assert.equal(double.objects.size, 0)
})

test('a lease that a dead process of this computer left is taken over at once, that of another one after five minutes', async (t) => {
  const { double, take } = await openLocks(t)
  const dead = await take('one')
  const after = await take('one')
  assert.equal(double.objects.size, 1)
  await assert.rejects(take('two'), VaultBusyError)
  double.habits.ahead += 5 * MINUTE + 2000
  const other = await take('two')
  assert.equal(double.objects.size, 1)
  assert.ok(dead.term < after.term && after.term < other.term, 'a later lease has a later term')
  await Promise.all([after.release(), other.release()])
})

test('a lease is renewed each minute, and in doubt once that fails for four', async (t) => {
  const { double, take } = await openLocks(t)
  const { clock, pass } = stillClock()
  const lease = await take('one', clock)
  for (let n = 0; n < 9; n += 1) await pass(MINUTE)
  lease.check()
  assert.ok(double.count('put') >= 9)
  double.habits.trouble = () => ({ status: 403, code: 'AccessDenied' })
  for (let n = 0; n < 5; n += 1) await pass(MINUTE)
  assert.throws(() => lease.check(), DestinationError)
  double.habits.trouble = () => undefined
  await lease.release()
})

test('a process that was stopped for longer than the lease does not change anything when it goes on', async (t) => {
  const { take } = await openLocks(t)
  const { clock, pass } = stillClock()
  const lease = await take('one', clock)
  await pass(6 * MINUTE, false)
  assert.throws(() => lease.check(), DestinationError)
  await pass(0)
  assert.throws(() => lease.check(), DestinationError)
  await lease.release()
})
