import { inFolder, splitPath } from '../../vault/layout.ts'
import type { AlbumHead } from '../../vault/record/album-record.ts'
import { recordedTime } from '../../vault/record/recorded-time.ts'
import { sidecarName } from '../../vault/record/sidecar-names.ts'
import { writeIfChanged } from '../../vault/record/write-if-changed.ts'
import { renderXmp, xmpFacts } from '../../vault/record/xmp.ts'
import { mergeXmp } from '../../vault/record/xmp-merge.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { readSidecar } from '../backup/written/sidecar-homes.ts'
import type { HeldItem } from './held.ts'
import type { HandoverRun } from './job.ts'

/** Returns the text of an item's sidecar. */
export const sidecarText = (album: Pick<AlbumHead, 'key' | 'urlPath'>, { item }: HeldItem): string =>
  renderXmp(xmpFacts(album, item, recordedTime(item)))

/**
 * Writes the sidecar of an item, and of its companions, beside its files in the vault, if that was asked for. Words of a person or of another
 * program stay.
 */
export async function writeBeside(
  run: HandoverRun,
  held: HeldItem,
  { album, style, paths }: { readonly album: AlbumHead; readonly style: 'append' | 'replace'; readonly paths: readonly string[] },
): Promise<void> {
  if (!run.sidecars || run.dryRun) return
  const { storage } = run.vault
  const text = sidecarText(album, held)
  for (const path of paths) {
    const { folder, name } = splitPath(path)
    const beside = inFolder(folder, sidecarName(name, style))
    const named = { album: album.urlPath, name: held.item.name, imageKey: held.item.imageKey }
    try {
      const existing = (await storage.stat(beside)) === undefined ? text : await readSidecar(storage, beside)
      const merged = existing === undefined ? undefined : mergeXmp(existing, text)
      if (merged !== undefined) await writeIfChanged(storage, beside, () => [merged])
      else
        run.report({
          ...{ kind: 'failed', ...named, detail: beside, needsYou: true },
          reason: 'its sidecar is left as it is: it is no XMP that can be merged, or belongs to another photo',
        })
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      run.report({ kind: 'failed', ...named, reason: 'its sidecar could not be written', detail: error.message })
    }
  }
}
