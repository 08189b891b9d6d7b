import type { ServiceLock } from '../../app/app.ts'
import { forgetServer, noteServer, type ServerNote } from '../../app/server-note.ts'
import { isBucketAddress } from '../../config/bucket-address.ts'
import { explainMissing, requireKeys } from '../../config/required.ts'
import type { Settings } from '../../config/settings.ts'
import { ConfigurationError } from '../../errors.ts'
import { DAY, systemClock } from '../../flow/clock.ts'
import { capitalized } from '../../progress/phase.ts'
import { Service } from '../../service/service.ts'
import { missingSettings, NEEDED } from '../../service/set-up/keys.ts'
import { aTask } from '../../service/words.ts'
import type { LocalPage } from '../../web/local-page.ts'
import { checkService } from '../check-service.ts'
import type { CommandContext, CommandFunction, CommandResult, Loaded } from '../command.ts'
import { checkPassword, openPage, show, warnOfOthers } from '../local-page.ts'
import { openNotices, tryNotices } from '../notices.ts'
import { reportService } from '../reporters/service.ts'
import { notifySystemd } from '../systemd.ts'

/** Keeps the vault current by the clock until it is stopped. */
export const service: CommandFunction = async (context) => {
  if (context.operand === 'notify test') return await tryNotices(context)
  if (context.operand !== '') throw unknownWord(context.operand)
  if (context.options.check === true) return await checkService(context)
  const { settings: given, ...loaded } = await context.load()
  const settings = withTimes(given)
  const face = faceOf(context, settings)
  if (face.hasPage) checkPassword(face.settings)
  else if (missingSettings(settings).length > 0) complete({ ...loaded, settings })
  const app = await context.wholeApp()
  const lock = new app.ServiceLock(context.io.env)
  try {
    await lock.move(await subjectOf(context, settings))
    return await serve(context, { ...face, lock })
  } finally {
    await lock.release()
  }
}

/** A service that is to be run. */
interface ServiceRequest {
  readonly settings: Settings
  readonly hasPage: boolean
  readonly lock: ServiceLock
}

/** Returns the subject of a service: the path of its vault, or of a configuration without one. */
const subjectOf = async (context: CommandContext, { destination }: Settings): Promise<string> =>
  destination ?? (await context.configToWrite()) ?? 'no configuration'

async function serve(context: CommandContext, request: ServiceRequest): Promise<CommandResult> {
  const { io, stage, signal } = context
  const { settings, lock, hasPage } = request
  let subject = await subjectOf(context, settings)
  const forget = (): void => {
    for (const each of [subject, `service ${subject}`]) forgetServer(io.env, each, note)
  }
  const noted = (): void => {
    noteServer(io.env, `service ${subject}`, note)
    if (hasPage) noteServer(io.env, subject, note)
  }
  // The lock comes first: the vault that is left is free for another service, and one that another service keeps stays that one's.
  const follow = async (changed: Settings): Promise<void> => {
    const next = await subjectOf(context, changed)
    if (!(await lock.move(next, forget))) return
    subject = next
    noted()
  }
  // Another service of that vault is named at the next look.
  const settled = (changed: Settings): void => void follow(changed).catch(() => undefined)
  const page = await openPage(context, { settings, settled, hasPage, command: 'service' })
  const note: ServerNote = { url: page.url, control: page.control }
  noted()
  try {
    signal.addEventListener('abort', () => void notifySystemd(io.env, 'STOPPING=1'), { once: true })
    await greet(context, page, request)
    const failure = await notifySystemd(io.env, 'READY=1')
    if (failure !== undefined)
      stage.emit({ event: 'warning', message: `systemd could not be told that the service is ready: ${failure.message}` })
    const keeper = await keeperOf(context, page, follow)
    page.office.attend(() => keeper.view)
    await keeper.run()
    return endOf(page)
  } finally {
    forget()
    await page.close()
  }
}

