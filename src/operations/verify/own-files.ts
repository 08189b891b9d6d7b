import { pathOnDisk } from '../../vault/entry-index.ts'
import { ALBUM_RECORD, inFolder, layout } from '../../vault/layout.ts'
import { readAlbumRecord } from '../../vault/record/album-record.ts'
import { standingOf } from '../../vault/record/own-files.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { cured, type Plain } from '../plain.ts'
import type { StepResult, Verification } from './job.ts'

/** Proves that the records of the albums and the tree are as they were written. The next backup writes a damaged one anew. */
export async function verifyRecords({ vault, signal, report }: Verification): Promise<StepResult> {
  const { catalogue } = vault
  const count = { checked: 0, found: 0 }
  // A killed run may have written a record and not have noted it.
  const isBrokenOff = catalogue.runs.lastOfAccount()?.finishedAt === undefined
  for (const album of catalogue.albums()) {
    if (signal.aborted) break
    const path = inFolder(album.folder, ALBUM_RECORD)
    // Not listed completely yet: it has no record.
    if (album.listedAt === undefined && album.vanishedAt === undefined && catalogue.records.get(path) === undefined) continue
    count.checked += 1
    const trouble = await troubleOf(vault, path, checkRecord)
    if (trouble === undefined) continue
    if (album.vanishedAt === undefined && album.listedAt !== undefined) catalogue.putAlbum({ ...album, listedAt: undefined })
    if (isBrokenOff && (await isReadable(vault, path))) continue
    count.found += 1
    const cure =
      album.vanishedAt === undefined
        ? 'the next backup writes it anew'
        : 'SmugMug has its album no more: restore it from another copy of the vault'
    report({ kind: trouble.kind, name: path, ...cured(trouble, cure) })
  }
  if ((catalogue.meta('tree.readAt') ?? '0') !== '0') {
    count.checked += 1
    const trouble = await troubleOf(vault, layout.tree)
    if (trouble !== undefined) {
      count.found += 1
      catalogue.setMeta('tree.readAt', '0')
      report({ kind: trouble.kind, name: layout.tree, ...cured(trouble, 'the next backup writes it anew') })
    }
  }
  return count
}

/** Proves the checksum files. If the catalogue knows that they are out of date, the next backup writes them anyway. */
export async function verifySums({ vault, report }: Verification): Promise<StepResult> {
  const count = { checked: 0, found: 0 }
  if (vault.catalogue.meta('derived') !== 'current') return count
  for (const path of [layout.md5sums, layout.sha256sums]) {
    count.checked += 1
    const trouble = await troubleOf(vault, path)
    if (trouble === undefined) continue
    count.found += 1
    vault.catalogue.setMeta('derived', undefined)
    report({ kind: trouble.kind, name: path, ...cured(trouble, 'the next backup writes it anew') })
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
      if (spelled === path) return { kind: 'missing', reason: 'not where it was written' }
      await check?.(vault, spelled)
      return undefined
    }
    const standing = await standingOf(vault, path, { entry, hash: true })
    if (standing === 'unknown') await check?.(vault, path)
    return standing === 'changed' ? { kind: 'damaged', reason: 'not as it was written' } : undefined
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return { kind: 'damaged', reason: 'it cannot be read', detail: error.message }
  }
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
