import { EnvHttpProxyAgent, fetch } from 'undici'
import * as v from 'valibot'
import type { Environment } from '../config/environment.ts'
import { ConfigurationError, ServiceError } from '../errors.ts'
import { manifest } from './installation.ts'

/** The newest release, and whether this program is older. */
export interface Newest {
  readonly version: string
  readonly isNewer: boolean
  /** The address where it is to be had. */
  readonly page: string
}

/** The variable that names another address to ask: a mirror, or the npm registry. */
const ADDRESS = 'SMUGMUG_BACKUP_RELEASES'

/** The time for the whole answer, in milliseconds, and its most bytes: GitHub's has some ten thousand. */
export const PATIENCE_MS = 10_000
const MOST_BYTES = 1_000_000

const VERSION = v.pipe(v.string(), v.maxLength(100), v.regex(/^v?\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.-]+)?$/))

/** An answer of GitHub's, or one of the npm registry. */
const ANSWER = v.union([v.object({ tag_name: VERSION }), v.object({ version: VERSION })])

/**
 * Asks GitHub for the newest release. This is the one place that does, and only `--version --check` calls it. Throws `ServiceError` if no
 * version comes in time, and `ConfigurationError` if the variable holds no address.
 */
export async function askNewest(
  env: Environment,
  { version, patienceMs = PATIENCE_MS }: { readonly version: string; readonly patienceMs?: number },
): Promise<Newest> {
  const page = `${manifest().homepage}/releases`
  const address = addressOf(env)
  const unknown = (reason: string, cause?: unknown): ServiceError =>
    new ServiceError(`It is not known whether there is a newer version than ${version}: ${address.host} ${reason}.`, {
      hint: `See: ${page}`,
      cause,
    })
  const named = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? ''
  const proxies = { httpProxy: named('http_proxy'), httpsProxy: named('https_proxy'), noProxy: named('no_proxy') }
  let dispatcher: EnvHttpProxyAgent
  try {
    dispatcher = new EnvHttpProxyAgent(proxies)
  } catch (error) {
    if (error instanceof TypeError || (error instanceof Error && 'code' in error))
      throw unknown('cannot be asked through the proxy that the environment names', error)
    throw error
  }
  try {
    const headers = { accept: 'application/json', 'user-agent': `smugmug-backup/${version} (+${manifest().homepage})` }
    const answer = await fetch(address, { headers, dispatcher, signal: AbortSignal.timeout(patienceMs) })
    if (answer.status !== 200) throw unknown(`answered ${answer.status}`)
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), ANSWER), await beginningOf(answer.body ?? []))
    if (!read.success) throw unknown('answered with something else than a version')
    const newest = ('tag_name' in read.output ? read.output.tag_name : read.output.version).replace(/^v/, '')
    return { version: newest, isNewer: isOlder(version, newest), page }
  } catch (error) {
    throw refusalOf(error, unknown)
  } finally {
    await dispatcher.destroy()
  }
}

function addressOf(env: Environment): URL {
  const given = env[ADDRESS]?.trim()
  if (!given) return new URL(manifest().homepage.replace('https://github.com/', 'https://api.github.com/repos/').concat('/releases/latest'))
  const address = URL.parse(given)
  if (address !== null && /^https?:$/.test(address.protocol) && address.username + address.password === '') return address
  throw new ConfigurationError(`${ADDRESS} holds no address that could be asked for the newest version.`, {
    hint: `Give it one such as https://registry.npmjs.org/smugmug-backup/latest, or unset it.`,
  })
}

/** Returns the text of an answer, up to the most bytes: no answer of any length is read whole. */
async function beginningOf(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let left = MOST_BYTES
  for await (const piece of body) {
    pieces.push(piece.subarray(0, left))
    left -= piece.length
    if (left <= 0) break
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** Returns a failure of the connection in words; any other error as it is. */
function refusalOf(error: unknown, unknown: (reason: string, cause?: unknown) => ServiceError): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'TimeoutError') return unknown('did not answer in time', error)
  // fetch reports every failure of a connection as this.
  if (error instanceof TypeError && /^(?:fetch failed|terminated)$/.test(error.message)) {
    const { cause } = error
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    return unknown(`could not be reached${code}`, error)
  }
  return error
}

/** Returns true if the first version comes before the second. A version to come, such as 3.0.0-rc.1, is before the one that it announces. */
export function isOlder(version: string, other: string): boolean {
  const [mine, its] = [version, other].map((text) => {
    const [numbers = '', ...announced] = text.split('-')
    return [...numbers.split('.').map(Number), announced.length === 0 ? 1 : 0]
  })
  const at = mine?.findIndex((part, index) => part !== its?.[index]) ?? -1
  return at >= 0 && (mine?.[at] ?? 0) < (its?.[at] ?? 0)
}
