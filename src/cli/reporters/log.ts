import { formatMoment } from '../../progress/format.ts'
import type { Stage } from '../stage.ts'

/** The surroundings of the log of a process that lasts. */
export interface LogOptions {
  readonly stage: Stage
  readonly quiet: boolean
  now(): number
}

/** Returns a function that says a sentence to people, with its time before it; a quiet process says nothing. */
export const logTo =
  ({ stage, now, quiet }: LogOptions) =>
  (text: string): void => {
    if (!quiet) stage.say(`${formatMoment(now())}  ${text}`)
  }
