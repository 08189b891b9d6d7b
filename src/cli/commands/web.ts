import { forgetServer, noteServer, readServer, type ServerNote } from '../../app/server-note.ts'
import type { Settings } from '../../config/settings.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import type { Program } from '../../service/tasks.ts'
import { askForAddress } from '../../web/ask.ts'
import { isLoopback, type LocalPage, openLocalPage } from '../../web/local-page.ts'
import { openBrowser } from '../browser.ts'
import type { CommandContext, CommandFunction } from '../command.ts'
import { bugText } from '../failure.ts'

/** Shows the vault in the browser until Ctrl-C. If its page is open already, prints a fresh address of that one. */
export const web: CommandFunction = async (context) => {
  const { io, stage, signal } = context
  const loaded = await context.load()
  const { settings } = loaded
  checkPassword(settings)
  const subject = settings.destination ?? (await context.configToWrite()) ?? 'no configuration'
  const running = readServer(io.env, subject)
  const fresh = running && (await askForAddress(running))
  if (fresh !== undefined) {
    await show(context, fresh, 'The page of this vault is open already. A fresh address:')
    return { exitCode: 0, message: 'The page is open already.', silent: true }
  }
  const page = await open(context, settings)
  const note: ServerNote = { url: page.url, control: page.control }
  noteServer(io.env, subject, note)
  try {
    await show(context, page.newAddress(), 'Your vault:')
    if (!isLoopback(settings.webListen)) {
      const message =
        'The page can be opened from other machines without encryption: on a network that others use, put a proxy with TLS in front.'
      stage.emit({ event: 'warning', message })
    }
    if (!context.options.quiet) stage.say('Ctrl-C ends it.')
    await ended(signal)
    return { exitCode: 0, message: 'The page is closed.', silent: true }
  } finally {
    forgetServer(io.env, subject, note)
    await page.close()
  }
}

/** Refuses a page for other machines without a password. */
function checkPassword({ webListen, webPassword }: Settings): void {
  if (isLoopback(webListen) || webPassword !== undefined) return
  throw new ConfigurationError(`The page would be open to other machines at ${webListen}, and there is no password.`, {
    hint: 'Set password under [web], or SMGMG_BK_WEB_PASSWORD, or SMGMG_BK_WEB_PASSWORD_FILE.',
  })
}

/** Prints the address, and opens it where that was asked for. */
async function show({ io, stage, options }: CommandContext, address: string, words: string): Promise<void> {
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

async function open(context: CommandContext, settings: Settings): Promise<LocalPage> {
  const { io, stage } = context
  try {
    return await openLocalPage({
      app: await context.app(),
      settings,
      program: programOf(context),
      request: context.request,
      now: io.now,
      onBug: (error) => stage.say(bugText(error, io)),
    })
  } catch (error) {
    throw refusedBySystem(error, settings)
  }
}

/** Returns the error for a port or address that the system does not give; any other error as it is. */
function refusedBySystem(error: unknown, { webPort, webListen }: Settings): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new ConfigurationError(`Another program uses port ${webPort}.`, {
      hint: `Choose another one: smugmug-backup web --port ${webPort < 65_535 ? webPort + 1 : 8980}`,
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ConfigurationError(`The system does not permit port ${webPort}.`, {
      hint: 'Choose one over 1023: smugmug-backup web --port 8980',
      cause: error,
    })
  }
  return new ConfigurationError(`The page cannot be opened at ${webListen ?? 'localhost'}: ${error.message}.`, {
    hint: 'Give an address of this machine to --listen, or 0.0.0.0 for all of them.',
    cause: error,
  })
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
    command: process.execPath,
    before: [...process.execArgv, process.argv[1] ?? ''],
    options: given.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    env: io.env,
  }
}

/** Resolves when the person has ended it. */
const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
