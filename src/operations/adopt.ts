import { IntegrityError } from '../errors.ts'
import { breathe } from '../flow/breathe.ts'
import { checked, hashAll } from '../flow/checked.ts'
import type { Source } from '../model.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import type { Loader } from './backup/loader.ts'
import { walk } from './walk-folder.ts'

/**
 * A loader that knows no line, only a folder elsewhere: it copies in what has the source's bytes, wherever it lies there and whatever it
 * is called, and has nothing for the rest. With it a backup is an adoption. A file of the folder that cannot be read is passed over.
 */
export async function folderLoader(
  folder: Storage,
  vault: Storage,
  report: (done: number, unit: 'files' | 'bytes') => void,
): Promise<Loader> {
  const bySize = await pathsBySize(folder, report)
  const md5Of = rememberedHashes(folder, report)
  return async (source: Source, path) => {
    const { md5, size } = source
    if (md5 === undefined || size === undefined) return undefined
    for (const candidate of bySize.get(size) ?? []) {
      if ((await md5Of(candidate)) !== md5) continue
      let troubled = false
      const proof = checked(folder.read(candidate), { size, md5 })
      try {
        await vault.put(
          path,
          noting(proof.stream, () => (troubled = true)),
          { size },
        )
        return proof.result()
      } catch (error) {
        // It was changed, or became unreadable, since it was hashed. The vault's own trouble is not this file's.
        if (!troubled || !(error instanceof StorageError || error instanceof IntegrityError)) throw error
      }
    }
    return undefined
  }
}

/** The folder's files by their size, the only thing that is known of them without reading them. */
async function pathsBySize(
  folder: Storage,
  report: (done: number, unit: 'files') => void,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const bySize = new Map<number, string[]>()
  let files = 0
  for await (const file of walk(folder)) {
    if (file.kind !== 'file') continue
    const others = bySize.get(file.size)
    if (others === undefined) bySize.set(file.size, [file.path])
    else others.push(file.path)
    files += 1
    if (files % 1000 !== 0) continue
    report(files, 'files')
    await breathe()
  }
  return bySize
}

/** Hashes each file once, however many items ask for it. Gives undefined for a file that cannot be read; it may be readable when it is asked for again. */
function rememberedHashes(folder: Storage, report: (done: number, unit: 'bytes') => void): (path: string) => Promise<string | undefined> {
  const md5s = new Map<string, Promise<string | undefined>>()
  let hashed = 0
  const hash = async (path: string): Promise<string | undefined> => {
    try {
      const hashing = await hashAll(folder.read(path))
      hashed += hashing.size
      report(hashed, 'bytes')
      return hashing.digest().md5
    } catch (error) {
      md5s.delete(path)
      if (error instanceof StorageError) return undefined
      throw error
    }
  }
  return (path) => {
    const known = md5s.get(path) ?? hash(path)
    md5s.set(path, known)
    return known
  }
}

/** Passes a stream on, and notes when it fails. */
async function* noting(stream: AsyncIterable<Uint8Array>, failed: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch (error) {
    failed()
    throw error
  }
}
