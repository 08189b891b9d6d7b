import { foldName } from '../naming/safe-path.ts'
import { type Entry, type Seal, type Storage, StorageError } from './storage.ts'

/**
 * Wraps a storage for dry runs: files seem to be stored, moved and removed, but nothing changes. `list` returns the real entries; `stat`
 * and `read` follow the pretended changes.
 */
export function pretend(real: Storage): Storage {
  const pretended = new Map<string, { readonly entry: Entry; readonly bytesAt: string | undefined } | undefined>()

  /**
   * Returns the real path of the bytes at a path, following the pretended changes to it or to a folder above it; undefined when there are
   * none.
   */
  function where(path: string): string | undefined {
    for (let above = path; above !== ''; above = above.slice(0, Math.max(0, above.lastIndexOf('/')))) {
      if (!pretended.has(above)) continue
      const at = pretended.get(above)?.bytesAt
      return at === undefined ? undefined : at + path.slice(above.length)
    }
    return path
  }

  async function stat(path: string): Promise<Entry | undefined> {
    if (pretended.has(path)) return pretended.get(path)?.entry
    const at = where(path)
    const found = at === undefined ? undefined : await real.stat(at)
    return found && { ...found, name: name(path) }
  }

  async function* read(path: string, options?: Parameters<Storage['read']>[1]): AsyncGenerator<Uint8Array> {
    const at = where(path)
    if (at === undefined) throw new StorageError(`${path} is not there`, { code: 'ENOENT', path })
    yield* real.read(at, options)
  }

  const name = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

  async function place(from: string, to: string): Promise<void> {
    const standing = await stat(from)
    if (standing === undefined) throw new StorageError(`${from} is not there`, { code: 'ENOENT', path: from })
    // A disk that ignores case also finds an entry under its new spelling.
    if (foldName(from) !== foldName(to) && (await stat(to)) !== undefined)
      throw new StorageError(`${to} exists`, { code: 'EEXIST', path: to })
    pretended.set(to, { entry: { ...standing, name: name(to) }, bytesAt: where(from) })
  }

  return {
    location: real.location,
    list: (folder) => real.list(folder),
    stat,
    read,
    put: async (path, _bytes, options) => {
      pretended.set(path, {
        entry: { name: name(path), kind: 'file', size: options?.size ?? 0, mark: 'pretended', mtime: options?.mtime },
        bytesAt: undefined,
      })
    },
    rename: async (from, to) => {
      await place(from, to)
      if (from !== to) pretended.set(from, undefined)
    },
    link: async (from, to) => {
      await place(from, to)
      return true
    },
    copy: place,
    append: async () => undefined,
    remove: async (path) => void pretended.set(path, undefined),
    pruneFolders: async () => undefined,
    setMtime: async () => undefined,
    ...(real.listAll !== undefined && { listAll: (signal) => real.listAll?.(signal) ?? Promise.resolve() }),
    ...(real.comesLate !== undefined && { comesLate: real.comesLate }),
    ...(real.statesBytes !== undefined && { statesBytes: real.statesBytes }),
    free: async () => real.free?.(),
    ...(real.pathOf !== undefined && {
      pathOf: (path: string) => {
        const at = where(path)
        return at === undefined ? undefined : real.pathOf?.(at)
      },
    }),
    ...(real.seal !== undefined && { seal: pretendedSeal(real.seal, where) }),
    close: () => real.close(),
  }
}

/** Follows the pretended changes. */
const pretendedSeal = (real: Seal, where: (path: string) => string | undefined): Seal => ({
  at: (path) => real.at(path),
  digest: async (path, options) => {
    const at = where(path)
    if (at === undefined) throw new StorageError(`${path} is not there`, { code: 'ENOENT', path })
    return await real.digest(at, options)
  },
  stored: async () => undefined,
  knowsNothing: () => real.knowsNothing(),
  learn: async () => undefined,
  unsealed: (folder) => real.unsealed(folder),
  sweep: async () => 0,
})
