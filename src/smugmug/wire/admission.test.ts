import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../flow/clock.ts'
import { Admission } from './admission.ts'

const HOST = 'api.smugmug.com'

/** An allowance that the test gives call by call. */
const byHand = () => {
  const waiting: (() => void)[] = []
  return {
    waiting,
    give: () => waiting.shift()?.(),
    take: (signal?: AbortSignal) =>
      new Promise<boolean>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        waiting.push(() => resolve(true))
      }),
  }
}

test('a call waits until the allowance has one for it, and a file does not', async () => {
  const [clock, allowance] = [new FakeClock(), byHand()]
  const admission = new Admission({ clock, emit: () => {}, allowance })
  await admission.admit(HOST, 'files', undefined)
  assert.equal(allowance.waiting.length, 0)
  const call = admission.admit(HOST, 'calls', undefined)
  await clock.advance(700)
  assert.equal(allowance.waiting.length, 1)
  allowance.give()
  const { waitedMs } = await call
  assert.equal(waitedMs, 700)
})

test('a gate that closes while a call waits for the allowance holds that call, and then it needs another one', async () => {
  const [clock, allowance] = [new FakeClock(), byHand()]
  const admission = new Admission({ clock, emit: () => {}, allowance })
  let isAdmitted = false
  const call = admission.admit(HOST, 'calls', undefined).then((admitted) => {
    isAdmitted = true
    return admitted
  })
  await clock.advance(0)
  admission.gate(HOST).close(5000, 'answered 429')
  allowance.give()
  await clock.advance(4999)
  assert.equal(allowance.waiting.length, 0, 'the gate is closed')
  await clock.advance(1)
  assert.equal(allowance.waiting.length, 1, 'the first call that was allowed is too old')
  assert.equal(isAdmitted, false)
  allowance.give()
  assert.equal((await call).waitedMs, 5000)
})

test('a call that is stopped while it waits for the allowance leaves its place to others', async () => {
  const [clock, allowance] = [new FakeClock(), byHand()]
  const bound = { start: 1, most: 1 }
  const admission = new Admission({ clock, emit: () => {}, allowance, atOnce: { calls: bound, files: bound } })
  const stop = new AbortController()
  const stopped = admission.admit(HOST, 'calls', stop.signal)
  await clock.advance(0)
  stop.abort(new Error('stopped'))
  await assert.rejects(stopped, { message: 'stopped' })
  const next = admission.admit(HOST, 'calls', undefined)
  await clock.advance(0)
  for (let calls = 0; calls < 2; calls++) allowance.give()
  await next
})
