import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { ConfigurationError } from '../errors.ts'
import { openAnswers } from './answers.ts'

const signal = new AbortController().signal

test('lines come in order, also those that were there before the question', async () => {
  const stdin = new PassThrough()
  stdin.write('123456\nsecond\n')
  const answers = openAnswers(stdin)
  assert.equal(await answers.next(signal), '123456')
  assert.equal(await answers.next(signal), 'second')
  const third = answers.next(signal)
  stdin.write(' third \r\n')
  assert.equal(await third, 'third')
  answers.close()
})

test('a last line without an end counts, and after it there is none', async () => {
  const stdin = new PassThrough()
  stdin.end('123456')
  const answers = openAnswers(stdin)
  assert.equal(await answers.next(signal), '123456')
  await assert.rejects(answers.next(signal), ConfigurationError)
})

test('an interruption ends the waiting', async () => {
  const controller = new AbortController()
  const answers = openAnswers(new PassThrough())
  const waiting = answers.next(controller.signal)
  controller.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
  answers.close()
})
