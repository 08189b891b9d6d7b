import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Generations, isShared, readGeneration, termOf, withGeneration } from './generations.ts'

const GENERATION = '20261126T023011Z-1a2b3c4d-0000001'
const OURS = '.smugmug-backup'

describe('generations in names', () => {
  test('stand before the endings, and are read back', () => {
    const cases = [
      ['state.json', `state.${GENERATION}.json`],
      ['state.json.age', `state.${GENERATION}.json.age`],
      ['MD5SUMS', `MD5SUMS.${GENERATION}`],
      ['SHA256SUMS.age', `SHA256SUMS.${GENERATION}.age`],
      ['history/history.jsonl', `history/history.${GENERATION}.jsonl`],
      ['versions/2026/12.jsonl.gz', `versions/2026/12.${GENERATION}.jsonl.gz`],
    ]
    for (const [path, at] of cases.map((pair) => pair.map((each) => `${OURS}/${each}`)) as [string, string][]) {
      assert.equal(withGeneration(path, GENERATION), at)
      assert.deepEqual(readGeneration(at), { path, generation: GENERATION })
      assert.deepEqual(readGeneration(path), { path, generation: '' })
    }
  })

  test('are for shared files alone', () => {
    for (const path of [
      'tree.json',
      'MD5SUMS',
      'a/state.json',
      `${OURS}/sealed.json`,
      `${OURS}/history/2026-11-26/a.jpg`,
      `${OURS}/reports/1.json`,
    ]) {
      assert.ok(!isShared(path), path)
      assert.equal(readGeneration(path), undefined)
    }
    // The photo of somebody who gives odd names.
    assert.equal(readGeneration(`Travel/state.${GENERATION}.json`), undefined)
  })

  test('of a later lease are higher, and those of one lease rise', () => {
    const [first, second] = [Date.UTC(2026, 10, 26, 2, 30, 11), Date.UTC(2026, 10, 26, 2, 35, 12)].map((time) => termOf(time, 'ffffffff-x'))
    const [one, other] = [new Generations(first), new Generations(second)]
    const made = [one.next(''), one.next(''), other.next(''), other.next('')]
    assert.deepEqual(made.toSorted(), made)
    assert.equal(new Set(made).size, 4)
  })

  test('are higher than the one that stands there, also of leases that began in the same second, and after the clock of the server went back', () => {
    const now = Date.UTC(2026, 10, 26, 2, 30, 11)
    const before = new Generations(termOf(now, 'ffffffff')).next('')
    for (const time of [now, now - 86_400_000]) {
      const later = new Generations(termOf(time, '00000000'))
      const [one, other] = [later.next(before), later.next('')]
      assert.ok(before < one && one < other, `${before} ${one} ${other}`)
    }
  })
})
