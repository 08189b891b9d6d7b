/** A PostgreSQL server of its own for a test, from Debian's package, on a free port of this machine. */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../support/free-ports.ts'
import { SERVERS_FOLDER, startDaemon, stopDaemons } from './daemons.ts'

/** A database of a server. */
export interface Database {
  /** Its address, with the password. */
  readonly address: string
  readonly password: string
  /** Runs SQL as the owner, and returns what psql prints: rows by line, columns with `|` between. */
  sql(text: string): string
  /** The same, while this process goes on: a simulated SmugMug in it answers meanwhile. */
  ask(text: string): Promise<string>
  /** Returns everything that it holds, as text. */
  dump(): string
}

/** A running server. */
export interface Postgres {
  /** Makes an empty database. */
  database(): Database
  /** Ends the server as a power cut does. */
  kill(): Promise<void>
  /** Starts it again, on the same port. */
  start(): Promise<void>
  /** Ends it, and removes its files. */
  remove(): Promise<void>
}

/** The folder of its programs, which Debian keeps off the PATH. */
const BIN = globSync('/usr/lib/postgresql/*/bin').findLast((folder) => existsSync(join(folder, 'initdb'))) ?? ''

/** The reason for skipping a test that needs it; false where it is installed. */
export const noPostgres: string | false = BIN === '' && 'PostgreSQL is not installed (test/servers/debian-packages.txt)'

/** The user that it runs as: it refuses to run as root. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const AS_USER = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []

/** Durability is not what the tests are about. */
const SETTINGS = ['fsync=off', 'max_connections=60', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=32MB']

/** Milliseconds until it must answer. */
const PATIENCE = 60_000
/** Milliseconds until it is started again. */
const AGAIN = 5000

/** Starts a server. */
export async function startPostgres(): Promise<Postgres> {
  const port = await freePort()
  const place = process.env[SERVERS_FOLDER] ?? tmpdir()
  mkdirSync(place, { recursive: true })
  const folder = mkdtempSync(join(place, 'postgres-'))
  // Its user must be able to reach its files, and the folder of the tests is closed to others.
  const files = isRoot ? mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : '/tmp', 'postgres-')) : folder
  const [data, secret] = [join(files, 'data'), join(files, 'password')]
  const password = randomBytes(12).toString('hex')
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', PGPASSWORD: password, HOME: files }
  const call = (program: string, ...parameters: readonly string[]): string => {
    const [command = '', ...rest] = [...(program === 'initdb' ? AS_USER : []), join(BIN, program), ...parameters]
    return execFileSync(command, rest, { cwd: files, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 100e6 })
  }
  const callAside = async (program: string, ...parameters: readonly string[]): Promise<string> =>
    (await promisify(execFile)(join(BIN, program), parameters, { cwd: files, env })).stdout
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', 'fleet', '-d']
  const isReady = (): boolean => spawnSync(join(BIN, 'pg_isready'), ['-q', ...at, 'postgres'], { env }).status === 0
  const until = async (isSo: () => boolean, what: string, again: () => void = () => undefined): Promise<void> => {
    const end = Date.now() + PATIENCE
    for (let next = Date.now(); !isSo(); await sleep(50)) {
      if (Date.now() > end) throw new Error(`PostgreSQL does not ${what}`)
      if (Date.now() < next) continue
      again()
      next = Date.now() + AGAIN
    }
  }
  const start = (): Promise<void> => {
    const [command = '', ...rest] = [
      ...AS_USER,
      join(BIN, 'postgres'),
      '-D',
      data,
      '-p',
      String(port),
      ...SETTINGS.flatMap((each) => ['-c', each]),
    ]
    // After a kill its connections end a moment later, and it refuses to start meanwhile. A second one beside one that starts ends at once.
    return until(isReady, 'start', () => startDaemon(folder, command, rest))
  }
  const kill = async (): Promise<void> => {
    stopDaemons(folder)
    await until(() => !isReady(), 'end')
  }
  const remove = async (): Promise<void> => {
    stopDaemons(folder)
    for (const each of new Set([folder, files])) await rm(each)
  }
  try {
    chmodSync(files, 0o755)
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(secret, `${password}\n`)
    if (isRoot) chownSync(data, NOBODY, NOBODY)
    call('initdb', '-D', data, '-U', 'fleet', '-A', 'scram-sha-256', '--pwfile', secret, '-N', '--no-instructions', '-E', 'UTF8')
    await start()
  } catch (error) {
    await remove()
    throw error
  }
  let count = 0
  return {
    database: () => {
      count += 1
      const name = `fleet_${count}`
      call('psql', ...at, 'postgres', '-qc', `create database ${name}`)
      return {
        address: `postgresql://fleet:${password}@127.0.0.1:${port}/${name}`,
        password,
        sql: (text) => call('psql', ...at, name, '-qAtc', text).trim(),
        ask: async (text) => (await callAside('psql', ...at, name, '-qAtc', text)).trim(),
        dump: () => call('pg_dump', ...at, name),
      }
    },
    kill,
    start,
    remove,
  }
}

/** Returns the server of a suite: started before its first test, and removed after its last one. Call it in `describe`. */
export function postgresOfSuite(): Postgres {
  let started: Postgres | undefined
  before(async () => {
    started = await startPostgres()
  })
  after(() => started?.remove())
  const running = (): Postgres => started ?? assert.fail('the suite has not begun')
  return {
    database: () => running().database(),
    kill: () => running().kill(),
    start: () => running().start(),
    remove: () => running().remove(),
  }
}

/** Removes a folder whose processes may be ending still. */
async function rm(folder: string): Promise<void> {
  for (let tries = 0; existsSync(folder) && tries < 20; tries++) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    await sleep(50)
  }
}
