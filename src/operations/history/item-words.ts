import type { Json } from '../../model.ts'
import { ALBUM_RECORD, inFolder, layout } from '../../vault/layout.ts'
import { readAlbumDoc } from '../../vault/reading/as-of.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { Past, type Then } from '../../vault/versions/past.ts'
import { VersionError } from '../../vault/versions/version-text.ts'
import { rowDifferences } from '../past/diff.ts'
import type { ItemFact } from './past-run.ts'

/** Letters of a value that are shown. */
const MOST = 200

/** Opens all of a vault's past; undefined if it cannot be read: its folder then goes to `unread`. */
export async function openPast(vault: Pick<Vault, 'storage' | 'catalogue'>, unread: (path: string) => void): Promise<Past | undefined> {
  try {
    return await Past.open(vault, 0)
  } catch (error) {
    if (!(error instanceof VersionError || error instanceof StorageError)) throw error
    unread(layout.versions)
    return undefined
  }
}

/** Returns the changes of an item's words, of its name and of its album's path, with both values. The path of what cannot be read goes to `unread`. */
export async function itemWords(
  { storage, catalogue }: Vault,
  past: Past,
  { albumKey, imageKey, unread }: { readonly albumKey: string; readonly imageKey: string; readonly unread: (path: string) => void },
): Promise<readonly ItemFact[]> {
  const folder = catalogue.album(albumKey)?.folder
  try {
    const now = folder === undefined ? undefined : await readAlbumDoc(storage, folder)
    if (now === undefined) return []
    return [...past.lifeOf(albumKey, imageKey, now)].flatMap(({ run, at, before, after }) =>
      wordsBetween(before, after, imageKey).map((text) => ({ run, at, text })),
    )
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError || error instanceof VersionError)) throw error
    unread(error instanceof VersionError ? layout.versions : inFolder(folder ?? '', ALBUM_RECORD))
    return []
  }
}

function wordsBetween(before: Then, after: Then, imageKey: string): readonly string[] {
  if (before === undefined || after === undefined || before === 'lost' || after === 'lost') return []
  const [was, is] = [before.rows.get(imageKey), after.rows.get(imageKey)]
  if (was === undefined || is === undefined) return []
  const fields = rowDifferences(was, is, { album: '', name: String(is.name) }).flatMap(({ fields = {} }) => Object.entries(fields))
  const changed = [
    ...fields.map(([name, { before: old, after: present }]) => [name, old, present] as const),
    ['name', was.name, is.name] as const,
    ['album', before.head.urlPath, after.head.urlPath] as const,
  ]
  return changed
    .filter(([, old, present]) => shown(old) !== shown(present))
    .map(([name, old, present]) => `${name}: ${shown(old)} → ${shown(present)}`)
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? '(none)' : JSON.stringify(value)
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}
