/** The accounts and the queue of a fleet in PostgreSQL, by pg-boss: no other file knows either. */
import type { PgBoss } from 'pg-boss'
import { loadBeside } from '../../app/own-files.ts'
import { ConfigurationError } from '../../errors.ts'
import type {
  BegunAccount,
  Due,
  Ended,
  FleetAccount,
  FleetEntry,
  FleetNews,
  FleetState,
  FleetWorker,
  Following,
  Job,
  Taken,
} from './account.ts'
import { explained, hasGivenWay, wordsOf } from './database-errors.ts'
import {
  BEAT,
  BEGIN,
  COUNT_ACCOUNTS,
  END,
  IS_ALIVE,
  LEASE,
  QUEUE,
  QUEUE_SCHEMA,
  READ_ACCOUNTS,
  READ_DUE,
  READ_IMPORTS,
  TABLES,
  TAKE_NEWS,
  WAKE,
  WRITE_ACCOUNTS,
  WRITE_QUEUED,
  WRITE_REPORTED,
} from './schema.ts'
import { type Census, censusOf } from './standing.ts'

/** Seconds of silence after which a worker has lost its jobs: the least that pg-boss allows. */
const HEARTBEAT = 10
/** Seconds between two looks for jobs whose worker is silent. With the heartbeat they give the time until killed work begins again. */
const LOOK = 3
/** A day in seconds: the longest that pg-boss leaves a job with one worker. */
const DAY = 86_400
/** Milliseconds after which a question fails. The database gives it up a second before: one that waits for a lock would go on to hold its connection. */
const PATIENCE = 20_000
/** The times that a question is asked which gave way to another one. */
const MOST_TIMES = 10
/** The connections of one process: a worker has few questions at once. */
const CONNECTIONS = 4

/** The way in which the database is used: to make its tables, to ask, or to work through the queue. */
export type Purpose = 'init' | 'ask' | 'work'

/** A database that is to be opened. */
export interface Opening {
  readonly address: string
  readonly purpose: Purpose
  /** Is called with trouble in the background, in words for people. */
  troubled(message: string): void
}

/**
 * Opens the database of a fleet. Throws `ConfigurationError` if pg-boss is not installed, if the database refuses the user, or lacks the tables;
 * `ServiceError` if it cannot be reached. The same holds for each question to it.
 */
export async function openFleetDatabase({ address, purpose, troubled }: Opening): Promise<FleetDatabase> {
  const isInit = purpose === 'init'
  const Boss = loadPgBoss()
  const boss = new Boss({
    connectionString: address,
    application_name: 'smugmug-backup',
    schema: QUEUE_SCHEMA,
    max: CONNECTIONS,
    migrate: isInit,
    createSchema: isInit,
    supervise: purpose === 'work',
    superviseIntervalSeconds: LOOK,
    monitorIntervalSeconds: LOOK,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    ...(isInit ? SILENT : { ...SILENT, onConnect }),
  })
  boss.on('error', (error) => troubled(wordsOf(error)))
  try {
    await boss.start()
    if (isInit) await prepare(boss)
    return new FleetDatabase(boss)
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined)
    throw explained(error)
  }
}

/** Options of the connections that the types of pg-boss leave out. */
const SILENT = { query_timeout: PATIENCE, connectionTimeoutMillis: PATIENCE, keepAlive: true }
const onConnect = (client: { query(sql: string): unknown }): unknown => client.query(`set statement_timeout = ${PATIENCE - 1000}`)

function loadPgBoss(): typeof PgBoss {
  try {
    return (loadBeside('pg-boss') as typeof import('pg-boss')).PgBoss
  } catch (cause) {
    throw new ConfigurationError('A fleet needs the package pg-boss, which is not installed.', {
      cause,
      hint: 'Install it beside this program: npm install --global pg-boss@12. The executables cannot take it: install smugmug-backup with npm, too.',
    })
  }
}

async function prepare(boss: PgBoss): Promise<void> {
  await boss.getDb().executeSql(TABLES)
  const options = { expireInSeconds: DAY, deleteAfterSeconds: DAY, retryLimit: 1_000_000, retryDelay: 0 }
  await boss.createQueue(QUEUE, { ...options, policy: 'exclusive', heartbeatSeconds: HEARTBEAT })
  await boss.updateQueue(QUEUE, options)
}

