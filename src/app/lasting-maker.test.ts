import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Made, PictureMaker } from '../vault/thumbnails/maker.ts'
import { lastingMaker } from './lasting-maker.ts'

const PICTURE: Made = { kind: 'thumbnail', bytes: new Uint8Array(1), width: 1, height: 1 }

/** A process that answers with these, one after the other. */
function processOf(answers: readonly Made[], closed: () => void): PictureMaker {
  const left = [...answers]
  return { way: 'sharp', make: async () => left.shift() ?? 'ended', close: async () => closed() }
}

test('a process that could not be started, or that gave up, is replaced after five minutes', async () => {
  let now = 0
  let [starts, closes] = [0, 0]
  const closed = (): void => {
    closes += 1
  }
  const processes = [undefined, processOf([PICTURE, 'none'], closed), processOf([PICTURE], closed)]
  const maker = lastingMaker(
    async () => processes[starts++],
    () => now,
  )
  const make = () => maker.make('a.jpg')
  assert.deepEqual([await make(), await make(), starts], ['ended', 'ended', 1], 'not with every picture')
  now += 5 * 60_000
  assert.deepEqual([await make(), await make(), await make(), await make()], [PICTURE, 'none', 'ended', 'ended'])
  assert.deepEqual([starts, closes], [2, 1])
  now += 5 * 60_000
  assert.deepEqual([await make(), starts], [PICTURE, 3])
  await maker.close()
  assert.equal(closes, 2)
})
