import { inFolder } from '../../vault/layout.ts'
import type { ItemRecord } from '../../vault/record/album-record.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { HandoverRun, WholeAlbum } from './job.ts'

/** An item of an album, and its files in the vault. */
export interface HeldItem {
  readonly item: ItemRecord
  /** The path of its photo or video. It may lie in another album, if the item was collected and is not copied. */
  readonly path: string
  readonly name: string
  /** Hexadecimal. */
  readonly md5: string
  /** Further files of the photo, such as a RAW file. */
  readonly companions: readonly Companion[]
}

/** A further file of a photo. */
export interface Companion {
  readonly path: string
  /** Hexadecimal. */
  readonly md5: string
}

/** Returns the items of an album whose files stand in the vault. The others are named. */
export async function heldItems(run: HandoverRun, { head, folder, items }: WholeAlbum): Promise<readonly HeldItem[]> {
  const held: HeldItem[] = []
  for (const item of items) {
    const found = itemOf(run, folder, item)
    if (found !== undefined && (await stands(run, found.path))) held.push(found)
    else {
      const reason = item.reason ?? 'the vault holds no file of it'
      run.report({
        kind: item.state === 'impossible' || item.state === 'pending' ? item.state : 'missing',
        album: head.urlPath,
        name: item.name,
        imageKey: item.imageKey,
        reason,
      })
    }
  }
  return held
}

function itemOf({ vault: { catalogue } }: HandoverRun, folder: string, item: ItemRecord): HeldItem | undefined {
  const own = item.files.filter(({ state }) => state === undefined || state === 'held')
  const file = own.find(({ component }) => component === undefined)
  if (item.state === 'held' && file !== undefined) {
    const companions = own.flatMap(({ component, name, md5 }) => (component === undefined ? [] : [{ path: inFolder(folder, name), md5 }]))
    return { item, path: inFolder(folder, file.name), name: file.name, md5: file.md5, companions }
  }
  if (item.state !== 'elsewhere') return undefined
  const files = catalogue.filesByImage(item.imageKey)
  const other = files.find(({ component, state }) => component === '' && state === 'held')
  const home = other && catalogue.album(other.albumKey)?.folder
  if (other === undefined || home === undefined) return undefined
  const companions = files.flatMap(({ albumKey, component, name, md5, state }) =>
    albumKey === other.albumKey && component !== '' && state === 'held' ? [{ path: inFolder(home, name), md5 }] : [],
  )
  return { item, path: inFolder(home, other.name), name: other.name, md5: other.md5, companions }
}

async function stands({ vault }: HandoverRun, path: string): Promise<boolean> {
  try {
    return (await vault.storage.stat(path))?.kind === 'file'
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return false
  }
}

/** Returns the paths of all files of an item, the photo or video first. */
export const pathsOf = ({ path, companions }: HeldItem): readonly string[] => [path, ...companions.map((each) => each.path)]
