/** The facts about settings and halts that the service reckons with. */

import { createHash } from 'node:crypto'
import type { Settings } from '../config/settings.ts'
import type { AppError } from '../errors.ts'
import type { Facts as NoticeFacts } from './notify/news.ts'
import type { Halted, Times } from './schedule.ts'
import type { Trouble } from './standing.ts'
import type { Task } from './tasks.ts'
import { aTask, taskNoun } from './words.ts'

/** Returns a print of all settings, without a word of them. */
export const printOf = (settings: Settings): string => createHash('sha256').update(JSON.stringify(settings)).digest('hex')

/** Do the settings restrict every backup to a part of the account? */
export const isPart = ({ album, exclude, type, since, until, keyword }: Settings): boolean =>
  album.length + exclude.length + keyword.length > 0 || type !== undefined || since !== undefined || until !== undefined

/** Returns the settings that the turns depend on. */
export const timesOf = ({
  serviceEvery,
  serviceSchedule,
  serviceVerifyDays,
  keepTrash,
  keepReplaced,
  keepVersions,
  twin,
  copies,
}: Settings): Times => ({
  every: serviceEvery,
  schedule: serviceSchedule,
  verifyDays: serviceVerifyDays,
  prunes: [keepTrash, keepReplaced, keepVersions].some((kept) => kept !== 'forever'),
  twin,
  copies: copies.length > 0,
})

/** Returns the trouble that keeps a vault from being looked at. */
export const troubleOf = ({ exitCode, message, hint }: AppError): Trouble => ({
  kind: 'trouble',
  exitCode,
  message,
  ...(hint !== undefined && { hint }),
})

const HALTS: Readonly<Record<number, string>> = {
  2: 'its configuration is wrong',
  4: 'SmugMug refused the sign-in',
  7: 'the safety brake stopped it',
}

/** Says what an operation waits for. */
export function haltText({ kind, exitCode, message }: Halted): string {
  const noun = taskNoun(kind)
  const why = `No further ${noun} begins by itself: the last one ended with exit code ${exitCode}, because ${HALTS[exitCode] ?? 'it was refused'}.`
  const how = `The service goes on when a setting was changed, or after ${aTask(kind)} that you start by hand.`
  return [why, message, how].filter((text) => text !== undefined).join(' ')
}

/** Returns the facts of a task that the owner may be notified of. */
export const noticed = ({ kind, exitCode, message, hint, forecast }: Task): NonNullable<NoticeFacts['task']> => ({
  kind,
  ...(exitCode !== undefined && { exitCode }),
  ...(message !== undefined && { message }),
  ...(hint !== undefined && { hint }),
  ...(forecast !== undefined && { forecast }),
})
