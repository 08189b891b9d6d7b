import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { noTotals, type Totals } from '../../model.ts'
import { Catalogue } from '../../vault/catalogue/catalogue.ts'
import { summaryText } from '../read-report.ts'
import { recentRuns } from './runs.ts'

const now = Date.UTC(2026, 10, 26)

function catalogueOf(t: TestContext): Catalogue {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  return catalogue
}

const ran = ({ runs }: Catalogue, operation: string, totals: Partial<Totals> = {}, more = {}): void => {
  const id = runs.begin(operation, now)
  const summary = summaryText({ message: 'Done.', totals: { ...noTotals, ...totals }, problems: [], ...more })
  runs.end(id, { finishedAt: now + 5000, exitCode: 0, summary })
}

test('the newest runs come first, in numbers', (t) => {
  const catalogue = catalogueOf(t)
  const totals = { stored: 1, adopted: 2, copied: 4, replaced: 8, moved: 16, vanished: 32, failed: 64, kept: 128, bytes: 256 }
  ran(catalogue, 'backup', totals, { selection: { album: ['A'] }, path: '.smugmug-backup/reports/x.json' })
  ran(catalogue, 'rebuild', { items: 5, kept: 4, failed: 1 })
  const [rebuilt, backup] = recentRuns(catalogue.runs, { limit: 10, usedBy: undefined })
  assert.deepEqual(backup, {
    run: 1,
    operation: 'backup',
    startedAt: now,
    finishedAt: now + 5000,
    durationMs: 5000,
    state: 'finished',
    exitCode: 0,
    message: 'Done.',
    selection: { album: ['A'] },
    came: 7,
    changed: 8,
    moved: 16,
    went: 32,
    failed: 64,
    bytes: 256,
    report: '.smugmug-backup/reports/x.json',
  })
  assert.deepEqual([rebuilt?.run, rebuilt?.failed, rebuilt?.came], [2, 0, 0], 'a rebuild counts what it read, which is no change')
  assert.equal(recentRuns(catalogue.runs, { limit: 1, usedBy: undefined }).length, 1)
})

test('a run without an end is under way only if it is the last one and its operation holds the vault', (t) => {
  const catalogue = catalogueOf(t)
  catalogue.runs.begin('backup', now)
  catalogue.runs.begin('backup', now + 1)
  const states = (usedBy: string | undefined) => recentRuns(catalogue.runs, { limit: 10, usedBy }).map(({ state }) => state)
  assert.deepEqual(states('backup'), ['under way', 'unfinished'])
  assert.deepEqual(states('verify'), ['unfinished', 'unfinished'])
  assert.deepEqual(states(undefined), ['unfinished', 'unfinished'])
})

test('a summary that cannot be read leaves the run, without numbers', (t) => {
  const catalogue = catalogueOf(t)
  catalogue.runs.end(catalogue.runs.begin('backup', now), { finishedAt: now - 1000, exitCode: 3, summary: '{"mess' })
  const [run] = recentRuns(catalogue.runs, { limit: 10, usedBy: undefined })
  assert.deepEqual([run?.exitCode, run?.came, run?.message, run?.durationMs], [3, 0, undefined, 0])
})
