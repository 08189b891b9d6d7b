/** The JSON that the local page and its server exchange: both are checked against these types. */
import type { VaultHealth } from '../app/health.ts'
import type { PastRun } from '../operations/outcome.ts'
import type { Task, TaskNews, TaskView } from '../service/tasks.ts'

/** `GET /api/standing`. */
export type Standing = { readonly kind: 'known'; readonly health: VaultHealth } | Trouble

/** A vault that cannot be looked at, and the reason. */
export interface Trouble {
  readonly kind: 'trouble'
  readonly exitCode: number
  readonly message: string
  readonly hint?: string
}

/** `GET /api/runs`, newest first. */
export interface Runs {
  readonly runs: readonly PastRun[]
}

/** An item that a search found. */
export interface Found {
  readonly imageKey: string
  /** The address of its place on the page of its album. */
  readonly address: string
  readonly name: string
  readonly title?: string
  readonly taken?: string
}

/** `GET /api/search?q=WORDS`: the newest first, at most 200. */
export interface SearchAnswer {
  readonly found: readonly Found[]
}

/** `GET /healthz`: counts, times and reasons. It has no names, no paths and no account. */
export interface Healthz {
  readonly status: 'ok' | 'trouble'
  readonly reason?: string
  readonly expected?: number
  readonly held?: number
  readonly missing?: Readonly<Record<string, number>>
  /** Milliseconds since 1970. */
  readonly lastRun?: number
  readonly lastExitCode?: number
  readonly lastFullyProven?: number
  readonly nextRun?: number
}

/** A run that another process has started. */
export interface Elsewhere {
  readonly operation?: string
  /** ISO 8601. */
  readonly since?: string
}

/** `GET /api/tasks`; `POST` with `{"start": KIND}` or `{"cancel": ID}` answers the same: 201 started, 200 stopping, 409 not now. */
export interface TasksAnswer {
  /** Newest first. */
  readonly tasks: readonly Task[]
  readonly view?: TaskView
  readonly elsewhere?: Elsewhere
}

/** A message of `/api/events`. */
export type LiveNews = TaskNews | { readonly kind: 'now'; readonly view?: TaskView; readonly elsewhere?: Elsewhere }
