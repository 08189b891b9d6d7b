import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { workOf } from '../../../test/support/work.ts'
import type { JsonObject } from '../../model.ts'
import { captureTime, fileTime } from './capture-time.ts'

/** Runs with the machine's clock in another zone. */
const inZone = <Result>(zone: string, run: () => Result): Result => {
  const before = process.env.TZ
  process.env.TZ = zone
  try {
    return run()
  } finally {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  }
}

const shiftedBack = (dateTimeOriginal: string) => captureTime({ dateTimeOriginal })

describe("SmugMug's shifted DateTimeOriginal", () => {
  test('is moved back from US Pacific time, summer and winter', () => {
    assert.deepEqual(shiftedBack('2019-08-04T18:28:12+00:00'), { local: '2019-08-04T11:28:12', from: 'smugmug' })
    assert.deepEqual(shiftedBack('2000-01-01T08:00:11+00:00'), { local: '2000-01-01T00:00:11', from: 'smugmug' })
    assert.deepEqual(shiftedBack('2026-09-11T01:18:07+00:00'), { local: '2026-09-10T18:18:07', from: 'smugmug' }, 'over midnight')
    assert.deepEqual(
      shiftedBack('2019-08-04T11:28:12-07:00'),
      { local: '2019-08-04T11:28:12', from: 'smugmug' },
      'another zone for the same moment',
    )
    assert.deepEqual(shiftedBack('2019-08-04T18:28:12.250Z'), { local: '2019-08-04T11:28:12', from: 'smugmug' })
  })

  test('follows the daylight saving rules of its year, to the hour', () => {
    const local = (text: string) => shiftedBack(text)?.local.slice(5, 16)
    assert.equal(local('2026-03-08T09:59:00Z'), '03-08T01:59')
    assert.equal(local('2026-03-08T10:00:00Z'), '03-08T03:00')
    assert.equal(local('2026-11-01T08:59:00Z'), '11-01T01:59')
    assert.equal(local('2026-11-01T09:00:00Z'), '11-01T01:00')
    assert.equal(local('2005-03-20T20:00:00Z'), '03-20T12:00', 'April until 2006')
    assert.equal(local('2007-03-20T20:00:00Z'), '03-20T13:00', 'March since 2007')
    assert.equal(local('1974-01-20T20:00:00Z'), '01-20T13:00', 'the winter of 1974')
  })

  test('gives what the recorded answer of an owner holds as camera time', () => {
    const answer = JSON.parse(readFileSync(new URL('../../../test/samples/image.expand-metadata.owner.json', import.meta.url), 'utf8'))
    const found: string[] = []
    JSON.stringify(answer, (key, value) => {
      if (key === 'DateTimeOriginal') found.push(value)
      return value
    })
    assert.deepEqual(
      found.map((text) => shiftedBack(text)?.local),
      ['2019-08-04T11:28:12'],
    )
  })

  test('gives back any camera time that SmugMug has shifted, but in the hours the Pacific clock skips or repeats', () => {
    const moment = fc.date({ min: new Date('1901-01-02T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true })
    inZone('America/Los_Angeles', () => {
      fc.assert(
        fc.property(moment, (date) => {
          const local = date.toISOString().slice(0, 19)
          // The machine's clock, set to Pacific time, shifts as SmugMug does.
          const sent = new Date(fileTime(local))
          const changing = [-1, 1].some(
            (hours) => new Date(sent.getTime() + hours * 3_600_000).getTimezoneOffset() !== sent.getTimezoneOffset(),
          )
          fc.pre(!changing && !/^(1904|1970)-01-01T00:00:00/.test(local))
          assert.equal(shiftedBack(sent.toISOString())?.local, local)
        }),
        { numRuns: 500 },
      )
    })
  })
})

describe('junk', () => {
  const junk = [
    '',
    'x',
    '0000-00-00T00:00:00+00:00',
    '0000-01-01T00:00:00Z',
    '1899-12-30T00:00:00Z',
    '1900-01-01T00:00:00Z',
    '1904-01-01T00:00:00Z',
  ]
  const more = [
    '1904-01-01T08:00:00Z',
    '1970-01-01T00:00:00+00:00',
    '1970-01-01T08:00:00+00:00',
    '2019-02-30T10:00:00Z',
    '2019-13-01T10:00:00Z',
  ]
  const malformed = ['2019-00-10T10:00:00Z', '2019-08-04T24:00:00Z', '2019-08-04T23:60:00Z', '2019-08-04T23:00:60Z', '2019-08-04']
  for (const text of [...junk, ...more, ...malformed]) {
    test(`is no time: ${text.slice(0, 40)}`, () => assert.equal(shiftedBack(text), undefined))
  }

  test('of any length is refused at once', async () => {
    const long = `2019-08-04T18:28:12${' '.repeat(200_000)}x`
    assert.ok((await workOf(() => assert.equal(shiftedBack(long), undefined))) < 500)
  })

  test('falls through to the next that knows', () => {
    const facts = { dateTimeOriginal: '2019-08-04T18:28:12+00:00', metadata: { DateTimeCreated: '0000-00-00T00:00:00' } }
    assert.equal(captureTime({ ...facts, exif: { dateTimeOriginal: '0000:00:00 00:00:00' } })?.from, 'smugmug')
    assert.equal(captureTime({ ...facts, exif: { dateTimeOriginal: '    :  :     :  :  ' } })?.from, 'smugmug')
    assert.equal(captureTime({}), undefined)
  })

  test('never throws, and a time is a time', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{4}[-:]\d\d[-:]\d\d[T ]\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)?$/))
    fc.assert(
      fc.property(text, fc.jsonValue(), text, text, (dateTimeOriginal, value, created, offset) => {
        const metadata = { DateTimeCreated: created, MicroDateTimeCreated: value } as JsonObject
        for (const facts of [{ dateTimeOriginal }, { metadata }, { exif: { dateTimeOriginal, offset } }]) {
          const time = captureTime(facts)
          if (time === undefined) continue
          assert.match(time.local, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
          assert.ok(Number.isFinite(fileTime(time.local)))
          if (time.offset !== undefined) assert.match(time.offset, /^[+-]\d\d:\d\d$/)
        }
      }),
    )
  })
})

