import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import type { Event } from '../../src/events.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { openLab } from '../support/lab.ts'

/** The storage, with this many bytes free. */
const withFree =
  (free: number | undefined) =>
  (base: Storage): Storage =>
    new Proxy(base, { get: (target, name) => (name === 'free' ? async () => free : own(target, name)) })

const own = (target: Storage, name: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}

const warnings = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.event === 'warning' && event.message.includes('will be missing') ? [event.message] : []))

describe('a disk that will not suffice', { concurrency: 8 }, () => {
  test('is foreseen before the first byte; the run goes on and holds what fits', async (t) => {
    const lab = await openLab(t, smallWorld())
    const run = await lab.backupWith({ storage: withFree(100_000) })
    const [warning = ''] = warnings(run.events)
    assert.match(warning, /^The backup needs about 250\.0 kB, and 100\.0 kB are free in .*vault: about 150\.0 kB will be missing\./)
    assert.equal(warnings(run.events).length, 1)
    const order = run.events.map(({ event }) => event)
    assert.ok(order.indexOf('forecast') < order.indexOf('transfer.started'))
    assert.equal(run.exitCode, 0, 'the warning alone is no failure')
  })

  test('for the thumbnails of the twin is foreseen where the photos fit', async (t) => {
    const lab = await openLab(t, smallWorld(), { settings: { twin: true } })
    const run = await lab.backupWith({ storage: withFree(300_000) })
    const [warning = ''] = warnings(run.events)
    const thumbnails = run.events.flatMap((event) => (event.event === 'forecast' ? [event.thumbnails ?? 0] : []))[0] ?? 0
    assert.equal(thumbnails % 25_000, 0)
    assert.ok(thumbnails > 100_000)
    assert.match(warning, /^The photos fit into .*vault, but not all thumbnails of the twin: about .* will be missing for them\./)
    assert.equal(warnings(run.events).length, 1)
  })

  test('nothing is said when it suffices, when nothing is known, or when the rest is small', async (t) => {
    const lab = await openLab(t, smallWorld())
    assert.deepEqual(warnings((await lab.backupWith({ storage: withFree(undefined) })).events), [])
    assert.deepEqual(warnings((await lab.backupWith({ storage: withFree(1) })).events), [], 'all is held')
    const second = await openLab(t, smallWorld())
    assert.deepEqual(warnings((await second.backupWith({ storage: withFree(300_000) })).events), [])
  })

  test('files that lie there already take no further room', async (t) => {
    const lab = await openLab(t, smallWorld())
    writeFileSync(lab.at('old copies.tar'), Buffer.alloc(200_000))
    const { events } = await lab.backupWith({ storage: withFree(100_000) })
    assert.deepEqual(warnings(events), [])
    const found = events.flatMap((event) => (event.event === 'forecast' ? [event] : []))
    assert.deepEqual(
      found.map(({ bytes, needs }) => [bytes, needs]),
      [[250_000, 50_000]],
    )
  })
})
