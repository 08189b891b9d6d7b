/** A fleet for tests: a database, a simulated account that all of its accounts are, empty vaults, and a configuration with the secret. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour, World } from '../../simulator/world.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { BARE, type EndedJson, type Line, openScene, type Running, type Scene } from '../scenarios/harness.ts'
import type { Database, Postgres } from '../servers/postgres.ts'

/** A fleet that is to be made. */
export interface FleetOptions {
  readonly postgres: Postgres
  readonly accounts: number
  readonly world?: World
  readonly behaviour?: Behaviour
  /** Lines of `[fleet]`, and further sections. */
  readonly settings?: string
}

/** A fleet, its accounts in a table and not imported yet. */
export interface Fleet {
  readonly scene: Scene
  readonly database: Database
  /** The table of the accounts. */
  readonly table: string
  /** The file with the four keys. */
  readonly keys: string
  /** The configuration of the workers. */
  readonly config: string
  readonly names: readonly string[]
  /** Returns the vault of an account. */
  vault(name: string): string
  /** Runs a command of the fleet to its end. */
  run(...words: readonly string[]): Promise<EndedJson>
  /** Starts a worker. */
  start(...options: readonly string[]): Running
  /** Waits until SQL answers so; fails shortly before the whole test does, or after the time that is given in milliseconds. */
  until(sql: string, answer: string, patienceMs?: number): Promise<void>
}

/** Makes a fleet; everything of it ends with the test. */
export async function openFleet(
  t: TestContext,
  { postgres, accounts, world = smallWorld(), behaviour = {}, settings = '' }: FleetOptions,
): Promise<Fleet> {
  const database = postgres.database()
  const scene = await openScene(t, { world, behaviour, env: { SMGMG_BK_FLEET_DATABASE: database.address } })
  const names = Array.from({ length: accounts }, (_, at) => `client ${at + 1}`)
  const vault = (name: string): string => join(scene.folder, 'vaults', name)
  for (const name of names) mkdirSync(vault(name), { recursive: true })
  const { apiKey, apiSecret, userToken, userSecret } = world.keys
  const keys = join(scene.folder, 'keys.toml')
  const config = join(scene.folder, 'fleet.toml')
  const lines = { api_key: apiKey, api_secret: apiSecret, user_token: userToken, user_secret: userSecret }
  const text = Object.entries(lines).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
  writeFileSync(keys, text.join(''), { mode: 0o600 })
  writeFileSync(config, `[web]\nport = 0\n[fleet]\n${settings}\n[fleet.secrets.studio]\nconfig = ${JSON.stringify(keys)}\n`, {
    mode: 0o600,
  })
  const table = join(scene.folder, 'accounts.csv')
  writeFileSync(table, tableOf(names.map((name) => ({ name, destination: vault(name) }))))
  const env = { ...BARE, SMGMG_BK_BASE_URL: scene.env.SMGMG_BK_BASE_URL, SMGMG_BK_MAX_RETRIES: '1' }
  return {
    scene,
    database,
    table,
    keys,
    config,
    names,
    vault,
    run: (...words) => scene.json(['fleet', ...words, '--config', config], { env }),
    start: (...options) => scene.start(['fleet', 'worker', '--json', '--config', config, ...options], { env, patienceMs: 3_600_000 }),
    until: async (sql, answer, patienceMs = 150_000) => {
      const end = Date.now() + patienceMs
      for (let found = ''; ; await sleep(200)) {
        found = await database.ask(sql)
        if (found === answer) return
        if (Date.now() > end)
          throw new Error(`${sql} answers ${found}, not ${answer}\n${database.sql('select * from smugmug_fleet.account')}`)
      }
    },
  }
}

/** Makes a fleet whose database is prepared and has the accounts. */
export async function openReadyFleet(t: TestContext, options: FleetOptions): Promise<Fleet> {
  const fleet = await openFleet(t, options)
  for (const words of [['init'], ['import', fleet.table]]) assert.equal((await fleet.run(...words)).code, 0)
  return fleet
}

/** Counts the accounts that were backed up well. */
export const WELL = 'select count(*) from smugmug_fleet.account where exit_code = 0 and worker is null'

/** Returns a table of accounts. */
export const tableOf = (
  rows: readonly {
    readonly name: string
    readonly destination: string
    readonly settings?: string
    readonly secret?: string
    readonly schedule?: string
  }[],
): string => {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = rows.map(({ name, destination, settings = '', secret = 'studio', schedule = '' }) =>
    [name, destination, settings, secret, schedule].map(cell).join(','),
  )
  return ['name,destination,settings,secret,schedule', ...lines, ''].join('\n')
}

/** Returns what a worker that runs has printed so far. */
export const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
