import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
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
  { command = ['backup'], env: own = {} }: { readonly command?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Cost> {
  const home = mkdtempSync(join(destination, '..', 'home-'))
  const watched = join(home, 'cost.json')
  const { keys } = service
  const env = {
    SMGMG_BK_API_KEY: keys.apiKey,
    SMGMG_BK_API_SECRET: keys.apiSecret,
    SMGMG_BK_USER_TOKEN: keys.userToken,
    SMGMG_BK_USER_SECRET: keys.userSecret,
    SMGMG_BK_BASE_URL: service.apiUrl,
    SMGMG_BK_DESTINATION: destination,
    NODE_OPTIONS: `--import=${MONITOR} ${process.env.BENCH_NODE_OPTIONS ?? ''}`,
    BENCH_MONITOR: watched,
    ...own,
  }
  const { seconds } = await run(process.execPath, [PROGRAM, ...command], { cwd: home, env: { ...env, HOME: home } })
  const cost = JSON.parse(readFileSync(watched, 'utf8')) as Omit<Cost, 'seconds'>
  rmSync(home, { recursive: true })
  return { seconds, ...cost, calls: (await service.send({ do: 'count' })).calls }
}

/** Runs the reference client, timed without its start-up: the Go program has next to none. */
export async function reference(service: Service, destination: string): Promise<Cost> {
  const { apiKey, apiSecret, userToken, userSecret } = service.keys
  const env = { API_KEY: apiKey, API_SECRET: apiSecret, USER_TOKEN: userToken, USER_SECRET: userSecret }
  const { output } = await run(process.execPath, [REFERENCE, service.apiUrl, destination], { env })
  const { seconds } = JSON.parse(output) as { readonly seconds: number }
  return { seconds, calls: (await service.send({ do: 'count' })).calls }
}

/** Returns every original's address, for runs of curl. */
export async function curlList(service: Service): Promise<readonly string[]> {
  const { apiKey, apiSecret, userToken, userSecret } = service.keys
  const credentials = { consumerKey: apiKey, consumerSecret: apiSecret, token: userToken, tokenSecret: userSecret }
  return addresses({ apiUrl: service.apiUrl, credentials })
}

/** Runs `curl -Z` over a list of addresses: no listing, no signing, no checking, no flushing. As many at once as the program. */
export async function curl(list: readonly string[], destination: string): Promise<Cost> {
  const config = join(destination, '..', `curl-${createHash('md5').update(destination).digest('hex')}`)
  mkdirSync(join(destination, 'all'), { recursive: true })
  writeFileSync(config, list.map((url, index) => `url = "${url}"\noutput = "${join(destination, 'all', `${index}.jpg`)}"\n`).join(''))
  const { seconds } = await run('curl', ['-Z', '--parallel-max', '32', '--fail', '--silent', '--show-error', '--config', config])
  rmSync(config)
  return { seconds }
}

/** Fetches the same list by a plain program that hashes and flushes. */
export async function plain(list: readonly string[], destination: string): Promise<Cost> {
  const addresses = join(destination, 'addresses')
  writeFileSync(addresses, list.join('\n'))
  return await run(process.execPath, [PLAIN, addresses, destination])
}

/** Flushes everything written so far, so that the next contestant does not pay for the last one. */
export const settleDisk = (): Promise<unknown> => promisify(execFile)('sync')

/** Runs a process to its end. Throws, with its output, when it fails. */
export async function run(
  command: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly seconds: number; readonly output: string }> {
  const began = performance.now()
  const child = spawn(command, words, {
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
