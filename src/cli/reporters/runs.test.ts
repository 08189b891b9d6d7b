import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PastRun } from '../../operations/outcome.ts'
import { runLines } from './runs.ts'
import { displayWidth } from './width.ts'

const startedAt = new Date(2026, 10, 26, 2, 30).getTime()
const none = { came: 0, changed: 0, moved: 0, went: 0, failed: 0, bytes: 0 }
const well: PastRun = { run: 112, operation: 'backup', startedAt, state: 'finished', exitCode: 0, ...none, durationMs: 700 }
const runs: readonly PastRun[] = [
  { ...well, came: 3000, bytes: 4e9, durationMs: 3e6 },
  { ...well, run: 111, exitCode: 3, came: 4, failed: 12, bytes: 1e6 },
  { ...well, run: 110, exitCode: 130, selection: { album: ['Trävel/日本/**'] } },
  { run: 9, operation: 'backup', startedAt, state: 'unfinished', ...none },
  { ...well, run: 8, operation: 'verify', exitCode: 3 },
]

test('a line for each run, aligned, without the columns that have nothing to say', () => {
  assert.deepEqual(runLines(runs), [
    'Run  Begun             Run of   Came  Failed  Received    Took  Ended',
    '112  2026-11-26 02:30  backup  3,000            4.0 GB  50 min  well',
    '111  2026-11-26 02:30  backup      4      12    1.0 MB   0.7 s  not whole (3)',
    '110  2026-11-26 02:30  backup                            0.7 s  interrupted (130), only --album "Trävel/日本/**"',
    '  9  2026-11-26 02:30  backup                                   did not finish',
    '  8  2026-11-26 02:30  verify                            0.7 s  not whole (3)',
  ])
})

test('a run under way, and one that changed, moved and lost items', () => {
  const busy: PastRun = { run: 1, operation: 'adopt', startedAt, state: 'under way', ...none, changed: 1, moved: 2, went: 1234 }
  assert.deepEqual(runLines([busy]), [
    'Run  Begun             Run of  Changed  Moved   Went  Ended',
    '  1  2026-11-26 02:30  adopt         1      2  1,234  under way',
  ])
})

test('no line is wider than the terminal, and the number, the time and the end stay', () => {
  for (let columns = 40; columns <= 120; columns += 1) {
    const lines = runLines(runs, columns)
    for (const line of lines) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
    assert.match(lines[2] ?? '', /^111 {2}2026-11-26 02:30 .*not whole \(3\)$/)
  }
  for (let columns = 20; columns < 40; columns += 1) {
    const lines = runLines(runs, columns)
    for (const line of lines) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
    assert.ok(lines.includes('111: not whole (3)'), lines.join('\n'))
  }
  const brief = runLines(runs.slice(1, 3), 24)
  assert.deepEqual(brief.slice(0, 4), ['111: not whole (3)', '  2026-11-26 02:30', '  backup', '  4 came, 12 failed'])
})

test('hostile options stay text', () => {
  const [, line] = runLines([{ ...well, selection: { album: ['\x1b[2J\u202e'] } }])
  assert.match(line ?? '', /u001b\[2J/)
  for (const control of ['\x1b', '\u202e']) assert.ok(line?.includes(control) === false)
})
