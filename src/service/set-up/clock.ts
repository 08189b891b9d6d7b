/** The times of backups in a set-up. */
import { interval, schedule } from '../../config/kinds.ts'
import type { Settings } from '../../config/settings.ts'
import type { Lines } from '../../config/token-lines.ts'

/** The answers to the question when backups are to run; `own` asks for times. */
export const CLOCK_CHOICES = [
  { value: 'never', label: 'By hand' },
  { value: '24h', label: 'Once a day' },
  { value: 'own', label: 'At times of my own' },
] as const

/** The question itself. */
export const CLOCK_QUESTION = 'When are backups to run?'

/** Says how times are written. */
export const CLOCK_FORM = 'A time such as 12h, or the five fields of cron: minute, hour, day, month, day of the week.'

/** The answer to a text that is no time. */
export const NO_TIME = 'Such as 12h, or 30 2 * * * as cron has it.'

/** Says what keeps to the times. */
export const BY_ITSELF =
  '`smugmug-backup service` keeps to these times while it runs: docs/automation.md shows how it starts with the computer, and the ways of cron, systemd, Windows, macOS and NAS.'

type Times = Pick<Settings, 'serviceEvery' | 'serviceSchedule'>

/** Reads times as a person writes them; undefined for a text that is none. */
export function readTimes(text: string): Times | undefined {
  const serviceSchedule = schedule.read(text)
  if (serviceSchedule !== undefined) return { serviceEvery: undefined, serviceSchedule }
  const serviceEvery = interval.read(text)
  return serviceEvery === undefined ? undefined : { serviceEvery, serviceSchedule: undefined }
}

/** Returns the lines of the configuration for these times. Only one of the two may count: the other is emptied where it stands now. */
export function timesLines(text: string, present: Times): Lines {
  const serviceSchedule = schedule.read(text)
  if (serviceSchedule !== undefined)
    return {
      service: [...(present.serviceEvery === undefined ? [] : ([['every', '']] as const)), ['schedule', serviceSchedule]],
    }
  return {
    service: [['every', text.trim()], ...(present.serviceSchedule === undefined ? [] : ([['schedule', '']] as const))],
  }
}

const UNITS = [
  { ms: 3_600_000, short: 'h', long: 'h' },
  { ms: 60_000, short: 'm', long: 'min' },
  { ms: 1000, short: 's', long: 's' },
] as const

/** Returns an interval as a number of the largest unit that holds it whole. */
function counted(ms: number): { readonly count: number; readonly unit: (typeof UNITS)[number] } {
  const unit = UNITS.find((each) => ms % each.ms === 0) ?? UNITS[2]
  return { count: ms / unit.ms, unit }
}

/** Returns the times as a person writes them, for `readTimes`; undefined where none were chosen. */
export const timesText = ({ serviceEvery, serviceSchedule }: Times): string | undefined => {
  if (serviceSchedule !== undefined) return serviceSchedule
  if (typeof serviceEvery !== 'number') return serviceEvery
  const { count, unit } = counted(serviceEvery)
  return `${count}${unit.short}`
}

/** Names the times; undefined where none were chosen. */
export const timesWords = ({ serviceEvery, serviceSchedule }: Times): string | undefined => {
  if (serviceSchedule !== undefined) return `at ${serviceSchedule} (cron's five fields)`
  if (serviceEvery === undefined) return undefined
  if (serviceEvery === 'never') return 'by hand'
  const { count, unit } = counted(serviceEvery)
  return `every ${count} ${unit.long}`
}

const HOUR = 3_600_000

/** Returns the fields of a line for cron; undefined for backups by hand, and where cron has no such time. */
export const cronFields = ({ serviceEvery, serviceSchedule }: Times): string | undefined => {
  if (serviceSchedule !== undefined) return serviceSchedule
  if (typeof serviceEvery !== 'number') return undefined
  if (serviceEvery === 24 * HOUR) return '30 2 * * *'
  const [hours, minutes] = [serviceEvery / HOUR, serviceEvery / 60_000]
  if (Number.isInteger(hours) && 24 % hours === 0) return `0 */${hours} * * *`
  return Number.isInteger(minutes) && 60 % minutes === 0 ? `*/${minutes} * * * *` : undefined
}