describe('!metadata', () => {
  const fromMetadata = (metadata: JsonObject) => captureTime({ dateTimeOriginal: '2001-01-01T00:00:00Z', metadata })

  test('is believed before DateTimeOriginal, with the offset if SmugMug gives it', () => {
    assert.deepEqual(fromMetadata({ DateTimeCreated: '2019-08-04T11:28:12', MicroDateTimeCreated: '' }), {
      local: '2019-08-04T11:28:12',
      from: 'metadata',
    })
    const precise = { DateTimeCreated: '2026-09-11T17:31:52', MicroDateTimeCreated: '2026-09-11T17:31:52.458+01:00' }
    assert.deepEqual(fromMetadata(precise), { local: '2026-09-11T17:31:52', offset: '+01:00', from: 'metadata' })
    assert.deepEqual(fromMetadata({ MicroDateTimeCreated: precise.MicroDateTimeCreated }), fromMetadata(precise))
    assert.equal(fromMetadata({ DateTimeCreated: '2026-09-11T18:00:00-04:00' })?.offset, '-04:00')
  })

  test('of two that contradict each other, DateTimeCreated is believed, without an offset', () => {
    const metadata = { DateTimeCreated: '2026-09-11T17:31:52', MicroDateTimeCreated: '2026-09-11T16:31:52.458+00:00' }
    assert.deepEqual(fromMetadata(metadata), { local: '2026-09-11T17:31:52', from: 'metadata' })
  })

  test('is passed over where it is empty or of another type', () => {
    for (const DateTimeCreated of ['', null, 5, ['2019-08-04T11:28:12'], {}])
      assert.equal(fromMetadata({ DateTimeCreated })?.from, 'smugmug')
  })
})

test("the file's own EXIF is believed before all", () => {
  const exif = { dateTimeOriginal: '2019:08:04 11:28:12', offset: '-04:00', subSecond: '342' }
  const others = { dateTimeOriginal: '2001-01-01T00:00:00Z', metadata: { DateTimeCreated: '2002-01-01T00:00:00' } }
  assert.deepEqual(captureTime({ ...others, exif }), { local: '2019-08-04T11:28:12', offset: '-04:00', from: 'exif' })
  assert.deepEqual(captureTime({ exif: { ...exif, offset: '   :  ' } }), { local: '2019-08-04T11:28:12', from: 'exif' })
  assert.deepEqual(captureTime({ exif: { ...exif, offset: '+99:00' } }), { local: '2019-08-04T11:28:12', from: 'exif' })
})

test("a file's time is the camera's wall clock on the machine's clock", () => {
  assert.equal(
    inZone('Europe/Berlin', () => fileTime('2019-08-04T11:28:12')),
    Date.UTC(2019, 7, 4, 9, 28, 12),
  )
  assert.equal(
    inZone('Asia/Kathmandu', () => fileTime('2019-08-04T11:28:12')),
    Date.UTC(2019, 7, 4, 5, 43, 12),
  )
  assert.equal(
    inZone('UTC', () => fileTime('1931-01-02T03:04:05')),
    Date.UTC(1931, 0, 2, 3, 4, 5),
  )
})

test('a hundred thousand photos of different days are quick', async () => {
  const work = await workOf(() => {
    for (let index = 0; index < 100_000; index++) {
      const sent = new Date(1e12 + index * 7_919_000).toISOString()
      assert.notEqual(shiftedBack(sent), undefined)
    }
  })
  assert.ok(work < 3000, `${work} ms`)
})
