import { foldName } from '../../src/vault/naming/safe-path.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'

/** Makes a disk without hard links (FAT, some network disks): a link is a copy. */
export const withoutHardLinks = (base: Storage): Storage => changed(base, { link: (from, to) => base.link(from, to, { copy: true }) })

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
  async function* readPartial(path: string): AsyncGenerator<Uint8Array> {
    yield* base.readPartial(await standing(path))
  }
  return changed(base, {
    read,
    readPartial,
    list: async (folder) => base.list(await standing(folder)),
    stat: async (path) => base.stat(await standing(path)),
    put: async (path, bytes, options) => base.put(await standing(path), bytes, options),
    partial: async (path) => base.partial(await standing(path)),
    dropPartial: async (path) => base.dropPartial(await standing(path)),
    sweep: async (folder) => base.sweep(await standing(folder)),
    append: async (path, text) => base.append(await standing(path), text),
    remove: async (path) => base.remove(await standing(path)),
    pruneFolders: async (folder) => base.pruneFolders(await standing(folder)),
    setMtime: async (path, mtime) => base.setMtime(await standing(path), mtime),
    link: async (from, to, options) => base.link(await standing(from), await standing(to), options),
    move: async (from, to) => {
      const [source, target] = [await standing(from), await standing(to)]
      if (source !== target) return base.move(source, target)
      // The same entry in another spelling.
      const wanted = await spelt(to)
      if (wanted === source) return
      await base.move(source, `${source}.renaming`)
      await base.move(`${source}.renaming`, wanted)
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
