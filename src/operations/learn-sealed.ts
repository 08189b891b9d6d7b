import type { Emit } from '../events.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import { ALBUM_RECORD, inFolder, isOwnRecord, layout } from '../vault/layout.ts'
import { isOtherVault } from '../vault/other-vault.ts'
import { readSumLine } from '../vault/record/sums.ts'
import { type Seal, type Storage, StorageError, type StoredFile, type SumLine } from '../vault/storage/storage.ts'
import { linesOf } from './lines.ts'

/** A sealed vault whose notes of its sealed files are to be made anew, with a private key at hand. */
interface Lesson {
  readonly storage: Storage
  /** Names what is in the sealed files. */
  readonly catalogue: Catalogue
  readonly emit: Emit
  readonly signal: AbortSignal
}

/**
 * Makes the notes of a sealed vault anew: opens its records, whose words a backup goes on with, and takes the sums of all other sealed files from
 * the checksum files. Reads no photo: one that the checksum files do not name is looked into later, when it is asked for. Does nothing for other vaults.
 */
export async function learnSealed(lesson: Lesson): Promise<void> {
  const { storage, emit, signal } = lesson
  if (storage.seal === undefined) return
  await storage.listAll?.(signal)
  let done = 0
  for await (const path of recordsIn(storage)) {
    signal.throwIfAborted()
    await unlessUnreadable(async () => {
      for await (const _chunk of storage.read(path, { signal }));
    })
    done += 1
    if (done % 100 === 0) emit({ event: 'progress', done, unit: 'files' })
  }
  await learnSums(lesson, storage.seal)
}

/** Takes the sums of sealed bytes from the checksum files. */
async function learnSums({ storage, catalogue, signal }: Lesson, seal: Seal): Promise<void> {
  await unlessUnreadable(async () => await seal.learn(settledFiles({ storage, catalogue }), sumLines(storage, signal)))
}

async function* sumLines(storage: Storage, signal: AbortSignal): AsyncGenerator<SumLine> {
  for (const [kind, path] of [
    ['md5', layout.md5sums],
    ['sha256', layout.sha256sums],
  ] as const) {
    if ((await storage.stat(path)) === undefined) continue
    for await (const line of linesOf(storage, path)) {
      signal.throwIfAborted()
      const sum = readSumLine(line)
      if (sum !== undefined) yield { kind, ...sum }
    }
  }
}

/**
 * Yields the files of the albums whose record is not newer than the checksum files. A killed run may have replaced a photo, and written its album's
 * record, but not its sums.
 */
async function* settledFiles({ storage, catalogue }: Pick<Lesson, 'storage' | 'catalogue'>): AsyncGenerator<StoredFile> {
  const sums = (await storage.stat(layout.sha256sums))?.mtime
  let album: { readonly key: string; readonly isSettled: boolean } | undefined
  for await (const { albumKey, path, size, md5, sha256, state } of catalogue.eachFile()) {
    if (album?.key !== albumKey) {
      const record = inFolder(catalogue.album(albumKey)?.folder ?? '', ALBUM_RECORD)
      const written = (await storage.stat(record))?.mtime
      album = { key: albumKey, isSettled: sums === undefined || written === undefined || written <= sums }
    }
    if (album.isSettled && state === 'held') yield { path, size, md5, sha256 }
  }
}

/** Yields the paths of all records of a vault. */
async function* recordsIn(storage: Storage): AsyncGenerator<string> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await unlessUnreadable(async () => await storage.list(folder ?? ''))
    if (entries === undefined || (await isOtherVault(storage, folder, entries))) continue
    for (const { name, kind } of entries) {
      const path = inFolder(folder, name)
      if (kind === 'folder') folders.push(path)
      else if (kind === 'file' && isOwnRecord(path)) yield path
    }
  }
}

/** A file in trouble is named by those who need it. */
async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return undefined
  }
}
