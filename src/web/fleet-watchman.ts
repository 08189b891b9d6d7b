/** The answers of a worker of a fleet to watchmen: counts, times and reasons, and no names. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerNumbers } from '../progress/metrics.ts'
import { METRICS_TYPE, workerMetricsText } from '../progress/metrics.ts'
import { openMonitor } from '../progress/vitals.ts'
import type { Census } from '../service/fleet/standing.ts'
import { send, sendJson } from './answers.ts'
import { isLoopback } from './local-page.ts'
import { openWeb, type Resource, type Web } from './web.ts'

/** The addresses that are to be opened. */
export interface FleetWatchmanOptions {
  readonly port: number
  readonly listen: string | undefined
  /** Names of a proxy in front. */
  readonly others: readonly string[]
  now(): number
  numbers(): WorkerNumbers
  /** Throws where the database is away. */
  census(): Promise<Census>
  onBug(error: unknown): void
  /** The milliseconds that a census may take before `/metrics` answers without it. Default: 5 seconds. */
  readonly patienceMs?: number
}

/** Milliseconds of silence after which the database is away. */
const SILENCE = 60_000
/** Milliseconds that the counts of the whole fleet may take: Prometheus waits for ten seconds, and would lose the numbers of the worker too. */
const PATIENCE = 5000
/** Milliseconds for which the counts of the whole fleet are kept. */
const FRESH = 10_000

/** Opens `/healthz` and `/metrics` of a worker. Rejects with the system's error if the port or address cannot be used. */
export async function openFleetWatchman(options: FleetWatchmanOptions): Promise<Pick<Web, 'url' | 'close'>> {
  const { port, listen, others, now, numbers, onBug } = options
  const monitor = openMonitor(now)
  const healthz: Resource = {
    methods: ['GET', 'HEAD'],
    isPublic: true,
    answer: (exchange) => {
      const { running, most, heardAt } = numbers()
      // The clock may have been set back since.
      const isWell = Math.abs(now() - heardAt) < SILENCE
      const reason = isWell ? {} : { reason: `the database has not answered since ${new Date(heardAt).toISOString()}` }
      sendJson(exchange, { status: isWell ? 'ok' : 'trouble', ...reason, running, most }, isWell ? 200 : 503)
    },
  }
  let known: { readonly at: number; readonly census: Promise<Census | undefined> } | undefined
  const metrics: Resource = {
    methods: ['GET', 'HEAD'],
    isPublic: true,
    answer: async (exchange) => {
      if (known === undefined || Math.abs(now() - known.at) > FRESH) known = { at: now(), census: options.census().catch(() => undefined) }
      const census = await Promise.race([known.census, sleep(options.patienceMs ?? PATIENCE, undefined, { ref: false })])
      send(exchange, { type: METRICS_TYPE, body: workerMetricsText(numbers(), census, monitor.read()) })
    },
  }
  const resources = new Map([
    ['/healthz', healthz],
    ['/metrics', metrics],
  ])
  const web = await openWeb({ port, listen: isLoopback(listen) ? undefined : listen, others, now, resources, onBug })
  return {
    url: web.url,
    close: async () => {
      await web.close()
      monitor.close()
    },
  }
}
