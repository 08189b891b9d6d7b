import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { pid } from 'node:process'
import { programAgain } from '../../app/own-files.ts'
import type { Settings } from '../../config/settings.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import { systemClock } from '../../flow/clock.ts'
import { keepReporting } from '../../service/fleet/bulletin.ts'
import type { FleetDatabase } from '../../service/fleet/database.ts'
import { keysOf } from '../../service/fleet/secrets.ts'
import { Worker } from '../../service/fleet/worker.ts'
import { openSender } from '../../service/notify/notifier.ts'
import type { Program } from '../../service/own-process.ts'
import { openFleetWatchman } from '../../web/fleet-watchman.ts'
import type { CommandContext, CommandResult, Loaded } from '../command.ts'
import { bugText } from '../failure.ts'
import { refusedBySystem } from '../local-page.ts'
import { lostWords } from '../notices.ts'
import { reportWorker } from '../reporters/fleet-worker.ts'
import { notifySystemd } from '../systemd.ts'
import { withDatabase } from './database.ts'

/** Works through the queue of a fleet until it is stopped. */
export const work = (context: CommandContext): Promise<CommandResult> =>
  withDatabase(context, 'work', (database, loaded) => {
    refuseShared(loaded.settings)
    return workWith(context, database, loaded)
  })

/** Throws `ConfigurationError` for a place in the configuration of a worker that all accounts would share. */
function refuseShared({ copies: [copy], publicTwin }: Settings): void {
  const found = copy === undefined ? publicTwin && 'public_twin' : `[copy.${copy.name}]`
  if (found === undefined) return
  const key = copy === undefined ? 'public_twin' : `copy.${copy.name}.destination`
  throw new ConfigurationError(`${found} in the configuration of a worker would be one place for all accounts.`, {
    hint: `Take it out there, and give each account a place of its own: ${key} = … in the column settings of the list.`,
  })
}

async function workWith(context: CommandContext, database: FleetDatabase, { settings, secrets }: Loaded): Promise<CommandResult> {
  const { io, stage, signal, options } = context
  const warned = new Set<string>()
  const warn = (message: string): void => {
    if (!warned.has(message)) stage.emit({ event: 'warning', message })
    warned.add(message)
  }
  // Aborted when the worker has ended, or cannot go on with its news: backups that run finish what is in flight then, too.
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  const worker = new Worker({
    self: { id: randomUUID(), host: hostname(), pid, jobs: settings.fleetJobs },
    database,
    clock: systemClock,
    signal: until,
    program: programOf(context),
    perSecond: settings.fleetCallsPerSecond,
    keysOf: (name) => keysOf(name, { sources: secrets, cwd: io.cwd, env: io.env, signal, warn }),
    report: reportWorker({ stage, now: io.now, quiet: options.quiet }),
  })
  const send = openSender({ settings, env: io.env, failed: (lost) => stage.emit({ event: 'warning', message: lostWords(lost) }) })
  const forget = io.onExit(() => worker.leave())
  const watchman = await openWatchman(context, settings, { worker, database })
  try {
    stage.line({ event: 'listening', ...{ address: watchman.url } })
    if (!options.quiet)
      stage.say(
        `The worker takes up to ${settings.fleetJobs} accounts at once; ${watchman.url}healthz says whether all is well. Ctrl-C ends it.`,
      )
    await notifySystemd(io.env, 'READY=1')
    const reporting = send && keepReporting({ database, clock: systemClock, signal: until, send }).finally(() => over.abort())
    const ends = await Promise.allSettled([worker.run().finally(() => over.abort()), reporting])
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return { exitCode: 0, message: 'The worker has ended.', silent: true }
  } finally {
    await watchman.close()
    forget()
  }
}

async function openWatchman(
  { io, stage }: CommandContext,
  settings: Settings,
  { worker, database }: { readonly worker: Worker; readonly database: FleetDatabase },
) {
  const { webPort, webListen, webHost } = settings
  try {
    return await openFleetWatchman({
      port: webPort,
      listen: webListen,
      others: webHost,
      now: io.now,
      numbers: () => worker.numbers,
      census: () => database.census(),
      onBug: (error) => stage.say(bugText(error, io)),
    })
  } catch (error) {
    throw refusedBySystem(error, { ...settings, command: 'fleet worker' })
  }
}

/** Variables of the worker that are none of a job's business. */
const OWN = /^(SMGMG_BK_(FLEET|NOTIFY|WEB)_.*|NOTIFY_SOCKET)$/i

/** Returns the way to start this program for one account. */
function programOf({ io, options }: CommandContext): Program {
  const { config } = options
  return {
    ...programAgain(),
    options: config === undefined ? [] : ['--config', absolutePath(io.cwd, config)],
    env: Object.fromEntries(Object.entries(io.env).filter(([name]) => !OWN.test(name))),
  }
}
