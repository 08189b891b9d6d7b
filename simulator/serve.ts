import { fstatSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startSimulator } from './simulator.ts'
import type { Behaviour, World } from './world.ts'
import { folderWorld } from './worlds/folder.ts'
import { largeWorld } from './worlds/large.ts'
import { nastyWorld } from './worlds/nasty.ts'
import { smallWorld } from './worlds/small.ts'

/**
 * A simulator as a process of its own: prints one line of JSON (`apiUrl`, `cdnUrl`, `keys`, `nickName`) and runs until SIGTERM,
 * SIGINT, or the end of its standard input where that is a pipe.
 */

const USAGE = `node simulator/serve.ts [--world small|nasty|large] [--folder DIR]
  --albums N --images N --bytes N   size of the large world: albums, images in each, bytes of each
  --seeds N                         how many different contents it has (default 1000)
  --video-every N                   every n-th image of it is a video
  --call-ms N --item-ms N --file-ms N   latency of a call, of a listed item, of a file
  --bandwidth N                     bytes a second of all files together
  --rate-calls N --rate-window-ms N rate limit
  --port N --cdn-port N --cdn-host localhost|127.0.0.1
`

const { values } = parseArgs({
  options: {
    world: { type: 'string', default: 'small' },
    folder: { type: 'string' },
    albums: { type: 'string', default: '100' },
    images: { type: 'string', default: '100' },
    bytes: { type: 'string', default: '200000' },
    seeds: { type: 'string', default: '1000' },
    'video-every': { type: 'string' },
    'call-ms': { type: 'string' },
    'item-ms': { type: 'string' },
    'file-ms': { type: 'string' },
    bandwidth: { type: 'string' },
    'rate-calls': { type: 'string' },
    'rate-window-ms': { type: 'string' },
    port: { type: 'string' },
    'cdn-port': { type: 'string' },
    'cdn-host': { type: 'string' },
    help: { type: 'boolean' },
  },
})

function count(name: keyof typeof values): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isFinite(number) || number < 0) fail(`--${name} must be a number, not "${text}"`)
  return number
}

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`)
  process.exit(2)
}

function chosenWorld(): World {
  if (values.folder !== undefined) return folderWorld(values.folder)
  switch (values.world) {
    case 'small':
      return smallWorld()
    case 'nasty':
      return nastyWorld()
    case 'large': {
      const videoEvery = count('video-every')
      return largeWorld({
        albums: count('albums') ?? 0,
        imagesPerAlbum: count('images') ?? 0,
        bytesPerImage: count('bytes') ?? 0,
        sharedSeeds: count('seeds') ?? 1000,
        ...(videoEvery === undefined ? {} : { videoEvery }),
      })
    }
    default:
      return fail(`There is no world "${values.world}"`)
  }
}

function chosenBehaviour(): Behaviour {
  const bandwidth = count('bandwidth')
  const calls = count('rate-calls')
  return {
    latency: { callMs: count('call-ms') ?? 0, perItemMs: count('item-ms') ?? 0, fileMs: count('file-ms') ?? 0 },
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(calls === undefined ? {} : { rateLimit: { calls, windowMs: count('rate-window-ms') ?? 60_000 } }),
  }
}

function cdnHost(): '127.0.0.1' | 'localhost' {
  const host = values['cdn-host'] ?? '127.0.0.1'
  return host === 'localhost' || host === '127.0.0.1' ? host : fail(`--cdn-host must be localhost or 127.0.0.1, not "${host}"`)
}

if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}

const world = chosenWorld()
const simulator = await startSimulator(world, chosenBehaviour(), {
  port: count('port') ?? 0,
  cdnPort: count('cdn-port') ?? 0,
  cdnHost: cdnHost(),
})
process.stdout.write(
  `${JSON.stringify({ apiUrl: simulator.apiUrl, cdnUrl: simulator.cdnUrl, keys: world.keys, nickName: world.nickName })}\n`,
)

const stop = (): void => {
  void simulator.close().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
const input = fstatSync(0)
// Only a pipe's end means that the parent process has gone: /dev/null ends at once, a terminal never.
if (input.isFIFO() || input.isSocket()) process.stdin.once('end', stop).once('close', stop).resume()
