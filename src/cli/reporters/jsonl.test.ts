import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJsonLines } from './jsonl.ts'

const reporter = (verbose: boolean) => {
  let text = ''
  let now = Date.UTC(2026, 0, 2)
  const emit = createJsonLines({ write: (more) => (text += more), now: () => now, verbose })
  const lines = (): unknown[] => {
    assert.ok(text === '' || text.endsWith('\n'))
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown)
  }
  return { emit, lines, text: () => text, pass: (milliseconds: number) => (now += milliseconds) }
}

test('one line an event, with what and when', () => {
  const { emit, lines } = reporter(false)
  emit({ event: 'phase', name: 'listing' })
  emit({ event: 'warning', message: 'two\nlines' })
  assert.deepEqual(lines(), [
    { event: 'phase', at: '2026-01-02T00:00:00.000Z', name: 'listing' },
    { event: 'warning', at: '2026-01-02T00:00:00.000Z', message: 'two\nlines' },
  ])
})

test('debug lines only when asked for', () => {
  const silent = reporter(false)
  silent.emit({ event: 'debug', message: 'x' })
  assert.equal(silent.text(), '')
  const talkative = reporter(true)
  talkative.emit({ event: 'debug', message: 'x' })
  assert.equal(talkative.lines().length, 1)
})

test('a file reports its progress once a second', () => {
  const { emit, lines, pass } = reporter(false)
  for (let n = 0; n < 25; n++) {
    emit({ event: 'transfer.progress', path: 'a', received: n })
    pass(100)
  }
  assert.equal(lines().length, 3)
})

test('a hostile name cannot act on the terminal that shows the lines, and is still itself', () => {
  const { emit, lines, text } = reporter(false)
  const path = 'a\u009b2J\u2028\u202eb\x7f\x1b[2J'
  emit({ event: 'transfer.started', path })
  assert.match(text(), /^[\x20-\x7e]*\n$/)
  assert.equal((lines()[0] as { path: string }).path, path)
})
