import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import type { Environment } from '../config/environment.ts'

/** The machine that a browser would be opened on. */
export interface Desktop {
  readonly platform: NodeJS.Platform
  readonly env: Environment
}

/** Returns true if a browser would be visible: not over SSH without a forwarded display, nor on a server. A set `BROWSER` always counts. */
export const hasDisplay = ({ platform, env }: Desktop): boolean => {
  if (env.BROWSER || env.DISPLAY || env.WAYLAND_DISPLAY) return true
  const remote = Boolean(env.SSH_CONNECTION || env.SSH_TTY)
  return (platform === 'darwin' || platform === 'win32') && !remote
}

type Invocation = readonly [command: string, ...args: string[]]

/** Returns the command lines that may open an address, the best first. `BROWSER` holds one or several; `%s` stands for the address. */
export const browserCommands = ({ platform, env }: Desktop, url: string): readonly Invocation[] => {
  const wanted = (env.BROWSER ?? '').split(delimiter).flatMap((entry): readonly Invocation[] => {
    const [command, ...args] = entry.trim().split(/\s+/)
    if (command === undefined || command === '') return []
    const filled = args.map((argument) => argument.replaceAll('%s', url))
    return [args.some((argument) => argument.includes('%s')) ? [command, ...filled] : [command, ...args, url]]
  })
  switch (platform) {
    case 'darwin':
      return [...wanted, ['open', url]]
    case 'win32':
      // Not `start`: it belongs to cmd.exe, which reads the & in an address as its own.
      return [...wanted, ['rundll32', 'url.dll,FileProtocolHandler', url]]
    default:
      return [...wanted, ['xdg-open', url]]
  }
}

const PATIENCE = 2000

/** Runs a command. Returns true if it ended well, or still runs after 2 seconds: some openers are the browser itself. */
const launched = ([command, ...args]: Invocation): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' })
    const timer = setTimeout(() => resolve(true), PATIENCE)
    const end = (well: boolean): void => {
      clearTimeout(timer)
      resolve(well)
    }
    child.on('error', () => end(false))
    child.on('exit', (code) => end(code === 0))
    child.unref()
  })

/** Opens an address in the browser. Returns false if none could be opened, or the address is no web address. */
export const openBrowser = async (desktop: Desktop, url: string): Promise<boolean> => {
  if (!/^https?:\/\//.test(url)) return false
  for (const command of browserCommands(desktop, url)) if (await launched(command)) return true
  return false
}
