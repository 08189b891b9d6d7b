/** Starts the daemons of a test server, and ends them also when the test that started them is long dead. */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The environment variable by which `scripts/test.ts` names the folder of all servers of one run of tests. */
export const SERVERS_FOLDER = 'S3_TEST_SERVERS'

/** The file, in a server's folder, with the process number of each daemon on a line. */
const NUMBERS = 'daemons.txt'

/** Starts a daemon that outlives this process. Its output goes to a file: a pipe would be held open by it. */
export function startDaemon(folder: string, name: string, parameters: readonly string[]): void {
  const log = openSync(join(folder, `${name}.log`), 'a')
  const child = spawn(name, parameters, { cwd: folder, detached: true, stdio: ['ignore', log, log] }).on('error', () => undefined)
  closeSync(log)
  if (child.pid === undefined) throw new Error(`${name} cannot be started`)
  appendFileSync(join(folder, NUMBERS), `${child.pid}\n`)
  child.unref()
}

/** Ends all daemons of a server that was started in this folder, by any process. */
export function stopDaemons(folder: string): void {
  const path = join(folder, NUMBERS)
  const numbers = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : []
  for (const number of numbers) {
    try {
      // The group as well: some of them start helpers.
      process.kill(-number, 'SIGKILL')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

/** Ends all servers of a run of tests, whose folders lie in this one, and removes it. */
export function stopServers(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) stopDaemons(join(folder, name))
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

/** Runs a program to its end. Its output is shown when it fails. */
export const runTool = (name: string, ...parameters: readonly string[]): void => {
  execFileSync(name, parameters, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
}

/** Waits until an address answers, whatever it says. */
export async function answers(url: string): Promise<void> {
  const end = Date.now() + 20_000
  for (;;) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(5000) })
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(100)
    }
  }
}
