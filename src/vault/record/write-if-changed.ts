import { breathe } from '../../flow/breathe.ts'
import { hashAll } from '../../flow/checked.ts'
import type { Storage } from '../storage/storage.ts'

/** Characters written at once. */
const PIECE = 65_536

/** Writes a text unless exactly it stands there already. `text` begins anew each time it is called: it is never whole in memory. Returns whether it was written. */
export async function writeIfChanged(
  storage: Storage,
  path: string,
  text: () => Iterable<string>,
  options: { readonly isPrivate?: boolean } = {},
): Promise<boolean> {
  if (await holds(storage, path, text)) return false
  await storage.put(path, encoded(text()), options)
  return true
}

async function holds(storage: Storage, path: string, text: () => Iterable<string>): Promise<boolean> {
  const standing = await storage.stat(path)
  if (standing === undefined) return false
  const wanted = (await hashAll(encoded(text()))).digest()
  return wanted.size === standing.size && wanted.sha256 === (await hashAll(storage.read(path))).digest().sha256
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