/** Returns the service over the vault behind the page. */
async function keeperOf(context: CommandContext, { office }: LocalPage, follow: (settings: Settings) => Promise<void>): Promise<Service> {
  const { io, signal, stage, options } = context
  const app = await context.wholeApp()
  let last = ''
  const notices = openNotices(context)
  return new Service({
    tasks: office.tasks,
    clock: systemClock,
    signal,
    seed: office.settings().destination ?? '',
    load: async () => {
      const { settings: given, ...loaded } = await context.load()
      const settings = withTimes(given)
      await follow(settings)
      const text = JSON.stringify(settings)
      if (text !== last) {
        last = text
        notices.use(settings)
        office.use(settings)
      }
      return complete({ ...loaded, settings })
    },
    state: (settings) => app.stateOf(settings.destination ?? '', context.request(settings)),
    runs: (settings) => app.runRecentRuns(context.request(settings)),
    holder: (settings) => {
      const holder = app.usedBy(settings.destination ?? '', context.request(settings))
      return holder && (holder.operation ?? 'run')
    },
    standing: office.standingNow,
    notifier: notices,
    report: reportService({ stage, now: io.now, quiet: options.quiet }),
  })
}

/** Returns the settings, known to be all that a backup needs. Throws `ConfigurationError`, in the words of the command line. */
function complete(loaded: Loaded): Settings {
  try {
    return requireKeys(loaded.settings, NEEDED)
  } catch (error) {
    throw error instanceof ConfigurationError ? explainMissing(error, loaded) : error
  }
}

/** Returns the settings with a backup a day, where they say nothing of it. */
const withTimes = (settings: Settings): Settings =>
  settings.serviceEvery === undefined && settings.serviceSchedule === undefined ? { ...settings, serviceEvery: DAY } : settings

/** The image sets it: there, only other machines can open a page. */
const IN_IMAGE = 'SMUGMUG_BACKUP_IMAGE'

/** Decides whether there is a page, and where it listens. */
function faceOf({ io, options }: CommandContext, settings: Settings): Pick<ServiceRequest, 'settings' | 'hasPage'> {
  const isImage = Boolean(io.env[IN_IMAGE])
  // The page shows vaults in folders.
  const isShown = !isBucketAddress(settings.destination ?? '')
  const hasPage = options.web !== false && isShown && !(isImage && settings.webPassword === undefined)
  const listens = isImage && hasPage && settings.webListen === undefined
  return { hasPage, settings: listens ? { ...settings, webListen: '0.0.0.0' } : settings }
}

/** Says that the service runs, and how its page is opened. */
async function greet(context: CommandContext, page: LocalPage, { hasPage, settings }: ServiceRequest): Promise<void> {
  const { stage, options, io } = context
  if (hasPage) {
    await show(context, page.newAddress(), 'The service runs, and shows your vault:')
    warnOfOthers(context, settings)
  } else {
    stage.line({ event: 'listening', ...{ address: page.url } })
    const why =
      options.web === false
        ? ''
        : isBucketAddress(settings.destination ?? '')
          ? ' The page shows vaults in folders, and this one lies in a bucket.'
          : ' To have one, set a password: SMGMG_BK_WEB_PASSWORD, or SMGMG_BK_WEB_PASSWORD_FILE.'
    if (!options.quiet || (why !== '' && Boolean(io.env[IN_IMAGE])))
      stage.say(`The service runs without a page; ${page.url}healthz says whether all is well.${why}`)
  }
  if (!options.quiet) stage.say('Ctrl-C ends it.')
}

/** Returns the end of the command: 130 if it broke a task off. */
function endOf({ office }: LocalPage): CommandResult {
  const [last] = office.tasks.list()
  const end = { silent: true, exitCode: 0, message: 'The service has ended.' } as const
  if (last?.isStopped !== true || last.exitCode === 0) return end
  return {
    ...end,
    exitCode: 130,
    message: `The service has ended. ${capitalized(aTask(last.kind))} was interrupted; everything finished so far is kept.`,
  }
}

const unknownWord = (operand: string): ConfigurationError =>
  new ConfigurationError(`service does not know "${operand}".`, { hint: 'See: smugmug-backup service --help' })
