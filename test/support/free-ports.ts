/** Ports for servers that cannot choose one themselves. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** The ports to choose from. Systems give others to those who ask for any port, and to connections: these stay free until they are used. */
const [FIRST, LAST] = [20_000, 32_000]

/** Returns ports at which nobody listens. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

/** Returns a port at which nobody listens. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}
