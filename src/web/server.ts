/** The sockets of the local page: where it listens, and how much of one machine's patience a visitor may use. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { LOOPBACK, type Names } from './guard.ts'

/** The bounds that a visitor meets. */
export interface Bounds {
  /** More than a browser and a scraper need; each connection costs memory. */
  readonly connections: number
  /** Milliseconds until the headers of a request must have come. */
  readonly headersMs: number
  /** Milliseconds until a whole request must have come. */
  readonly requestMs: number
  /** Milliseconds that a connection may rest in the middle of an answer. */
  readonly restMs: number
}

/** The bounds of the program. */
export const BOUNDS: Bounds = { connections: 64, headersMs: 10_000, requestMs: 30_000, restMs: 120_000 }

/** The longest line and headers of a request, in bytes. */
const LONGEST_HEADERS = 16 * 1024

/** A server that is to be opened. */
export interface Opening {
  /** 0 takes a free one. */
  readonly port: number
  /** An address to listen on; absent: the loopback addresses alone. */
  readonly listen?: string
  /** Names of a proxy in front. */
  readonly others?: Iterable<string>
  readonly bounds?: Bounds
  /** True: the process ends although the server is open. */
  readonly isAside?: boolean
  /** `names` are those that the server goes by now. */
  answer(request: IncomingMessage, response: ServerResponse, names: Names): void
}

/** An open server. */
export interface Listening {
  /** The address for a browser on this machine. */
  readonly url: string
  readonly port: number
  /** Takes no further connection, and cuts the others once their last answer is sent. */
  close(): void
}

/** Opens a server on the loopback addresses, or on the address that was named. Rejects with the system's error if it cannot. */
export async function openServer(opening: Opening): Promise<Listening> {
  const { listen } = opening
  const first = makeServer(opening)
  await listenOn(first, listen ?? '127.0.0.1', opening)
  const { port } = first.address() as AddressInfo
  const servers = [first]
  let isTaken = false
  if (listen === undefined) {
    const six = makeServer(opening)
    // Without IPv6 browsers use IPv4 by themselves. If another program has the IPv6 port, `localhost` would lead there.
    isTaken = await listenOn(six, '::1', { ...opening, port }).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE',
    )
    servers.push(six)
  }
  return {
    url: `http://${hostFor(listen, isTaken)}:${port}/`,
    port,
    close: () => {
      for (const server of servers) {
        server.close()
        // After the last answers are sent.
        setImmediate(() => server.closeAllConnections()).unref()
      }
    },
  }
}

const ANY: readonly string[] = ['0.0.0.0', '::', '*']

/** Returns the name in the printed address. An address that means all of them is shown as this machine's own. */
function hostFor(listen: string | undefined, isTaken: boolean): string {
  if (listen === undefined) return isTaken ? '127.0.0.1' : 'localhost'
  if (ANY.includes(listen)) return 'localhost'
  return listen.includes(':') ? `[${listen}]` : listen
}

/** Returns the names of this machine: those of the loopback addresses, and where others may come from outside, each address it has. */
function ownNames(listen: string | undefined): ReadonlySet<string> {
  if (listen === undefined) return new Set(LOOPBACK)
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return new Set([...LOOPBACK, ...addresses.map(({ address }) => (address.includes(':') ? `[${address.split('%')[0]}]` : address))])
}

function makeServer({ answer, listen, others, bounds = BOUNDS, isAside = false }: Opening): Server {
  const heard = (request: IncomingMessage, response: ServerResponse): void => {
    const port = listen === undefined ? request.socket.localPort : undefined
    answer(request, response, { own: ownNames(listen), port, others: new Set(others ?? []) })
  }
  const server = createServer({ maxHeaderSize: LONGEST_HEADERS, connectionsCheckingInterval: Math.min(1000, bounds.headersMs) }, heard)
  server.maxConnections = bounds.connections
  server.headersTimeout = bounds.headersMs
  server.requestTimeout = bounds.requestMs
  server.timeout = bounds.restMs
  // A protocol that nobody here speaks: the connection is cut.
  server.on('upgrade', (_request, socket) => socket.destroy())
  if (isAside) server.on('connection', (socket) => socket.unref())
  return server
}

async function listenOn(server: Server, host: string, { port, isAside = false }: Opening): Promise<void> {
  server.listen({ port, host: host === '*' ? '::' : host, ipv6Only: host === '::1' })
  await once(server, 'listening')
  // Later trouble with the sockets of visitors is no reason to end the program.
  server.on('error', () => {})
  if (isAside) server.unref()
}
