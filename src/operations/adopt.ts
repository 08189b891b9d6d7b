import { IntegrityError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { breathe } from '../flow/breathe.ts'
import { checked, hashAll } from '../flow/checked.ts'
import type { Source } from '../model.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import type { Loader, OtherSource } from './backup/loader.ts'
import { walk } from './walk-folder.ts'

/** A folder to adopt from, and the vault that takes its files. */
export interface Adoption {
  readonly folder: Storage
  readonly vault: Storage
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** Bytes that are read between two reports of the progress. */
const REPORT_EVERY = 16 * 2 ** 20

/**
 * Returns a source that never asks SmugMug: its loader copies a file with the wanted bytes from a folder elsewhere, under any name and path,
 * and returns undefined if there is none. A backup with this source is an adoption. It passes over files of the folder that it cannot read.
 */
export async function folderSource(adoption: Adoption): Promise<OtherSource> {
  const { folder, vault, emit } = adoption
  emit({ event: 'phase', name: 'looking through the folder' })
  const { bySize, bytes } = await pathsBySize(adoption)
  const md5Of = rememberedHashes(adoption, bytes)
  const load: Loader = async (source: Source, path) => {
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
  return { load, mayHave: (size) => bySize.has(size), bytes }
}

/** Returns the folder's files by size, which is known without reading them, and the sum of their bytes. */
async function pathsBySize({
  folder,
  emit,
  signal,
}: Adoption): Promise<{ readonly bySize: ReadonlyMap<number, readonly string[]>; readonly bytes: number }> {
  const bySize = new Map<number, string[]>()
  let files = 0
  let bytes = 0
  for await (const file of walk(folder)) {
    if (file.kind !== 'file') continue
    const others = bySize.get(file.size)
    if (others === undefined) bySize.set(file.size, [file.path])
    else others.push(file.path)
    files += 1
    bytes += file.size
    if (files % 1000 !== 0) continue
    signal.throwIfAborted()
    emit({ event: 'progress', done: files, unit: 'files', more: true })
    await breathe()
  }
  return { bySize, bytes }
}

/** Returns a function that hashes each file once. It returns undefined for a file that cannot be read, and reads it again when asked again. */
function rememberedHashes({ folder, emit, signal }: Adoption, bytes: number): (path: string) => Promise<string | undefined> {
  const md5s = new Map<string, Promise<string | undefined>>()
  const read = { bytes: 0, reported: 0 }
  const report = (): void => {
    signal.throwIfAborted()
    read.reported = read.bytes
    // A file may have grown since the folder was looked through.
    emit({ event: 'progress', done: read.bytes, total: Math.max(read.bytes, bytes), unit: 'bytes' })
  }
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      read.bytes += chunk.length
      if (read.bytes - read.reported >= REPORT_EVERY) report()
      yield chunk
    }
  }
  const hash = async (path: string): Promise<string | undefined> => {
    try {
      const { md5 } = (await hashAll(counted(folder.read(path)))).digest()
      report()
      return md5
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
