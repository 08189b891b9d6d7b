import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { handleApi } from './api.ts'
import { handleCdn } from './cdn.ts'
import { Service } from './service.ts'
import type { Behaviour, Simulator, SimulatorOptions, World } from './world.ts'

/** The life of an idle connection, longer than any client keeps one: the simulator must never close one under a request. */
const KEEP_ALIVE_MS = 120_000

type Handler = (service: Service, request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Starts SmugMug for one account on 127.0.0.1: the API on one port, its files on another. */
export async function startSimulator(world: World, behaviour: Behaviour = {}, options: SimulatorOptions = {}): Promise<Simulator> {
  const service = new Service(world, behaviour)
  const api = serverOf(service, handleApi)
  const cdn = serverOf(service, handleCdn)
  const [apiPort, cdnPort] = await Promise.all([listen(api, options.port ?? 0), listen(cdn, options.cdnPort ?? 0)])
  service.apiUrl = `http://127.0.0.1:${apiPort}`
  service.cdnUrl = `http://${options.cdnHost ?? '127.0.0.1'}:${cdnPort}`
  return {
    apiUrl: service.apiUrl,
    cdnUrl: service.cdnUrl,
    get counters() {
      return service.counters.counters
    },
    get requests() {
      return service.counters.requests
    },
    get world() {
      return service.atlas.world
    },
    resetCounters: () => service.counters.reset(),
    setWorld: (next) => service.setWorld(next),
    setBehaviour: (next) => service.setBehaviour(next),
    close: async () => {
      await Promise.all([close(api), close(cdn)])
    },
  }
}

function serverOf(service: Service, handle: Handler): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, noDelay: true }, (request, response) => {
    handle(service, request, response).catch((error: unknown) => {
      // Clients leave in the middle, on purpose in many tests; anything else is a defect of the simulator and must be seen.
      if (response.destroyed || response.headersSent) response.destroy()
      else
        response
          .writeHead(500, { 'Content-Type': 'text/plain' })
          .end(`Simulator defect: ${error instanceof Error ? error.stack : String(error)}`)
    })
  })
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, '127.0.0.1', resolve)
  await promise
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  await promise
}
