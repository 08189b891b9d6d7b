import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { DAY } from '../../flow/clock.ts'
import { type Facts, newsOf, type Reported } from './news.ts'

const START = Date.UTC(2026, 10, 1)
const WISHES = { silentDays: 3, success: false }

type Status = Extract<Facts['standing'], { kind: 'known' }>['health']['status']

/** A standing that says nothing but these facts. */
const known = (
  facts: {
    readonly damaged?: number
    readonly lost?: number
    readonly lastRun?: Status['lastRun']
    readonly exitCode?: 0 | 3
    readonly copies?: Status['copies']
  } = {},
): Facts['standing'] => {
  const { damaged = 0, lost = 0, lastRun, exitCode = 0, copies } = facts
  const missing = { failed: 0, pending: 0, impossible: 0, damaged, unreadable: 0, notSelected: 0, notFetched: 0 }
  const status = {
    exitCode,
    message: 'Everything is held.',
    missing,
    vanishedLost: lost,
    ...(lastRun !== undefined && { lastRun }),
    ...(copies !== undefined && { copies }),
  }
  return { kind: 'known', health: { status: status as Status } }
}

/** Plays a row of looks, one a day. Returns the news of each: `kind began`, `kind ended`. */
const play = (days: readonly Partial<Facts>[], wishes = WISHES): readonly (readonly string[])[] => {
  let reported: Reported = { since: START, open: {} }
  return days.map((facts, day) => {
    const now = START + day * DAY
    const next = newsOf(reported, { now, standing: known(), lastGood: now, ...facts }, wishes)
    reported = next.reported
    return next.news.map(({ kind, state }) => `${kind} ${state}`)
  })
}

const backup = (exitCode?: number, rest: Partial<NonNullable<Facts['task']>> = {}): Partial<Facts> => ({
  task: { kind: 'backup', ...(exitCode !== undefined && { exitCode }), ...rest },
})

