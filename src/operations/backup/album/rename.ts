import type { AlbumRow, FileRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { relocate } from '../../../vault/relocate.ts'
import { setAside } from '../bytes/place.ts'
import { refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { sidecarsFollow } from '../written/sidecars.ts'

/** What became of files that should have other names. */
export interface Renamed {
  /** Where each renamed file was, by image key. */
  readonly from: ReadonlyMap<string, string>
  /** The names that files keep because the disk refused another one, by image key. */
  readonly stuck: ReadonlyMap<string, string>
  /** Nothing was refused, sidecars included. */
  readonly isWhole: boolean
}

/** Brings files to the names their items have now. One that the disk refuses to rename is named in the report and keeps its name. */
export async function renameFiles(run: Run, row: AlbumRow, names: ReadonlyMap<string, string>): Promise<Renamed> {
  const { catalogue, storage } = run.vault
  const byPath = new Map<string, FileRow>()
  for (const file of catalogue.files(row.key)) {
    const name = names.get(file.imageKey)
    if (file.component === '' && file.state === 'held' && name !== undefined && name !== file.name)
      byPath.set(inFolder(row.folder, file.name), file)
  }
  // Until a file has arrived its row must not say that it is where it was: after a crash only its hash is believed.
  for (const file of byPath.values()) catalogue.putFile({ ...file, state: 'missing' })
  if (byPath.size > 0) catalogue.flush()
  const from = new Map<string, string>()
  const stuck = new Map<string, string>()
  const reason = { why: 'stood under a name that a renamed photo needs', album: row.urlPath }
  await relocate(
    storage,
    [...byPath].map(([path, file]) => ({ from: path, to: inFolder(row.folder, names.get(file.imageKey) ?? file.name) })),
    {
      // Known as a stray from then on: it may be the file of a photo that a stopped run lost sight of.
      clear: async (path) => void (await setAside(run, path, { reason })),
      moved: (relocation) => {
        const file = byPath.get(relocation.from)
        if (file === undefined) return
        catalogue.putFile({ ...file, name: splitPath(relocation.to).name, state: 'held' })
        from.set(file.imageKey, relocation.from)
      },
      failed: (relocation, error) => {
        const file = byPath.get(relocation.from)
        if (file === undefined) return
        catalogue.putFile({ ...file, state: 'held' })
        stuck.set(file.imageKey, file.name)
        const { imageKey, name } = file
        refused(run, { album: row.urlPath, name, imageKey }, `it could not be renamed to ${splitPath(relocation.to).name}`)(error)
      },
    },
  )
  let isWhole = stuck.size === 0
  await sidecarsFollow(
    run,
    [...from].map(([imageKey, path]) => ({ from: path, to: inFolder(row.folder, names.get(imageKey) ?? imageKey) })),
    (error) => {
      isWhole = false
      refused(run, { album: row.urlPath }, 'a sidecar could not be renamed with its photo')(error)
    },
  )
  return { from, stuck, isWhole }
}

/** The image keys of items that must wait for a name, because a file that could not be renamed still has it. */
export function waitingForNames(names: ReadonlyMap<string, string>, stuck: ReadonlyMap<string, string>): ReadonlySet<string> {
  const kept = new Map([...stuck].map(([imageKey, name]) => [foldName(name), imageKey]))
  return new Set([...names].flatMap(([imageKey, name]) => (!stuck.has(imageKey) && kept.has(foldName(name)) ? [imageKey] : [])))
}
