/** The page of `web` and `service`: who may open it, and how it is opened and shown. */
import { programAgain } from '../app/own-files.ts'
import type { SettingName, Settings } from '../config/settings.ts'
import { absolutePath } from '../config/surroundings.ts'
import { ConfigurationError } from '../errors.ts'
import type { Program } from '../service/own-process.ts'
import { isLoopback, type LocalPage, openLocalPage, openWatchman } from '../web/local-page.ts'
import type { Configuration } from '../web/set-up/configuration.ts'
import { openBrowser } from './browser.ts'
import type { CommandContext } from './command.ts'
import { bugText } from './failure.ts'
import { cronLine, fileToWrite } from './setup/journey.ts'

/** Refuses a page for other machines without a password. */
export function checkPassword({ webListen, webPassword }: Settings): void {
  if (isLoopback(webListen) || webPassword !== undefined) return
  throw new ConfigurationError(`The page would be open to other machines at ${webListen}, and there is no password.`, {
    hint: 'Set password under [web], or SMGMG_BK_WEB_PASSWORD, or SMGMG_BK_WEB_PASSWORD_FILE.',
  })
}

/** Prints the address, and opens it where that was asked for. */
export async function show({ io, stage, options }: CommandContext, address: string, words: string): Promise<void> {
  stage.line({ event: 'listening', ...{ address } })
  if (!options.json)
    await stage.answer(
      options.quiet
        ? `${address}\n`
        : `${words}\n  ${address}\nIt is valid once, for ten minutes; \`smugmug-backup web\` prints another one.\n`,
    )
  if (options.open === true && !(await openBrowser({ platform: io.platform, env: io.env }, address))) {
    stage.say('No browser could be opened: open the address yourself.')
  }
}

/** Warns of a page that travels without encryption. */
export function warnOfOthers({ stage }: CommandContext, { webListen }: Settings): void {
  if (isLoopback(webListen)) return
  const message =
    'The page can be opened from other machines without encryption: on a network that others use, put a proxy with TLS in front.'
  stage.emit({ event: 'warning', message })
}

/** A page that is to be opened. */
interface PageRequest {
  readonly settings: Settings
  /** Is called when a set-up has chosen another folder. */
  settled(settings: Settings): void
  /** The command that opens it. */
  readonly command: 'web' | 'service'
  /** False opens only what watchmen ask for. */
  readonly hasPage: boolean
}

/** Opens the page. Throws `ConfigurationError` if its port or address cannot be used. */
export async function openPage(context: CommandContext, { settings, settled, hasPage, command }: PageRequest): Promise<LocalPage> {
  const { io, stage } = context
  const options = {
    app: await context.wholeApp(),
    settings,
    program: programOf(context),
    request: context.request,
    now: io.now,
    onBug: (error: unknown) => stage.say(bugText(error, io)),
  }
  try {
    const page = hasPage
      ? await openLocalPage({ ...options, configuration: configurationOf(context), settled })
      : await openWatchman(options)
    const forget = io.onExit(() => page.office.tasks.leave())
    return {
      ...page,
      close: async () => {
        await page.close()
        forget()
      },
    }
  } catch (error) {
    throw refusedBySystem(error, { ...settings, command })
  }
}

/** Returns the error for a port or address that the system does not give; any other error as it is. */
export function refusedBySystem(
  error: unknown,
  { webPort, webListen, command }: Pick<Settings, 'webPort' | 'webListen'> & { readonly command: string },
): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new ConfigurationError(`Another program uses port ${webPort}.`, {
      hint: `Choose another one: smugmug-backup ${command} --port ${webPort < 65_535 ? webPort + 1 : 8980}`,
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ConfigurationError(`The system does not permit port ${webPort}.`, {
      hint: `Choose one over 1023: smugmug-backup ${command} --port 8980`,
      cause: error,
    })
  }
  return new ConfigurationError(`The page cannot be opened at ${webListen ?? 'localhost'}: ${error.message}.`, {
    hint: 'Give an address of this machine to --listen, or 0.0.0.0 for all of them.',
    cause: error,
  })
}

/** Returns the configuration for the set-up of the page. */
function configurationOf(context: CommandContext): Configuration {
  const { io, options } = context
  return {
    home: io.home,
    cwd: io.cwd,
    platform: io.platform,
    env: io.env,
    given: new Set((Object.keys(options.overrides) as SettingName[]).filter((name) => options.overrides[name] !== undefined)),
    load: () => context.load(),
    pathToWrite: () => fileToWrite(context),
    cronLine: (fields, path) => cronLine({ context, path, account: options.account }, fields),
  }
}

/** Returns the way to start this program again, with the same configuration. */
function programOf({ io, options }: CommandContext): Program {
  const { config, account, overrides } = options
  const { destination } = overrides
  const given = [
    ['--config', config],
    ['--account', account],
    ['--destination', typeof destination === 'string' ? absolutePath(io.cwd, destination) : undefined],
  ] as const
  return {
    ...programAgain(),
    options: given.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    // A task is none of systemd's business.
    env: { ...io.env, NOTIFY_SOCKET: undefined },
  }
}

/** Resolves when the person has ended it. */
export const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
