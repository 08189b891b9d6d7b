import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Availability, Item, Source } from '../../../model.ts'
import type { AlbumRow, FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { chooseWay, hasBytesOf, isDue, isUnchanged, planItem } from './plan.ts'

const source: Source = { url: 'https://photos.example.com/x', grade: 'original', size: 100, md5: 'aaa' }
/** As for a video: SmugMug gives a size and no MD5. */
const sized: Source = { url: source.url, grade: 'rendition', size: 100 }
const bare: Source = { url: source.url, grade: 'original' }

const ready = (facts: Partial<Source>): Availability => ({ kind: 'ready', source: { ...source, ...facts } })
const pending: Availability = { kind: 'pending', reason: 'still being processed' }
const impossible: Availability = { kind: 'impossible', reason: 'no original' }
const unresolved: Availability = { kind: 'unresolved' }

const itemWith = (availability: Availability, serial?: number): Item => ({
  albumKey: 'K',
  imageKey: 'x',
  position: 0,
  fileName: 'x.jpg',
  title: '',
  caption: '',
  keywords: '',
  keywordArray: [],
  isVideo: false,
  collected: false,
  availability,
  raw: '{}',
  ...(serial !== undefined && { serial }),
})

const held: FileRow = {
  albumKey: 'K',
  imageKey: 'x',
  component: '',
  name: 'x.jpg',
  size: 100,
  md5: 'aaa',
  sha256: 's',
  grade: 'original',
  serial: 3,
  toldSize: 100,
  toldMd5: 'aaa',
  state: 'held',
  captured: undefined,
}

describe('the task for an item', () => {
  describe('that is held', () => {
    const cases: Readonly<Record<string, readonly [item: Item, file: FileRow, kind: 'keep' | 'replace']>> = {
      'the same MD5': [itemWith(ready({}), 3), held, 'keep'],
      'the same MD5 under a new serial (rotated and back, words only)': [itemWith(ready({}), 9), held, 'keep'],
      'another MD5': [itemWith(ready({ md5: 'bbb' }), 3), held, 'replace'],
      'the MD5 that was told of other bytes, as for a rendition': [itemWith(ready({ md5: 'ttt' }), 3), { ...held, toldMd5: 'ttt' }, 'keep'],
      'the same MD5 and a size that is told wrong': [itemWith(ready({ size: 999 }), 3), held, 'keep'],
      'no MD5, the same size and serial': [itemWith({ kind: 'ready', source: sized }, 3), held, 'keep'],
      'no MD5, the size that was told then': [itemWith({ kind: 'ready', source: sized }, 3), { ...held, size: 90, toldSize: 100 }, 'keep'],
      'no MD5, another size': [itemWith({ kind: 'ready', source: { ...sized, size: 101 } }, 3), held, 'replace'],
      'no MD5, the same size, another serial': [itemWith({ kind: 'ready', source: sized }, 4), held, 'replace'],
      'no MD5, the same size, no serial told': [itemWith({ kind: 'ready', source: sized }), held, 'keep'],
      'neither MD5 nor size, the same serial': [itemWith({ kind: 'ready', source: bare }, 3), held, 'keep'],
      'neither MD5 nor size, another serial': [itemWith({ kind: 'ready', source: bare }, 4), held, 'replace'],
      'neither MD5 nor size nor serial told': [itemWith({ kind: 'ready', source: bare }), held, 'replace'],
      'being processed again': [itemWith(pending, 4), held, 'keep'],
      'no longer offered': [itemWith(impossible, 4), held, 'keep'],
      'not told, the same serial': [itemWith(unresolved, 3), held, 'keep'],
      'not told, another serial': [itemWith(unresolved, 4), held, 'replace'],
      'less than the original was held, which is offered now': [
        itemWith(ready({ md5: 'bbb' }), 3),
        { ...held, grade: 'fallback' },
        'replace',
      ],
    }
    for (const [what, [item, file, kind]] of Object.entries(cases)) {
      test(`${kind}: ${what}`, () => {
        const expected = kind === 'keep' ? { kind, item, name: 'n.jpg', file } : { kind, item, name: 'n.jpg', old: file }
        assert.deepEqual(planItem(item, 'n.jpg', file), expected)
      })
    }
  })

  describe('that is not', () => {
    for (const [state, file] of [
      ['new', undefined],
      ['missing', { ...held, state: 'missing' as const }],
      ['damaged', { ...held, state: 'damaged' as const }],
    ] as const) {
      for (const availability of [ready({}), ready({ md5: 'bbb' }), unresolved]) {
        test(`obtain: ${state}, ${availability.kind}`, () => {
          const item = itemWith(availability, 3)
          assert.deepEqual(planItem(item, 'n.jpg', file), { kind: 'obtain', item, name: 'n.jpg', because: state })
        })
      }
      for (const availability of [pending, impossible]) {
        test(`leave: ${state}, ${availability.kind}`, () => {
          const item = itemWith(availability, 3)
          const { kind: outcome, reason } = availability as { kind: 'pending' | 'impossible'; reason: string }
          assert.deepEqual(planItem(item, 'n.jpg', file), { kind: 'leave', item, name: 'n.jpg', outcome, reason })
        })
      }
    }
  })
})

describe('the way the bytes come', () => {
  const stray: StrayRow = { path: 'old.jpg', size: 100, mtime: 1, md5: 'aaa', sha256: 's' }
  const other = { ...held, albumKey: 'L' }
  const third = { ...held, albumKey: 'M' }
  const cases: Readonly<Record<string, readonly [known: Parameters<typeof chooseWay>[0], way: ReturnType<typeof chooseWay>]>> = {
    'over the line when nothing is known': [{ elsewhere: [], strays: [], hasLeft: () => true }, { kind: 'fetch' }],
    'from a stray': [
      { elsewhere: [], strays: [stray], hasLeft: () => true },
      { kind: 'adopt', from: stray },
    ],
    'from another album': [
      { elsewhere: [other, third], strays: [stray], hasLeft: () => false },
      { kind: 'copy', from: other },
    ],
    'from the album that the item has left, before any other': [
      { elsewhere: [other, third], strays: [stray], hasLeft: (file) => file === third },
      { kind: 'move', from: third },
    ],
  }
  for (const [what, [known, way]] of Object.entries(cases)) test(what, () => assert.deepEqual(chooseWay(known), way))
})

describe('whether a file has the bytes of a source', () => {
  const item = itemWith(unresolved, 3)
  const cases: Readonly<Record<string, readonly [source: Source, file: Partial<FileRow>, has: boolean]>> = {
    'the MD5, of any item': [source, { imageKey: 'other', serial: undefined, grade: 'rendition' }, true],
    'the MD5, and no size told': [{ ...source, size: undefined } as unknown as Source, {}, true],
    'the MD5, and another size': [{ ...source, size: 99 }, {}, false],
    'another MD5': [{ ...source, md5: 'bbb' }, {}, false],
    'another MD5, which was told of it': [{ ...source, md5: 'bbb' }, { toldMd5: 'bbb' }, false],
    'no MD5: image, serial, grade and size': [sized, { grade: 'rendition' }, true],
    'no MD5: the size that was told then': [sized, { grade: 'rendition', size: 90 }, true],
    'no MD5: another image': [sized, { grade: 'rendition', imageKey: 'other' }, false],
    'no MD5: another serial': [sized, { grade: 'rendition', serial: 4 }, false],
    'no MD5: no serial': [sized, { grade: 'rendition', serial: undefined }, false],
    'no MD5: another grade': [sized, { grade: 'original' }, false],
    'no MD5: another size': [sized, { grade: 'rendition', size: 90, toldSize: 90 }, false],
    'nothing but image, serial and grade': [bare, { size: 7, toldSize: undefined }, true],
  }
  for (const [what, [wanted, file, has]] of Object.entries(cases)) {
    test(`${has}: ${what}`, () => assert.equal(hasBytesOf(wanted, item, { ...held, ...file }), has))
  }

  test('an item without a serial never has, unless the MD5 proves it', () => {
    assert.equal(hasBytesOf(sized, itemWith(unresolved), { ...held, grade: 'rendition', serial: undefined }), false)
    assert.equal(hasBytesOf(source, itemWith(unresolved), held), true)
  })
})

describe('when an unchanged album is listed all the same', () => {
  const HOUR = 3_600_000
  const DAY = 24 * HOUR
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
