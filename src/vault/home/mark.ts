import { mkdir, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { DestinationError } from '../../errors.ts'
import { isOfTheSystem } from '../litter.ts'

/** What this machine remembers of a vault, outside of it: a disk that is not mounted must not be mistaken for an empty one. */
export interface VaultMark {
  readonly id: string
  readonly account?: string
  readonly albums: number
  readonly items: number
  /** Milliseconds since 1970. */
  readonly at: number
}

type Marks = Readonly<Record<string, VaultMark>>

/** The file in the user's state folder that holds the marks of all vaults, by path. */
export function marksPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const state = env.XDG_STATE_HOME || env.LOCALAPPDATA || (env.HOME && join(env.HOME, '.local', 'state'))
  return state ? join(state, 'smugmug-backup', 'vaults.json') : undefined
}

/** Throws `DestinationError` when a vault was at this path and there is nothing now. */
export async function checkStillThere(marks: string, root: string): Promise<void> {
  const mark = (await readMarks(marks))[await realpath(root)]
  // A mark that is odd costs only this safety.
  if (
    typeof mark?.items !== 'number' ||
    mark.items === 0 ||
    !(Math.abs(mark.at) < 8.64e15) ||
    (await readdir(root)).some((name) => !isOfTheSystem(name))
  )
    return
  const date = new Date(mark.at).toISOString().slice(0, 10)
  throw new DestinationError(
    `The destination ${root} is empty, but on ${date} it held a vault of ${mark.items.toLocaleString('en')} items.`,
    {
      hint: 'Check that its disk is mounted. To begin a new vault there on purpose, run the backup once with --accept-changes.',
    },
  )
}

/** Remembers a vault. A state folder that cannot be written to costs only this safety, never the backup: the error is returned. */
export async function remember(marks: string, root: string, mark: VaultMark): Promise<Error | undefined> {
  try {
    await mkdir(dirname(marks), { recursive: true, mode: 0o700 })
    await writeFileAtomic(marks, `${JSON.stringify({ ...(await readMarks(marks)), [await realpath(root)]: mark }, undefined, 1)}\n`)
    return undefined
  } catch (error) {
    return error as Error
  }
}

async function readMarks(marks: string): Promise<Marks> {
  try {
    const parsed: unknown = JSON.parse(await readFile(marks, 'utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Marks) : {}
  } catch {
    return {}
  }
}
