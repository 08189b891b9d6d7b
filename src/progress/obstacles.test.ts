import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../events.ts'
import { outageText, waitText } from './phase.ts'
import { createRunView } from './run-view.ts'

const watched = () => {
  let at = Date.UTC(2026, 0, 2, 12)
  const view = createRunView(() => at, 'backup')
  return {
    view,
    now: () => at,
    report: (...events: readonly Event[]) => events.forEach(view.apply, view),
    pass: (ms: number) => (at += ms),
  }
}
const retry = (attempt: number, status?: number): Event => ({
  event: 'retry',
  what: 'album!images',
  reason: 'api.smugmug.com answered 503 (unavailable)',
  waitMs: 500,
  attempt,
  most: 6,
  host: 'api.smugmug.com',
  ...(status !== undefined && { status }),
})
const answered = (status: number): Event => ({ event: 'request', host: 'api.smugmug.com', what: 'w', endpoint: 'e', status, durationMs: 1 })

test('a wait stands until its time is over, while another host moves on', () => {
  const { view, now, report, pass } = watched()
  report({ event: 'waiting', host: 'api.smugmug.com', reason: 'api.smugmug.com: answered 429', untilMs: now() + 30_000 })
  assert.equal(view.isStill, true)
  pass(2000)
  report({ event: 'transfer.started', path: 'a', size: 9 }, { event: 'transfer.finished', path: 'a', received: 9 })
  assert.equal(view.isStill, false)
  assert.match(
    view.waits.map((wait) => waitText(wait, now())).join(),
    /^Waiting until \d\d:\d\d \(28 s\): api\.smugmug\.com: answered 429$/,
  )
  pass(27_500)
  assert.match(view.waits.map((wait) => waitText(wait, now())).join(), /\(1 s\)/)
  pass(500)
  assert.deepEqual(view.waits, [])
})

test('an outage is one that lasts; it says which try comes next, and ends with a good answer', () => {
  const { view, report, pass } = watched()
  report(retry(1, 503))
  assert.deepEqual(view.outages, [], 'one bad answer is no outage')
  pass(2500)
  report(retry(3, 503), retry(1, 503), answered(503))
  assert.deepEqual(view.outages.map(outageText), ['SmugMug does not answer (503): try 4 of 7'])
  report(answered(200))
  assert.deepEqual(view.outages, [])
})

test('a server that asks for a wait does answer: the wait takes the place of the outage', () => {
  const { view, now, report, pass } = watched()
  report(retry(1, 503))
  pass(2500)
  report(retry(2, 503))
  assert.equal(view.outages.length, 1)
  report({ event: 'waiting', host: 'api.smugmug.com', reason: 'api.smugmug.com: answered 429', untilMs: now() + 4000 })
  assert.deepEqual([view.outages.length, view.waits.length], [0, 1])
})

test('without any answer the trouble with the connection is named', () => {
  const { view, report, pass } = watched()
  report({ ...retry(1), reason: 'api.smugmug.com refused the connection' } as Event)
  pass(2500)
  assert.deepEqual(view.outages.map(outageText), ['api.smugmug.com refused the connection: try 2 of 7'])
  pass(120_000)
  assert.deepEqual(view.outages, [], 'the requests were given up')
})

test('bad answers among good ones are no outage', () => {
  const { view, report, pass } = watched()
  for (let n = 0; n < 100; n++) {
    report(retry(1, 503))
    pass(1000)
    report(answered(200))
    assert.deepEqual(view.outages, [])
  }
})

test('an answer of success that is wrong in itself is trouble as well, until another question is answered', () => {
  const html = (attempt: number): Event => ({
    event: 'retry',
    what: 'w',
    reason: 'api.smugmug.com answered with a web page',
    waitMs: 500,
    attempt,
    most: 6,
    host: 'api.smugmug.com',
    status: 200,
  })
  const shown = (view: ReturnType<typeof watched>['view']) => view.outages.map(outageText)
  const { view, report, pass } = watched()
  for (let attempt = 1; attempt <= 3; attempt++) {
    report(answered(200), html(attempt))
    pass(1500)
  }
  assert.deepEqual(shown(view), ['api.smugmug.com answered with a web page: try 4 of 7'])
  report({ ...answered(200), what: 'another' } as Event)
  assert.deepEqual(shown(view), [])
  report(html(1))
  pass(2500)
  assert.equal(shown(view).length, 1)
  pass(4000)
  assert.deepEqual(shown(view), [], 'with no further retry it is over')
})

test('hosts without end take no endless room', () => {
  const { view, now, report, pass } = watched()
  for (let n = 0; n < 1000; n++)
    report({ event: 'waiting', host: `h${n}`, reason: 'r', untilMs: now() + 60_000 }, { ...retry(1), host: `h${n}` } as Event)
  pass(3000)
  assert.ok(view.waits.length <= 10 && view.outages.length <= 10)
})
