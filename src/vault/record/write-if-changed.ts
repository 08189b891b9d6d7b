import type { Storage } from '../storage/storage.ts'

/** Writes a text, piece by piece, unless exactly it stands there already. Returns whether it was written. */
export async function writeIfChanged(
  storage: Storage,
  path: string,
  pieces: Iterable<string>,
  options: { readonly isPrivate?: boolean } = {},
): Promise<boolean> {
  const bytes = Buffer.from([...pieces].join(''))
  if (await holds(storage, path, bytes)) return false
  await storage.put(
    path,
    (async function* () {
      yield bytes
    })(),
    { size: bytes.length, ...options },
  )
  return true
}

async function holds(storage: Storage, path: string, bytes: Buffer): Promise<boolean> {
  if ((await storage.stat(path))?.size !== bytes.length) return false
  let at = 0
  for await (const chunk of storage.read(path)) {
    if (bytes.compare(chunk, 0, chunk.length, at, at + chunk.length) !== 0) return false
    at += chunk.length
  }
  return at === bytes.length
}
