import { walk } from '../operations/walk-folder.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { placeOf } from './place.ts'
import type { Request } from './request.ts'
import { outside, withVault } from './vault.ts'

/**
 * Returns the bytes of files that lie in the folder of the vault and that no backup has looked at: they may be the photos that one would fetch. Looks no
 * further than to `enough`.
 */
export async function runLying(request: Request & { readonly folder: string; readonly enough: number }): Promise<number> {
  const { folder, enough, signal } = request
  const place = placeOf(folder, request)
  if (hasCatalogue(place.home))
    return await withVault(place, { mode: 'read', operation: 'list' }, async ({ catalogue }) => catalogue.strays.bytes())
  let bytes = 0
  try {
    for await (const file of walk(outside(folder))) {
      signal.throwIfAborted()
      if (file.kind === 'file') bytes += file.size
      if (bytes >= enough) break
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
  return bytes
}
