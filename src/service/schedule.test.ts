import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { DAY, HOUR, MINUTE } from '../flow/clock.ts'
import { type Facts, plan, type Times, type Try, type TurnKind } from './schedule.ts'

const NIGHTLY: Times = { schedule: '30 2 * * *', verifyDays: 90, prunes: true, twin: true }
const DAILY: Times = { every: DAY, verifyDays: 0, prunes: false, twin: false }

/** A verification that finds again what the one before it found. */
const OLD_DAMAGE = { exitCode: 3, hasNewDamage: false } as const

/** A run of the service, as it was. */
interface Ran extends Try {
  readonly why: string
}

/** A world in which services run: the length and the end of each run, the hours in which the computer sleeps, the clock that is set. */
interface Story {
  readonly times?: Times
  readonly from: number
  readonly nights: number
  /** Returns the end of a run, and its length in milliseconds; by default it ends well after ten minutes. */
  ends?(kind: TurnKind, at: number, runs: readonly Ran[]): Pick<Try, 'exitCode' | 'hasNewDamage'> & { readonly ms?: number }
  /** Returns the moment at which the computer wakes, if it sleeps at this one. */
  wakes?(at: number): number | undefined
  /** Returns the print of the settings at a moment. */
  print?(at: number): string
  readonly before?: readonly Try[]
}

/** Lives through a story: each turn when it is due, one after the other. */
function live(story: Story): readonly Ran[] {
  const { from, nights, times = NIGHTLY, print = () => 'p', before: older = [] } = story
  const runs: Ran[] = []
  let now = from
  const wake = (): void => {
    now = story.wakes?.(now) ?? now
  }
  for (;;) {
    wake()
    const tries = [...runs.toReversed(), ...older]
    const { next } = plan({ now, firstAt: from, times, print: print(now), tries, seed: 's' })
    // The service looks now and then: a setting may have changed.
    if (next === undefined || next.at > now + HOUR) now += HOUR
    else if (next.at > now) now = next.at
    else {
      const { ms = 10 * MINUTE, ...end } = { exitCode: 0, ...story.ends?.(next.kind, now, runs) }
      runs.push({ kind: next.kind, why: next.why, startedAt: now, endedAt: now + ms, print: print(now), ...end })
      now += ms
    }
    if (now >= from + nights * DAY) return runs
  }
}

const of = (kind: TurnKind, runs: readonly Ran[]): readonly Ran[] => runs.filter((run) => run.kind === kind)
const local = (at: number): string => new Date(at).toLocaleString('sv-SE')
const gaps = (runs: readonly Ran[]): readonly number[] =>
  runs.slice(1).map(({ startedAt }, index) => startedAt - (runs[index]?.startedAt ?? 0))

