/** Messages that went out nowhere, although no further backup comes. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startHttpReceiver } from '../../../test/support/receivers.ts'
import { defaultSettings } from '../../config/settings.ts'
import { DAY } from '../../flow/clock.ts'
import { reportedStore } from './memory.ts'
import type { Facts, Reported } from './news.ts'
import { openNotifier, type ReportedStore } from './notifier.ts'

const NOW = Date.UTC(2026, 10, 29)
const away: Facts['standing'] = { kind: 'trouble', exitCode: 5, message: 'away' }
const refused: Facts = {
  now: NOW,
  standing: away,
  lastGood: NOW,
  task: { kind: 'backup', exitCode: 4, message: 'The token is refused.' },
}

/** Returns the standing of a vault whose last backup began at a moment, and ended well unless an exit code says otherwise. */
const whole = (startedAt: number, exitCode = 0): Facts['standing'] => {
  const status = { exitCode, message: '', missing: { damaged: 0, unreadable: 0 }, vanishedLost: 0, lastRun: { startedAt, exitCode } }
  return { kind: 'known', health: { status } } as unknown as Facts['standing']
}

const memory = (): ReportedStore => {
  let reported: Reported | undefined
  return {
    read: () => reported,
    write: (next) => {
      reported = next
    },
  }
}

const openWith = (url: string, store = memory()) =>
  openNotifier({ settings: { ...defaultSettings, notifyUrls: [url] }, env: {}, store, failed: () => undefined })

test('the news of a refused sign-in come at a later look: the service waits, and no other backup brings them', async (t) => {
  let status = 500
  const receiver = await startHttpReceiver(t, (response) => response.writeHead(status).end())
  const notifier = openWith(`${receiver.url}/`)
  await notifier.consider(refused)
  await notifier.consider({ now: NOW + 1, standing: away, lastGood: NOW })
  status = 200
  await notifier.consider({ now: NOW + DAY, standing: away, lastGood: NOW, task: { kind: 'verify', exitCode: 0 } })
  await notifier.consider({ now: NOW + 2 * DAY, standing: away, lastGood: NOW })
  const bodies = receiver.requests.map(({ body }) => JSON.parse(body))
  assert.deepEqual(
    bodies.map(({ kind, state }) => `${kind} ${state}`),
    ['sign-in began', 'sign-in began', 'sign-in began'],
  )
  assert.match(bodies[2].text, /The token is refused\./)
})

test('they come by a way that was mended since, and after a new start of the service', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'owed-'))
  t.after(() => rmSync(state, { recursive: true }))
  const receiver = await startHttpReceiver(t)
  const look = (url: string, facts: Facts) => openWith(url, reportedStore({ XDG_STATE_HOME: state }, '/vault')).consider(facts)
  await look('http://127.0.0.1:9/', { ...refused, task: { kind: 'backup', exitCode: 4, message: 'No.', forecast: { needs: 1, free: 2 } } })
  for (const days of [1, 2]) await look(receiver.url, { now: NOW + days * DAY, standing: away, lastGood: NOW + days * DAY })
  assert.deepEqual(
    receiver.requests.map(({ body }) => JSON.parse(body).kind),
    ['sign-in'],
  )
})

for (const [exitCode, end] of [
  [0, 'well'],
  [3, 'with gaps'],
] as const) {
  test(`they do not come once a backup that a person started has ended ${end}: they would be untrue`, async (t) => {
    let status = 500
    const receiver = await startHttpReceiver(t, (response) => response.writeHead(status).end())
    const notifier = openWith(`${receiver.url}/`)
    await notifier.consider({ ...refused, standing: whole(NOW - 1) })
    status = 200
    await notifier.consider({ now: NOW + 2, standing: whole(NOW + 1, exitCode), lastGood: NOW })
    assert.equal(receiver.requests.length, 1)
  })
}

test('they come although a person has started a backup that ended in the same way', async (t) => {
  let status = 500
  const receiver = await startHttpReceiver(t, (response) => response.writeHead(status).end())
  const notifier = openWith(`${receiver.url}/`)
  await notifier.consider({ ...refused, standing: whole(NOW - 1) })
  status = 200
  await notifier.consider({ now: NOW + 2, standing: whole(NOW + 1, 4), lastGood: NOW })
  assert.equal(receiver.requests.length, 2)
})

test('of several news at one look those come again that went out nowhere, and no other', async (t) => {
  const receiver = await startHttpReceiver(t, (response) => response.writeHead(receiver.requests.length === 2 ? 500 : 200).end())
  const notifier = openWith(`${receiver.url}/`)
  const task: Facts['task'] = { kind: 'backup', exitCode: 3, forecast: { needs: 2, free: 1 } }
  for (const days of [0, 1, 2])
    await notifier.consider({ now: NOW + days * DAY, standing: away, lastGood: NOW, ...(days === 0 && { task }) })
  await notifier.consider({ now: NOW + 3 * DAY, standing: away, lastGood: NOW + 3 * DAY, task: { kind: 'backup', exitCode: 0 } })
  assert.deepEqual(
    receiver.requests.map(({ body }) => JSON.parse(body)).map(({ kind, state }) => `${kind} ${state}`),
    ['incomplete began', 'disk began', 'disk began', 'incomplete ended'],
  )
})

test('they hold up no other news: those of a disk that is away come at the same look', async (t) => {
  let status = 500
  const receiver = await startHttpReceiver(t, (response) => response.writeHead(status).end())
  const notifier = openWith(`${receiver.url}/`)
  await notifier.consider({ now: NOW, standing: whole(NOW - 1), lastGood: NOW, task: { kind: 'backup', exitCode: 3 } })
  status = 200
  await notifier.consider({ now: NOW + 1, standing: away, lastGood: NOW, isMissed: true })
  assert.deepEqual(
    receiver.requests.map(({ body }) => JSON.parse(body).kind),
    ['incomplete', 'incomplete', 'destination'],
  )
})
