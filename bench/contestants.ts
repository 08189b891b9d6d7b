import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Limited } from './limits.ts'
import { addresses } from './reference.ts'
import type { Service } from './service.ts'

/** The cost of one run. */
export interface Cost {
  /** Seconds from start to end of the process. */
  readonly seconds: number
  readonly cpuSeconds?: number
  readonly rssMb?: number
  /** The longest standstill of the event loop. */
  readonly delayMs?: number
  /** Everything that it handed to the system to be written, its databases included. Linux only. */
  readonly writtenMb?: number
  /** API calls. */
  readonly calls?: number
  /** Samples: seconds since the start, and resident megabytes. */
  readonly memory?: readonly (readonly [number, number])[]
}

/** The program as it is shipped. */
export const PROGRAM = join(import.meta.dirname, '..', 'bin', 'smugmug-backup.cjs')
/** The watcher from within: see monitor.mjs. */
export const MONITOR = import.meta.resolve('./monitor.mjs')
const REFERENCE = join(import.meta.dirname, 'reference.ts')
const PLAIN = join(import.meta.dirname, 'plain.ts')

/** Runs one command of the program, by default a backup, watched from within; `env` are settings of its own. */
export async function program(
  service: Service,
  destination: string,
  { command = ['backup'], env: own = {}, limited }: Watching & { readonly command?: readonly string[] } = {},
): Promise<Cost> {
  const env = { ...settingsOf(service, destination), ...own }
  const cost = await watched([PROGRAM, ...command], join(destination, '..'), { env, ...(limited !== undefined && { limited }) })
  return { ...cost, calls: (await service.send({ do: 'count' })).calls }
}

const settingsOf = ({ keys, apiUrl }: Service, destination: string): Readonly<Record<string, string>> => ({
  SMGMG_BK_API_KEY: keys.apiKey,
  SMGMG_BK_API_SECRET: keys.apiSecret,
  SMGMG_BK_USER_TOKEN: keys.userToken,
  SMGMG_BK_USER_SECRET: keys.userSecret,
  SMGMG_BK_BASE_URL: apiUrl,
  SMGMG_BK_DESTINATION: destination,
})

/** Runs a backup, not watched. Returns the milliseconds to the first byte that it prints. */
export async function firstOutput(service: Service, destination: string): Promise<number> {
  const began = performance.now()
  const env = { PATH: process.env.PATH, HOME: destination, ...settingsOf(service, destination) }
  const child = spawn(process.execPath, [PROGRAM, 'backup'], { cwd: destination, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  const milliseconds = performance.now() - began
  child.stdout.resume()
  await ended
  return milliseconds
}

/** The settings of a process, and the limit on it. */
interface Watching {
  readonly env?: Readonly<Record<string, string>>
  readonly limited?: Limited
}

/** Runs Node, watched from within, in an empty folder of its own that it finds in `HOME`. */
async function watched(words: readonly string[], below: string, { env, limited }: Watching): Promise<Cost> {
  const home = mkdtempSync(join(below, 'home-'))
  const result = join(home, 'cost.json')
  const watching = { NODE_OPTIONS: `--import=${MONITOR} ${process.env.BENCH_NODE_OPTIONS ?? ''}`, BENCH_MONITOR: result, HOME: home }
  const { seconds } = await run(process.execPath, words, {
    cwd: home,
    env: { ...watching, ...env },
    ...(limited !== undefined && { limited }),
  })
  const cost = JSON.parse(readFileSync(result, 'utf8')) as Omit<Cost, 'seconds'>
  rmSync(home, { recursive: true })
  return { seconds, ...cost }
}

/** Runs the reference client, timed without its start-up: the Go program has next to none. */
export async function reference(service: Service, destination: string): Promise<Cost> {
  const { apiKey, apiSecret, userToken, userSecret } = service.keys
  const env = { API_KEY: apiKey, API_SECRET: apiSecret, USER_TOKEN: userToken, USER_SECRET: userSecret }
  const { output } = await run(process.execPath, [REFERENCE, service.apiUrl, destination], { env })
  const { seconds } = JSON.parse(output) as { readonly seconds: number }
  return { seconds, calls: (await service.send({ do: 'count' })).calls }
}

/** Returns every original's address, for contestants that list nothing. */
export async function addressList(service: Service): Promise<readonly string[]> {
  const { apiKey, apiSecret, userToken, userSecret } = service.keys
  const credentials = { consumerKey: apiKey, consumerSecret: apiSecret, token: userToken, tokenSecret: userSecret }
  return addresses({ apiUrl: service.apiUrl, credentials })
}

/** Fetches such a list by a plain program that hashes and flushes. */
export async function plain(list: readonly string[], destination: string, limited?: Limited): Promise<Cost> {
  const addresses = join(destination, 'addresses')
  writeFileSync(addresses, list.join('\n'))
  return await watched([PLAIN, addresses, destination], join(destination, '..'), limited === undefined ? {} : { limited })
}

/** Flushes everything written so far, so that the next contestant does not pay for the last one. */
export const settleDisk = (): Promise<unknown> => promisify(execFile)('sync')

/** Runs a process to its end. Throws, with its output, when it fails. */
export async function run(
  command: string,
  words: readonly string[],
  options: { readonly cwd?: string } & Watching = {},
): Promise<{ readonly seconds: number; readonly output: string }> {
  const began = performance.now()
  const [first, rest] = options.limited?.wrap(command, words) ?? [command, words]
  const child = spawn(first, rest, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let trouble = ''
  child.stdout.on('data', (text: Buffer) => {
    output = (output + text).slice(-10_000)
  })
  child.stderr.on('data', (text: Buffer) => {
    trouble = (trouble + text).slice(-2000)
  })
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const seconds = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`${command} ${words.slice(0, 3).join(' ')} ended with ${status}: ${trouble || output}`)
  return { seconds, output }
}
