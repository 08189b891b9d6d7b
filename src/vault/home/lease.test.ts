import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openDouble } from '../../../test/support/buckets.ts'
import { QUICK } from '../../../test/support/quick.ts'
import { DestinationError, VaultBusyError } from '../../errors.ts'
import { type Clock, MINUTE } from '../../flow/clock.ts'
import { type Lease, takeLease } from './lease.ts'

const holder = { pid: 1, host: 'studio', since: '2026-11-26T02:30:11.000Z', operation: 'backup' }

/** A clock that stands still; a sleep of a minute ends when the test says so, a shorter one soon. `pass` waits until the next such sleep. */
function stillClock() {
  let now = Date.UTC(2026, 10, 26)
  let monotonic = 0
  let wake: (() => void) | undefined
  let asleep = Promise.withResolvers<void>()
  const clock: Clock = {
    now: () => now,
    monotonic: () => monotonic,
    sleep: (ms, signal) =>
      ms < MINUTE
        ? new Promise((resolve) => setTimeout(resolve, ms / 20))
        : new Promise((resolve, reject) => {
            wake = resolve
            asleep.resolve()
            signal?.addEventListener('abort', () => reject(signal.reason))
          }),
  }
  /** Wakes the lease after this time. `isAsleep` resolves when it has done what was due, and sleeps again. */
  const begin = (ms: number): { readonly isAsleep: Promise<void> } => {
    now += ms
    monotonic += ms
    asleep = Promise.withResolvers()
    wake?.()
    return { isAsleep: asleep.promise }
  }
  const pass = (ms: number): Promise<void> => begin(ms).isAsleep
  /** Sets the clock; also what a computer that sleeps finds when it wakes up. */
  const set = (ms: number): void => {
    now += ms
  }
  return { clock, begin, pass, set }
}

async function openLocks(t: TestContext) {
  const { double, bucket } = await openDouble(t)
  const place = mkdtempSync(join(QUICK, 'lease-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const take = async (computer: string, clock: Clock = stillClock().clock, by = holder): Promise<Lease> => {
    const options = { bucket: { ...bucket, close: () => undefined }, prefix: 'vault/', location: 's3://photos/vault', holder: by, clock }
    return await takeLease({ ...options, home: join(place, computer) })
  }
  const age = (ms: number): void => {
    for (const [key, object] of double.objects) double.objects.set(key, { ...object, modified: object.modified - ms })
  }
  /** Waits until nothing is asked any more: a lease that is lost does not sleep again. */
  const rest = async (): Promise<void> => {
    await new Promise(setImmediate)
    await double.quiet()
  }
  return { double, take, age, rest, place }
}

test('two computers cannot change one vault: the second is told who does', async (t) => {
  const { double, take } = await openLocks(t)
  const lease = await take('one')
  await lease.check()
  await assert.rejects(take('two'), (error: Error) => error instanceof VaultBusyError && /backup on studio/.test(error.message))
  assert.equal([...double.objects.keys()].length, 1)
  await lease.release()
  assert.equal(double.objects.size, 0)
  await (await take('two')).release()
})

test('a lease whose time the home does not take is not held: its object is removed, and none is renewed', async (t) => {
  const { double, take, place, rest } = await openLocks(t)
  await (await take('one')).release()
  const note = join(place, 'one', 'lease.json')
  // As a disk that becomes full once the object is put.
  double.habits.trouble = (kind) => {
    if (kind === 'list') {
      rmSync(note, { force: true, recursive: true })
      mkdirSync(note)
    }
    return undefined
  }
  const { clock } = stillClock()
  let sleeps = 0
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ms >= MINUTE) sleeps += 1
    await clock.sleep(ms, signal)
  }
  await assert.rejects(take('one', { ...clock, sleep }))
  await rest()
  assert.deepEqual([double.objects.size, sleeps], [0, 0])
})

