import { inFolder, layout, splitPath } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import { appendTo, hashFile, linkFile, moveEntry } from './storage/abilities.ts'
import { type Storage, StorageError } from './storage/storage.ts'

/** The reason why a file was put aside, for the person who finds it. */
export interface AsideReason {
  readonly why: string
  readonly album?: string
  readonly imageKey?: string
  readonly md5?: string
}

/** The folder for files that are put aside. */
export type AsidePlace = 'history' | 'trash'

/**
 * Puts the entry at a path into `history/DATE/<path>` or `trash/DATE/<path>`, with a line in the history's journal. With `keep`, the name
 * stays too, to be replaced in one step later (a second name for the same bytes). Returns the new path; undefined when nothing stood there.
 */
export async function putAside(
  storage: Storage,
  path: string,
  options: { readonly place: AsidePlace; readonly now: number; readonly reason: AsideReason; readonly keep?: boolean },
): Promise<string | undefined> {
  const standing = await storage.stat(path)
  if (standing === undefined || standing.kind !== 'file') return undefined
  const at = new Date(options.now).toISOString()
  const to = await takePath(storage, `${layout[options.place]}/${at.slice(0, 10)}`, path)
  try {
    if (options.keep === true) await linkFile(storage, path, to)
    else await moveEntry(storage, path, to)
  } finally {
    pathsTaken(storage).delete(foldName(to))
  }
  await appendTo(storage, layout.historyJournal, `${JSON.stringify({ at, from: path, to, size: standing.size, ...options.reason })}\n`)
  return to
}

/**
 * Removes the second name that `putAside` gave with `keep`, where the file was not replaced after all. It stays if other bytes stand at the path now, or if
 * that cannot be read. Returns true if it was removed.
 */
export async function takeBack(storage: Storage, path: string, aside: string): Promise<boolean> {
  try {
    const [now, before] = [await storage.stat(path), await storage.stat(aside)]
    if (now?.kind !== 'file' || now.size !== before?.size) return false
    if ((await hashFile(storage, path)).sha256 !== (await hashFile(storage, aside)).sha256) return false
    await storage.remove(aside)
    return true
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return false
  }
}

const taken = new WeakMap<Storage, Set<string>>()

/** The paths that files are on their way to: two that are put aside at once must not get one name. */
function pathsTaken(storage: Storage): Set<string> {
  const paths = taken.get(storage) ?? new Set()
  taken.set(storage, paths)
  return paths
}

/**
 * Finds a free path below the day's folder, or below a second one where a file stands in the way of a folder. Takes it, until the file stands
 * there.
 */
async function takePath(storage: Storage, day: string, wanted: string): Promise<string> {
  const { folder, name } = splitPath(wanted)
  const dot = name.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let copy = 1; ; copy += 1) {
    const root = copy === 1 ? day : `${day}-${copy}`
    let finding: Finding | undefined
    for (let n = 1; finding !== 'below a file'; n += 1) {
      const path = inFolder(root, inFolder(folder, n === 1 ? name : `${stem}-${n}${extension}`))
      finding = await claim(storage, path, () => fileAbove(storage, root, wanted))
      if (finding === 'free') return path
    }
  }
}

type Finding = 'free' | 'taken' | 'below a file'

/** Takes a path if it is free. Takes it before it looks: another file may come to it, above or below it, meanwhile. */
async function claim(storage: Storage, path: string, isBelowFile: () => Promise<boolean>): Promise<Finding> {
  const taken = pathsTaken(storage)
  const key = foldName(path)
  for (const other of taken) {
    if (key.startsWith(`${other}/`)) return 'below a file'
    if (other === key || other.startsWith(`${key}/`)) return 'taken'
  }
  taken.add(key)
  let finding: Finding = 'taken'
  try {
    if (await isBelowFile()) finding = 'below a file'
    else if ((await storage.stat(path)) === undefined) finding = 'free'
    return finding
  } finally {
    if (finding !== 'free') taken.delete(key)
  }
}

async function fileAbove(storage: Storage, root: string, path: string): Promise<boolean> {
  for (let { folder } = splitPath(path); folder !== ''; { folder } = splitPath(folder)) {
    const standing = await storage.stat(inFolder(root, folder))
    if (standing !== undefined) return standing.kind !== 'folder'
  }
  return false
}
