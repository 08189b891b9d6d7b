import { createHash } from 'node:crypto'
import { type Digest, Hashing } from '../../flow/checked.ts'
import { inFolder, layout } from '../layout.ts'
import { checkTarget } from './partial-name.ts'
import { checkPath, parentOf } from './relative-path.ts'
import { type DigestOptions, noFolder, type Storage, StorageError, type StoredFile, UNREADABLE } from './storage.ts'

/**
 * Moves a file, or a folder with everything in it. A storage that cannot rename copies everything before it removes anything; after an
 * interruption the same move goes on, because a note of it stands in the vault. Refuses (`StorageError`, `EEXIST`) when something stands
 * at `to`.
 */
export async function moveEntry(storage: Storage, from: string, to: string): Promise<void> {
  if (storage.rename !== undefined) return await storage.rename(from, to)
  checkPath(from)
  checkTarget(to)
  if (from === to) return
  if (to.startsWith(`${from}/`)) throw new StorageError(`${from} cannot be moved into itself`, { code: 'EINVAL', path: from })
  const paths: string[] = []
  for await (const path of filesAt(storage, from)) paths.push(path)
  if (paths.length === 0) throw new StorageError(`Could not move ${from}: it is not there`, { code: 'ENOENT', path: from })
  const note = `${layout.moves}/${createHash('sha256').update(`${from}\0${to}`).digest('hex')}`
  const goesOn = (await storage.stat(note)) !== undefined
  if (!goesOn && (await storage.stat(to)) !== undefined) throw taken(from, to)
  if (!goesOn) await storage.put(note, bytesOf(`${JSON.stringify({ from, to })}\n`))
  for (const path of paths) {
    const target = to + path.slice(from.length)
    const standing = goesOn ? await storage.stat(target) : undefined
    if (standing === undefined) await storage.copy(path, target)
    else if (!(await isSame(storage, path, target))) throw taken(path, target)
  }
  for (const path of paths) await storage.remove(path)
  await storage.remove(note)
}

/**
 * Ends the moves that a killed run left in the middle: everything is then as if a rename had been the last thing that run did. The notes of moves that
 * cannot go on are removed: their beginning is gone, another file is in the way, or they are sealed and no private key is at hand. Other trouble is
 * thrown (`StorageError`), and the next call tries again.
 */
export async function endMoves(storage: Storage): Promise<void> {
  if (storage.rename !== undefined) return
  for (const { name } of await storage.list(layout.moves)) {
    const note = inFolder(layout.moves, name)
    try {
      const move = moveOf(await contentOf(storage, note))
      if (move !== undefined) await moveEntry(storage, move.from, move.to)
    } catch (error) {
      if (!(error instanceof StorageError && CANNOT_GO_ON.has(error.code))) throw error
    }
    await storage.remove(note)
  }
}

const CANNOT_GO_ON: ReadonlySet<string> = new Set(['ENOENT', 'EEXIST', UNREADABLE])

/** Reads the note of a move; undefined if it is none. */
function moveOf(text: string): { readonly from: string; readonly to: string } | undefined {
  try {
    const { from, to } = JSON.parse(text) as { readonly from?: unknown; readonly to?: unknown }
    return typeof from === 'string' && typeof to === 'string' ? { from, to } : undefined
  } catch {
    return undefined
  }
}

