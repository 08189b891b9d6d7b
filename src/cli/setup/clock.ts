import type { Settings } from '../../config/settings.ts'
import {
  BY_ITSELF,
  CLOCK_CHOICES,
  CLOCK_FORM,
  CLOCK_QUESTION,
  cronFields,
  NO_TIME,
  readTimes,
  timesLines,
} from '../../service/set-up/clock.ts'
import { cronLine, type Journey } from './journey.ts'

/** Asks when backups are to run, unless the configuration says so. Returns the settings with it. */
export const settleClock = async (journey: Journey, settings: Settings): Promise<Settings> => {
  if (settings.serviceEvery !== undefined || settings.serviceSchedule !== undefined) return settings
  const choice = await journey.questions.choose(CLOCK_QUESTION, CLOCK_CHOICES)
  const text = choice === 'own' ? await ownTimes(journey) : choice
  const times = readTimes(text)
  const { serviceSchedule } = times ?? {}
  const what =
    serviceSchedule === undefined ? (text === 'never' ? 'backups by hand' : `a backup every ${text}`) : `the schedule ${serviceSchedule}`
  await journey.keep(timesLines(text, settings), what)
  return { ...settings, ...times }
}

const ownTimes = ({ questions, say }: Journey): Promise<string> => {
  say(CLOCK_FORM)
  const check = (answer: string): string | undefined => (readTimes(answer) === undefined ? NO_TIME : undefined)
  return questions.line({ message: 'Times', initial: '30 2 * * *', check })
}

/** Says how backups run by the clock: by the service, or by the system's own. */
export const sayClock = (journey: Journey, settings: Settings): void => {
  const { context, say } = journey
  if (settings.serviceSchedule === undefined && typeof settings.serviceEvery !== 'number') return
  say(BY_ITSELF)
  const fields = cronFields(settings)
  if (fields === undefined || context.io.platform === 'win32') return
  say('With cron in its place, add this line with `crontab -e`:')
  context.stage.say(cronLine({ context, path: journey.path, account: journey.loaded.account }, fields))
}
