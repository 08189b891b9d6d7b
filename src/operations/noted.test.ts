import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ServiceError } from '../errors.ts'
import { type Clock, systemClock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { Catalogue } from '../vault/catalogue/catalogue.ts'
import { type NotedRun, noted } from './noted.ts'
import type { Outcome } from './outcome.ts'
import { summaryOf } from './read-report.ts'

const begun = Date.UTC(2026, 10, 26)
const outcome: Outcome = { exitCode: 3, message: '1 finding.', totals: { ...noTotals, failed: 1 }, problems: [] }

function runOf(t: TestContext): NotedRun & { readonly catalogue: Catalogue } {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  let seconds = -1
  const tick = (): number => {
    seconds += 1
    return begun + seconds * 1000
  }
  const clock: Clock = { ...systemClock, now: tick }
  return { operation: 'verify', catalogue, clock, given: { sample: '5%' } }
}

test('a run is noted with its begin, its end and its selection', async (t) => {
  const run = runOf(t)
  const result = await noted(run, async () => {
    assert.equal(run.catalogue.runs.last()?.finishedAt, undefined, 'it is under way')
    return outcome
  })
  assert.equal(result, outcome)
  const row = run.catalogue.runs.last()
  assert.deepEqual([row?.operation, row?.startedAt, row?.finishedAt, row?.exitCode], ['verify', begun, begun + 1000, 3])
  const summary = summaryOf(row)
  assert.deepEqual([summary?.message, summary?.selection, summary?.totals.durationMs], ['1 finding.', { sample: '5%' }, 1000])
})

test('an error that ends a run is noted with its exit code and thrown on; so is an interruption', async (t) => {
  const run = runOf(t)
  const refused = new ServiceError('SmugMug does not answer.')
  await assert.rejects(
    noted(run, () => Promise.reject(refused)),
    refused,
  )
  assert.deepEqual([run.catalogue.runs.last()?.exitCode, summaryOf(run.catalogue.runs.last())?.message], [3, refused.message])
  const abort = Object.assign(new Error('stop'), { name: 'AbortError' })
  await assert.rejects(
    noted(run, () => Promise.reject(abort)),
    abort,
  )
  assert.equal(run.catalogue.runs.last()?.exitCode, 130)
})

test('a bug leaves a run that did not finish', async (t) => {
  const run = runOf(t)
  await assert.rejects(
    noted(run, () => Promise.reject(new TypeError('x'))),
    TypeError,
  )
  assert.equal(run.catalogue.runs.last()?.finishedAt, undefined)
})
