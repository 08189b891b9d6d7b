import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AskedAllowance, type CallsGiven } from './channel.ts'

const open = () => {
  const asked: number[] = []
  const held: boolean[] = []
  let heard: (message: CallsGiven) => void = () => {}
  const allowance = new AskedAllowance({
    send: ({ calls }) => asked.push(calls),
    listen: (listener) => {
      heard = listener
    },
    hold: (isHeld) => held.push(isHeld),
  })
  return { allowance, asked, held, give: (...inMs: number[]) => heard({ inMs }) }
}

test('each call is asked for once, and goes when its time has come; the process is kept for as long as an answer is due', async () => {
  const { allowance, asked, held, give } = open()
  const order: string[] = []
  const calls = ['a', 'b', 'c'].map((name) => allowance.take().then(() => order.push(name)))
  assert.deepEqual(asked, [1, 1, 1])
  assert.equal(held.at(-1), true)
  give(20, 0)
  await Promise.all(calls.slice(0, 2))
  assert.deepEqual(order, ['b', 'a'])
  assert.equal(held.at(-1), true, 'one call is still to come')
  give(0)
  await calls[2]
  assert.equal(held.at(-1), false)
})

test('the call of one that was stopped goes to the next one', async () => {
  const { allowance, asked, give } = open()
  const stop = new AbortController()
  const stopped = allowance.take(stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(stopped, { message: 'stopped' })
  const next = allowance.take()
  assert.deepEqual(asked, [1], 'one was asked for already')
  give(0)
  assert.equal(await next, true)
})
