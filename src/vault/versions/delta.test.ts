import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model.ts'
import { changesBack, type Doc, undo } from './delta.ts'

/** A small generator: the same seed gives the same history. */
const randomOf = (seed: number) => {
  let state = seed
  return (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % most
  }
}

const entriesOf = (doc: Doc | undefined) => doc && [doc.head, [...doc.rows]]

/** Makes one night of changes. */
function night(doc: Doc | undefined, random: (most: number) => number, count: { next: number }): Doc | undefined {
  if (doc === undefined) return random(2) === 0 ? undefined : { head: { key: 'A', name: 'first' }, rows: new Map() }
  if (random(25) === 0) return undefined
  let rows = [...doc.rows]
  const change = (row: JsonObject): JsonObject => {
    const caption = random(3) === 0 ? {} : { caption: `c${random(9)}` }
    return { imageKey: row.imageKey ?? '', ...caption, smugmug: { Title: `t${random(3)}`, ...(random(2) === 0 && { Null: null }) } }
  }
  for (let times = random(6); times > 0; times -= 1) {
    const at = random(rows.length + 1)
    switch (random(4)) {
      case 0: {
        const key = `k${count.next++}`
        rows.splice(at, 0, [key, change({ imageKey: key })])
        break
      }
      case 1:
        rows.splice(at, 1)
        break
      case 2:
        rows = rows.map(([key, row], index) => (index === at ? [key, change(row)] : [key, row]))
        break
      default: {
        const [moved] = rows.splice(random(rows.length + 1), 1)
        if (moved !== undefined) rows.splice(random(rows.length + 1), 0, moved)
      }
    }
  }
  const head =
    random(3) === 0 ? { key: 'A', ...(random(2) === 0 && { name: `n${random(4)}` }), smugmug: { Privacy: `p${random(2)}` } } : doc.head
  return { head, rows: new Map(rows) }
}

test('whatever happens in a hundred nights, each of them comes back, also when changes are applied twice or to what was there already', () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = randomOf(seed)
    const count = { next: 0 }
    const states: (Doc | undefined)[] = [undefined]
    for (let n = 0; n < 30; n += 1) states.push(night(states.at(-1), random, count))
    let state = states.at(-1)
    for (let n = states.length - 2; n >= 0; n -= 1) {
      const wanted = states[n]
      // A change is written down as JSON.
      const changes = JSON.parse(JSON.stringify(changesBack(wanted, states[n + 1])))
      assert.deepEqual(entriesOf(undo(undo(states[n + 1], changes), changes)), entriesOf(wanted), `seed ${seed}, night ${n}`)
      assert.deepEqual(entriesOf(undo(wanted, changes)), entriesOf(wanted), `killed before the record: seed ${seed}, night ${n}`)
      state = undo(state, changes)
      assert.deepEqual(entriesOf(state), entriesOf(wanted), `seed ${seed}, night ${n}`)
    }
  }
})

test('forgetting nights between two leaves both as they were', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = randomOf(seed)
    const count = { next: 0 }
    const states: (Doc | undefined)[] = [{ head: { key: 'A' }, rows: new Map() }]
    for (let n = 0; n < 20; n += 1) states.push(night(states.at(-1), random, count))
    const kept = states.filter((_, n) => n === states.length - 1 || random(3) === 0)
    let state = kept.at(-1)
    for (let n = kept.length - 2; n >= 0; n -= 1) {
      state = undo(state, changesBack(kept[n], kept[n + 1]))
      assert.deepEqual(entriesOf(state), entriesOf(kept[n]), `seed ${seed}`)
    }
  }
})

test('one photo at the front is one change, and one new date does not repeat SmugMug’s answer', () => {
  const row = (key: string, at = 0): [string, JsonObject] => [key, { imageKey: key, smugmug: { Big: 'x'.repeat(500), LastUpdated: at } }]
  const before: Doc = { head: { key: 'A' }, rows: new Map([row('a'), row('b'), row('c')]) }
  assert.deepEqual(changesBack(before, { ...before, rows: new Map([row('new'), ...before.rows]) }), [{ op: 'came', row: 'new' }])
  assert.deepEqual(changesBack(before, { ...before, rows: new Map([row('a'), row('b', 1), row('c')]) }), [
    { op: 'was', row: 'b', set: { 'smugmug.LastUpdated': 0 } },
  ])
  assert.deepEqual(changesBack(before, { ...before, rows: new Map([row('b'), row('c'), row('a')]) }), [
    { op: 'after', row: 'a', after: null },
    { op: 'after', row: 'b', after: 'a' },
  ])
})