describe('the owner is notified', () => {
  for (const [exitCode, kind] of [
    [1, 'error'],
    [2, 'settings'],
    [3, 'incomplete'],
    [4, 'sign-in'],
    [5, 'destination'],
    [7, 'brake'],
    [undefined, 'error'],
  ] as const) {
    test(`once when backups begin to end with ${exitCode ?? 'a signal'}, and once when they end well again`, () => {
      const nights = [backup(0), backup(exitCode), backup(exitCode), backup(exitCode), backup(0), backup(0)]
      assert.deepEqual(play(nights), [[], [`${kind} began`], [], [], [`${kind} ended`], []])
    })
  }

  test('when a backup is due and its disk is away, and when the disk is back; a disk that is away in between is none', () => {
    const away: Facts['standing'] = { kind: 'trouble', exitCode: 5, message: 'The disk is away.' }
    const missed = { standing: away, isMissed: true }
    assert.deepEqual(play([{ standing: away }, missed, missed, {}, {}]), [[], ['destination began'], [], ['destination ended'], []])
    assert.deepEqual(play([{ ...backup(5), standing: away }, missed, backup(0)]), [['destination began'], [], ['destination ended']])
  })

  test('of another trouble in the place of the first, but not that the first is over', () => {
    assert.deepEqual(play([backup(3), backup(7), backup(3), backup(0)]), [
      ['incomplete began'],
      ['brake began'],
      ['incomplete began'],
      ['incomplete ended'],
    ])
  })

  test('nothing of a run that was interrupted, or that another one held up', () => {
    assert.deepEqual(play([backup(130), backup(6), backup(3), backup(6), backup(130)]), [[], [], ['incomplete began'], [], []])
  })

  test('that a trouble is over, when a person has run the backup', () => {
    const lastRun = { operation: 'backup', startedAt: START + 1.5 * DAY, exitCode: 0 }
    assert.deepEqual(play([{}, backup(7), {}, { standing: known({ lastRun }) }, {}]), [[], ['brake began'], [], ['brake ended'], []])
  })

  test('of damage, until there is none: a backup that ends well may have mended none of it', () => {
    const found = { standing: known({ damaged: 2, exitCode: 3 }) }
    const verify: Partial<Facts> = { ...found, task: { kind: 'verify', exitCode: 3 } }
    assert.deepEqual(play([{}, verify, found, { ...found, ...backup(0) }, backup(0)]), [[], ['damage began'], [], [], ['damage ended']])
    const own: Partial<Facts> = { hasOwnDamage: true }
    assert.deepEqual(play([own, { ...own, ...backup(0) }, own, {}]), [['damage began'], [], [], ['damage ended']])
  })

  test('of a file that SmugMug has no more, once, for as long as it is lost; and of other damage meanwhile', () => {
    const lost = { standing: known({ lost: 1 }) }
    const verify: Partial<Facts> = { ...lost, task: { kind: 'verify', exitCode: 3, message: '1 finding.' } }
    const both = { standing: known({ lost: 1, damaged: 1, exitCode: 3 }) }
    assert.deepEqual(play([verify, { ...lost, ...backup(0) }, verify, { ...lost, ...backup(0) }, both, lost, {}]), [
      ['lost began'],
      [],
      [],
      [],
      ['damage began'],
      ['damage ended'],
      ['lost ended'],
    ])
  })

  test('of a disk that will not suffice, until it does', () => {
    const full = { forecast: { needs: 400e9, free: 250e9 } }
    const roomy = { forecast: { needs: 1e9, free: 250e9 } }
    assert.deepEqual(play([backup(0, full), backup(0, full), backup(0), backup(0, roomy)]), [['disk began'], [], [], ['disk ended']])
  })

  test('that nothing was backed up for days: by the last good run, or since the first look', () => {
    assert.deepEqual(
      play([{ lastGood: START }, { lastGood: START }, { lastGood: START }, { lastGood: START }, { lastGood: START }, backup(0)]),
      [[], [], [], ['silence began'], [], ['silence ended']],
    )
    const never: Partial<Facts> = { lastGood: undefined as never }
    assert.deepEqual(play([never, never, never, never]), [[], [], [], ['silence began']])
  })

  test('of a copy that is late or needs them, until it does not', () => {
    const copy = { name: 'usb', destination: '/usb', lagDays: 0, isLate: false, isTroubled: false }
    const [well, late] = [copy, { ...copy, lagDays: 9, isLate: true }].map((each) => ({ standing: known({ copies: [each] }) }))
    const away: Facts['standing'] = { kind: 'trouble', exitCode: 5, message: 'The disk is away.' }
    assert.deepEqual(play([well ?? {}, late ?? {}, late ?? {}, { standing: away }, well ?? {}]), [
      [],
      ['copy began'],
      [],
      [],
      ['copy ended'],
    ])
    const { news } = newsOf(
      { since: START, open: {} },
      { now: START, lastGood: START, ...late, standing: late?.standing ?? known() },
      WISHES,
    )
    assert.match(news[0]?.text ?? '', /^The copy usb was never up to date, for 9 days\. .*smugmug-backup copy/)
  })

  test('nothing of the damage while the vault cannot be looked at', () => {
    const away: Facts['standing'] = { kind: 'trouble', exitCode: 5, message: 'The disk is away.' }
    assert.deepEqual(play([{ standing: known({ damaged: 1 }) }, { standing: away }, { ...backup(5), standing: away }]), [
      ['damage began'],
      [],
      ['destination began'],
    ])
  })

  test('of good backups only where that was asked for', () => {
    assert.deepEqual(play([backup(0), backup(3), backup(0)], { ...WISHES, success: true }), [
      ['backup done'],
      ['incomplete began'],
      ['incomplete ended'],
    ])
  })

  test('in words: what happened, what to do, how the vault stands; never longer than a chat takes', () => {
    const facts = { now: START, standing: known(), ...backup(7, { message: '90 photos would vanish.', hint: 'Look at them.' }) }
    const [news] = newsOf({ since: START, open: {} }, facts, WISHES).news
    assert.equal(
      news?.text,
      'The backup has stopped to ask you: far more than usual would vanish or be replaced. 90 photos would vanish. Look at them. Everything is held.',
    )
    const long = newsOf({ since: START, open: {} }, { ...facts, ...backup(3, { message: '😀'.repeat(5000) }) }, WISHES).news
    assert.ok((long[0]?.text.length ?? 0) <= 1800)
    assert.ok(long[0]?.text.isWellFormed())
  })

  test('whatever happens: a trouble begins before it ends, and never twice in a row', () => {
    const look = fc.record({
      code: fc.constantFrom(undefined, 0, 1, 2, 3, 4, 5, 6, 7, 130),
      kind: fc.constantFrom('backup', 'verify', 'twin', undefined),
      damaged: fc.integer({ min: 0, max: 2 }),
      lost: fc.integer({ min: 0, max: 1 }),
      isGood: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(look, { maxLength: 40 }), (looks) => {
        const reported = play(
          looks.map(({ code, kind, damaged, lost, isGood }) => ({
            standing: known({ damaged, lost }),
            ...(!isGood && { lastGood: START }),
            ...(kind !== undefined && { task: { kind, ...(code !== undefined && { exitCode: code }) } as const }),
          })),
        ).flat()
        const open = new Set<string>()
        for (const line of reported) {
          const [kind = '', state] = line.split(' ')
          assert.equal(open.has(kind), state === 'ended', reported.join(', '))
          if (state === 'ended') open.delete(kind)
          else {
            // Of the backups' own troubles only one is open at a time.
            const alone = ['settings', 'sign-in', 'destination', 'incomplete', 'brake', 'error']
            if (alone.includes(kind)) for (const other of alone) open.delete(other)
            open.add(kind)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
