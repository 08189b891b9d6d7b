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
  expected: 3000,
  originals: 1234,
  renditions: 0,
  smaller: 0,
  lockedAlbums: [],
  missing: { failed: 1, pending: 0, impossible: 0, damaged: 0, unreadable: 0, notSelected: 0, notFetched: 1765 },
  unlistedAlbums: 0,
  vanishedKept: 0,
  vanishedLost: 0,
  isFullyProven: false,
  runs: [],
  days: [],
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
  assert.match(text, /^Held +1,234 of 3,000 items in 2 albums: 1,200 files, 5\.0 MB$/m)
  assert.match(text, /^Next due {2}a full look at every album in turn, from .*\(in 1 h\)$/m)
  assert.match(text, /^1 item is missing\.$/m)
  assert.match(text, /^ {2}\/A\/a\.jpg: 404$/m)
})

test('a run that ended well has no words of its own: they may be wrong since', () => {
  const lastRun = {
    ...facts.lastRun,
    operation: 'backup',
    startedAt: now - 7_200_000,
    exitCode: 0,
    message: 'Complete: all 12 items are held.',
  }
  const text = statusText({ ...facts, lastRun }, { message: 'Held 11 of 12 items.', problems: [], now })
  assert.match(text, /^Last run +backup, .*\(2 h ago\), took 60 s, ended well$/m)
  assert.doesNotMatch(text, /Complete/)
})

test('a run that did not finish, and a vault without a run', () => {
  const unfinished = { ...facts, lastRun: { operation: 'backup', startedAt: now - 1000 } }
  assert.match(statusText(unfinished, { message: '', problems: [], now }), /did not finish/)
  const { lastRun: _none, ...fresh } = facts
  assert.match(statusText(fresh, { message: '', problems: [], now }), /^Last run +none yet$/m)
})

const shown = (more: Partial<StatusFacts>): string => statusText({ ...facts, ...more }, { message: '', problems: [], now })

test('originals are counted unless all are originals', () => {
  assert.match(shown({ originals: 0, smaller: 20 }), /^Originals 0 of 20 photos$/m)
  assert.match(shown({ originals: 7, renditions: 1 }), /^Originals 7 of 7 photos; 1 item as the best that SmugMug keeps/m)
  assert.doesNotMatch(shown({}), /^Originals/m)
})

test('what is kept though gone from SmugMug is named, with the command that lists it', () => {
  assert.match(
    shown({ vanishedKept: 81, vanishedLost: 0 }),
    /^Kept although gone from SmugMug: 81 items \(smugmug-backup export --vanished\)$/m,
  )
  assert.doesNotMatch(shown({}), /Kept/)
})

test('fully proven is said only where nothing came since', () => {
  assert.match(shown({ lastFullyProven: now - 1000, isFullyProven: true }), /^Proven +fully, .*ago\)$/m)
  assert.doesNotMatch(shown({ lastFullyProven: now - 1000 }), /fully/)
})

test('the last runs have a line each', () => {
  const none = { came: 0, changed: 0, moved: 0, went: 0, failed: 0, bytes: 0 }
  const runs = [
    { run: 2, operation: 'verify', startedAt: now, state: 'finished', exitCode: 3, ...none },
    { run: 1, operation: 'backup', startedAt: now - 1000, state: 'unfinished', ...none, came: 7 },
  ] as const
  assert.match(shown({ runs }), /^ {2}2 .* verify .* not whole \(3\)\n {2}1 .* backup +7 .*did not finish$/m)
  assert.doesNotMatch(shown({ runs: runs.slice(1) }), /did not finish/)
})
