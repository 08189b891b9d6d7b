import type { AlbumRow, FileRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../../vault/layout.ts'
import { foldName } from '../../../vault/naming/safe-path.ts'
import { relocate } from '../../../vault/relocate.ts'
import { setAside } from '../bytes/place.ts'
import { refused } from '../run/own-trouble.ts'
import type { Run } from '../run/run.ts'
import { sidecarsFollow } from '../written/sidecars.ts'

/** The result of renaming files. */
export interface Renamed {
  /** The former path of each renamed file, by image key. */
  readonly from: ReadonlyMap<string, string>
  /** The names of files that the disk refused to rename, by image key. */
  readonly stuck: ReadonlyMap<string, string>
  /** True if nothing was refused, sidecars included. */
  readonly isWhole: boolean
}

/** Renames files to the present names of their items. A file that the disk refuses to rename is named in the report and keeps its name. */
export async function renameFiles(run: Run, row: AlbumRow, names: ReadonlyMap<string, string>): Promise<Renamed> {
  const { catalogue } = run.vault
  const byPath = new Map<string, FileRow>()
  for (const file of catalogue.files(row.key)) {
    const name = names.get(file.imageKey)
    if (file.component === '' && file.state === 'held' && name !== undefined && name !== file.name)
      byPath.set(inFolder(row.folder, file.name), file)
  }
  if (byPath.size === 0) return { from: new Map(), stuck: new Map(), isWhole: true }
  // Other albums copy from these files: none may do so under a name that leads to another photo by now, or take a file for lost meanwhile.
  const contents = new Set([...byPath.values()].flatMap(({ md5, imageKey }) => [md5, imageKey]))
  const paths = [...byPath].flatMap(([path, { imageKey }]) => [path, inFolder(row.folder, names.get(imageKey) ?? imageKey)])
  const { holdings } = run
  return holdings.renaming(contents, () => holdings.withPaths(paths, () => renameAll(run, row, { names, byPath })))
}

async function renameAll(
  run: Run,
  row: AlbumRow,
  { names, byPath }: { readonly names: ReadonlyMap<string, string>; readonly byPath: ReadonlyMap<string, FileRow> },
): Promise<Renamed> {
  const { catalogue, storage } = run.vault
  // Missing until it has arrived: after a crash a file must be found by its hash, because its old name may be another file's.
  for (const file of byPath.values()) catalogue.putFile({ ...file, state: 'missing' })
  // Until its record has the new names: a state that another command writes in between must not call it finished.
  catalogue.putAlbum({ ...row, listedAt: undefined })
  catalogue.flush()
  const from = new Map<string, string>()
  const stuck = new Map<string, string>()
  const reason = { why: 'stood under a name that a renamed photo needs', album: row.urlPath }
  await relocate(
    storage,
    [...byPath].map(([path, file]) => ({ from: path, to: inFolder(row.folder, names.get(file.imageKey) ?? file.name) })),
    {
      // Becomes a stray: it may be a photo's file that a stopped run lost sight of.
      clear: async (path) => void (await setAside(run, path, { reason })),
      moved: (relocation) => {
        const file = byPath.get(relocation.from)
        if (file === undefined) return
        catalogue.putFile({ ...file, name: splitPath(relocation.to).name, state: 'held' })
        from.set(file.imageKey, relocation.from)
      },
      failed: async (relocation, error, now) => {
        const file = byPath.get(relocation.from)
        if (file === undefined) return
        // In `moving/`, because another photo has its name by now: there it is found by its bytes, under the new name.
        const parked = now === relocation.from ? undefined : await storage.stat(now)
        if (parked !== undefined) return catalogue.strays.see({ path: now, size: parked.size, mark: parked.mark }, run.startedAt)
        catalogue.putFile({ ...file, state: 'held' })
        stuck.set(file.imageKey, file.name)
        const { imageKey, name } = file
        refused(run, { album: row.urlPath, name, imageKey }, 'it could not be renamed')(error)
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

/** Returns the image keys of items whose name still belongs to a file that could not be renamed: they must wait. */
export function waitingForNames(names: ReadonlyMap<string, string>, stuck: ReadonlyMap<string, string>): ReadonlySet<string> {
  const kept = new Map([...stuck].map(([imageKey, name]) => [foldName(name), imageKey]))
  return new Set([...names].flatMap(([imageKey, name]) => (!stuck.has(imageKey) && kept.has(foldName(name)) ? [imageKey] : [])))
}
