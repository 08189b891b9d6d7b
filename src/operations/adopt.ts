import { IntegrityError } from '../errors.ts'
import { breathe } from '../flow/breathe.ts'
import { checked, hashAll } from '../flow/checked.ts'
import type { Source } from '../model.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import type { Loader } from './backup/loader.ts'
import { walk } from './walk-folder.ts'

/**
 * Returns a loader that never asks SmugMug: it copies a file with the source's bytes from a folder elsewhere, under any name and path, and
 * returns undefined if there is none. A backup with this loader is an adoption. It passes over files of the folder that it cannot read.
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
        // The file changed, or became unreadable, since it was hashed. Trouble of the vault is thrown.
        if (!troubled || !(error instanceof StorageError || error instanceof IntegrityError)) throw error
      }
    }
    return undefined
  }
}

/** Returns the folder's files by size, which is known without reading them. */
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

/** Returns a function that hashes each file once. It returns undefined for a file that cannot be read, and reads it again when asked again. */
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

/** Passes a stream on, and calls `failed` when it fails. */
async function* noting(stream: AsyncIterable<Uint8Array>, failed: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch (error) {
    failed()
    throw error
  }
}
