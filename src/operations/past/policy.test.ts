import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge, mayBeWrong } from './policy.ts'

const DAY = 86_400_000
/** Noon of a day of 2026, in the time zone of this machine. */
const noon = (month: number, day: number, year = 2026): number => new Date(year, month - 1, day, 12).getTime()
const none = { days: 0, weeks: 0, months: 0, years: 0 }
const keptOf = (times: readonly number[], policy: Parameters<typeof judge>[1]) =>
  judge(
    times.map((at, index) => ({ run: index + 1, at })),
    policy,
  )
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ run, reasons }) => [run, reasons.join(', ')])

describe('which versions are kept', () => {
  test('all of them, for ever', () =>
    assert.deepEqual(keptOf([noon(1, 1), noon(1, 2)], 'forever'), [
      [2, 'forever'],
      [1, 'forever'],
    ]))

  test('the present and the first, whatever the policy says', () =>
    assert.deepEqual(keptOf([noon(1, 1), noon(1, 1) + 1, noon(1, 1) + 2], { ...none, days: 1 }), [
      [3, 'the present, daily snapshot'],
      [1, 'the first'],
    ]))

  test('the last one of each day, for as many days as there were changes on', () =>
    assert.deepEqual(
      keptOf([noon(1, 1), noon(1, 5), noon(1, 5) + 1, noon(1, 20), noon(2, 1)], { ...none, days: 3 }).map(([run]) => run),
      [5, 4, 3, 1],
    ))

  test('a week begins on Monday; months and years are those of the calendar', () => {
    // 2026-11-22 is a Sunday.
    assert.deepEqual(keptOf([noon(11, 1), noon(11, 22), noon(11, 23), noon(11, 24)], { ...none, weeks: 2 }), [
      [4, 'the present, weekly snapshot'],
      [2, 'weekly snapshot'],
      [1, 'the first'],
    ])
    assert.deepEqual(
      keptOf([noon(1, 1, 2024), noon(12, 31, 2025), noon(1, 1), noon(1, 31), noon(2, 1)], { ...none, months: 2, years: 2 }).map(
        ([run]) => run,
      ),
      [5, 4, 2, 1],
    )
  })

  test('ten years of nights leave a few dozen', () => {
    const nights = Array.from({ length: 3650 }, (_, night) => noon(1, 1, 2016) + night * DAY)
    const kept = keptOf(nights, { days: 7, weeks: 5, months: 12, years: 10 })
    assert.ok(kept.length >= 27 && kept.length <= 34, String(kept.length))
  })

  test('what is kept today and may be kept tomorrow stays until then', () => {
    // Pruned every night, or only once at the end: the same versions of weeks, months and years remain.
    const policy = { days: 3, weeks: 3, months: 3, years: 3 }
    let standing: { run: number; at: number }[] = []
    const nights = Array.from({ length: 900 }, (_, night) => ({ run: night + 1, at: noon(1, 1, 2023) + night * DAY }))
    for (const night of nights)
      standing = judge([...standing, night], policy)
        .filter(({ reasons }) => reasons.length > 0)
        .map(({ run, at }) => ({ run, at }))
    const once = judge(nights, policy).filter(({ reasons }) => reasons.length > 0)
    assert.deepEqual(
      standing.map(({ run }) => run).toSorted((a, b) => b - a),
      once.map(({ run }) => run),
    )
  })
})

describe('the clock of a run that prunes', () => {
  const now = noon(6, 1)
  for (const [what, lastRun, wrong] of [
    ['of a first run', undefined, true],
    ['before the last run', now + 1, true],
    ['at the last run', now, false],
    ['30 days later', now - 30 * DAY, false],
    ['more than 30 days later', now - 30 * DAY - 1, true],
  ] as const)
    test(`${what}: ${wrong ? 'not believed' : 'believed'}`, () => assert.equal(mayBeWrong({ now, lastRun }), wrong))
})
