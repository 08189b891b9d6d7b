import type { AsidePlace } from './aside.ts'
import { inFolder, layout, splitPath } from './layout.ts'
import { sidecarName } from './record/sidecar-names.ts'
import { pruneFolders } from './storage/abilities.ts'
import { type Entry, type Storage, StorageError } from './storage/storage.ts'

/** A file in the trash or the history that has lain there long enough. */
export interface Due {
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** The question to `findDue`, and its way to report entries that it passes by. */
export interface DueQuestion {
  readonly place: AsidePlace
  readonly days: number
  readonly now: number
  warn(message: string): void
}

const DAY = /^(\d{4}-\d\d-\d\d)(-\d+)?$/

/** The longest line of the journal that is read: a real one is a few hundred bytes. */
const longestLine = 1024 * 1024

/**
 * Finds the files that were put aside longer ago than `days`. A file counts only when a line of the journal says that this program put it
 * there, or when it is the sidecar of such a file: every other file in a folder named like a day stays. Links are not followed; each is
 * named in a warning.
 */
export async function findDue(storage: Storage, question: DueQuestion): Promise<readonly Due[]> {
  const { place, days, now } = question
  const limit = new Date(Math.max(0, now - days * 86_400_000)).toISOString().slice(0, 10)
  const standing = new Map<string, number>()
  for (const { name, kind } of await entriesOf(storage, layout[place], question)) {
    const folder = inFolder(layout[place], name)
    if (kind === 'folder' && isBefore(name, limit)) await collect(storage, folder, { ...question, standing })
  }
  if (standing.size === 0) return []
  const due: Due[] = []
  for await (const { to, at, size } of journal(storage, question)) {
    const [, , day] = to.split('/')
    const found = standing.get(to)
    if (found === undefined || day === undefined || !isBefore(day, limit) || !isBefore(at.slice(0, 10), limit)) continue
    if (size !== undefined && size !== found) continue
    const { folder, name } = splitPath(to)
    const sidecars = (['append', 'replace'] as const).map((style) => inFolder(folder, sidecarName(name, style)))
    for (const path of [to, ...sidecars]) {
      const bytes = standing.get(path)
      if (bytes !== undefined && standing.delete(path)) due.push({ path, size: bytes })
    }
  }
  return due
}

const isBefore = (name: string, limit: string): boolean => (DAY.exec(name)?.[1] ?? limit) < limit

/**
 * Removes the files that `findDue` found, and the folders that become empty. Returns the files that are gone; one that cannot be removed is
 * a warning.
 */
export async function removeDue(storage: Storage, due: readonly Due[], warn: (message: string) => void): Promise<readonly Due[]> {
  const removed: Due[] = []
  for (const file of due) {
    try {
      await storage.remove(file.path)
      await pruneFolders(storage, splitPath(file.path).folder)
      removed.push(file)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      warn(`${file.path} has lain there long enough and could not be removed: ${error.message}.`)
    }
  }
  return removed
}

async function collect(
  storage: Storage,
  folder: string,
  options: Pick<DueQuestion, 'warn'> & { readonly standing: Map<string, number> },
): Promise<void> {
  for (const { name, kind, size } of await entriesOf(storage, folder, options)) {
    const path = inFolder(folder, name)
    if (kind === 'folder') await collect(storage, path, options)
    else if (kind === 'file') options.standing.set(path, size)
  }
}

/** Lists the entries of a folder of ours; none where it is a link or cannot be read. */
async function entriesOf(storage: Storage, folder: string, { warn }: Pick<DueQuestion, 'warn'>): Promise<readonly Entry[]> {
  try {
    const entries = await storage.list(folder)
    for (const { name, kind } of entries) {
      if (kind === 'other')
        warn(`${inFolder(folder, name)} is a link or a device, which was not put there by this program; it is left alone.`)
    }
    return entries
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    warn(`Nothing is removed from ${folder}: ${error.message}.`)
    return []
  }
}

interface Line {
  readonly to: string
  readonly at: string
  /** Absent in lines of earlier versions. */
  readonly size: number | undefined
}

/** Yields the lines of the journal about files that were put aside. */
async function* journal(storage: Storage, { warn }: Pick<DueQuestion, 'warn'>): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    if ((await storage.stat(layout.historyJournal)) === undefined) return
    for await (const chunk of storage.read(layout.historyJournal)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) rest = ''
      for (const line of lines) {
        const read = lineOf(line)
        if (read !== undefined) yield read
      }
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    warn(`${layout.historyJournal} cannot be read, and only what it names is removed: ${error.message}.`)
  }
}

function lineOf(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    if (typeof line !== 'object' || line === null || !('to' in line && 'at' in line)) return undefined
    const { to, at } = line
    const size = 'size' in line && typeof line.size === 'number' ? line.size : undefined
    return typeof to === 'string' && typeof at === 'string' ? { to, at, size } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
