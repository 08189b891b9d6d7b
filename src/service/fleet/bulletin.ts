/** Notifies people of the accounts of a fleet that wait for them: once when it begins, and once when it is over. */
import { AppError } from '../../errors.ts'
import { formatCount } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import { printable } from '../../progress/printable.ts'
import { cut, type News } from '../notify/news.ts'
import type { FleetNews } from './account.ts'
import type { FleetDatabase } from './database.ts'
import { nextStep } from './next-step.ts'

/** Milliseconds between two looks at the accounts. */
const LOOK = 5000
/** The most accounts that a message names. */
const MOST_NAMED = 10

/** The surroundings of the bulletin. */
export interface BulletinOptions {
  readonly database: Pick<FleetDatabase, 'takeNews' | 'noteReported'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Sends one message. Resolves with false if it went out on no way; never rejects. */
  send(news: News): Promise<boolean>
}

/**
 * Reports until the signal. News that went out nowhere come again with the next ones. A database that is away is the worker's to report: the next look
 * asks again.
 */
export async function keepReporting({ database, clock, signal, send }: BulletinOptions): Promise<void> {
  /** Notes news that went out. Returns those that could not be noted: the next look of any worker would report them again. */
  const note = async (news: readonly FleetNews[]): Promise<readonly FleetNews[]> => {
    try {
      if (news.length > 0) await database.noteReported(news)
      return []
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return news
    }
  }
  const nextNews = async (): Promise<readonly FleetNews[]> => {
    try {
      return await database.takeNews()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return []
    }
  }
  let unnoted: readonly FleetNews[] = []
  while (!signal.aborted) {
    unnoted = await note(unnoted)
    const all = unnoted.length > 0 ? [] : await nextNews()
    for (const waits of [true, false]) {
      const some = all.filter((each) => each.waits === waits)
      if (some.length > 0 && (await send(bulletin(some, clock.now())))) unnoted = await note([...unnoted, ...some])
    }
    await clock.sleep(LOOK, signal).catch(() => undefined)
  }
}

/** Returns the message about accounts that all wait, or all wait no more. The title has no name: some ways take plain letters alone. */
export function bulletin(accounts: readonly FleetNews[], now: number): News {
  const waits = accounts.some((account) => account.waits)
  const subject = formatCount(accounts.length, 'account')
  const verb = accounts.length === 1 ? (waits ? 'waits' : 'goes') : waits ? 'wait' : 'go'
  const more = accounts.length - MOST_NAMED
  const lines = accounts.slice(0, MOST_NAMED).map(({ name, exitCode, message = '' }) => {
    const end = waits ? ` ${nextStep({ name, exitCode })}` : ''
    // Each of ten has its share of the longest message.
    return `${printable(name)}: ${cut(printable(message), 1500 / Math.min(accounts.length, MOST_NAMED))}${end}`
  })
  return {
    kind: 'fleet',
    state: waits ? 'began' : 'ended',
    title: `SmugMug fleet: ${subject} ${verb} ${waits ? 'for you' : 'on'}`,
    text: cut([...lines, ...(more > 0 ? [`And ${more} more: smugmug-backup fleet status names them.`] : [])].join('\n')),
    at: now,
  }
}
