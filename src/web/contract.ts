/** The JSON that the local page and its server exchange: both are checked against these types. */
import type { FolderState } from '../config/new-folder.ts'
import type { PastRun } from '../operations/outcome.ts'
import type { KeyName } from '../service/set-up/keys.ts'
import type { Trouble } from '../service/standing.ts'
import type { Task, TaskNews, TaskView } from '../service/tasks.ts'

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

/** A copy of an item that can be had back. */
export interface Copy {
  /** Its own name. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** The address that hands it over. */
  readonly address: string
  /** The time until which it stood in its place (ISO 8601), and the reason why it was put aside; absent for the copy as it is now. */
  readonly until?: string
  readonly why?: string
}

/** `GET /api/copies?item=KEY`: the copies of an item, the one as it is now first, then the newest. */
export interface Copies {
  readonly name: string
  readonly copies: readonly Copy[]
  /** The reason why there is no copy as it is now. */
  readonly reason?: string
}

/** `GET /healthz`: counts, times and reasons. It has no names, no paths and no account. */
export interface Healthz {
  readonly status: 'ok' | 'trouble'
  readonly reason?: string
  /** Is a backup that ended well missing since its moment has passed? Only a service knows. */
  readonly overdue?: boolean
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
  /** The words about it, by the elements of the page that show them. */
  readonly texts: Readonly<Record<'status' | 'detail' | 'progress' | 'items' | 'items-of' | 'bytes' | 'speed' | 'left', string>>
  /** The part of SmugMug's items that is held, from 0 to 1, if it is known. */
  readonly done?: number
}

/** `GET /api/tasks`; `POST` with `{"start": KIND}` or `{"cancel": ID}` answers the same: 201 started, 200 stopping, 409 not now. */
export interface TasksAnswer {
  /** Newest first. */
  readonly tasks: readonly Task[]
  readonly view?: TaskView
  readonly elsewhere?: Elsewhere
  /** The reason why a wish was not fulfilled (409). */
  readonly refused?: string
}

/** A message of `/api/events`. */
export type LiveNews =
  | TaskNews
  | {
      readonly kind: 'now'
      readonly view?: TaskView
      readonly elsewhere?: Elsewhere
      /** The words about the next turn of the service. */
      readonly next?: string
    }

/** The answer to a step of the set-up. */
export type SetUpAnswer =
  | {
      readonly kind: 'done'
      /** The page that comes next. */
      readonly next: string
    }
  | {
      readonly kind: 'refused'
      readonly message: string
      readonly hint?: string
      /** The fields that are to be filled in again. */
      readonly fields?: readonly string[]
      /** True: the folder is not there, and the same wish with `make` makes it. */
      readonly mayMake?: true
    }

/** A step that is decided outside the page: the source counts before the configuration file. */
export interface Fixed {
  /** Names the source. */
  readonly fixed?: string
}

/** `GET /api/setup`: the state of the set-up. It has no secret. */
export interface SetUpState {
  /** The configuration file that is written to; absent if there is no place for one. */
  readonly file?: string
  readonly key: Fixed & {
    readonly state: 'missing' | 'accepted' | 'set' /** The parts that this page may change. */
    readonly fields: readonly KeyName[]
  }
  readonly signIn: Fixed & { readonly state: 'missing' | 'set'; readonly nickName?: string }
  readonly folder: Fixed & { readonly path?: string; readonly look?: FolderState; readonly isVault?: boolean }
  /** The times in words, as a person writes them, and as a line for cron. */
  readonly times: Fixed & { readonly words?: string; readonly text?: string; readonly cron?: string }
  /** The last look ahead since the account and the folder were chosen. */
  readonly look?: Task
  /** The words of a sign-in that failed, or of a configuration that cannot be read. */
  readonly trouble?: Pick<Trouble, 'message' | 'hint'>
  /** The number of the last piece of news. */
  readonly since: number
}
