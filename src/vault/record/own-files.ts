import { type Digest, Hashing } from '../../flow/checked.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { hashFile } from '../storage/abilities.ts'
import { type Entry, type Storage, StorageError } from '../storage/storage.ts'
import { hashed, type WriteOptions, writeIfChanged } from './write-if-changed.ts'

type Place = { readonly storage: Storage; readonly catalogue: Catalogue }

/** Writes a file of our own unless the same text stands there already, and notes its facts. Returns true when it was written. */
export async function writeOwn(place: Place, path: string, text: () => Iterable<string>, options: WriteOptions = {}): Promise<boolean> {
  const { isWritten, ...digest } = await writeIfChanged(place.storage, path, text, options)
  await note(place, path, digest)
  return isWritten
}

/** Writes a file of our own as a stream, and notes its facts. */
export async function streamOwn(place: Place, path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const hashing = new Hashing()
  await place.storage.put(path, hashed(bytes, hashing), { isMadeMeanwhile: true })
  await note(place, path, hashing.digest())
}

async function note({ storage, catalogue }: Place, path: string, { size, sha256 }: Digest): Promise<void> {
  const mark = (await storage.stat(path))?.mark
  const known = catalogue.records.get(path)
  if (mark === undefined || (known?.sha256 === sha256 && known.mark === mark)) return
  catalogue.records.put({ path, size, mark, sha256 })
}

/** The state of a file of our own: as it was written, changed, or unknown because nothing was noted. */
export type Standing = 'written' | 'changed' | 'unknown'

/**
 * Compares a file of our own with the noted facts: by size and time where those agree and `hash` is not set, else by its hash. One that cannot be read
 * counts as changed; with `hash` it throws `StorageError`.
 */
export async function standingOf(
  { storage, catalogue }: Place,
  path: string,
  found: { readonly entry: Entry; readonly at?: string; readonly hash?: boolean },
): Promise<Standing> {
  const { entry, at = path } = found
  const known = catalogue.records.get(path)
  if (known === undefined) return 'unknown'
  if (entry.kind !== 'file' || entry.size !== known.size) return 'changed'
  if (entry.mark === known.mark && found.hash !== true) return 'written'
  try {
    if ((await hashFile(storage, at)).sha256 !== known.sha256) return 'changed'
  } catch (error) {
    if (!(error instanceof StorageError) || found.hash === true) throw error
    return 'changed'
  }
  if (entry.mark !== known.mark) catalogue.records.put({ ...known, mark: entry.mark })
  return 'written'
}
