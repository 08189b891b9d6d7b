import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ItemRow } from '../../../vault/catalogue/rows.ts'
import { Changes } from './changes.ts'

const facts = { heldBefore: 1000, otherAccount: false, maxVanished: 0.1, acceptChanges: false }

describe('the safety brake', () => {
  const cases: Readonly<Record<string, readonly [lost: number, held: number, share: number, tooMuch: boolean]>> = {
    'nothing lost': [0, 1000, 0.1, false],
    'a tenth': [100, 1000, 0.1, false],
    'more than a tenth': [101, 1000, 0.1, true],
    'all, of a few': [20, 20, 0.1, false],
    'all, of some': [21, 21, 0.1, true],
    'many, but not a tenth': [999, 10_000, 0.1, false],
    'more than what was held': [30, 0, 0.1, true],
    'a share of nothing': [21, 1_000_000, 0, true],
    'a share of nothing, and a few': [20, 1_000_000, 0, false],
    'all, where all may go': [1000, 1000, 1, false],
  }
  for (const [what, [lost, heldBefore, maxVanished, tooMuch]] of Object.entries(cases)) {
    const brake = { ...facts, heldBefore, maxVanished }
    test(`${tooMuch ? 'holds' : 'lets pass'}: ${what}`, () => assert.equal(new Changes(brake).mustBrake(lost), tooMuch))
    test(`lets pass what was accepted: ${what}`, () => assert.equal(new Changes({ ...brake, acceptChanges: true }).mustBrake(lost), false))
  }

  test('holds for another account at the first item, and for nothing when nothing is lost', () => {
    const other = new Changes({ ...facts, otherAccount: true })
    assert.deepEqual([other.mustBrake(1), other.mustBrake(0)], [true, false])
    assert.equal(new Changes({ ...facts, otherAccount: true, acceptChanges: true }).mustBrake(1), false)
  })
})

describe('what departed and arrived', () => {
  const row = (imageKey: string, albumKey: string): ItemRow => ({
    albumKey,
    imageKey,
    serial: 0,
    position: 0,
    fileName: 'x.jpg',
    collected: false,
    state: 'held',
    reason: undefined,
    wanted: 'x.jpg',
    name: 'x.jpg',
    vanishedAt: undefined,
  })

  test('an image may depart from several albums', () => {
    const changes = new Changes(facts)
    changes.depart([row('x', 'A'), row('y', 'A')])
    changes.depart([row('x', 'B')])
    assert.deepEqual(
      changes.departed.map(({ imageKey, albumKey }) => imageKey + albumKey),
      ['xA', 'xB', 'yA'],
    )
    assert.ok(changes.hasDeparted({ imageKey: 'x', albumKey: 'B' }))
    assert.ok(!changes.hasDeparted({ imageKey: 'y', albumKey: 'B' }))
    assert.ok(!changes.hasDeparted({ imageKey: 'z', albumKey: 'A' }))
  })

  test('an image that arrived is known by its key', () => {
    const changes = new Changes(facts)
    changes.arrive('x')
    assert.deepEqual([changes.hasArrived('x'), changes.hasArrived('y')], [true, false])
  })
})
