import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { dataScript, decodePoints, encodePoints, ratioByte, ratioOf } from './format.ts'

describe('format', () => {
  test('A data script is a script whatever the texts hold, and hands over exactly these texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const script = dataScript({ kind: 'text', month: '2019-07', part: 0, lines: text })
        let got: unknown
        new Function('twin', script)((data: unknown) => {
          got = data
        })
        assert.deepEqual(got, { kind: 'text', month: '2019-07', part: 0, lines: text })
        assert.ok(!/[<\u2028\u2029]/u.test(script))
      }),
    )
  })

  test('A point comes back within three metres', () => {
    fc.assert(
      fc.property(
        fc.record({
          ordinal: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          latitude: fc.double({ min: -90, max: 90, noNaN: true }),
          longitude: fc.double({ min: -180, max: 180, noNaN: true }),
        }),
        (point) => {
          const [back] = decodePoints(encodePoints([point]))
          assert.equal(back?.ordinal, point.ordinal)
          assert.ok(Math.abs((back?.latitude ?? 999) - point.latitude) < 2.5e-5)
          assert.ok(Math.abs((back?.longitude ?? 999) - point.longitude) < 2.5e-5)
        },
      ),
    )
  })

  test('An aspect ratio comes back within two in a hundred; without a size it is that of most photos', () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [2, 3],
      [16, 9],
      [7, 1],
    ] as const)
      assert.ok(Math.abs(ratioOf(ratioByte(width, height)) / (width / height) - 1) < 0.02, `${width}:${height}`)
    assert.ok(Math.abs(ratioOf(ratioByte(0, 0)) - 1.5) < 0.03)
  })
})
