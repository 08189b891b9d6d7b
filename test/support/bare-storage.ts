import type { Storage } from '../../src/vault/storage/storage.ts'

/** Takes every ability away from a storage: it has the core alone, and no empty folders and no times, as object storage has none. */
export const bareStorage = (base: Storage): Storage => {
  const timeless = <T extends { readonly mtime: number | undefined }>(entry: T): T => ({ ...entry, mtime: undefined })
  const prune = async (path: string): Promise<void> => await base.pruneFolders?.(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
  return {
    location: base.location,
    list: async (folder) => (await base.list(folder)).map(timeless),
    stat: async (path) => {
      const found = await base.stat(path)
      return found && timeless(found)
    },
    read: (path, options) => base.read(path, options),
    put: async (path, bytes, { resumable: _, ...options } = {}) => await base.put(path, bytes, options),
    copy: (from, to) => base.copy(from, to),
    remove: async (path) => {
      try {
        await base.remove(path)
      } finally {
        await prune(path)
      }
    },
    close: () => base.close(),
  }
}
