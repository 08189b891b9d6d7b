import type { IncomingMessage, ServerResponse } from 'node:http'
import { METRICS_TYPE } from '../../progress/metrics.ts'
import { type GuardRules, HEADERS, judge, type Names, type Refusal } from '../../web/guard.ts'
import { openServer } from '../../web/server.ts'
import { CONTENT_POLICY, PAGE } from './page.ts'

/** The numbers that are served besides the page, made anew for each request. */
export interface Shown {
  /** Returns the words of the page, as JSON. */
  json(): string
  /** Returns the numbers for Prometheus. */
  metrics(): string
}

/** A server of a run's numbers, for this machine alone. It never keeps the process running. */
export interface StatsServer {
  /** The address for a browser. */
  readonly url: string
  /** Sends the present numbers to every open page. */
  publish(): void
  /** Publishes once more, and closes all connections. */
  close(): void
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const STREAM_HEADERS = { 'Content-Type': 'text/event-stream' } as const

const page: Answer = {
  status: 200,
  headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': CONTENT_POLICY },
  body: PAGE,
}

const plain = ({ status, text, headers = {} }: Refusal): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body: `${text}\n`,
})

/** Returns the answer to a request; a stream gets an event for each publication. */
const answerTo = (request: IncomingMessage, rules: GuardRules, shown: Shown): Answer | 'stream' => {
  const asked = judge(request, rules)
  if ('status' in asked) return plain(asked)
  switch (`/${asked.segments.join('/')}`) {
    case '/':
      return page
    case '/stats.json':
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: shown.json() }
    case '/stats.stream':
      return asked.method === 'GET' ? 'stream' : { status: 200, headers: STREAM_HEADERS, body: '' }
    case '/metrics':
      return { status: 200, headers: { 'Content-Type': METRICS_TYPE }, body: shown.metrics() }
    case '/debug/statsviz':
    case '/debug/statsviz/':
      // The address of the Go program's page.
      return plain({ status: 302, text: 'It is at / now.', headers: { Location: '/' } })
    default:
      return plain({ status: 404, text: 'There is nothing here.' })
  }
}

/** Listens on the loopback addresses; port 0 takes a free one. Rejects with the system's error if it cannot. */
export const openStatsServer = async (port: number, shown: Shown): Promise<StatsServer> => {
  const streams = new Set<ServerResponse>()
  const event = (): string => `data: ${shown.json()}\n\n`
  const heard = (request: IncomingMessage, response: ServerResponse, names: Names): void => {
    const rules: GuardRules = { names, methods: ['GET', 'HEAD'], stranger: 'This is for localhost alone.' }
    const answer = answerTo(request, rules, shown)
    if (answer !== 'stream') {
      response.writeHead(answer.status, { ...HEADERS, ...answer.headers }).end(answer.body)
      return
    }
    response.writeHead(200, { ...HEADERS, ...STREAM_HEADERS }).write(event())
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }
  const server = await openServer({ port, isAside: true, answer: heard })
  return {
    url: server.url,
    publish: () => {
      if (streams.size === 0) return
      const text = event()
      // A page that reads slowly is left out: its unread numbers would fill the memory.
      for (const response of streams) if (!response.writableNeedDrain) response.write(text)
    },
    close: () => {
      for (const response of streams) response.end(event())
      server.close()
    },
  }
}
