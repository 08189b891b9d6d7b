import { checked, hashAll } from '../flow/checked.ts'
import type { Source } from '../model.ts'
import type { Storage } from '../vault/storage/storage.ts'
import type { Loader } from './backup/loader.ts'
import { walk } from './walk-folder.ts'

/**
 * A loader that knows no line, only a folder elsewhere: it copies in what has the source's bytes, wherever it lies there and whatever it
 * is called, and has nothing for the rest. With it a backup is an adoption.
 */
export async function folderLoader(
  folder: Storage,
  vault: Storage,
  told: (done: number, unit: 'files' | 'bytes') => void,
): Promise<Loader> {
  const bySize = new Map<number, string[]>()
  let files = 0
  for await (const file of walk(folder)) {
    if (file.kind !== 'file') continue
    bySize.set(file.size, [...(bySize.get(file.size) ?? []), file.path])
    files += 1
    if (files % 1000 === 0) told(files, 'files')
  }
  let hashed = 0
  const md5s = new Map<string, Promise<string>>()
  const md5Of = (path: string): Promise<string> => {
    const known =
      md5s.get(path) ??
      hashAll(folder.read(path)).then((hashing) => {
        hashed += hashing.size
        told(hashed, 'bytes')
        return hashing.digest().md5
      })
    md5s.set(path, known)
    return known
  }
  return async (source: Source, path) => {
    if (source.md5 === undefined || source.size === undefined) return undefined
    for (const candidate of bySize.get(source.size) ?? []) {
      if ((await md5Of(candidate)) !== source.md5) continue
      const proof = checked(folder.read(candidate), { size: source.size, md5: source.md5 })
      await vault.put(path, proof.stream, { size: source.size })
      return proof.result()
    }
    return undefined
  }
}
