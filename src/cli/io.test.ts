import assert from 'node:assert/strict'
import { test } from 'node:test'
import { earlySignals, processIo } from './io.ts'

test('a signal that comes before anything hears it is repeated to the first that does, once', () => {
  const listening = (): number => process.listenerCount('SIGTERM')
  const before = listening()
  const io = processIo('1', earlySignals())
  process.emit('SIGTERM')
  const heard: string[] = []
  const forget = io.onSignal(() => heard.push('first'))
  assert.deepEqual([heard, listening()], [['first'], before + 1])
  const forgetToo = io.onSignal(() => heard.push('second'))
  assert.deepEqual(heard, ['first'])
  process.emit('SIGTERM')
  assert.deepEqual(heard, ['first', 'first', 'second'])
  forget()
  forgetToo()
  assert.equal(listening(), before)
})
