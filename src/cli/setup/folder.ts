import { lookAtVaultFolder } from '../../app/vault-folder.ts'
import { isBucketAddress } from '../../config/bucket-address.ts'
import { makeFolder, meantPath } from '../../config/new-folder.ts'
import type { Settings } from '../../config/settings.ts'
import { DestinationError } from '../../errors.ts'
import { absentWords, KEEPS_WHAT_IS_THERE, NOT_MOUNTED } from '../../service/set-up/folder.ts'
import type { Journey } from './journey.ts'

const NO_PATH = 'Type the path of a folder, such as ~/SmugMug.'

/** Makes sure that there is a folder for the vault: asks for it, and makes it if the person agrees. Returns the settings with it. */
export const settleFolder = async (journey: Journey, settings: Settings): Promise<Settings> => {
  const { context, loaded, questions, say } = journey
  const { io, options } = context
  const given = settings.destination
  if (given !== undefined && isBucketAddress(given)) return settings
  const isFixed = loaded.fromEnvironment.has('destination')
  const meant = (typed: string): string | undefined => meantPath(typed, io, io.platform)
  let initial = given
  if (given === undefined) say('The folder for your photos: a path, or ~ for your home folder.')
  else if (await accept(journey, given, false)) return await kept(journey, settings, given)
  else if (isFixed || options.overrides.destination !== undefined) {
    throw new DestinationError(`The destination ${given} was not made.`, { hint: 'Mount its disk, or name another folder.' })
  }
  for (;;) {
    const check = (answer: string): string | undefined => (meant(answer) === undefined ? NO_PATH : undefined)
    const typed = await questions.line({ message: 'Folder', initial, check })
    const path = meant(typed) ?? typed
    if (await accept(journey, path, true)) return await kept(journey, settings, path)
    initial = typed
  }
}

/** Writes the folder, unless the configuration has it already. */
const kept = async (journey: Journey, settings: Settings, destination: string): Promise<Settings> => {
  const { context, loaded } = journey
  const isNew = settings.destination !== destination || context.options.overrides.destination !== undefined
  if (isNew && !loaded.fromEnvironment.has('destination')) {
    await journey.keep({ store: [['destination', destination]] }, `the folder ${destination}`)
  }
  return { ...settings, destination }
}

/** Looks at a folder, says what is wrong with it, and offers to make it. True when it can be used. A folder that is new to the configuration gets a
 * `trial` file, and its contents are mentioned. */
const accept = async (journey: Journey, path: string, trial: boolean): Promise<boolean> => {
  const { questions, say, done, context } = journey
  const state = await lookAtVaultFolder(path, { trial, env: context.io.env, config: journey.path })
  if (state.kind === 'usable') {
    if (trial && state.entries > 0) {
      say(`${path} ${KEEPS_WHAT_IS_THERE}`)
    }
    return true
  }
  if (state.kind === 'refused') {
    say(`The folder ${path} ${state.reason}.`)
    return false
  }
  say(absentWords(path, state.disk))
  if (state.unmounted) say(NOT_MOUNTED)
  if (!(await questions.yes('Make this folder?', !state.unmounted))) return false
  const trouble = await makeFolder(path)
  if (trouble !== undefined) {
    say(`The folder ${path} could not be made: it ${trouble}.`)
    return false
  }
  done.push(`the new folder ${path}`)
  return true
}
