import { close as closeFile, closeSync, constants, fstatSync, read as readBytes } from 'node:fs'
import { promisify } from 'node:util'
import { type Digest, Hashing } from '../../flow/checked.ts'
import { HashThreads } from './hash-threads.ts'
import type { Doing } from './refusal.ts'
import { checkPath, parentOf } from './relative-path.ts'
import type { RootFolder } from './root-folder.ts'
import type { DigestOptions } from './storage.ts'

const read = promisify(readBytes)
const close = promisify(closeFile)

/** The most bytes of one read. */
const readSize = 256 * 1024
/** Bytes of a read that finds the end. */
const endSize = 4096
/** The smallest file, in bytes, that is hashed by a thread: a smaller one is hashed as soon as it is passed on. */
const hashedApart = 256 * 1024

const threads = new HashThreads()

/** An open file. */
interface OpenFile {
  readonly fd: number
  readonly size: number
  /** Calls `work`, and turns the disk's errors into those that `Storage` promises. */
  guard<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

async function open(root: RootFolder, path: string): Promise<OpenFile> {
  checkPath(path)
  const doing: Doing = { verb: 'read', path, writes: false }
  await root.enter(parentOf(path))
  const fd = await root.guard(doing, () => root.openFile(path, constants.O_RDONLY))
  const guard = <T>(work: () => Promise<T>): Promise<T> => root.guard(doing, work)
  const closeFile = (): Promise<void> =>
    guard(() =>
      root.calls.make(
        () => closeSync(fd),
        () => close(fd),
      ),
    )
  try {
    return { fd, size: (await guard(async () => fstatSync(fd))).size, guard, close: closeFile }
  } catch (error) {
    await closeFile()
    throw error
  }
}

/** Reads a file of a folder storage. See: `Storage.read` */
export async function* readFile(
  root: RootFolder,
  path: string,
  options: { readonly start?: number; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(root, path)
  // Not `await using`: if a disk goes away, reading and closing fail, and the error of both would be none of a storage.
  try {
    yield* piecesOf(file, options)
  } finally {
    await file.close()
  }
}

/** Hashes a file of a folder storage, a large one in a thread of its own. See: `Storage.digest` */
export async function digestFile(root: RootFolder, path: string, options: DigestOptions): Promise<Digest> {
  const file = await open(root, path)
  try {
    const apart = file.size < hashedApart ? undefined : await file.guard(() => threads.hash(file.fd, options))
    if (apart !== undefined) return apart
    const hashing = new Hashing()
    for await (const piece of piecesOf(file, options)) {
      hashing.update(piece)
      options.seen?.(piece.length)
    }
    return hashing.digest()
  } finally {
    await file.close()
  }
}

async function* piecesOf(
  file: OpenFile,
  { start = 0, signal }: { readonly start?: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = start; ; ) {
    signal?.throwIfAborted()
    // A buffer is as large as there is to read, and one byte more: a million small files would leave gigabytes of large ones to be collected.
    const length = position <= file.size ? Math.min(readSize, file.size - position + 1) : endSize
    const { bytesRead, buffer } = await file.guard(() => read(file.fd, Buffer.allocUnsafeSlow(length), 0, length, position))
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
    // There was nothing behind the last byte: no further read is needed to find the end.
    if (bytesRead < length && position === file.size) return
  }
}