describe('sixty nights', () => {
  const zone = process.env.TZ
  before(() => {
    process.env.TZ = 'Europe/Berlin'
  })
  after(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  for (const [season, from] of [
    ['spring', Date.UTC(2026, 2, 1, 12)],
    ['autumn', Date.UTC(2026, 8, 27, 12)],
  ] as const) {
    test(`with a change of the clocks in ${season}: one backup each, within ten minutes of its moment, and a slice after it`, () => {
      const runs = live({ from, nights: 60 })
      const [first, ...backups] = of('backup', runs)
      assert.equal(first?.startedAt, from, 'there was none yet')
      assert.deepEqual(new Set(backups.map(({ startedAt }) => local(startedAt).slice(0, 10))).size, 60)
      assert.equal(backups.length, 60)
      for (const { startedAt } of backups) {
        const isShort = local(startedAt).startsWith('2026-03-29')
        const [, hour = 0, minute = 0] = /(\d\d):(\d\d):/.exec(local(startedAt))?.map(Number) ?? []
        const late = hour * 60 + minute - (isShort ? 180 : 150)
        assert.ok(late >= 0 && late < 10, local(startedAt))
      }
      const verifies = of('verify', runs)
      assert.equal(verifies.length, 61)
      for (const each of verifies.slice(1))
        assert.ok(
          backups.some(({ endedAt }) => endedAt === each.startedAt),
          local(each.startedAt),
        )
      assert.equal(of('prune', runs).length + of('twin', runs).length, 0, 'the backups do that')
    })
  }

  test('a failed one is tried again an hour later, at most three times, and the next night keeps its moment', () => {
    const from = Date.UTC(2026, 4, 1, 12)
    const night = from + 9.5 * DAY
    const isDark = (at: number): boolean => at > night && at < night + DAY
    const runs = live({ from, nights: 20, ends: (kind, at) => ({ exitCode: kind === 'backup' && isDark(at) ? 3 : 0 }) })
    const dark = of('backup', runs).filter(({ startedAt }) => isDark(startedAt))
    assert.equal(dark.length, 4)
    assert.deepEqual(gaps(dark), [70 * MINUTE, 70 * MINUTE, 70 * MINUTE])
    assert.match(dark[1]?.why ?? '', /exit code 3/)
    const nights = of('backup', runs).slice(1)
    assert.equal(nights.length, 23)
    for (const { startedAt, why } of nights) if (!/exit code/.test(why)) assert.match(local(startedAt), / 02:3\d/)
  })

  test('one that comes in its own turn before it is tried again is no further try: the next one waits for its moment', () => {
    const from = Date.UTC(2026, 4, 1, 12)
    const always = (exitCode: number, ms: number) => (kind: TurnKind) => ({ exitCode: kind === 'backup' ? exitCode : 0, ms })
    for (const [times, ends, most] of [
      [{ ...DAILY, schedule: '0 * * * *', every: undefined }, always(3, 30 * MINUTE), 0],
      [{ ...DAILY, every: HOUR }, always(3, 10 * MINUTE), 0],
      // The further try of one night may come shortly before the moment of the next one.
      [{ ...DAILY, schedule: '30 2 * * *', every: undefined }, always(5, 10_000), 3],
    ] as const) {
      const close = gaps(of('backup', live({ from, nights: 3, times, ends }))).filter((gap) => gap < 45 * MINUTE)
      assert.ok(close.length <= most, JSON.stringify(close))
    }
  })

  test('one that fails for many nights is tried again in the first of them only', () => {
    const from = Date.UTC(2026, 4, 1, 12)
    const runs = live({ from, nights: 20, ends: (kind) => ({ exitCode: kind === 'backup' ? 3 : 0 }) })
    assert.equal(of('backup', runs).length, 1 + 3 + 20)
  })

  test('of the nights that a computer slept through, one is made up for when it wakes', () => {
    const from = Date.UTC(2026, 4, 1, 12)
    const [sleeps, wakes] = [from + 10 * DAY, from + 15 * DAY + 3 * HOUR]
    const runs = live({ from, nights: 30, wakes: (at) => (at > sleeps && at < wakes ? wakes : undefined) })
    const backups = of('backup', runs)
    assert.equal(backups.length, 1 + 10 + 1 + 15)
    assert.deepEqual(backups.filter(({ startedAt }) => startedAt >= wakes && startedAt < wakes + 6 * HOUR).length, 1)
    assert.equal(backups.find(({ startedAt }) => startedAt >= sleeps)?.startedAt, wakes)
  })

  test('nothing is made up for in a night that was long enough: a first backup of three days', () => {
    const from = Date.UTC(2026, 4, 1, 12)
    const runs = live({ from, nights: 10, ends: (_kind, _at, before) => (before.length === 0 ? { ms: 3 * DAY } : {}) })
    // The moments that passed meanwhile count as one.
    assert.deepEqual(
      of('backup', runs).map(({ startedAt }) => Math.floor((startedAt - from) / DAY)),
      [0, 3, 3, 4, 5, 6, 7, 8, 9],
    )
  })
})

describe('a run that nothing but a person can help', () => {
  const from = Date.UTC(2026, 4, 1, 12)
  for (const exitCode of [2, 4, 7]) {
    test(`after exit code ${exitCode} waits for a changed setting, and then comes at once`, () => {
      const [trouble, cure] = [from + 5 * DAY, from + 12 * DAY]
      const runs = live({
        from,
        nights: 20,
        times: DAILY,
        print: (at) => (at < cure ? 'old' : 'new'),
        ends: (_kind, at) => ({ exitCode: at > trouble && at < cure ? exitCode : 0 }),
      })
      const failed = runs.filter((run) => run.exitCode === exitCode)
      assert.equal(failed.length, 1)
      const next = runs[runs.findIndex((run) => run.exitCode === exitCode) + 1]
      assert.ok(next !== undefined && next.startedAt >= cure && next.startedAt <= cure + HOUR)
    })
  }

  const facts: Facts = { now: from, firstAt: from, times: DAILY, print: 'p', tries: [], seed: 's' }
  const backup = (exitCode: number | undefined, startedAt: number, more: Partial<Try> = {}): Try => ({
    kind: 'backup',
    startedAt,
    endedAt: startedAt + MINUTE,
    exitCode,
    ...more,
  })

  test('a run by hand ends the wait, and one of before the service started is no reason for it', () => {
    const halted = backup(7, from - 2 * HOUR, { print: 'p' })
    assert.deepEqual(plan({ ...facts, tries: [halted] }), {
      halted: [{ kind: 'backup', exitCode: 7, since: halted.startedAt + MINUTE, message: undefined }],
    })
    const { next, halted: none } = plan({ ...facts, tries: [backup(0, from - HOUR), halted] })
    assert.deepEqual([next?.kind, none], ['backup', []])
    assert.ok((next?.at ?? 0) > from + 22 * HOUR)
    assert.equal(plan({ ...facts, tries: [backup(7, from - 2 * HOUR)] }).next?.at, from)
  })

  test('a destination that is away is looked for each hour, as long as it takes', () => {
    const runs = live({ from, nights: 7, times: DAILY, ends: () => ({ exitCode: 5, ms: 0 }) })
    assert.equal(runs.length, 7 * 24)
  })

  test('a run that was interrupted goes on after ten minutes, unless a person stopped it', () => {
    for (const exitCode of [130, undefined]) {
      const broken = backup(exitCode, from - HOUR)
      assert.equal(plan({ ...facts, now: from - HOUR, tries: [broken] }).next?.at, from - HOUR + 11 * MINUTE)
      const next = plan({ ...facts, tries: [{ ...broken, isStopped: true }] }).next
      assert.ok((next?.at ?? 0) > from + 22 * HOUR)
    }
  })

  test('a killed run whose end nobody noted goes on at once', () => {
    assert.equal(
      plan({ ...facts, tries: [backup(undefined, from - 3 * HOUR, { endedAt: undefined })] }).next?.why,
      'the last one was interrupted',
    )
  })

  test('damage that a verification finds is fetched at once, by one backup', () => {
    const verify: Try = { kind: 'verify', startedAt: from - HOUR, endedAt: from - HOUR, exitCode: 3 }
    const found = plan({ ...facts, tries: [verify, backup(0, from - 2 * HOUR)] })
    assert.deepEqual([found.next?.kind, found.next?.at, found.next?.why], ['backup', from, 'a verification found damage'])
    assert.ok((plan({ ...facts, tries: [backup(0, from - MINUTE), verify] }).next?.at ?? 0) > from)
  })

  test('damage that has outlasted a backup is no reason for another one', () => {
    const verify = (hasNewDamage: boolean, at: number): Try => ({ kind: 'verify', startedAt: at, endedAt: at, exitCode: 3, hasNewDamage })
    const good = backup(0, from - 2 * HOUR)
    assert.ok((plan({ ...facts, tries: [verify(false, from - HOUR), good] }).backup?.at ?? 0) > from)
    assert.equal(plan({ ...facts, tries: [verify(false, from - MINUTE), verify(true, from - HOUR), good] }).backup?.at, from)
    const runs = live({ from, nights: 10, times: { ...DAILY, verifyDays: 30 }, ends: (kind) => (kind === 'verify' ? OLD_DAMAGE : {}) })
    assert.ok(of('backup', runs).length <= 11, `${of('backup', runs).length} backups`)
  })

  test('by hand means by hand: no backup, yet the files are read and the past is forgotten', () => {
    const times: Times = { every: 'never', verifyDays: 30, prunes: true, twin: false }
    const runs = live({ from, nights: 10, times, before: [backup(0, from - DAY)] })
    assert.deepEqual(new Set(runs.map(({ kind }) => kind)), new Set(['verify', 'prune']))
    assert.equal(of('verify', runs).length, 10)
    assert.equal(of('prune', runs).length, 10)
    const { next } = plan({ ...facts, times: { ...times, verifyDays: 0 }, tries: [backup(0, from - MINUTE)] })
    assert.deepEqual([next?.kind, next?.why], ['prune', 'no backup comes by itself'])
  })

  test('between two backups that are far apart the past is forgotten each day, and for a month at most', () => {
    const times: Times = { every: 60 * DAY, verifyDays: 0, prunes: true, twin: false }
    const runs = live({ from, nights: 55, times })
    assert.deepEqual([of('backup', runs).length, of('prune', runs).length], [1, 29])
    assert.equal(of('prune', live({ from, nights: 55, times, ends: (kind) => ({ exitCode: kind === 'backup' ? 3 : 0 }) })).length, 0)
  })

  test('copies follow each backup; one that is away is tried each hour, and one that waits for a person is tried again after the next backup', () => {
    const times: Times = { ...DAILY, copies: true }
    const runs = live({ from, nights: 10, times })
    assert.ok(of('backup', runs).length >= 10)
    assert.ok(Math.abs(of('backup', runs).length - of('copy', runs).length) <= 1)
    for (const [index, run] of runs.entries()) if (run.kind === 'copy') assert.equal(runs[index - 1]?.kind, 'backup')
    const away = live({ from, nights: 1, times, ends: (kind, at) => ({ exitCode: kind === 'copy' && at < from + 5 * HOUR ? 5 : 0 }) })
    assert.equal(of('copy', away).length, 6)
    const braked = live({ from, nights: 10, times, ends: (kind) => ({ exitCode: kind === 'copy' ? 7 : 0 }) })
    assert.ok(Math.abs(of('backup', braked).length - of('copy', braked).length) <= 1)
    assert.equal(of('copy', live({ from, nights: 10, times: DAILY })).length, 0)
  })

  test('a backup that the brake stopped leaves the twin to a turn of its own', () => {
    const { next } = plan({ ...facts, times: { ...DAILY, twin: true }, tries: [backup(7, from - HOUR, { print: 'p' })] })
    assert.equal(next?.kind, 'twin')
  })
})

describe('a clock that jumps', () => {
  const from = Date.UTC(2026, 4, 1, 12)
  const facts: Facts = { now: from, firstAt: from, times: NIGHTLY, print: 'p', tries: [], seed: 's' }
  const backup = (startedAt: number): Try => ({ kind: 'backup', startedAt, endedAt: startedAt + MINUTE, exitCode: 0 })

  test('back by years: the next backup comes at once, and then by the clock', () => {
    const lost = backup(Date.UTC(2031, 0, 1))
    assert.equal(plan({ ...facts, tries: [lost] }).next?.at, from)
    const next = plan({ ...facts, now: from + HOUR, tries: [{ ...lost, kind: 'verify' }, backup(from), lost] }).next
    assert.deepEqual([next?.kind, next?.at], ['verify', from + HOUR])
    const runs = live({ from, nights: 5, before: [lost] })
    assert.equal(of('backup', runs).length, 6)
  })

  test('back by a year, and no backup comes: files are read once a day, and the copies follow once', () => {
    const lost = backup(from + 400 * DAY)
    const never: Times = { every: 'never', verifyDays: 30, prunes: false, twin: false, copies: true }
    const byHand = live({ from, nights: 5, times: never, before: [lost] })
    assert.deepEqual([of('verify', byHand).length, of('copy', byHand).length], [5, 1])
    const refused = live({
      from,
      nights: 5,
      times: { ...never, every: DAY },
      before: [lost],
      ends: (kind) => ({ exitCode: kind === 'backup' ? 4 : 0 }),
    })
    assert.deepEqual([of('verify', refused).length, of('copy', refused).length], [5, 1])
    const copied: Try = { kind: 'copy', startedAt: from - HOUR, endedAt: from - HOUR, exitCode: 0 }
    assert.equal(of('copy', live({ from, nights: 5, times: never, before: [lost, copied] })).length, 1, 'the backup came later')
    assert.equal(of('copy', live({ from, nights: 5, times: never, before: [copied, lost] })).length, 0)
  })

  test('ahead at the end of a run only: it is tried again all the same, and the past is forgotten', () => {
    const torn = (kind: TurnKind): Try => ({ kind, startedAt: from - HOUR, endedAt: from + 400 * DAY, exitCode: 5 })
    assert.equal(plan({ ...facts, tries: [torn('verify'), backup(from - 2 * HOUR)] }).next?.kind, 'verify')
    assert.equal(plan({ ...facts, times: DAILY, tries: [torn('backup')] }).next?.at, from)
    const prune: Try = { kind: 'prune', startedAt: from + 400 * DAY, endedAt: from + 400 * DAY, exitCode: 0 }
    const times: Times = { every: 'never', verifyDays: 0, prunes: true, twin: false }
    assert.equal(plan({ ...facts, times, tries: [prune, backup(from - 2 * DAY)] }).next?.kind, 'prune')
  })

  test('back by seconds, as a time server corrects it, changes nothing', () => {
    assert.ok((plan({ ...facts, tries: [backup(from + 30_000)] }).backup?.at ?? 0) > from + 12 * HOUR)
  })

  test('forward by years: one backup, and no more', () => {
    const now = Date.UTC(2031, 0, 1)
    assert.equal(plan({ ...facts, now, tries: [backup(from)] }).next?.kind, 'backup')
    const { next } = plan({ ...facts, now, tries: [backup(now - HOUR), backup(from)] })
    assert.ok(next !== undefined && (next.kind !== 'backup' || next.at > now))
  })
})

describe('a backup that is overdue', () => {
  const from = Date.UTC(2026, 4, 1, 12)
  const facts: Facts = { now: from, firstAt: from, times: DAILY, print: 'p', tries: [], seed: 's' }
  const ended = (exitCode: number, startedAt: number): Try => ({ kind: 'backup', startedAt, endedAt: startedAt, exitCode })

  test('is called so some hours after its moment, since the last one that ended well', () => {
    const tries = [ended(3, from + 20 * HOUR), ended(0, from)]
    assert.equal(plan({ ...facts, now: from + DAY + 5 * HOUR, tries }).overdueSince, undefined)
    assert.equal(plan({ ...facts, now: from + DAY + 7 * HOUR, tries }).overdueSince, from + DAY)
  })

  test('is never called so by hand, and counts from the start where there was none', () => {
    assert.equal(
      plan({ ...facts, now: from + 99 * DAY, times: { ...DAILY, every: 'never' }, tries: [ended(0, from)] }).overdueSince,
      undefined,
    )
    assert.equal(plan({ ...facts, now: from + DAY + 7 * HOUR }).overdueSince, from + DAY)
    const weekly: Times = { ...DAILY, every: undefined, schedule: '0 3 * * 7' }
    assert.equal(plan({ ...facts, times: weekly, now: from + 1.5 * DAY, tries: [ended(0, from - HOUR)] }).overdueSince, undefined)
    assert.notEqual(plan({ ...facts, times: weekly, now: from + 9 * DAY, tries: [ended(0, from - HOUR)] }).overdueSince, undefined)
  })
})

test('many services have different moments, and each has the same ones again', () => {
  const from = Date.UTC(2026, 4, 1, 12)
  const tries: readonly Try[] = [{ kind: 'backup', startedAt: from, endedAt: from, exitCode: 0 }]
  const at = (seed: string, times: Times): number => plan({ now: from, firstAt: from, times, print: 'p', tries, seed }).backup?.at ?? 0
  for (const times of [NIGHTLY, DAILY, { ...DAILY, every: MINUTE }]) {
    const moments = Array.from({ length: 100 }, (_, n) => at(`vault ${n}`, times))
    assert.ok(new Set(moments).size > 90)
    assert.ok(
      Math.max(...moments) - Math.min(...moments) <= Math.min(10 * MINUTE, (typeof times.every === 'number' ? times.every : DAY) / 20),
    )
    assert.equal(at('vault 1', times), moments[1])
  }
})

test('whatever happens: no turn comes too soon after another, none is lost, and nothing runs that waits for a person', () => {
  const ends = fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5, 7, 130, undefined)
  const night = fc.record({ exitCode: ends, ms: fc.integer({ min: 0, max: 5 * HOUR }), sleeps: fc.boolean() })
  const times = fc.constantFrom<Times>(
    NIGHTLY,
    DAILY,
    { ...NIGHTLY, schedule: undefined, every: 6 * HOUR },
    { ...NIGHTLY, schedule: '0 4 * * 1' },
  )
  fc.assert(
    fc.property(fc.array(night, { minLength: 20, maxLength: 20 }), times, (nights, chosen) => {
      const from = Date.UTC(2026, 2, 10, 9)
      const quiet = from + 20 * DAY
      const nightOf = (at: number) => nights[Math.floor((at - from) / DAY)]
      const runs = live({
        from,
        nights: 40,
        times: chosen,
        print: (at) => (at < quiet ? 'old' : 'new'),
        ends: (_kind, at) => ({ exitCode: 0, ...(at < quiet && { exitCode: nightOf(at)?.exitCode, ms: nightOf(at)?.ms ?? 0 }) }),
        wakes: (at) => (at < quiet && nightOf(at)?.sleeps === true ? at + DAY - ((at - from) % DAY) : undefined),
      })
      for (const kind of ['backup', 'verify', 'prune', 'twin'] as const) {
        for (const [index, run] of of(kind, runs).entries()) {
          const last = of(kind, runs)[index - 1]
          if (last === undefined) continue
          const isCure = run.why.includes('damage')
          if (!isCure) assert.ok(run.startedAt - (last.endedAt ?? 0) >= 0)
          if (!isCure && run.why.startsWith('the last one'))
            assert.ok(run.startedAt - (last.endedAt ?? 0) >= 10 * MINUTE, JSON.stringify([last, run]))
          if ([2, 4, 7].includes(last.exitCode ?? 0)) assert.notEqual(run.print, last.print)
        }
      }
      // Once all is well, each regular moment has its backup.
      const calm = of('backup', runs).filter(({ startedAt }) => startedAt > quiet + 2 * HOUR)
      const period = typeof chosen.every === 'number' ? chosen.every : chosen === NIGHTLY ? DAY : 7 * DAY
      assert.ok(calm.length >= Math.floor((19 * DAY) / period) - 1, `${calm.length} backups`)
      assert.ok(calm.length <= Math.ceil((20 * DAY) / period) + 1, `${calm.length} backups`)
    }),
    { numRuns: 20 },
  )
})
