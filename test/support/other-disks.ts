import { foldName } from '../../src/vault/naming/safe-path.ts'
import { appendTo, hashFile, linkFile, moveEntry, pruneFolders, setMtime } from '../../src/vault/storage/abilities.ts'
import type { Partials, Storage } from '../../src/vault/storage/storage.ts'

/** Makes a disk without hard links (FAT, some network disks): a link is a copy. */
export const withoutHardLinks = (base: Storage): Storage => changed(base, { link: async () => false })

/**
 * Makes a disk on which names that differ by case or Unicode form alone are one name (macOS, Windows). A file keeps its spelling until
 * it is renamed.
 */
export function caseBlind(base: Storage): Storage {
  /** Returns the path as the disk spells it, as far as it stands there. */
  const standing = async (path: string): Promise<string> => {
    let found = ''
    for (const segment of path === '' ? [] : path.split('/')) {
      const names = (await base.list(found)).map((entry) => entry.name)
      const name = names.find((each) => foldName(each) === foldName(segment)) ?? segment
      found = found === '' ? name : `${found}/${name}`
    }
    return found
  }
  /** Returns a path with its folders as they stand there, and its last segment as given. */
  const spelt = async (path: string): Promise<string> => {
    const slash = path.lastIndexOf('/')
    return slash < 0 ? path : `${await standing(path.slice(0, slash))}${path.slice(slash)}`
  }
  async function* read(path: string, options?: Parameters<Storage['read']>[1]): AsyncGenerator<Uint8Array> {
    yield* base.read(await standing(path), options)
  }
  return changed(base, {
    read,
    digest: async (path, options) => hashFile(base, await standing(path), options),
    list: async (folder) => base.list(await standing(folder)),
    stat: async (path) => base.stat(await standing(path)),
    put: async (path, bytes, options) => base.put(await standing(path), bytes, options),
    ...(base.partials !== undefined && { partials: caseBlindPartials(base.partials, standing) }),
    append: async (path, text, options) => appendTo(base, await standing(path), { text, isPrivate: options?.isPrivate === true }),
    remove: async (path) => base.remove(await standing(path)),
    pruneFolders: async (folder) => pruneFolders(base, await standing(folder)),
    setMtime: async (path, mtime) => setMtime(base, await standing(path), mtime),
    link: async (from, to) => (await linkFile(base, await standing(from), await standing(to))) === 'linked',
    copy: async (from, to) => base.copy(await standing(from), await standing(to)),
    rename: async (from, to) => {
      const [source, target] = [await standing(from), await standing(to)]
      if (source !== target) return moveEntry(base, source, target)
      // The same entry in another spelling.
      const wanted = await spelt(to)
      if (wanted === source) return
      await moveEntry(base, source, `${source}.renaming`)
      await moveEntry(base, `${source}.renaming`, wanted)
    },
  })
}

const changed = (base: Storage, methods: Partial<Storage>): Storage =>
  new Proxy(base, {
    get: (_, name: keyof Storage) => {
      const value = methods[name] ?? base[name]
      return typeof value === 'function' ? value.bind(base) : value
    },
  })

const caseBlindPartials = (base: Partials, standing: (path: string) => Promise<string>): Partials => ({
  find: async (path) => base.find(await standing(path)),
  read: async function* (path) {
    yield* base.read(await standing(path))
  },
  drop: async (path) => base.drop(await standing(path)),
  sweep: async (folder) => base.sweep(await standing(folder)),
})
