import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { createCounters, type Numbers } from './counters.ts'
import { METRICS_TYPE, metricsText } from './metrics.ts'
import { createRunView } from './run-view.ts'
import type { Vitals } from './vitals.ts'

const vitals: Vitals = { rss: 120_000_000, heapUsed: 40_000_000, external: 5_000_000, delay: { mean: 0.5, p99: 12, max: 250 } }

const begun = (): Numbers =>
  createCounters(
    createRunView(() => 5000),
    () => 5000,
  ).numbers()

interface Parsed {
  readonly help: string
  readonly type: string
  readonly samples: { readonly labels: Record<string, string>; readonly value: number }[]
}

/** Reads the text as the format's specification says, and fails on anything that it does not allow. */
const parse = (text: string): ReadonlyMap<string, Parsed> => {
  assert.ok(text.endsWith('\n'), 'the last line ends')
  const metrics = new Map<string, { help: string; type: string; samples: Parsed['samples'] }>()
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, described = '', words = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') {
      assert.ok(!metrics.has(described), `${described} is described twice`)
      metrics.set(described, { help: words, type: '', samples: [] })
      continue
    }
    const last = [...metrics.keys()].at(-1)
    if (kind === 'TYPE') {
      const metric = metrics.get(described) ?? assert.fail(`${described} has no HELP before`)
      assert.equal(described, last)
      assert.deepEqual(metric.samples, [], 'TYPE stands before the samples')
      metric.type = words
      continue
    }
    const [, name = '', , labelText = '', value = ''] =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\n"])*",?)*)\})? (\S+)$/.exec(line) ??
      assert.fail(`no line of the format: ${line}`)
    assert.equal(name, last, 'the lines of a metric stand together')
    const labels = [...labelText.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', raw = '']) => {
      const text = raw.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
      return [label, text] as const
    })
    assert.ok(Number.isFinite(Number(value)), `${value} is no number`)
    metrics.get(name)?.samples.push({ labels: Object.fromEntries(labels), value: Number(value) })
  }
  return metrics
}

const only = (metrics: ReadonlyMap<string, Parsed>, name: string): number | undefined => {
  const samples = metrics.get(`smugmug_backup_${name}`)?.samples
  assert.ok(samples === undefined || samples.length === 1, `${name} has one sample`)
  return samples?.[0]?.value
}

