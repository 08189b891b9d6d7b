import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { METRICS_TYPE } from '../../progress/metrics.ts'
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

/** More than a browser and a scraper need; each connection costs memory. */
const MOST_CONNECTIONS = 64

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  // No later trouble of this server is worth ending a run.
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

const plain = (status: number, text: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body: `${text}\n`,
})

/** Returns the answer to a request; a stream gets an event for each publication. `hosts` are the names of this server. */
const answerTo = ({ method, url = '', headers }: IncomingMessage, hosts: ReadonlySet<string>, shown: Shown): Answer | 'stream' => {
  // Refuses a web page whose own name resolves to this machine.
  if (!hosts.has(headers.host?.toLowerCase() ?? '')) return plain(403, 'This is for localhost alone.')
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' })
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
      // The address of the Go program's page.
      return plain(302, 'It is at / now.', { Location: '/' })
    default:
      return plain(404, 'There is nothing here.')
  }
}

/** Listens on the loopback addresses; port 0 takes a free one. Rejects with the system's error if it cannot. */
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
    // Without IPv6 browsers use IPv4 by themselves. If another program has the IPv6 port, `localhost` would lead there.
    (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE',
  )
  return {
    url: `http://${isTaken ? '127.0.0.1' : 'localhost'}:${own}/`,
    publish: () => {
      if (streams.size === 0) return
      const text = event()
      // A page that reads slowly is left out: its unread numbers would fill the memory.
      for (const response of streams) if (!response.writableNeedDrain) response.write(text)
    },
    close: () => {
      for (const response of streams) response.end(event())
      for (const server of [four, six]) {
        server.close()
        // After the last answers are sent.
        setImmediate(() => server.closeAllConnections()).unref()
      }
    },
  }
}
