/** The bytes of further copies, for a vault that lacks them. */
import { IntegrityError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import { checked, type Promised } from '../../flow/checked.ts'
import { noting } from '../../flow/noting.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { inFolder } from '../../vault/layout.ts'
import { FileClock } from '../../vault/record/file-clock.ts'
import { type Storage, StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Proof } from '../backup/loader.ts'

/** The bytes that are looked for. */
export type WantedBytes = Promised & { readonly md5: string }

/** A file with those bytes in a copy, as its catalogue says. */
export interface FoundBytes {
  /** As the settings call the copy. */
  readonly copy: string
  /** Is the copy sealed, and no private key at hand that opens it? */
  readonly isLocked: boolean
  read(): AsyncIterable<Uint8Array>
}

/** The copies that are there. They are opened when bytes are looked for first. */
export interface CopyBytes {
  /** Yields the files with these bytes, one for each copy that has them. */
  find(wanted: WantedBytes): AsyncIterable<FoundBytes>
  close(): Promise<void>
}

/** Finds a file with these bytes in an open copy. */
export function findIn({ catalogue, storage }: Pick<Vault, 'catalogue' | 'storage'>, wanted: WantedBytes): FoundBytes['read'] | undefined {
  const isIt = (file: FileRow): boolean =>
    (wanted.size === undefined || file.size === wanted.size) && (wanted.sha256 === undefined || file.sha256 === wanted.sha256)
  const file = catalogue.filesByMd5(wanted.md5).find(isIt)
  const album = file && catalogue.album(file.albumKey)
  return file && album && (() => storage.read(inFolder(album.folder, file.name)))
}

/**
 * Brings bytes to a path from a copy that has them, proven on the way. Returns the proof and the name of the copy; undefined if no copy gives
 * those bytes. A copy that is damaged or goes away meanwhile is passed by; trouble of the vault itself is thrown.
 */
export async function takeFromCopies(
  { copies, storage, emit }: { readonly copies: CopyBytes; readonly storage: Storage; readonly emit: Emit },
  wanted: WantedBytes,
  path: string,
): Promise<(Proof & { readonly copy: string }) | undefined> {
  for await (const found of copies.find(wanted)) {
    if (found.isLocked) continue
    const clock = new FileClock()
    let isOfCopy = false
    const bytes = noting(found.read(), () => {
      isOfCopy = true
    })
    const proof = checked(bytes, wanted, { seen: (chunk) => clock.see(chunk) })
    try {
      await storage.put(path, proof.stream, { ...(wanted.size !== undefined && { size: wanted.size }) })
      return { ...proof.result(), captured: clock.read(), copy: found.copy }
    } catch (error) {
      if (!(isOfCopy || error instanceof IntegrityError)) throw error
      if (!(error instanceof IntegrityError || error instanceof StorageError || isAway(error))) throw error
      emit({ event: 'debug', message: `${path} was not taken from the copy ${found.copy}: ${(error as Error).message}` })
    }
  }
  return undefined
}

/** Is a disk away? Its storage then throws a `DestinationError`. */
const isAway = (error: unknown): boolean => (error as Error).name === 'DestinationError'

/** Returns the description of a file's bytes, proven to the last bit where its SHA-256 is known. */
export const bytesOf = ({ md5, size, sha256 }: Pick<FileRow, 'md5' | 'size' | 'sha256'>): WantedBytes => ({
  md5,
  size,
  ...(sha256 !== '' && { sha256 }),
})

/** Has a copy these bytes, and can they be read? */
export async function isOffered(copies: CopyBytes, wanted: WantedBytes): Promise<boolean> {
  for await (const { isLocked } of copies.find(wanted)) if (!isLocked) return true
  return false
}

/** The missing and damaged files of a vault, and those of them that copies can give. */
export interface Offers {
  readonly of: number
  readonly held: number
  /** Files that only copies hold which are sealed, without a private key at hand; and the names of these. */
  readonly locked: number
  readonly lockedIn: readonly string[]
}

/** Counts the missing and damaged files of a vault that copies hold. Leaves out those with a path in `except`: a person must mend them. */
export async function countOffers({ catalogue }: Vault, copies: CopyBytes, except: ReadonlySet<string>): Promise<Offers> {
  const unsound = catalogue.unsoundFiles().filter(({ albumKey, name }) => {
    const album = catalogue.album(albumKey)
    return album === undefined || !except.has(inFolder(album.folder, name))
  })
  const lockedIn = new Set<string>()
  let [held, locked] = [0, 0]
  for (const file of unsound) {
    const found: FoundBytes[] = []
    for await (const each of copies.find(bytesOf(file))) found.push(each)
    if (found.some(({ isLocked }) => !isLocked)) held += 1
    else if (found.length > 0) {
      locked += 1
      for (const { copy } of found) lockedIn.add(copy)
    }
  }
  return { of: unsound.length, held, locked, lockedIn: [...lockedIn] }
}
