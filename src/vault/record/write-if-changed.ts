import { breathe } from '../../flow/breathe.ts'
import { type Digest, Hashing, hashAll } from '../../flow/checked.ts'
import { hashFile } from '../storage/abilities.ts'
import { type Storage, StorageError, UNREADABLE } from '../storage/storage.ts'

/** Characters written at once. */
const PIECE = 32_768

/** A text on the disk, and whether it had to be written. */
export interface Written extends Digest {
  readonly isWritten: boolean
}

/** Options of writing a text. */
export interface WriteOptions {
  readonly isPrivate?: boolean
  /** Called when the text differs from the one that stands there, just before it is replaced. */
  readonly before?: () => Promise<void>
  /** True for a text that cannot be the one that stands there: it is not compared. */
  readonly isNew?: boolean
}

/**
 * Writes a text unless the same text stands there already. `text` begins anew at each call, and is never whole in memory; an empty piece
 * of it lets others have their turn while it is made. Returns true when it was written.
 */
export async function writeIfChanged(
  storage: Storage,
  path: string,
  text: () => Iterable<string>,
  options: WriteOptions = {},
): Promise<Written> {
  const standing = options.isNew === true ? undefined : await storage.stat(path)
  if (standing !== undefined) {
    const wanted = (await hashAll(encoded(text()))).digest()
    if (wanted.size === standing.size && wanted.sha256 === (await standingHash(storage, path))) return { isWritten: false, ...wanted }
  }
  await options.before?.()
  const hashing = new Hashing()
  const { isPrivate = false } = options
  await storage.put(path, hashed(encoded(text()), hashing), { isPrivate, isMadeMeanwhile: true })
  return { isWritten: true, ...hashing.digest() }
}

/** Returns the hash of a file that stands there; undefined for one whose seal is another, which is damaged. */
async function standingHash(storage: Storage, path: string): Promise<string | undefined> {
  try {
    return (await hashFile(storage, path)).sha256
  } catch (error) {
    if (error instanceof StorageError && error.code === UNREADABLE) return undefined
    throw error
  }
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
    if (piece === '') await breathe()
    if (held.length < PIECE) continue
    yield Buffer.from(held)
    held = ''
    await breathe()
  }
  if (held !== '') yield Buffer.from(held)
}