async function contentOf(storage: Storage, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const taken = (from: string, to: string): StorageError =>
  new StorageError(`Could not move ${from}: ${to} stands there already`, { code: 'EEXIST', path: to })

/** Throws `StorageError` when something else stands in the place of a folder or of one above it: nothing can be stored in that folder. */
export async function needFolder(storage: Storage, folder: string): Promise<void> {
  for (let path = folder; path !== ''; path = parentOf(path)) {
    const kind = (await storage.stat(path))?.kind
    if (kind === 'folder') return
    if (kind === undefined) continue
    // Says more of a link.
    await storage.list(path)
    throw noFolder(path, kind)
  }
}

/** Are two files the same bytes? Equal marks say so; else both are read. */
async function isSame(storage: Storage, one: string, other: string): Promise<boolean> {
  const [a, b] = [await storage.stat(one), await storage.stat(other)]
  if (a?.kind !== 'file' || b?.kind !== 'file' || a.size !== b.size) return false
  if (a.mark === b.mark) return true
  return (await hashFile(storage, one)).sha256 === (await hashFile(storage, other)).sha256
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** Yields the paths of the file at a path, or of all files below it. */
async function* filesAt(storage: Storage, path: string): AsyncGenerator<string> {
  const kind = (await storage.stat(path))?.kind
  if (kind === 'file') yield path
  if (kind !== 'folder') return
  for (const entry of await storage.list(path)) yield* filesAt(storage, inFolder(path, entry.name))
}

/** Gives a file a second name: a hard link where the storage can, else a copy. Throws as `Storage.copy` does. */
export async function linkFile(storage: Storage, from: string, to: string): Promise<'linked' | 'copied'> {
  if (await storage.link?.(from, to)) return 'linked'
  await storage.copy(from, to)
  return 'copied'
}

const turns = new WeakMap<Storage, Promise<unknown>>()

/**
 * Adds text or bytes at the end of a file: for journals, a line at a time. Durable on return. A storage that cannot append
 * writes the file anew, one change after the other.
 */
export async function appendTo(
  storage: Storage,
  path: string,
  addition: string | Uint8Array | { readonly text: string | Uint8Array; readonly isPrivate: boolean },
): Promise<void> {
  const isBare = typeof addition === 'string' || addition instanceof Uint8Array
  const [text, options] = isBare ? [addition, {}] : [addition.text, { isPrivate: addition.isPrivate }]
  if (storage.append !== undefined) return await storage.append(path, text, options)
  const before = turns.get(storage)
  const mine = (async () => {
    await before?.catch(() => undefined)
    const standing = await storage.stat(path)
    async function* whole(): AsyncGenerator<Uint8Array> {
      if (standing !== undefined) yield* storage.read(path)
      yield typeof text === 'string' ? Buffer.from(text) : text
    }
    await storage.put(path, whole(), options)
  })()
  turns.set(storage, mine)
  await mine
}

/** Sets a file's modification time, in milliseconds since 1970, where the storage keeps times. */
export const setMtime = async (storage: Storage, path: string, mtime: number): Promise<void> => await storage.setMtime?.(path, mtime)

/** Removes a folder and those above it as long as they are empty, where the storage knows empty folders. */
export const pruneFolders = async (storage: Storage, folder: string): Promise<void> => await storage.pruneFolders?.(folder)

/** Removes the temporary files that a killed run left in one folder. Returns their number. */
export const sweep = async (storage: Storage, folder: string): Promise<number> =>
  (await (storage.partials ?? storage.seal)?.sweep(folder)) ?? 0

/**
 * Hashes a file, from its bytes on the disk. Use it wherever the bytes are wanted for nothing else: those of a sealed file cannot be read
 * without a private key. Throws `StorageError`.
 */
export async function hashFile(storage: Storage, path: string, options: DigestOptions = {}): Promise<Digest> {
  if (storage.seal !== undefined) return await storage.seal.digest(path, options)
  if (storage.digest !== undefined) return await storage.digest(path, options)
  const hashing = new Hashing()
  for await (const chunk of storage.read(path, options.signal === undefined ? {} : { signal: options.signal })) {
    hashing.update(chunk)
    options.seen?.(chunk.length)
  }
  return hashing.digest()
}

/** Returns how a file lies there, for a stranger who has no key: its own path and digest, unless it is sealed. Undefined if that is not known. */
export const storedFile = async (storage: Storage, file: StoredFile): Promise<StoredFile | undefined> =>
  storage.seal === undefined ? file : await storage.seal.stored(file.path)
