import type { JsonObject } from '../../model.ts'
import { readPresentDoc } from '../../vault/reading/as-of.ts'
import type { FileRecord, ItemRecord } from '../../vault/record/album-record.ts'
import { itemOfRow } from '../../vault/record/read-album-record.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { hashFile } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Then } from '../../vault/versions/past.ts'
import { TREE } from '../../vault/versions/version-file.ts'
import type { HeldCopy } from '../history/copies.ts'
import type { KnownMoment } from './when.ts'

/** The state of an item at a moment of which no copy can be given: it was not in the account, its bytes are gone, or nobody knows. */
export type NoCopyThen = 'not there' | 'not held' | 'unknown'

/** Finds, among the copies of an item that the vault still has, the one that the records of a moment mean. It is proven by its hash. */
export async function copyThen(
  vault: Vault,
  { imageKey, copies }: { readonly imageKey: string; readonly copies: readonly HeldCopy[] },
  { past }: KnownMoment,
): Promise<HeldCopy | NoCopyThen> {
  const own = vault.catalogue.itemsByImage(imageKey).map(({ albumKey }) => albumKey)
  let isLost = false
  for (const key of new Set([...own, ...past.recordsWith(imageKey)])) {
    const then = key === TREE ? undefined : await albumThen(vault, past, key)
    if (then === 'lost') isLost = true
    const row = then === undefined || then === 'lost' ? undefined : then.rows.get(imageKey)
    const item = row && itemIn(row)
    if (item === 'damaged') isLost = true
    if (item === undefined || item === 'damaged' || item.vanishedAt !== undefined) continue
    const file =
      item.state === 'held' ? item.files.find(({ component = '', state = 'held' }) => component === '' && state === 'held') : undefined
    return (file && (await copyOf(vault, imageKey, { file, copies }))) ?? 'not held'
  }
  return isLost ? 'unknown' : 'not there'
}

function itemIn(row: JsonObject): ItemRecord | 'damaged' {
  try {
    return itemOfRow(row)
  } catch (error) {
    if (error instanceof RecordError) return 'damaged'
    throw error
  }
}

async function albumThen(vault: Vault, past: KnownMoment['past'], key: string): Promise<Then> {
  try {
    return past.recordBack(key, await readPresentDoc(vault, key))
  } catch (error) {
    if (error instanceof RecordError || error instanceof StorageError) return 'lost'
    throw error
  }
}

/** Returns the copy with these bytes. The one in its place is known by the catalogue: a long film is not read for it. */
async function copyOf(
  vault: Vault,
  imageKey: string,
  { file, copies }: { readonly file: FileRecord; readonly copies: readonly HeldCopy[] },
): Promise<HeldCopy | undefined> {
  const { sha256, size } = file
  const isInPlace = vault.catalogue.filesByImage(imageKey).some((row) => row.component === '' && row.sha256 === sha256)
  for (const copy of copies) {
    if (copy.isCompanion === true || copy.size !== size) continue
    if (copy.aside === undefined ? isInPlace : (await hashOf(vault, copy.path)) === sha256) return copy
  }
  return undefined
}

async function hashOf({ storage }: Vault, path: string): Promise<string | undefined> {
  try {
    return (await hashFile(storage, path)).sha256
  } catch (error) {
    if (error instanceof StorageError) return undefined
    throw error
  }
}
