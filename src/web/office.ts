/** The vault behind the page: its settings as they are now, its health, its photos. */
import type { Looking, openLooking, Request, runHealth, usedBy } from '../app/app.ts'
import type { Settings } from '../config/settings.ts'
import { AppError } from '../errors.ts'
import { type Program, Tasks } from '../service/tasks.ts'
import type { Elsewhere, Standing } from './contract.ts'

/** The operations that the page needs. */
export interface WebApp {
  readonly runHealth: typeof runHealth
  readonly openLooking: typeof openLooking
  readonly usedBy: typeof usedBy
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
  now(): number
  standing(): Promise<Standing>
  /** Returns the vault to be looked at; undefined while no folder is chosen. */
  looking(): Promise<Looking | undefined>
  readonly tasks: Tasks
  /** Returns the run of another process that holds the vault; undefined if there is none. */
  elsewhere(): Elsewhere | undefined
  close(): Promise<void>
}

/** The time for which a count of the vault is taken to be right, in milliseconds: with a million items it takes seconds. */
const FRESH_MS = 3000

/** Opens the vault behind the page. Nothing is read before it is asked for. */
export function openOffice({ app, settings, program, request, now }: OfficeOptions): Office {
  const tasks = new Tasks(program, now)
  let standing: Promise<Standing> | undefined
  let until = 0
  tasks.feed.listen(() => {
    standing = undefined
  })
  let looking: Promise<Looking> | undefined
  const count = async (): Promise<Standing> => {
    try {
      return { kind: 'known', health: await app.runHealth(request(settings)) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { exitCode, message, hint } = error
      return { kind: 'trouble', exitCode, message, ...(hint !== undefined && { hint }) }
    } finally {
      until = now() + FRESH_MS
    }
  }
  return {
    settings: () => settings,
    now,
    standing: () => {
      if (standing === undefined || now() >= until) {
        until = Number.POSITIVE_INFINITY
        standing = count()
        standing.catch(() => {
          standing = undefined
        })
      }
      return standing
    },
    looking: async () => {
      if (settings.destination === undefined) return undefined
      looking ??= app.openLooking(settings.destination, request(settings))
      return await looking
    },
    tasks,
    elsewhere: () => {
      const [latest] = tasks.list()
      const isOurs = latest !== undefined && latest.state !== 'ended'
      if (settings.destination === undefined || isOurs) return undefined
      const holder = app.usedBy(settings.destination)
      if (holder === undefined) return undefined
      const { operation, since } = holder
      return { ...(operation !== undefined && { operation }), ...(since !== undefined && { since }) }
    },
    close: async () => {
      await tasks.close()
      if (looking !== undefined) await (await looking).close()
    },
  }
}
