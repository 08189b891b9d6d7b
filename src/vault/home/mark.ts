import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DestinationError } from '../../errors.ts'
import { formatCount } from '../../events.ts'
import { isObject } from '../../model.ts'
import { isOfTheSystem } from '../litter.ts'
import { readSmallFile, replaceSmallFile } from './small-file.ts'

/** The facts about a vault that this machine keeps outside of it: an unmounted disk must not be mistaken for an empty one. */
export interface VaultMark {
  readonly id: string
  readonly account?: string
  readonly albums: number
  readonly items: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * Returns the folder, in the user's state folder, that holds a mark of each vault in a file of its own: two runs that end at once do not
 * overwrite each other.
 */
export function marksPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const state = stateFolder(env)
  return state && join(state, 'vaults')
}

/** Returns the program's own folder in the user's state folder; undefined where the environment names none. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const state = env.XDG_STATE_HOME || env.LOCALAPPDATA || (env.HOME && join(env.HOME, '.local', 'state'))
  return state ? join(state, 'smugmug-backup') : undefined
}

/** Throws `DestinationError` when a vault was at this path and nothing is there now: an empty folder, or none. `command` would begin a new one there. */
export async function checkStillThere(marks: string, root: string, command = 'the backup'): Promise<void> {
  const isThere = existsSync(root)
  const mark = readMark(marks, isThere ? await realpath(root) : resolve(root))
  // A damaged mark costs only this safety.
  if (mark === undefined || mark.items === 0 || !(Math.abs(mark.at) < 8.64e15)) return
  if (isThere && (await readdir(root)).some((name) => !isOfTheSystem(name))) return
  const date = new Date(mark.at).toISOString().slice(0, 10)
  const held = `but on ${date} it held a vault of ${formatCount(mark.items, 'item')}.`
  throw new DestinationError(isThere ? `The destination ${root} is empty, ${held}` : `The destination ${root} does not exist, ${held}`, {
    hint: `Check that its disk is mounted. To begin a new vault there on purpose, run ${command} once with --accept-changes.`,
  })
}

/** Writes the mark of a vault. A state folder that cannot be written costs only this safety, never the backup: the error is returned. */
export async function remember(marks: string, root: string, mark: VaultMark): Promise<Error | undefined> {
  try {
    const path = await realpath(root)
    replaceSmallFile(fileOf(marks, path), `${JSON.stringify({ path, ...mark }, undefined, 1)}\n`)
    return undefined
  } catch (error) {
    return error as Error
  }
}

const fileOf = (marks: string, root: string): string => join(marks, `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.json`)

/** Reads the mark of the vault at a real path: from its own file, else from the older file with all marks by path. */
function readMark(marks: string, root: string): Pick<VaultMark, 'items' | 'at'> | undefined {
  const mark = parsed(fileOf(marks, root)) ?? parsed(join(dirname(marks), 'vaults.json'))?.[root]
  if (!isObject(mark) || typeof mark.items !== 'number' || typeof mark.at !== 'number') return undefined
  return { items: mark.items, at: mark.at }
}

/** Parses a mark. One that cannot be read costs only this safety. */
function parsed(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(readSmallFile(path) ?? 'null')
    return isObject(found) ? found : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).syscall !== undefined) return undefined
    throw error
  }
}
