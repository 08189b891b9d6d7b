/** The vault behind the page: its settings as they are now, its health, its photos. */
import type {
  copyPath,
  Looking,
  openLooking,
  Request,
  runCopies,
  runCopiesAside,
  runCopyAsOf,
  runHealth,
  stateOf,
  usedBy,
} from '../app/app.ts'
import type { Settings } from '../config/settings.ts'
import { AppError } from '../errors.ts'
import { troubleOf } from '../service/facts.ts'
import type { Program } from '../service/own-process.ts'
import type { ServiceView } from '../service/service.ts'
import type { Standing } from '../service/standing.ts'
import { Tasks } from '../service/tasks.ts'
import type { Elsewhere } from './contract.ts'
import { ElsewhereWatch } from './elsewhere.ts'

/** The operations that the page needs. */
export interface WebApp {
  readonly runHealth: typeof runHealth
  readonly openLooking: typeof openLooking
  readonly stateOf: typeof stateOf
  readonly usedBy: typeof usedBy
  readonly runCopies: typeof runCopies
  readonly runCopiesAside: typeof runCopiesAside
  readonly runCopyAsOf: typeof runCopyAsOf
  readonly copyPath: typeof copyPath
}

/** The surroundings of the page. */
export interface OfficeOptions {
  readonly app: WebApp
  /** The settings when the page was opened. */
  readonly settings: Settings
  /** The way to start tasks. */
  readonly program: Program
  request(settings: Settings): Request
  now(): number
}

/** The vault behind the page. */
export interface Office {
  settings(): Settings
  /** Goes on with other settings, which a set-up has written. */
  use(settings: Settings): void
  now(): number
  /** The operations, and the request for one of them. */
  readonly app: WebApp
  request(): Request
  /** Counts the vault; the answer may be three seconds old. */
  standing(): Promise<Standing>
  /** Counts the vault now: for what is judged only once, such as the end of a run. */
  standingNow(): Promise<Standing>
  /** Returns the vault to be looked at; undefined while no folder is chosen. */
  looking(): Promise<Looking | undefined>
  readonly tasks: Tasks
  /** Returns the state of the service that this page belongs to; undefined without one. */
  service(): ServiceView | undefined
  /** Makes the page that of a service. */
  attend(view: () => ServiceView): void
  /** Returns the run of another process that holds the vault; undefined if there is none. */
  elsewhere(): Elsewhere | undefined
  close(): Promise<void>
}

/** The time for which a count of the vault is taken to be right, in milliseconds: with a million items it takes seconds. */
const FRESH_MS = 3000

/** Counts at most every three seconds, unless everything may have changed since: `forget` says that. `anew` counts in any case. */
function countsOf(count: () => Promise<Standing>, now: () => number) {
  /** The last count that was begun, and the time of its end. */
  let last: { readonly standing: Promise<Standing>; at?: number } | undefined
  const anew = (): Promise<Standing> => {
    const counted: NonNullable<typeof last> = { standing: count() }
    last = counted
    counted.standing.then(
      () => {
        counted.at = now()
      },
      () => {
        counted.at = Number.NEGATIVE_INFINITY
      },
    )
    return counted.standing
  }
  // The clock may have been set back since.
  const isFresh = (at = now()): boolean => Math.abs(now() - at) < FRESH_MS
  return {
    fresh: (): Promise<Standing> => (last !== undefined && isFresh(last.at) ? last.standing : anew()),
    anew,
    forget: (): void => {
      last = undefined
    },
  }
}

/** Opens a look at each folder once. One that was left stays open until the end: an answer may be under way. */
function lookingsBy(open: (destination: string) => Promise<Looking>) {
  const lookings = new Map<string, Promise<Looking>>()
  const opened = (destination: string): Promise<Looking> => {
    const looking = open(destination)
    lookings.set(destination, looking)
    // A failure may pass, such as a full disk for temporary files: the next visitor tries again.
    looking.catch(() => lookings.delete(destination))
    return looking
  }
  return {
    of: (destination: string): Promise<Looking> => lookings.get(destination) ?? opened(destination),
    close: async (): Promise<void> => {
      for (const looking of lookings.values()) {
        // An error was shown to the visitor who waited for it.
        const found = await looking.catch(() => undefined)
        await found?.close()
      }
    },
  }
}

/** Opens the vault behind the page. Nothing is read before it is asked for. */
export function openOffice({ app, settings: first, program, request, now }: OfficeOptions): Office {
  let settings = first
  const tasks = new Tasks(program, now)
  let service: (() => ServiceView) | undefined
  const lookings = lookingsBy((destination) => app.openLooking(destination, request(settings)))
  const count = async (): Promise<Standing> => {
    try {
      return { kind: 'known', health: withNextRun(await app.runHealth(request(settings)), service?.()) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return troubleOf(error)
    }
  }
  const counts = countsOf(count, now)
  tasks.feed.listen(counts.forget)
  /** Looks at the folder of the vault, unless a task of ours is changing it. A disk that is away shows nothing: the health says why. */
  const lookAt = <T>(look: (destination: string) => T): T | undefined => {
    const { destination } = settings
    if (destination === undefined || tasks.list().some(({ state }) => state !== 'ended')) return undefined
    try {
      return look(destination)
    } catch (error) {
      if (error instanceof AppError) return undefined
      throw error
    }
  }
  const watch = new ElsewhereWatch({
    holder: () => lookAt((destination) => app.usedBy(destination, request(settings))),
    state: () => lookAt((destination) => `${destination} ${app.stateOf(destination, request(settings))}`),
    count: counts.fresh,
    countAnew: counts.anew,
    news: (news) => tasks.feed.add(news),
    now,
  })
  return {
    settings: () => settings,
    use: (others) => {
      settings = others
      counts.forget()
    },
    now,
    app,
    request: () => request(settings),
    standing: counts.fresh,
    standingNow: counts.anew,
    looking: async () => {
      const { destination } = settings
      return destination === undefined ? undefined : await lookings.of(destination)
    },
    tasks,
    service: () => service?.(),
    attend: (view) => {
      service = view
    },
    elsewhere: () => watch.look(),
    close: async () => {
      await tasks.close()
      await watch.close()
      await lookings.close()
    },
  }
}

type Health = Extract<Standing, { kind: 'known' }>['health']

/** Returns the health with the next run as the service has it, which knows more than the settings say. */
const withNextRun = (health: Health, service: ServiceView | undefined): Health => {
  if (service === undefined) return health
  const { nextRun: _said, ...status } = health.status
  return { ...health, status: { ...status, ...(service.nextBackup !== undefined && { nextRun: service.nextBackup }) } }
}
