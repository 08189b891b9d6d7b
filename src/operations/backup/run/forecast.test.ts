import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedOf } from './forecast.ts'

const none = { held: 0, impossible: 0, bytes: 0, onlyOriginals: true }

test('a new album lacks all of it', () => {
  assert.deepEqual(expectedOf({ imageCount: 10, bytes: 500 }, none), { items: 10, bytes: 500, unsized: 0 })
})

test('an album of which a part is held lacks the rest, by its bytes; by its number where renditions are held', () => {
  assert.deepEqual(expectedOf({ imageCount: 10, bytes: 500 }, { ...none, held: 9, bytes: 90 }), { items: 1, bytes: 410, unsized: 0 })
  assert.deepEqual(expectedOf({ imageCount: 10, bytes: 500 }, { ...none, held: 9, bytes: 90, onlyOriginals: false }), {
    items: 1,
    bytes: 50,
    unsized: 0,
  })
})

test('an album that is held, or whose rest SmugMug does not offer, lacks nothing', () => {
  const nothing = { items: 0, bytes: 0, unsized: 0 }
  assert.deepEqual(expectedOf({ imageCount: 10, bytes: 500 }, { ...none, held: 8, impossible: 2, bytes: 400 }), nothing)
  assert.deepEqual(expectedOf({ imageCount: 10, bytes: 500 }, { ...none, held: 12, bytes: 700 }), nothing)
  assert.deepEqual(expectedOf({ bytes: 500 }, none), nothing, 'SmugMug does not count it')
})

test('without a size nothing is made up', () => {
  assert.deepEqual(expectedOf({ imageCount: 10 }, none), { items: 10, bytes: 0, unsized: 10 })
})
