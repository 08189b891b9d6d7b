import { interval, schedule, wholeNumber } from './kinds.ts'
import { optional, preset } from './setting.ts'

/** The clock of the service. */
export const serviceSettings = {
  serviceEvery: optional({
    section: 'service',
    key: 'every',
    kind: interval,
    doc: 'The time from one backup of the service to the next; `never` for backups by hand. Without `every` and `schedule` the service takes `24h`.',
    flag: { name: '--every', value: 'TIME' },
  }),
  serviceSchedule: optional({
    section: 'service',
    key: 'schedule',
    kind: schedule,
    doc: 'The moments of backups, in local time, in place of `every`: the five fields of cron.',
    flag: { name: '--schedule', value: 'FIELDS' },
  }),
  serviceVerifyDays: preset(90, {
    section: 'service',
    key: 'verify_days',
    kind: wholeNumber(0, 3650),
    doc: 'The number of days in which the service reads every file of the vault again, a share each day; 0 for never.',
    flag: { name: '--verify-days', value: 'N' },
  }),
}
