import { Cron } from 'croner'

/**
 * Returns the first moment of a schedule after a time, both in milliseconds since 1970; the schedule is in local time. As with cron, a
 * schedule with both a day of the month and a day of the week means either. A moment that the clock leaves out in spring comes at the next one
 * that there is; one that it shows twice in autumn comes once.
 */
export const nextMoment = (schedule: string, after: number): number | undefined =>
  new Cron(schedule, { mode: '5-part', sloppyRanges: true }).nextRun(new Date(after))?.getTime()
