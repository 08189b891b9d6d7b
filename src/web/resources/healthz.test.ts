import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Standing } from '../../service/standing.ts'
import { healthzOf } from './healthz.ts'

const missing = { failed: 0, pending: 0, impossible: 0, damaged: 0, unreadable: 0, notSelected: 0, notFetched: 0 }
const status = { exitCode: 0, expected: 3, held: { items: 3, bytes: 9 }, missing, smaller: 0, unlistedAlbums: 0, problems: [] }
// The health as far as a watchman hears of it.
const well = { kind: 'known', health: { status } } as unknown as Standing
const away: Standing = { kind: 'trouble', exitCode: 5, message: 'The destination /mnt/secret does not exist.' }

test('a service that keeps the vault current says so; one that does not says why, without a name', () => {
  assert.deepEqual([healthzOf(well).status, healthzOf(well).overdue], ['ok', undefined])
  assert.deepEqual([healthzOf(well, {}).status, healthzOf(well, {}).overdue], ['ok', false])
  const overdue = healthzOf(well, { overdueSince: Date.UTC(2026, 0, 2) })
  assert.deepEqual([overdue.status, overdue.overdue], ['trouble', true])
  assert.equal(overdue.reason, 'a backup that ends well is overdue since 2026-01-02T00:00:00.000Z')
  const waiting = healthzOf(well, { waiting: { exitCode: 4, sentence: 'The key of simon is wrong.' } })
  assert.deepEqual([waiting.status, waiting.reason], ['trouble', 'the service waits for a person (exit code 4)'])
  const behind = { name: 'usb', destination: '/mnt/secret', lagDays: 9, isLate: true, isTroubled: false }
  const late = healthzOf({ kind: 'known', health: { status: { ...status, exitCode: 3, copies: [behind] } } } as unknown as Standing)
  assert.deepEqual([late.status, late.reason], ['trouble', 'a further copy is not up to date'])
  const gone = healthzOf(away, { overdueSince: 0, waiting: { exitCode: 5, sentence: away.message } })
  assert.deepEqual(gone, { status: 'trouble', reason: 'The destination cannot be used.', overdue: true })
})

test('a backup that failed before the vault could note it is said at once, and is the last one', () => {
  const noted = { kind: 'known', health: { status: { ...status, lastRun: { startedAt: 1, exitCode: 0 } } } } as unknown as Standing
  assert.deepEqual([healthzOf(noted, {}).status, healthzOf(noted, {}).lastRun], ['ok', 1])
  const refused = healthzOf(noted, { refused: { startedAt: 2, exitCode: 5 } })
  assert.deepEqual([refused.status, refused.lastRun, refused.lastExitCode], ['trouble', 2, 5])
  assert.equal(refused.reason, 'the last backup ended with exit code 5, because the destination cannot be used')
  const killed = healthzOf(noted, { refused: { startedAt: 2, exitCode: undefined } })
  assert.deepEqual([killed.reason, killed.lastExitCode], ['a signal ended the last backup', undefined])
})
