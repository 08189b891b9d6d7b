/** The nouns of a fleet. */

/** An account as a person gave it. */
export interface FleetEntry {
  readonly name: string
  /** The destination of its vault, as the setting has it. */
  readonly destination: string
  /** Settings of its own, such as `write_csv = true; keep_trash = 30`; empty for none. */
  readonly settings: string
  /** The name of its secret. */
  readonly secret: string
  /** A time such as `24h`, or the five fields of cron. */
  readonly schedule: string
}

/** The names of accounts that an import has added or changed. */
export interface Taken {
  readonly added: readonly string[]
  readonly changed: readonly string[]
}

/** Accounts are backed up in turn, left alone, or wait for a person. */
export type FleetState = 'active' | 'paused' | 'waiting'

/** An account of a fleet. All moments are milliseconds since 1970, by the clock of the database. */
export interface FleetAccount extends FleetEntry {
  readonly state: FleetState
  /** The moment from which it is to be backed up. */
  readonly nextAt: number
  /** The tries in a row that have failed since the last turn. */
  readonly tries: number
  /** Present while a living worker backs it up. */
  readonly startedAt?: number
  /** The end of the last backup, in any way. */
  readonly endedAt?: number
  /** Absent if a signal ended it. */
  readonly exitCode?: number
  /** The last sentence of the last backup. */
  readonly message?: string
  /** The end of the last backup that ended well. */
  readonly goodAt?: number
}

/** A process that takes jobs from the queue. */
export interface FleetWorker {
  readonly id: string
  readonly host: string
  readonly pid: number
  /** The accounts that it backs up at once, at most. */
  readonly jobs: number
}

/** An account whose turn has come. */
export interface Due extends Pick<FleetEntry, 'name' | 'schedule'> {
  /** Higher ranks come first. */
  readonly rank: number
}

/** A job that a worker has taken. */
export interface Job {
  readonly id: string
  /** Counts the workers that took it. */
  readonly attempt: number
  readonly account: string
}

/** An account that waits for a person, or does so no more: it is to be reported. */
export interface FleetNews extends Pick<FleetAccount, 'name' | 'exitCode' | 'message'> {
  readonly waits: boolean
  /** Stands for the reason, in the memory of the fleet; absent if it waits no more. */
  readonly code?: string
  /** The reason that was reported last; absent if there was none, or its end was. */
  readonly before?: string
}

/** An account whose backup begins. */
export interface BegunAccount extends FleetEntry, Pick<FleetAccount, 'tries'> {
  /** A person has looked at what the safety brake named. */
  readonly accepts: boolean
}

/** The state of an account after a backup, as the database has it: a person may have changed it meanwhile. */
export interface Following {
  /** `removed`: it belongs to the fleet no more. */
  readonly state: FleetState | 'removed'
  /** Milliseconds since 1970; counts for an active account. */
  readonly nextAt: number
}

/** The consequence of a backup for its account. */
export interface Consequence {
  readonly state: Exclude<FleetState, 'paused'>
  readonly nextAt: number
  readonly tries: number
}

/** The end of a backup. */
export interface Ended {
  readonly account: string
  readonly worker: string
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined
  readonly message: string
  readonly consequence: Consequence
}
