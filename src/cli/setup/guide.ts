import { type SettingName, type Settings, settingsTable, variableOf } from '../../config/settings.ts'
import { checkLinesTo } from '../../config/token-lines.ts'
import { AppError, SignInError } from '../../errors.ts'
import type { CommandResult, Loaded } from '../command.ts'
import { sayClock, settleClock } from './clock.ts'
import { lookAhead } from './dry-run.ts'
import { settleFolder } from './folder.ts'
import { changes, isStop, type Journey, sameConfiguration, stopped } from './journey.ts'
import { type NewSignIn, signInAtTerminal } from './sign-in.ts'

/** Runs a set-up, and ends it with exactly what was changed when the person stops it or something fails. */
export const guarded = async (journey: Journey, nothing: string, steps: () => Promise<CommandResult>): Promise<CommandResult> => {
  try {
    return await steps()
  } catch (error) {
    if (isStop(error, journey.context.signal)) return stopped(journey, nothing)
    if (error instanceof AppError) journey.say(journey.done.length === 0 ? 'Nothing was changed.' : `${changes(journey)}.`)
    throw error
  }
}

/** Writes a new sign-in into the configuration, with the keys that were typed. */
export const keepSignIn = async (journey: Journey, { settings, nickName, typed }: NewSignIn): Promise<void> => {
  const { userToken = '', userSecret = '' } = settings
  const keys = Object.entries(typed).map(([name, value]) => [settingsTable[name as keyof typeof typed].key, value] as const)
  await journey.keep({ authentication: [...keys, ['user_token', userToken], ['user_secret', userSecret]] }, `the sign-in as ${nickName}`)
  if (!journey.context.options.quiet) {
    journey.say(`Signed in as ${nickName}; the tokens are stored in ${journey.path}, which only you can read.`)
  }
  const shadowed = hiding(journey.loaded, ['userToken', 'userSecret'])
  if (shadowed.length > 0) journey.say(`Unset ${shadowed.join(' and ')}: the environment counts before the file.`)
}

/** Returns the variables that count before the file for these settings. */
export const hiding = ({ fromEnvironment }: Loaded, names: readonly SettingName[]): readonly string[] =>
  names.filter((name) => fromEnvironment.has(name)).map((name) => variableOf(settingsTable[name]))

const KEYS: readonly SettingName[] = ['apiKey', 'apiSecret', 'userToken', 'userSecret']

/** Makes sure that the program is signed in: asks SmugMug whether the present sign-in is good, and signs in where it is not. */
export const settleSignIn = async (journey: Journey): Promise<Settings> => {
  const { context, loaded, say } = journey
  const { settings } = loaded
  let present = settings
  if (KEYS.every((name) => settings[name] !== undefined)) {
    const app = await context.app()
    const found = await app.ownerOf(context.request(settings)).catch((error: unknown) => {
      if (!(error instanceof SignInError)) throw error
      if (error.problem === 'timestamp_refused' || hiding(loaded, KEYS).length > 0) throw error
      return error
    })
    if (typeof found === 'string') {
      say(`Signed in as ${found}.`)
      return settings
    }
    say(`The present sign-in is not good: ${found.message}`)
    if (found.problem?.startsWith('consumer_key_') === true) present = { ...settings, apiKey: undefined, apiSecret: undefined }
  }
  await checkLinesTo(journey.path)
  const signedIn = await signInAtTerminal({ ...journey, loaded: { ...loaded, settings: present } })
  await keepSignIn(journey, signedIn)
  return signedIn.settings
}

/** Asks for the folder and the times where they are missing, looks ahead, and names the next command. */
export const goOn = async (journey: Journey, settings: Settings): Promise<CommandResult> => {
  const { context, say } = journey
  const placed = await settleFolder(journey, settings)
  const timed = await settleClock(journey, placed)
  const { result, lines } = await lookAhead(context, timed)
  for (const line of lines) say(line)
  sayClock(journey, timed)
  const { totals } = result
  const message = journey.done.length === 0 ? 'Everything is set up; nothing was changed.' : 'Everything is set up.'
  return { exitCode: 0, message, hint: next(journey), ...(totals !== undefined && { totals }) }
}

/** Names the command that comes next. */
export const next = (journey: Journey): string => `Next: smugmug-backup${sameConfiguration(journey)}`
