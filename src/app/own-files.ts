/**
 * The files and the process of the program itself: in the folder of an installation, or inside a single executable. No other module knows
 * which of the two is running.
 */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { getAsset, getAssetKeys, isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'

/** Returns the folder of the installation: two folders above src/app in a checkout, and above dist/program in the package. */
const top = (): URL => new URL('../../', import.meta.url)

/** Returns the place of a file or folder of the package. Throws where an incomplete installation lacks it. */
function present(path: string): URL {
  const url = new URL(path, top())
  if (existsSync(url)) return url
  throw new Error(`${fileURLToPath(url)} is missing: install the program again, or run \`npm run build\` in a clone`)
}

/** Returns the bytes of one of the program's own files, by its path in the package. */
export const ownFile = (path: string): Uint8Array => (isSea() ? new Uint8Array(getAsset(path)) : readFileSync(present(path)))

/** Returns the names of the program's own files in a folder of the package. */
export function ownNames(folder: string): readonly string[] {
  if (!isSea()) return readdirSync(present(folder))
  return getAssetKeys().flatMap((key) => (key.startsWith(`${folder}/`) ? [key.slice(folder.length + 1)] : []))
}

/** Returns the folder that belongs to the program alone; undefined for an executable that lies among the files of a person. */
export function ownFolder(): string | undefined {
  if (!isSea()) return fileURLToPath(top()).replace(/(?<=.)[/\\]$/, '')
  return existsSync(beside()) ? dirname(beside()) : undefined
}

/** Returns the folder of packages that lies beside an executable, also of one that was started through a link. */
const beside = (): string => join(dirname(realpathSync(process.execPath)), 'node_modules')

/**
 * Loads a package that has native code, which cannot be inside an executable. An executable looks in the folder beside it and nowhere
 * above, because a stranger may write to `/tmp/node_modules`. Throws where the package is missing.
 */
export const loadBeside = (name: string): unknown => createRequire(import.meta.url)(isSea() ? join(beside(), name) : name)

/** Returns the command that starts this program again, and its first arguments. */
export const programAgain = (): { readonly command: string; readonly before: readonly string[] } => ({
  command: process.execPath,
  before: isSea() ? [] : [...process.execArgv, process.argv[1] ?? ''],
})

/** Returns the program that `forkOwn` needs to run a module of this folder in a process of its own. In an executable that is its name. */
export const moduleToFork = (name: string): string =>
  isSea() ? name : fileURLToPath(new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

/** Starts a process that exchanges messages with this one. An executable takes no options of Node, and starts itself. */
export const forkOwn = (program: string, options: ForkOptions): ChildProcess =>
  fork(program, isSea() ? { ...options, execArgv: [] } : options)
