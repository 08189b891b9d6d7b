import { isShared, readGeneration } from '../generations.ts'
import { layout, OURS } from '../layout.ts'
import { parentOf, pathIn } from './relative-path.ts'
import { type Entry, type Storage, StorageError, type WholeStorage } from './storage.ts'

/**
 * Gives the shared files of a folder that was copied from a bucket the names they have in a folder. `write` renames the newest of each file and
 * removes the others, and the copy of the catalogue, which is of no use here; `read` finds the newest under its plain name. Any other folder is
 * returned as it is. See: [Note: generations]
 */
export async function withoutGenerations(storage: WholeStorage, mode: 'write' | 'read'): Promise<Storage> {
  if (!(await hasGenerations(storage))) return storage
  const files = await sharedFiles(storage)
  if (mode === 'read') return plainly(storage, files)
  for (const [path, [newest = path, ...older]] of files) {
    for (const at of older) await storage.remove(at)
    if (parentOf(path) === layout.catalogueCopy) await storage.remove(newest)
    else if (newest !== path) await storage.rename(newest, path)
  }
  await storage.pruneFolders(layout.catalogueCopy)
  return storage
}

/** Looks only where the files lie that each run writes. Trouble with that folder is for those who need it. */
async function hasGenerations(storage: Storage): Promise<boolean> {
  try {
    return (await storage.list(OURS)).some(({ name }) => readGeneration(pathIn(OURS, name))?.generation)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return false
  }
}

/** Returns the real paths of each shared file, the newest first. */
async function sharedFiles(storage: Storage): Promise<ReadonlyMap<string, readonly string[]>> {
  const found: { readonly at: string; readonly path: string; readonly generation: string }[] = []
  const folders = [OURS]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { kind, name } of await storage.list(folder)) {
      const at = pathIn(folder, name)
      const shared = kind === 'file' ? readGeneration(at) : undefined
      if (shared !== undefined) found.push({ ...shared, at })
      if (kind === 'folder' && mayHoldShared(at)) folders.push(at)
    }
  }
  const newestFirst = found.toSorted((a, b) => (a.generation < b.generation ? 1 : -1))
  return new Map([...Map.groupBy(newestFirst, ({ path }) => path)].map(([path, all]) => [path, all.map(({ at }) => at)]))
}

/** Could shared files lie directly in this folder, or below it? */
const mayHoldShared = (folder: string): boolean => isShared(pathIn(folder, 'history.jsonl')) || isShared(pathIn(folder, '1'))

/** Shows the newest of each shared file under its plain name, and none of the others. */
function plainly(base: Storage, files: ReadonlyMap<string, readonly string[]>): Storage {
  const at = (path: string): string => files.get(path)?.[0] ?? path
  const hidden = new Set([...files].flatMap(([path, all]) => [path, ...all]))
  const stat = async (path: string): Promise<Entry | undefined> => {
    const found = await base.stat(at(path))
    return found && { ...found, name: path.slice(path.lastIndexOf('/') + 1) }
  }
  return new Proxy(base, {
    get(target, property) {
      if (property === 'stat') return stat
      if (property === 'read') return (path: string, options?: Parameters<Storage['read']>[1]) => target.read(at(path), options)
      if (property === 'list') return list
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

  async function list(folder: string): Promise<readonly Entry[]> {
    const others = (await base.list(folder)).filter(({ name }) => !hidden.has(pathIn(folder, name)))
    const plain = await Promise.all([...files.keys()].filter((path) => parentOf(path) === folder).map(stat))
    return [...others, ...plain.filter((entry) => entry !== undefined)]
  }
}
