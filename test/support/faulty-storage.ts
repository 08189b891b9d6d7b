import { appendTo, linkFile, moveEntry, pruneFolders, setMtime, sweep } from '../../src/vault/storage/abilities.ts'
import type { Partials, Storage } from '../../src/vault/storage/storage.ts'

type MethodOf<T> = { [Key in keyof T]-?: NonNullable<T[Key]> extends (...args: never[]) => unknown ? Key : never }[keyof T]

/** The methods of a storage, and of its partial files, that can fail. */
export type StorageMethod = MethodOf<Storage> | `partials.${MethodOf<Partials>}`

/** One call that fails. */
export interface Fault {
  readonly method: StorageMethod
  /** The number of the failing call of the method, from 1. Every call when absent. */
  readonly call?: number
  /** Filters by the first argument (a path or folder): other calls do not count for this fault. */
  readonly path?: (path: string) => boolean
  /** `before`: nothing happens. `after`: it happens, and the caller does not learn of it (a power cut in between). */
  readonly when?: 'before' | 'after'
  readonly error: Error
}

/** A storage with faults, and a record of its calls. */
export interface FaultyStorage {
  readonly storage: Storage
  /** Returns the number of calls so far, including failed ones. */
  calls(method: StorageMethod): number
  /** Returns the first arguments of those calls, in order. */
  paths(method: StorageMethod): readonly string[]
  /** Returns the faults that have not struck: a test whose fault never strikes proves nothing. */
  unstruck(): readonly Fault[]
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Wraps a storage so that chosen calls fail. Without faults it only counts. */
export const faultyStorage = (base: Storage, faults: readonly Fault[] = []): FaultyStorage => {
  const paths = new Map<StorageMethod, string[]>()
  const counted = new Map<Fault, number>()
  const struck = new Set<Fault>()

  /** Notes a call, and finds the fault that strikes it. */
  const enter = (method: StorageMethod, path: string): Fault | undefined => {
    const seen = paths.get(method)
    if (seen === undefined) paths.set(method, [path])
    else seen.push(path)
    let strikes: Fault | undefined
    for (const fault of faults) {
      if (fault.method !== method || fault.path?.(path) === false) continue
      const count = (counted.get(fault) ?? 0) + 1
      counted.set(fault, count)
      if (fault.call === undefined || fault.call === count) strikes ??= fault
    }
    if (strikes !== undefined) struck.add(strikes)
    return strikes
  }

  const promised = async <T>(method: StorageMethod, path: string, work: () => Promise<T>): Promise<T> => {
    const fault = enter(method, path)
    if (fault !== undefined && fault.when !== 'after') throw fault.error
    const result = await work()
    if (fault !== undefined) throw fault.error
    return result
  }

  async function* streamed(method: StorageMethod, path: string, bytes: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const fault = enter(method, path)
    if (fault !== undefined && fault.when !== 'after') throw fault.error
    yield* bytes()
    if (fault !== undefined) throw fault.error
  }

  return {
    storage: {
      location: base.location,
      list: (folder) => promised('list', folder, () => base.list(folder)),
      stat: (path) => promised('stat', path, () => base.stat(path)),
      read: (path, options) => streamed('read', path, () => base.read(path, options)),
      put: (path, bytes, options) => promised('put', path, () => base.put(path, bytes, options)),
      partials: {
        find: (path) => promised('partials.find', path, async () => base.partials?.find(path)),
        read: (path) => streamed('partials.read', path, () => base.partials?.read(path) ?? nothing()),
        drop: (path) => promised('partials.drop', path, async () => base.partials?.drop(path)),
        sweep: (folder) => promised('partials.sweep', folder, () => sweep(base, folder)),
      },
      rename: (from, to) => promised('rename', from, () => moveEntry(base, from, to)),
      link: (from, to) => promised('link', from, async () => (await linkFile(base, from, to)) === 'linked'),
      copy: (from, to) => promised('copy', from, () => base.copy(from, to)),
      append: (path, text, options) =>
        promised('append', path, () => appendTo(base, path, { text, isPrivate: options?.isPrivate === true })),
      remove: (path) => promised('remove', path, () => base.remove(path)),
      pruneFolders: (folder) => promised('pruneFolders', folder, () => pruneFolders(base, folder)),
      setMtime: (path, mtime) => promised('setMtime', path, () => setMtime(base, path, mtime)),
      close: () => promised('close', '', () => base.close()),
    },
    calls: (method) => paths.get(method)?.length ?? 0,
    paths: (method) => paths.get(method) ?? [],
    unstruck: () => faults.filter((fault) => !struck.has(fault)),
  }
}
