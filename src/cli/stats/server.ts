import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { METRICS_TYPE } from '../../progress/metrics.ts'
import { CONTENT_POLICY, PAGE } from './page.ts'

/** What is served besides the page, made anew each time. */
export interface Shown {
  /** What the page shows, as JSON. */
  json(): string
  /** For Prometheus. */
  metrics(): string
}

/** Serves a run's numbers to this machine alone. It never keeps the process running. */
export interface StatsServer {
  /** What to type into a browser. */
  readonly url: string
  /** Sends what there is now to all who look. */
  publish(): void
  /** Publishes once more and hangs up. */
  close(): void
}

/** More than one browser and one scraper need; a connection costs memory. */
const MOST_CONNECTIONS = 64

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  // Whatever happens to a server that listens already is not worth a run.
  server.on('error', () => {})
  server.on('connection', (socket) => socket.unref())
  server.maxConnections = MOST_CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening')
  server.unref()
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

const told = (status: number, text: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body: `${text}\n`,
})

/** What is answered to a request; a stream has an event for each publication. `hosts` are the names that we go by. */
const answerTo = ({ method, url = '', headers }: IncomingMessage, hosts: ReadonlySet<string>, shown: Shown): Answer | 'stream' => {
  // A web page that lets its own name resolve to this machine must not get in.
  if (!hosts.has(headers.host?.toLowerCase() ?? '')) return told(403, 'This is for localhost alone.')
  if (method !== 'GET' && method !== 'HEAD') return told(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' })
  switch (url.split('?')[0]) {
    case '/':
      return page
    case '/stats.json':
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: shown.json() }
    case '/stats.stream':
      return method === 'GET' ? 'stream' : { status: 200, headers: STREAM_HEADERS, body: '' }
    case '/metrics':
      return { status: 200, headers: { 'Content-Type': METRICS_TYPE }, body: shown.metrics() }
    case '/debug/statsviz':
    case '/debug/statsviz/':
      // Where the Go program had its page.
      return told(302, 'It is at / now.', { Location: '/' })
    default:
      return told(404, 'There is nothing here.')
  }
}

/** Listens on the loopback addresses; port 0 takes a free one. Rejects with the system's error where that is not possible. */
export const openStatsServer = async (port: number, shown: Shown): Promise<StatsServer> => {
  const streams = new Set<ServerResponse>()
  let hosts: ReadonlySet<string> = new Set()
  const event = (): string => `data: ${shown.json()}\n\n`
  const heard = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = answerTo(request, hosts, shown)
    if (answer !== 'stream') {
      response.writeHead(answer.status, { ...HEADERS, ...answer.headers }).end(answer.body)
      return
    }
    response.writeHead(200, { ...HEADERS, ...STREAM_HEADERS }).write(event())
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }

  const [four, six] = [createServer(heard), createServer(heard)]
  await listen(four, '127.0.0.1', port)
  const own = (four.address() as AddressInfo).port
  hosts = new Set(['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${own}`))
  const isTaken = await listen(six, '::1', own).then(
    () => false,
    // Without IPv6 browsers find the way by themselves; where another program has that port they would find that one.
    (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE',
  )
  return {
    url: `http://${isTaken ? '127.0.0.1' : 'localhost'}:${own}/`,
    publish: () => {
      if (streams.size === 0) return
      const text = event()
      // Who does not read must not fill the memory.
      for (const response of streams) if (!response.writableNeedDrain) response.write(text)
    },
    close: () => {
      for (const response of streams) response.end(event())
      for (const server of [four, six]) {
        server.close()
        // The last answers are under way first.
        setImmediate(() => server.closeAllConnections()).unref()
      }
    },
  }
}
