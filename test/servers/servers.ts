/**
 * Real servers of S3 for tests, from Debian's packages. Each is started once for a whole run of tests, by the first test that asks for it,
 * and ended by `scripts/test.ts`, also after a failed test; a test file that runs without that script ends its own.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVERS_FOLDER, stopDaemons, stopServers } from './daemons.ts'
import { startRadosgw } from './radosgw.ts'
import { startSwift } from './swift.ts'

/** A server that speaks S3, and the keys of a user who may make buckets. */
export interface S3Server {
  readonly name: string
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const kinds = {
  radosgw: { programs: ['ceph-mon', 'ceph-osd', 'ceph', 'radosgw'], start: startRadosgw },
  swift: { programs: ['swift-proxy-server', 'swift-object-server', 'memcached'], start: startSwift },
}

/** The real servers that tests know. */
export const serverNames = Object.keys(kinds) as readonly (keyof typeof kinds)[]

/** Returns the reason why this machine cannot run a server, for the `skip` of a test; false when it can. */
export function lacks(name: keyof typeof kinds): string | false {
  if (process.platform === 'win32') return `${name} does not run on Windows`
  const missing = kinds[name].programs.find((program) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status !== 0)
  return missing === undefined ? false : `${missing} is not installed (test/servers/debian-packages.txt)`
}

let own: string | undefined

function place(): string {
  const shared = process.env[SERVERS_FOLDER]
  if (shared !== undefined) return shared
  if (own === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 's3-servers-'))
    own = folder
    // A hook that is made in the midst of a test ends with that test, and later tests would start servers that nobody ends.
    process.once('exit', () => stopServers(folder))
  }
  return own
}

/** Returns a running server, started now unless another test has done it. Throws when it cannot be started. */
export async function startServer(name: keyof typeof kinds): Promise<S3Server> {
  const folder = join(place(), name)
  const facts = join(folder, 'server.json')
  mkdirSync(place(), { recursive: true })
  try {
    mkdirSync(folder)
  } catch {
    return await other(facts)
  }
  try {
    write(facts, await kinds[name].start(folder))
  } catch (error) {
    write(facts, { trouble: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    stopDaemons(folder)
  }
  return await other(facts)
}

function write(path: string, content: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(content))
  renameSync(`${path}.new`, path)
}

/** Waits for the test that starts the server. */
async function other(facts: string): Promise<S3Server> {
  const end = Date.now() + 90_000
  while (!existsSync(facts)) {
    if (Date.now() > end) throw new Error(`the server of ${facts} did not start in time`)
    await sleep(100)
  }
  const server = JSON.parse(readFileSync(facts, 'utf8')) as S3Server | { readonly trouble: string }
  if ('trouble' in server) throw new Error(`the server could not be started: ${server.trouble}`)
  return server
}