type Row = Readonly<Record<string, unknown>>

/** An open database of a fleet. */
export class FleetDatabase {
  readonly #boss: PgBoss

  constructor(boss: PgBoss) {
    this.#boss = boss
  }

  /** Returns the accounts by name. */
  async accounts(): Promise<readonly FleetAccount[]> {
    return (await this.#ask(`${READ_ACCOUNTS} order by name`)).map(accountOf)
  }

  /** Returns one account; undefined if there is none of this name. */
  async account(name: string): Promise<FleetAccount | undefined> {
    const [row] = await this.#ask(`${READ_ACCOUNTS} where name = $1`, name)
    return row && accountOf(row)
  }

  /** Counts the accounts by their standing. */
  async census(): Promise<Census> {
    const rows = await this.#ask(COUNT_ACCOUNTS)
    const groups = rows.map(({ count, state, exit_code, has_ended, runs }) => ({
      count: Number(count),
      state: state as FleetState,
      ...(runs === true && { startedAt: 0 }),
      ...(has_ended === true && { endedAt: 0 }),
      ...(typeof exit_code === 'number' && { exitCode: exit_code }),
    }))
    return censusOf(groups, Math.max(0, ...rows.map(({ due_ms }) => Number(due_ms))))
  }

  /** Returns the workers that live. */
  async workers(): Promise<readonly FleetWorker[]> {
    const rows = await this.#ask(`select id, host, pid, jobs from smugmug_fleet.worker where ${IS_ALIVE} order by host, pid`)
    return rows as unknown as readonly FleetWorker[]
  }

  /** Counts the imports so far. Ask for this before the accounts that an import is compared with. */
  async imports(): Promise<number> {
    return Number((await this.#ask(READ_IMPORTS))[0]?.imports)
  }

  /**
   * Takes accounts: new ones, and new facts about known ones. All or none. Returns the names of both; undefined, and takes none, if there was another
   * import since `imports` were counted.
   */
  async take(entries: readonly FleetEntry[], imports?: number): Promise<Taken | undefined> {
    const rows = await this.#ask(WRITE_ACCOUNTS, JSON.stringify(entries), imports ?? null)
    if (rows.length === 0) return undefined
    const namesOf = (isNew: boolean): readonly string[] => rows.flatMap(({ name, added }) => (added === isNew ? [String(name)] : []))
    return { added: namesOf(true), changed: namesOf(false) }
  }

  /** Lets an account be backed up now, or again at once after a backup that runs. `accepts`: its safety brake is off for one backup. */
  async wake(name: string, accepts: boolean): Promise<void> {
    await this.#ask(WAKE, name, accepts)
  }

  /** Begins no further backup of an account. */
  async pause(name: string): Promise<void> {
    await this.#ask(`update smugmug_fleet.account set state = 'paused' where name = $1`, name)
  }

  /** Forgets an account. Returns false if there is none of this name. */
  async remove(name: string): Promise<boolean> {
    return (await this.#ask('delete from smugmug_fleet.account where name = $1 returning name', name)).length > 0
  }

  /** Returns accounts whose turn has come, at most `most` of them. */
  async due(most: number): Promise<readonly Due[]> {
    return (await this.#ask(READ_DUE, most)) as unknown as readonly Due[]
  }

  /**
   * Puts accounts into the queue, each with the moment of its next turn. One that is in it already, or under way, is not put in again. A crash on the
   * way loses nothing: the account is due until its next turn is noted.
   */
  async queue(turns: readonly (Pick<Due, 'name' | 'rank'> & { readonly nextAt: number })[]): Promise<void> {
    await this.#try(() =>
      this.#boss.insert(
        QUEUE,
        turns.map(({ name, rank }) => ({ singletonKey: name, priority: rank, data: { account: name } })),
      ),
    )
    const rows = turns.map(({ name, nextAt }) => ({ name, next_at: new Date(nextAt).toISOString() }))
    await this.#ask(WRITE_QUEUED, JSON.stringify(rows))
  }

  /** Takes jobs from the queue, at most `most` of them. */
  async fetch(most: number): Promise<readonly Job[]> {
    const jobs = await this.#try(() => this.#boss.fetch<{ account: string }>(QUEUE, { batchSize: most, includeMetadata: true }))
    return jobs.map(({ id, retryCount, data }) => ({ id, attempt: retryCount, account: data.account }))
  }

  /** Notes that a worker begins an account. Returns undefined if that is not to be backed up any more. */
  async begin(account: string, worker: string): Promise<BegunAccount | undefined> {
    const [row] = await this.#ask(BEGIN, account, worker)
    return row as unknown as BegunAccount | undefined
  }

  /** Notes the end of a backup. Returns what follows from it. */
  async end({ account, worker, exitCode, message, consequence }: Ended): Promise<Following> {
    const { state, nextAt, tries } = consequence
    const [row] = await this.#ask(END, account, worker, exitCode ?? null, message, state, new Date(nextAt).toISOString(), tries)
    return { state: (row?.state ?? 'removed') as Following['state'], nextAt: timeOf(row?.next_at) ?? 0 }
  }

  /** Takes a job out of the queue. One that another worker has taken over stays. */
  async complete({ id, attempt }: Job): Promise<void> {
    await this.#try(() => this.#boss.complete(QUEUE, { id, retryCount: attempt }))
  }

  /** Returns what is to be reported to people now, to one worker alone; nothing within ten minutes after the last time. */
  async takeNews(): Promise<readonly FleetNews[]> {
    return (await this.#ask(TAKE_NEWS)).map((row) => withoutNulls({ ...row, exitCode: row.exit_code }) as unknown as FleetNews)
  }

  /** Notes that these news were reported, unless another worker has noted later ones. */
  async noteReported(news: readonly FleetNews[]): Promise<void> {
    await this.#ask(WRITE_REPORTED, JSON.stringify(news.map(({ name, code, before }) => ({ name, code, before }))))
  }

  /** Says that a worker lives, and holds these jobs. Returns the time of the database, in milliseconds since 1970. */
  async beat({ id, host, pid, jobs }: FleetWorker, held: readonly Job[]): Promise<number> {
    const attempts = held.map((job) => ({ id: job.id, retryCount: job.attempt }))
    if (attempts.length > 0) await this.#try(() => this.#boss.touch(QUEUE, attempts))
    const [row] = await this.#ask(BEAT, id, host, pid, jobs)
    return Number(row?.now_ms)
  }

  /** Says that a worker has ended. */
  async leave(worker: string): Promise<void> {
    await this.#ask('delete from smugmug_fleet.worker where id = $1', worker)
  }

  /** Allows further calls of an API key, at a rate. Returns the milliseconds until the first of them; the others follow at that rate. */
  async lease(key: string, calls: number, perSecond: number): Promise<number> {
    const [row] = await this.#ask(LEASE, key, calls / perSecond)
    return Math.max(0, Number(row?.in_ms ?? 0))
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false })
  }

  #ask(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#try(async () => (await this.#boss.getDb().executeSql(sql, [...values])).rows as readonly Row[])
  }

  async #try<T>(ask: () => Promise<T>): Promise<T> {
    for (let times = 1; ; times++) {
      try {
        return await ask()
      } catch (error) {
        if (!hasGivenWay(error) || times === MOST_TIMES) throw explained(error)
      }
    }
  }
}

const timeOf = (value: unknown): number | undefined => (value instanceof Date ? value.getTime() : undefined)

function accountOf(row: Row): FleetAccount {
  const { name, destination, settings, secret, schedule, state, next_at, tries, started_at, ended_at, exit_code, message, good_at } = row
  const facts = { startedAt: timeOf(started_at), endedAt: timeOf(ended_at), exitCode: exit_code, message, goodAt: timeOf(good_at) }
  return {
    name,
    destination,
    settings,
    secret,
    schedule,
    state,
    nextAt: timeOf(next_at) ?? 0,
    tries,
    ...withoutNulls(facts),
  } as FleetAccount
}

const withoutNulls = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined && value !== null))
