import { hashAll } from '../../../flow/checked.ts'
import type { Source } from '../../../model.ts'
import type { StrayRow } from '../../../vault/catalogue/rows.ts'
import { splitPath } from '../../../vault/layout.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import type { Run } from '../run/run.ts'

/**
 * A file of the vault that belongs to nobody and has exactly the source's bytes, hashed from the disk. Those of the right size are
 * tried, the likeliest first: under the wanted name, in the wanted folder, anywhere. What was hashed once is remembered, so that
 * adopting can be interrupted and goes on. Empty when the source has no MD5 to prove anything by.
 */
export async function provenStrays(run: Run, source: Source, path: string): Promise<readonly StrayRow[]> {
  const { md5, size } = source
  if (md5 === undefined || size === undefined) return []
  const folder = splitPath(path).folder
  const likeliness = (stray: StrayRow): number => (stray.path === path ? 0 : splitPath(stray.path).folder === folder ? 1 : 2)
  const candidates = run.vault.catalogue.straysOfSize(size).toSorted((a, b) => likeliness(a) - likeliness(b))
  for (const stray of candidates) {
    const hashed =
      stray.md5 === undefined || stray.sha256 === undefined ? await run.holdings.hashOnce(stray.path, () => hash(run, stray)) : stray
    if (hashed?.md5 === md5) return [hashed]
  }
  return []
}

/** Hashes a stray; undefined when it is gone or has changed since the survey. */
async function hash(run: Run, stray: StrayRow): Promise<StrayRow | undefined> {
  const { storage, catalogue } = run.vault
  const standing = await storage.stat(stray.path)
  if (standing === undefined || standing.size !== stray.size || standing.mtime !== stray.mtime) return undefined
  try {
    const { md5, sha256 } = (await hashAll(counted(storage.read(stray.path), run))).digest()
    catalogue.setStrayHash(stray.path, { md5, sha256 })
    return { ...stray, md5, sha256 }
  } catch (error) {
    // Another item took it meanwhile, or this user may not read it.
    if (error instanceof StorageError) return undefined
    throw error
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, run: Run): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    run.signal.throwIfAborted()
    run.holdings.hashedBytes += chunk.length
    yield chunk
  }
  run.emit({ event: 'progress', done: run.holdings.hashedBytes, unit: 'bytes' })
}
