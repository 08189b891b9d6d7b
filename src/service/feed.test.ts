import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Feed } from './feed.ts'

test('keeps the last pieces, numbers them, and hands on those since a number', () => {
  const feed = new Feed<string>(3)
  const heard: number[] = []
  const forget = feed.listen(({ id }) => heard.push(id))
  for (const value of ['a', 'b', 'c', 'd']) feed.add(value)
  forget()
  feed.add('e')
  assert.deepEqual(heard, [1, 2, 3, 4])
  assert.equal(feed.last, 5)
  assert.deepEqual(
    feed.since(0).map(({ value }) => value),
    ['c', 'd', 'e'],
  )
  assert.deepEqual(feed.since(4), [{ id: 5, value: 'e' }])
  assert.deepEqual(feed.since(5), [])
})
