/** The commands and files that the making of executables needs. */
import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, lutimesSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

/** package.json, as far as executables speak of it. */
interface Manifest {
  readonly name: string
  readonly version: string
  readonly homepage: string
  readonly license: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** The folder, the environment and the input of a command. */
interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Runs a command and returns its output. Throws with all that it said if it fails or is not installed. */
export function run(command: string, parameters: readonly string[], { cwd = root, env, input }: Surroundings = {}): string {
  const { status, error, stdout, stderr } = spawnSync(command, parameters, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1e8,
    env: { ...process.env, ...env },
    ...(input !== undefined && { input }),
  })
  if (error !== undefined && 'code' in error && error.code === 'ENOENT')
    throw new Error(`${command} is not installed: it is needed to make executables (docs/install.md).`)
  if (error !== undefined || status !== 0)
    throw new Error(`${[command, ...parameters].join(' ')} ended with ${status ?? error?.message}\n${stdout}\n${stderr}`)
  return stdout
}

/** Returns the time that all files get, in seconds since 1970: that of the last commit, unless SOURCE_DATE_EPOCH names another one. */
export function epochOf(): number {
  const given = process.env.SOURCE_DATE_EPOCH
  return Number(given ?? run('git', ['log', '-1', '--format=%ct']))
}

/** Gives all files of a folder the same times and the usual modes, which archives keep. */
export function settle(folder: string, epoch: number): void {
  for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    const path = join(folder, name)
    const stat = lstatSync(path)
    if (!stat.isSymbolicLink()) chmodSync(path, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644)
    lutimesSync(path, epoch, epoch)
  }
}
