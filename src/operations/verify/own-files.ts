import { pathOnDisk } from '../../vault/entry-index.ts'
import { ALBUM_RECORD, inFolder, layout, splitPath } from '../../vault/layout.ts'
import { standingOf } from '../../vault/record/own-files.ts'
import { readAlbumRecord } from '../../vault/record/read-album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { needFolder } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { NEWEST_VERSION, VersionChain } from '../../vault/versions/chain.ts'
import { listVersions, readVersion } from '../../vault/versions/version-file.ts'
import { VersionError } from '../../vault/versions/version-text.ts'
import { cured, type Plain, unreadableRecord } from '../plain.ts'
import type { StepResult, Verification } from './job.ts'
import { cureOnceNoted } from './reread.ts'

/** Proves that the records of the albums and the tree are as they were written. The next backup writes a damaged one anew. */
export async function verifyRecords({ vault, signal, emit, report }: Verification): Promise<StepResult> {
  const { catalogue } = vault
  const count = { checked: 0, found: 0 }
  // A killed run may have written a record and not have noted it.
  const isBrokenOff = catalogue.runs.lastOfAccount()?.finishedAt === undefined
  const albums = catalogue.albums()
  for (const [done, album] of albums.entries()) {
    if (signal.aborted) break
    emit({ event: 'progress', done, total: albums.length, unit: 'albums', more: true })
    const path = inFolder(album.folder, ALBUM_RECORD)
    const isExpected = album.listedAt !== undefined || album.vanishedAt !== undefined || catalogue.records.get(path) !== undefined
    // Not listed completely yet: it has no record, unless something else stands in its place.
    if (!isExpected && !(await isTaken(vault, path))) continue
    count.checked += 1
    const trouble = await troubleOf(vault, path, checkRecord)
    // An album whose folder cannot be read is named by the look at every file.
    if (trouble === undefined || (await isInBlocked(vault, album.folder))) continue
    if (album.vanishedAt === undefined && album.listedAt !== undefined) catalogue.putAlbum({ ...album, listedAt: undefined })
    if (isBrokenOff && (await isReadable(vault, path))) continue
    count.found += 1
    const cure =
      album.vanishedAt === undefined
        ? 'the next backup writes it anew'
        : 'SmugMug has its album no more: restore it from another copy of the vault'
    report({ kind: trouble.kind, name: path, ...cured(trouble, cureOnceNoted(vault, cure)) })
  }
  if ((catalogue.meta('tree.readAt') ?? '0') !== '0' || (await isTaken(vault, layout.tree))) {
    count.checked += 1
    const trouble = await troubleOf(vault, layout.tree)
    if (trouble !== undefined) {
      count.found += 1
      catalogue.setMeta('tree.readAt', '0')
      report({ kind: trouble.kind, name: layout.tree, ...cured(trouble, cureOnceNoted(vault, 'the next backup writes it anew')) })
    }
  }
  return count
}

/**
 * Proves that the files of the past can be read to their end: each carries its own checksums. One that a kill cut short is whole as far as it goes;
 * a run that ended well cannot have left such a file.
 */
export async function verifyPast({ vault, signal, report }: Verification): Promise<StepResult> {
  const count = { checked: 0, found: 0 }
  const cure = 'put it back from another copy of the vault; without it, earlier days cannot be checked out'
  const damaged = (name: string, error: unknown): void => {
    if (!(error instanceof VersionError || error instanceof StorageError)) throw error
    count.found += 1
    report({ kind: 'damaged', name, ...cured({ reason: 'it cannot be read', detail: error.message }, cure) })
  }
  const gone = (run: number): void => {
    count.found += 1
    report({ kind: 'missing', name: `${layout.versions}: run ${run}`, reason: `a file of the past is gone; ${cure}` })
  }
  const { runs } = vault.catalogue
  const chain = new VersionChain(vault.catalogue.meta(NEWEST_VERSION))
  try {
    const files = await listVersions(vault.storage)
    for (const { run, path } of files) {
      if (signal.aborted) return count
      count.checked += 1
      try {
        const missing = chain.isForgotten({ run }) ? undefined : chain.meet({ run })
        if (missing !== undefined) gone(missing)
        for await (const line of readVersion(vault.storage, path, { isWhole: runs.endedWell(run) }))
          if ('head' in line) chain.take(line.head)
      } catch (error) {
        damaged(path, error)
      }
    }
    // One that is missed behind all others is no loss: nothing is older than it.
    if (files.length === 0 && chain.wanted > 0) gone(chain.wanted)
  } catch (error) {
    damaged(layout.versions, error)
  }
  return count
}

/** Proves the checksum files. If the catalogue knows that they are out of date, the next backup writes them, unless something else stands in their place. */
export async function verifySums({ vault, report }: Verification): Promise<StepResult> {
  const count = { checked: 0, found: 0 }
  const isCurrent = vault.catalogue.meta('derived') === 'current'
  for (const path of [layout.md5sums, layout.sha256sums]) {
    if (!isCurrent && !(await isTaken(vault, path))) continue
    count.checked += 1
    const trouble = await troubleOf(vault, path)
    if (trouble === undefined) continue
    count.found += 1
    vault.catalogue.setMeta('derived', undefined)
    report({ kind: trouble.kind, name: path, ...cured(trouble, cureOnceNoted(vault, 'the next backup writes it anew')) })
  }
  return count
}

interface Trouble extends Plain {
  readonly kind: 'missing' | 'damaged'
}

/** Returns the trouble with a file of ours, if there is any. `check` reads a file of which the catalogue has no note. */
async function troubleOf(vault: Vault, path: string, check?: (vault: Vault, path: string) => Promise<void>): Promise<Trouble | undefined> {
  try {
    const entry = await vault.storage.stat(path)
    if (entry === undefined) {
      // A copy may have changed the spelling of its folder; the next backup renames it.
      const spelled = await pathOnDisk(vault.storage, path)
      await needFolder(vault.storage, splitPath(spelled).folder)
      if (spelled === path) return { kind: 'missing', reason: 'not where it was written' }
      await check?.(vault, spelled)
      return undefined
    }
    // Throws, and says which other thing stands there.
    if (entry.kind !== 'file') for await (const _bytes of vault.storage.read(path));
    const standing = await standingOf(vault, path, { entry, hash: true })
    if (standing === 'unknown') await check?.(vault, path)
    return standing === 'changed' ? { kind: 'damaged', reason: 'not as it was written' } : undefined
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return { kind: 'damaged', ...unreadableRecord(error, 'it cannot be read') }
  }
}

/** Is this no folder that can be read, or is one above it none? */
async function isInBlocked({ storage }: Vault, folder: string): Promise<boolean> {
  try {
    await needFolder(storage, folder)
    await storage.list(folder)
    return false
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return true
  }
}

/** Does a folder, a link or a device stand where a file of ours belongs? */
async function isTaken({ storage }: Vault, path: string): Promise<boolean> {
  const kind = (await storage.stat(path))?.kind
  return kind === 'folder' || kind === 'other'
}

async function isReadable(vault: Vault, path: string): Promise<boolean> {
  try {
    await checkRecord(vault, path)
    return true
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return false
  }
}

/** Throws `RecordError` when an album's record cannot be read whole. */
async function checkRecord({ storage }: Vault, path: string): Promise<void> {
  for await (const _part of readAlbumRecord(storage.read(path)));
}
