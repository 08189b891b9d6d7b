import { interval, schedule } from '../../config/kinds.ts'
import type { Settings } from '../../config/settings.ts'
import { cronLine, type Journey } from './journey.ts'

const NO_TIME = 'Such as 12h, or 30 2 * * * as cron has it.'

/** Asks when backups are to run, unless the configuration says so. Returns the settings with it. */
export const settleClock = async (journey: Journey, settings: Settings): Promise<Settings> => {
  if (settings.serviceEvery !== undefined || settings.serviceSchedule !== undefined) return settings
  const { questions } = journey
  const choice = await questions.choose('When are backups to run?', [
    { value: 'never', label: 'By hand' },
    { value: '24h', label: 'Once a day' },
    { value: 'own', label: 'At times of my own' },
  ])
  const text = choice === 'own' ? await ownTimes(journey) : choice
  const serviceSchedule = schedule.read(text)
  if (serviceSchedule !== undefined) {
    await journey.keep({ service: [['schedule', serviceSchedule]] }, `the schedule ${serviceSchedule}`)
    return { ...settings, serviceSchedule }
  }
  await journey.keep({ service: [['every', text]] }, text === 'never' ? 'backups by hand' : `a backup every ${text}`)
  return { ...settings, serviceEvery: interval.read(text) }
}

const ownTimes = ({ questions, say }: Journey): Promise<string> => {
  say('A time such as 12h, or the five fields of cron: minute, hour, day, month, day of the week.')
  const check = (answer: string): string | undefined =>
    interval.read(answer) === undefined && schedule.read(answer) === undefined ? NO_TIME : undefined
  return questions.line({ message: 'Times', initial: '30 2 * * *', check })
}

const HOUR = 3_600_000

/** Returns the fields of a line for cron; undefined where cron has no such time. */
const cronFields = ({ serviceEvery, serviceSchedule }: Settings): string | undefined => {
  if (serviceSchedule !== undefined || typeof serviceEvery !== 'number') return serviceSchedule
  if (serviceEvery === 24 * HOUR) return '30 2 * * *'
  const [hours, minutes] = [serviceEvery / HOUR, serviceEvery / 60_000]
  if (Number.isInteger(hours) && 24 % hours === 0) return `0 */${hours} * * *`
  return Number.isInteger(minutes) && 60 % minutes === 0 ? `*/${minutes} * * * *` : undefined
}

/** Says how backups run by the clock, as long as the program has no service of its own. */
export const sayClock = (journey: Journey, settings: Settings): void => {
  const { context, say } = journey
  if (settings.serviceSchedule === undefined && typeof settings.serviceEvery !== 'number') return
  say('The program does not start by itself yet: let the system do it (docs/automation.md has cron, systemd, Windows, macOS and NAS).')
  const fields = cronFields(settings)
  if (fields === undefined || context.io.platform === 'win32') return
  say('With cron, add this line with `crontab -e`:')
  context.stage.say(cronLine(journey, fields))
}
