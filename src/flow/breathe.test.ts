import assert from 'node:assert/strict'
import { beforeEach, type TestContext, test } from 'node:test'
import { atOnce, breathe, inSteps } from './breathe.ts'

// The clock moves by this alone: a busy machine takes nobody's turn.
let now = performance.now()
const busyFor = (ms: number): void => {
  now += ms
}
beforeEach((t) => {
  ;(t as TestContext).mock.method(performance, 'now', () => now)
})

test('a long task lets others have their turn, a short one does not wait', async () => {
  await breathe()
  let turns = 0
  const others = (): void => {
    turns += 1
    if (turns < 1000) setImmediate(others)
  }
  setImmediate(others)
  for (let step = 0; step < 1000; step += 1) await breathe()
  const meanwhile = turns
  for (let step = 0; step < 10; step += 1) {
    busyFor(25)
    await breathe()
  }
  assert.ok(meanwhile <= 2, `${meanwhile} turns were given to others by work of a moment`)
  assert.ok(turns >= meanwhile + 10)
  turns = 1000
})

test('many tasks in steps hold up others no longer than one does', async () => {
  const stepsByTurn = new Map<number, number>()
  let turn = 0
  let over = false
  const others = (): void => {
    turn += 1
    if (!over) setImmediate(others)
  }
  setImmediate(others)
  const worker = async (): Promise<void> => {
    for (let step = 0; step < 3; step += 1) {
      await breathe()
      stepsByTurn.set(turn, (stepsByTurn.get(turn) ?? 0) + 1)
      busyFor(8)
    }
  }
  await Promise.all(Array.from({ length: 40 }, worker))
  over = true
  const most = Math.max(...stepsByTurn.values())
  assert.ok(most <= 6, `${most} steps of 8 ms in one turn`)
})

test('a computation in steps lets others have their turn between two long steps, and returns its result', async () => {
  function* steps(): Generator<undefined, string> {
    for (let step = 0; step < 5; step += 1) {
      yield
      busyFor(25)
    }
    return 'done'
  }
  assert.equal(atOnce(steps()), 'done')
  let turns = 0
  const others = (): void => {
    turns += 1
    if (turns < 1000) setImmediate(others)
  }
  setImmediate(others)
  assert.equal(await inSteps(steps()), 'done')
  assert.ok(turns >= 4, `${turns} turns were given to others`)
  turns = 1000
})
