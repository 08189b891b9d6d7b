import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StatusFacts, statusText } from './status.ts'

const now = Date.UTC(2026, 5, 2, 12)
const facts: StatusFacts = {
  destination: '/vault',
  account: 'jane',
  lastRun: { operation: 'backup', startedAt: now - 7_200_000, finishedAt: now - 7_140_000, exitCode: 3, message: 'Not complete.' },
  held: { albums: 2, items: 1234, files: 1200, bytes: 5_000_000 },
  byGrade: {},
  nextDue: now + 3_600_000,
}

test('the facts, and what is missing and why', () => {
  const text = statusText(facts, {
    message: '1 item is missing.',
    problems: [{ kind: 'failed', album: '/A', name: 'a.jpg', reason: '404' }],
    now,
  })
  assert.match(text, /^Vault +\/vault$/m)
  assert.match(text, /^Last run +backup, .*\(2 h ago\), took 60 s, exit code 3: Not complete\.$/m)
  assert.match(text, /^Held +1,234 items in 2 albums: 1,200 files, 5\.0 MB$/m)
  assert.match(text, /^Next due .*\(in 1 h\)$/m)
  assert.match(text, /^1 item is missing\.$/m)
  assert.match(text, /^ {2}\/A\/a\.jpg: 404$/m)
})

test('a run that did not finish, and a vault without a run', () => {
  const unfinished = { ...facts, lastRun: { operation: 'backup', startedAt: now - 1000 } }
  assert.match(statusText(unfinished, { message: '', problems: [], now }), /did not finish/)
  const { lastRun: _none, ...fresh } = facts
  assert.match(statusText(fresh, { message: '', problems: [], now }), /^Last run +none yet$/m)
})

test('grades are shown unless all are originals', () => {
  const byGrade = { original: { files: 1199, bytes: 4_000_000 }, rendition: { files: 1, bytes: 1_000_000 } }
  assert.match(statusText({ ...facts, byGrade }, { message: '', problems: [], now }), /1 file rendition, 1\.0 MB/)
  assert.doesNotMatch(statusText({ ...facts, byGrade: { original: byGrade.original } }, { message: '', problems: [], now }), /Of these/)
})
