import { breathe } from '../../flow/breathe.ts'
import { type Digest, Hashing, hashAll } from '../../flow/checked.ts'
import type { Storage } from '../storage/storage.ts'

/** Characters written at once. */
const PIECE = 65_536

/** A text on the disk, and whether it had to be written. */
export interface Written extends Digest {
  readonly isWritten: boolean
}

/**
 * Writes a text unless the same text stands there already. `text` begins anew at each call, and is never whole in memory. Returns true when
 * it was written.
 */
export async function writeIfChanged(
  storage: Storage,
  path: string,
  text: () => Iterable<string>,
  options: { readonly isPrivate?: boolean } = {},
): Promise<Written> {
  const standing = await storage.stat(path)
  if (standing !== undefined) {
    const wanted = (await hashAll(encoded(text()))).digest()
    if (wanted.size === standing.size && wanted.sha256 === (await hashAll(storage.read(path))).digest().sha256)
      return { isWritten: false, ...wanted }
  }
  const hashing = new Hashing()
  await storage.put(path, hashed(encoded(text()), hashing), options)
  return { isWritten: true, ...hashing.digest() }
}

/** Hashes bytes on their way. */
export async function* hashed(bytes: AsyncIterable<Uint8Array>, hashing: Hashing): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hashing.update(chunk)
    yield chunk
  }
}

async function* encoded(text: Iterable<string>): AsyncGenerator<Uint8Array> {
  let held = ''
  for (const piece of text) {
    held += piece
    if (held.length < PIECE) continue
    yield Buffer.from(held)
    held = ''
    await breathe()
  }
  if (held !== '') yield Buffer.from(held)
}