describe('the text for Prometheus', () => {
  test('is of version 0.0.4, and every metric is named, described and typed by the conventions', () => {
    assert.match(METRICS_TYPE, /^text\/plain; version=0\.0\.4/)
    const metrics = parse(metricsText({ ...begun(), items: { done: 1, total: 2 }, albums: { done: 1, total: 2 } }, vitals))
    assert.ok(metrics.size > 15, `${metrics.size} metrics`)
    for (const [name, { help, type, samples }] of metrics) {
      assert.match(name, /^smugmug_backup_[a-z0-9_]+$/)
      assert.match(help, /^\S.*\.$/)
      assert.ok(samples.length > 0, `${name} has a value`)
      assert.equal(type, name.endsWith('_total') ? 'counter' : 'gauge', name)
      assert.doesNotMatch(name, /_(?:ms|milliseconds|mb|kb)(?:_|$)/, 'base units')
    }
  })

  test('says how far the run is, what was asked for, and that a server does not answer; unknown is absent', () => {
    const run: Numbers = {
      ...begun(),
      at: 65_000,
      measure: { done: 50, total: 200, unit: 'bytes' },
      remainingMs: 33_000,
      asked: 64,
      underWay: 120,
      outages: [{ host: 'api', since: 25_000, reason: 'r', attempt: 2, nextAt: 26_000 }],
    }
    const names = [
      'work_done_bytes',
      'work_expected_bytes',
      'work_done_ratio',
      'remaining_seconds',
      'asked_files',
      'transfers',
      'outages',
      'outage_seconds',
    ]
    const values = (numbers: Numbers) => names.map((name) => only(parse(metricsText(numbers, vitals)), name))
    assert.deepEqual(values(run), [50, 200, 0.25, 33, 64, 120, 1, 40])
    assert.deepEqual(values(begun()), [undefined, undefined, undefined, undefined, 0, 0, 0, 0])
    assert.deepEqual(values({ ...run, measure: { done: 50, total: 200, unit: 'bytes', isLeast: true } }).slice(0, 3), [50, 200, undefined])
    assert.deepEqual(values({ ...run, measure: { done: 1, total: 4, unit: 'albums' } }).slice(0, 3), [undefined, undefined, 0.25])
  })

  test('is described in the manual, metric by metric', () => {
    const manual = readFileSync(new URL('../../docs/automation.md', import.meta.url), 'utf8')
    const named = new Set([...manual.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name))
    const run: Numbers = {
      ...begun(),
      measure: { done: 1, total: 2, unit: 'bytes' },
      remainingMs: 1,
      items: { done: 1, total: 2 },
      albums: { done: 1, total: 2 },
    }
    const atOnce = [{ host: 'h', kind: 'calls', atOnce: 1 }] as const
    const calls = [{ endpoint: 'file', count: 1, durationMs: 1 }]
    const own = /^(?:start_time|resident|heap|external|event_loop)/
    const missing = [...parse(metricsText({ ...run, atOnce, calls }, vitals)).keys()]
      .map((name) => name.replace('smugmug_backup_', ''))
      .filter((name) => !own.test(name) && !named.has(name))
    assert.deepEqual(missing, [])
  })

  test('has the numbers of the run in base units', () => {
    const metrics = parse(
      metricsText(
        {
          ...begun(),
          at: 10_000,
          startedAt: 5000,
          bytes: 12_345_678_901_234,
          waits: 2,
          waitedMs: 61_500,
          waiting: [{ reason: 'r', untilMs: 12_500 }],
          retries: 3,
          retryWaitMs: 2500,
          wanted: 77,
          outcomes: { ...begun().outcomes, stored: 4, failed: 1 },
        },
        vitals,
      ),
    )
    const expected = {
      start_time_seconds: 5,
      received_bytes_total: 12_345_678_901_234,
      waits_total: 2,
      wait_seconds_total: 61.5,
      wait_remaining_seconds: 2.5,
      retries_total: 3,
      retry_wait_seconds_total: 2.5,
      queued_items: 77,
      resident_memory_bytes: 120_000_000,
      event_loop_delay_mean_seconds: 0.0005,
      event_loop_delay_p99_seconds: 0.012,
      event_loop_delay_max_seconds: 0.25,
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(only(metrics, name), value, name)
    const outcomes = metrics.get('smugmug_backup_items_total')?.samples ?? []
    assert.equal(outcomes.length, 9, 'also those that did not happen yet: a counter begins at 0')
    assert.equal(outcomes.find(({ labels }) => labels.outcome === 'stored')?.value, 4)
  })

  test('leaves out unknown numbers', () => {
    const metrics = parse(metricsText(begun(), vitals))
    for (const name of ['items_expected', 'albums_expected', 'requests_total', 'requests_at_once_limit'])
      assert.equal(metrics.get(`smugmug_backup_${name}`), undefined, name)
  })

  test('counts calls by endpoint and status', () => {
    const calls = [
      { endpoint: 'file', status: 200, count: 5, durationMs: 1500 },
      { endpoint: 'file', count: 1, durationMs: 30_000 },
    ]
    const metrics = parse(metricsText({ ...begun(), calls, atOnce: [{ host: 'api.smugmug.com', kind: 'calls', atOnce: 8 }] }, vitals))
    assert.deepEqual(metrics.get('smugmug_backup_requests_total')?.samples, [
      { labels: { endpoint: 'file', status: '200' }, value: 5 },
      { labels: { endpoint: 'file', status: 'none' }, value: 1 },
    ])
    assert.equal(metrics.get('smugmug_backup_request_seconds_total')?.samples[0]?.value, 1.5)
    assert.deepEqual(metrics.get('smugmug_backup_requests_at_once_limit')?.samples, [
      { labels: { host: 'api.smugmug.com', kind: 'calls' }, value: 8 },
    ])
  })

  test('whatever a label holds, it stays one label of one line', () => {
    const read = (endpoint: string): string | undefined => {
      const calls = [{ endpoint, status: 200, count: 1, durationMs: 1 }]
      const metrics = parse(metricsText({ ...begun(), calls, atOnce: [{ host: endpoint, kind: 'files', atOnce: 3 }] }, vitals))
      assert.equal(metrics.get('smugmug_backup_requests_at_once_limit')?.samples[0]?.labels.host, endpoint.toWellFormed())
      const samples = metrics.get('smugmug_backup_requests_total')?.samples ?? []
      assert.equal(samples.length, 1)
      return samples[0]?.labels.endpoint
    }
    const hostile = ['"} 1\nevil 2', '\\', '\\n', '\\"', 'a\nb', '\n# TYPE x counter', '{}', '', '\ud800', '旅行 🌋', '\r\u2028\0']
    for (const text of hostile) assert.equal(read(text), text.toWellFormed())
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(read(text), text.toWellFormed())))
  })
})
