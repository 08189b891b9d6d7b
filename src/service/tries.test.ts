import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RecentRun } from '../app/recent-runs.ts'
import { type SeenTask, triesOf } from './tries.ts'

const NUMBERS = { came: 0, changed: 0, moved: 0, went: 0, failed: 0, bytes: 0 }

const run = (number: number, more: Partial<RecentRun> = {}): RecentRun => ({
  run: number,
  operation: 'backup',
  startedAt: number * 1000,
  finishedAt: number * 1000 + 100,
  state: 'finished',
  exitCode: 0,
  ...NUMBERS,
  ...more,
})

const task = (before: number, after: number, more: Partial<SeenTask> = {}): SeenTask => ({
  kind: 'backup',
  startedAt: after * 1000,
  endedAt: after * 1000 + 100,
  exitCode: 0,
  print: 'p',
  before,
  after,
  ...more,
})

const tries = (runs: readonly RecentRun[], tasks: readonly SeenTask[] = [], isPart = false) =>
  triesOf({ runs, tasks, isPart, printOf: (number) => (number > 5 ? 'p' : undefined) })

describe('the runs that the turns follow from', () => {
  test('are those over all of the vault, of the operations that have turns', () => {
    const runs = [
      run(9, { operation: 'restore' }),
      run(8, { selection: { album: ['Travel'] } }),
      run(7, { operation: 'verify', selection: { sample: '5%' } }),
      run(6, { operation: 'verify', selection: { days: '90' } }),
      run(5, { state: 'under way' }),
      run(4),
    ]
    assert.deepEqual(
      tries(runs).map(({ kind, startedAt, print }) => [kind, startedAt, print]),
      [
        ['verify', 6000, 'p'],
        ['backup', 4000, undefined],
      ],
    )
    // The settings themselves name a part: that part is all that a backup of the service is about.
    assert.equal(tries(runs, [], true)[0]?.startedAt, 8000)
  })

  test('a task counts once for the run that it noted, and knows the exit code of one that was killed', () => {
    const killed = run(6, { state: 'unfinished' })
    const { exitCode: _none, finishedAt: _open, ...open } = killed
    assert.deepEqual(
      tries([open, run(5)], [task(5, 6, { exitCode: 1 })]).map(({ exitCode }) => exitCode),
      [1, 0],
    )
  })

  test('a verification says whether its damage is new, also one that was a task', () => {
    const verify = run(6, { operation: 'verify', exitCode: 3, damage: { isNew: false, isOwn: false } })
    assert.equal(tries([verify])[0]?.hasNewDamage, false)
    assert.equal(tries([verify], [task(5, 6, { kind: 'verify', exitCode: 3 })])[0]?.hasNewDamage, false)
    assert.equal(tries([run(6)])[0]?.hasNewDamage, undefined)
  })

  test('a task that was refused before the vault could note it stands after the newest run at its end, and before later ones', () => {
    const refused = task(6, 6, { exitCode: 2 })
    const order = (runs: readonly RecentRun[], tasks: readonly SeenTask[]) => tries(runs, tasks).map(({ exitCode }) => exitCode)
    assert.deepEqual(order([run(6), run(5)], [refused]), [2, 0, 0])
    assert.deepEqual(order([run(7, { exitCode: 3 }), run(6)], [refused]), [3, 2, 0])
    assert.deepEqual(order([run(6)], [task(6, 6, { exitCode: 5 }), refused]), [5, 2, 0], 'the newest task first')
  })
})