test('an object by which another program shows the folder of the leases is none of them, and stays', async (t) => {
  const { double, take, age } = await openLocks(t)
  const key = 'vault/.smugmug-backup/locks/'
  double.objects.set(key, { bytes: Buffer.alloc(0), etag: 'x', modified: Date.now(), metadata: {}, storageClass: 'STANDARD' })
  await (await take('one')).release()
  age(6 * MINUTE)
  await (await take('two')).release()
  assert.deepEqual([...double.objects.keys()], [key])
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

const noStart = existsSync('/proc/sys/kernel/random/boot_id') ? false : 'this system gives its starts no number'

test('a lease that a dead process left is taken over at once, also where the disk gives the home another number', {
  skip: noStart,
}, async (t) => {
  const { double, take, place } = await openLocks(t)
  const dead = await take('one')
  const home = join(place, 'one')
  const renumber = (): void => {
    cpSync(home, join(place, 'other number'), { recursive: true })
    rmSync(home, { recursive: true })
    renameSync(join(place, 'other number'), home)
  }
  for (const _ of [1, 2]) {
    renumber()
    const after = await take('one')
    assert.equal(double.objects.size, 1)
    assert.ok(dead.term < after.term)
  }
  renumber()
  await assert.rejects(take('one', stillClock().clock, { ...holder, host: 'laptop' }), VaultBusyError, 'a copy at the same path')
})

test('a home that was copied to another computer does not end the lease of the first one', async (t) => {
  const { take, place } = await openLocks(t)
  const one = await take('one')
  cpSync(join(place, 'one'), join(place, 'copied'), { recursive: true })
  await assert.rejects(take('copied'), VaultBusyError)
  await one.release()
  const other = await take('copied')
  assert.ok(one.term < other.term)
  await assert.rejects(take('one'), VaultBusyError)
  await other.release()
})

test('a lease is renewed each minute, and in doubt once that fails for four', async (t) => {
  const { double, take } = await openLocks(t)
  const { clock, pass } = stillClock()
  const lease = await take('one', clock)
  for (let n = 0; n < 9; n += 1) await pass(MINUTE)
  await lease.check()
  assert.ok(double.count('put') >= 9)
  double.habits.trouble = () => ({ status: 403, code: 'AccessDenied' })
  for (let n = 0; n < 5; n += 1) await pass(MINUTE)
  await assert.rejects(lease.check(), DestinationError)
  double.habits.trouble = () => undefined
  await assert.rejects(lease.check(), DestinationError)
  await lease.release()
})

test('a clock that is set back does not hide that the lease was not renewed', async (t) => {
  const { double, take, age, rest } = await openLocks(t)
  const { clock, begin, pass, set } = stillClock()
  const one = await take('one', clock)
  set(-60 * MINUTE)
  double.habits.trouble = () => ({ status: 403, code: 'AccessDenied' })
  for (let n = 0; n < 5; n += 1) await pass(MINUTE)
  // The lease is lost by now.
  begin(MINUTE)
  await rest()
  double.habits.trouble = () => undefined
  age(6 * MINUTE)
  const two = await take('two')
  await assert.rejects(one.check(), DestinationError)
  begin(MINUTE)
  await rest()
  assert.equal(double.objects.size, 1)
  await one.release()
  await two.check()
  assert.equal(double.objects.size, 1)
  await two.release()
})

test('a clock that is set forward ends nothing: the server is asked, and the lease is renewed as before', async (t) => {
  const { double, take } = await openLocks(t)
  const { clock, pass, set } = stillClock()
  const lease = await take('one', clock)
  const [key] = double.objects.keys()
  for (const each of ['check', 'renewal']) {
    set(10 * MINUTE)
    if (each === 'renewal') await pass(MINUTE)
    await Promise.all([lease.check(), lease.check()])
    assert.equal(double.objects.size, 1)
  }
  assert.notDeepEqual([...double.objects.keys()], [key])
  assert.equal(double.count('put'), 3)
  await pass(MINUTE)
  assert.equal(double.count('put'), 4)
  await assert.rejects(take('two'), VaultBusyError)
  await lease.release()
  assert.equal(double.objects.size, 0)
})

test('a process that slept for longer than the lease goes on only if nobody took its place meanwhile', async (t) => {
  for (const taken of ['by nobody', 'for a whole run', 'and is held'] as const) {
    const { double, take, age, rest } = await openLocks(t)
    const { clock, begin, set } = stillClock()
    const lease = await take('one', clock)
    age(6 * MINUTE)
    set(6 * MINUTE)
    const other = taken === 'by nobody' ? undefined : await take('two')
    if (taken === 'for a whole run') await other?.release()
    if (taken === 'by nobody') await lease.check()
    else {
      await assert.rejects(lease.check(), DestinationError, taken)
      begin(MINUTE)
      await rest()
      await assert.rejects(lease.check(), DestinationError, taken)
    }
    assert.equal(double.objects.size, taken === 'for a whole run' ? 0 : 1, taken)
    await lease.release()
    await other?.release()
    assert.equal(double.objects.size, 0)
  }
})

test('a renewal that was under way while the process slept proves nothing: it may have come after a whole run of another computer', async (t) => {
  const { double, take, age } = await openLocks(t)
  const { clock, begin, set } = stillClock()
  const lease = await take('one', clock)
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isFirst = true
  double.habits.hold = async () => {
    if (isFirst) {
      isFirst = false
      begun.resolve()
      await held.promise
    }
  }
  const { isAsleep } = begin(MINUTE)
  await begun.promise
  age(6 * MINUTE)
  set(6 * MINUTE)
  await (await take('two')).release()
  held.resolve()
  await isAsleep
  assert.equal(double.objects.size, 1)
  await assert.rejects(lease.check(), DestinationError)
  await lease.release()
})

test('nothing is left of a lease that could not be taken because the server failed', async (t) => {
  const { double, take } = await openLocks(t)
  double.habits.trouble = (kind) => (kind === 'list' ? { status: 403, code: 'AccessDenied' } : undefined)
  await assert.rejects(take('one'), /AccessDenied/)
  assert.deepEqual([double.count('put'), double.objects.size], [1, 0])
})

test('a note of former leases that a power cut damaged is made anew', async (t) => {
  const { double, take, place } = await openLocks(t)
  await (await take('one')).release()
  for (const damaged of ['', '{"id":"01234', '[]']) {
    writeFileSync(join(place, 'one', 'lease.json'), damaged)
    const lease = await take('one')
    await lease.check()
    await lease.release()
  }
  assert.equal(double.objects.size, 0)
})
