import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { DAY, HOUR } from '../flow/clock.ts'
import type { AlbumRow } from '../vault/catalogue/rows.ts'
import { isDue, isUnchanged } from './compare.ts'

describe('when an unchanged album is listed all the same', () => {
  const listedAt = Date.UTC(2026, 10, 3, 3)
  const dueAfter = (key: string, days: number, ms: number): boolean => isDue({ key, listedAt }, { now: listedAt + ms, days })
  const anyKey = fc.string({ minLength: 1, maxLength: 8 })

  /** The nightly run, counted from the listing's, in which an album is due first. */
  const dueInNight = (key: string, days: number): number => {
    for (let night = 1; night <= days + 1; night += 1) if (dueAfter(key, days, night * DAY)) return night
    return Number.POSITIVE_INFINITY
  }

  test('at once when it never was', () => {
    assert.equal(isDue({ key: 'K', listedAt: undefined }, { now: 0, days: 7 }), true)
  })

  test('between 1 and so many days after, and from then on', () => {
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (key, days, part) => {
        assert.equal(dueAfter(key, days, 0), false)
        assert.equal(dueAfter(key, days, DAY - 1), false)
        assert.equal(dueAfter(key, days, days * DAY), true)
        assert.equal(dueAfter(key, days, 1000 * DAY), true)
        const at = DAY + part * (days - 1) * DAY
        if (dueAfter(key, days, at)) assert.equal(dueAfter(key, days, at + HOUR), true)
      }),
    )
  })

  for (const days of [0, 1]) test(`every day with full_listing_days = ${days}`, () => assert.equal(dueInNight('K', days), 1))

  for (const [what, keyOf] of [
    ['keys as SmugMug has them', (n: number) => ((n * 2_654_435_761) % 2 ** 31).toString(36).slice(-6)],
    ['keys that differ in the last letter only', (n: number) => `album${n}`],
    ['keys that differ in the first letter only', (n: number) => `${n}album`],
  ] as const) {
    for (const days of [2, 7, 30]) {
      test(`each night of ${days} days takes its share of ${what}`, () => {
        const share = new Map<number, number>()
        for (let n = 0; n < 6000; n += 1) {
          const night = dueInNight(keyOf(n), days)
          share.set(night, (share.get(night) ?? 0) + 1)
        }
        const nights = [...share.keys()].toSorted((a, b) => a - b)
        assert.ok((nights[0] ?? 0) >= 1 && (nights.at(-1) ?? 0) <= days, `nights ${nights}`)
        assert.ok(nights.length >= days - 1, `only ${nights.length} nights`)
        const even = 6000 / nights.length
        for (const [night, count] of share) assert.ok(Math.abs(count - even) < even * 0.35, `night ${night} takes ${count} of ${even}`)
      })
    }
  }

  test('a run that starts some minutes early or late takes the same ones, and one an hour later none', () => {
    const keys = Array.from({ length: 500 }, (_, n) => `k${n}`)
    const due = (ms: number): readonly string[] => keys.filter((key) => dueAfter(key, 7, ms))
    for (let night = 1; night <= 7; night += 1) {
      const on = due(night * DAY)
      assert.deepEqual(due(night * DAY - 20 * 60_000), on)
      assert.deepEqual(due(night * DAY + HOUR), on)
    }
  })

  test('a clock that was set back by years makes it due; one set back by hours does not', () => {
    assert.equal(dueAfter('K', 7, -5 * HOUR), false)
    assert.equal(dueAfter('K', 7, -DAY), false)
    assert.equal(dueAfter('K', 7, -2 * DAY), true)
    assert.equal(dueAfter('K', 7, -3000 * DAY), true)
  })
})

describe('whether an album has changed since it was listed', () => {
  const row: AlbumRow = {
    key: 'K',
    nodeId: undefined,
    name: 'K',
    urlPath: '/K',
    folder: 'K',
    imageCount: 5,
    lastUpdated: 'a',
    imagesLastUpdated: 'b',
    listedAt: 1,
    vanishedAt: undefined,
  }
  const same = { imageCount: 5, lastUpdated: 'a', imagesLastUpdated: 'b' }
  const cases: Readonly<Record<string, readonly [row: Partial<AlbumRow>, album: Parameters<typeof isUnchanged>[1], unchanged: boolean]>> = {
    'all three as they were': [{}, same, true],
    'another count': [{}, { ...same, imageCount: 6 }, false],
    'another date': [{}, { ...same, lastUpdated: 'c' }, false],
    'another date of the images': [{}, { ...same, imagesLastUpdated: 'c' }, false],
    'an earlier date': [{ lastUpdated: 'z' }, same, false],
    'one of the dates is never told': [{ imagesLastUpdated: undefined }, { imageCount: 5, lastUpdated: 'a' }, true],
    'one of the dates is no longer told': [{}, { imageCount: 5, lastUpdated: 'a' }, false],
    'no date is told': [{ lastUpdated: undefined, imagesLastUpdated: undefined }, { imageCount: 5 }, false],
    'no count is told': [{ imageCount: undefined }, { lastUpdated: 'a', imagesLastUpdated: 'b' }, false],
    'never listed': [{ imageCount: undefined, lastUpdated: undefined, imagesLastUpdated: undefined }, same, false],
    'empty, and still so': [{ imageCount: 0 }, { ...same, imageCount: 0 }, true],
  }
  for (const [what, [was, is, unchanged]] of Object.entries(cases)) {
    test(`${unchanged}: ${what}`, () => assert.equal(isUnchanged({ ...row, ...was }, is), unchanged))
  }
})
