import { putAside } from '../../../vault/aside.ts'
import type { AlbumRow, FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { pruneFolders } from '../../../vault/storage/abilities.ts'
import { lostFile, provenStrays } from '../bytes/strays.ts'
import { ownTrouble, pruneQuietly, refused } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { noteAlbumRemoved } from '../written/past.ts'
import { rewriteHead } from '../written/records.ts'
import { removeSidecar, sidecarsFollow } from '../written/sidecars.ts'

/**
 * Marks an item as vanished and names it once; its file stays, or moves to the trash. Returns false if the disk refused the move: then the
 * item is not settled, and the next run tries again.
 */
export async function vanish(run: Run, row: ItemRow): Promise<boolean> {
  const { catalogue } = run.vault
  const album = catalogue.album(row.albumKey)?.urlPath ?? row.albumKey
  const concerned = { album, name: row.name, imageKey: row.imageKey }
  const fate = await ownTrouble(
    () => putAway(run, row, album),
    refused(run, concerned, 'it is no longer on SmugMug, and could not be moved to the trash'),
  )
  if (fate === undefined) return false
  catalogue.putItem({ ...row, vanishedAt: run.startedAt })
  run.tally.problem({
    kind: 'vanished',
    ...concerned,
    reason: isElsewhere(run, row) ? `no longer in this album on SmugMug; ${fate.words}` : `no longer on SmugMug; ${fate.words}`,
    ...(fate.path !== undefined && { detail: fate.path }),
  })
  return true
}

/** Is the image in another album of the account: collected no more, or moved there and replaced at the same time? */
const isElsewhere = (run: Run, row: ItemRow): boolean =>
  run.vault.catalogue.itemsByImage(row.imageKey).some((other) => isPresent(run, other))

/** Is an image in this album of the account now, as far as this run knows? */
export const isPresent = ({ view, changes }: Run, row: ItemRow): boolean =>
  row.vanishedAt === undefined && view.live.has(row.albumKey) && !changes.hasDeparted(row)

/** The fate of a vanished item's file, in words, and its path in the trash. */
interface Fate {
  readonly words: string
  readonly path?: string
}

const KEPT: Fate = { words: 'its file is kept' }
const GONE: Fate = { words: 'its file is missing in the vault' }

/**
 * Moves an item's files to the trash, if the settings say so. Returns their fate. A missing or damaged file stays known, and what stands in its
 * place stays there: a copy may have its bytes.
 */
async function putAway(run: Run, row: ItemRow, album: string): Promise<Fate> {
  const { catalogue, storage } = run.vault
  const files = catalogue.filesOf(row.albumKey, row.imageKey)
  const own = files.find((file) => file.component === '')
  if (own === undefined) return { words: 'it was not held' }
  let fate = await fateOf(run, own)
  if (run.settings.onVanished !== 'trash') return fate
  for (const each of files) {
    const path = each.state === 'held' ? filePath(run, each) : await lostFile(run, each)
    const reason = { why: 'vanished from SmugMug', album, imageKey: row.imageKey }
    const to = path && (await putAside(storage, path, { place: 'trash', now: run.clock.now(), reason }))
    if (path !== undefined && to !== undefined) {
      catalogue.strays.remove(path)
      const sidecar = refused(run, { album, name: row.name, imageKey: row.imageKey }, 'its sidecar could not be moved to the trash')
      await sidecarsFollow(run, [{ from: path, to }], sidecar)
      await ownTrouble(() => removeSidecar(run, { from: path, to }), sidecar)
      await pruneQuietly(run, splitPath(path).folder)
    }
    // An earlier run may have moved it there, and not have noted that.
    const there = to ?? (await fateOf(run, each)).path
    // A held file that is not there was moved to another album by this run, though the disk called that a failure: the next run finds it.
    if (there === undefined && each.state !== 'held') continue
    catalogue.removeFile(each.albumKey, each.imageKey, each.component)
    if (each === own) fate = there === undefined ? GONE : inTrash(there)
  }
  return fate
}

const inTrash = (path: string): Fate => ({ words: 'its file is in the trash', path })

/** Returns the fate of a file that stays where it is. A lost one that lies elsewhere in the vault is brought back at the end of the run. */
async function fateOf(run: Run, file: FileRow): Promise<Fate> {
  if (file.state === 'held') return KEPT
  const source = { url: '', grade: file.grade, md5: file.md5, size: file.size }
  const [found] = await provenStrays(run, source, filePath(run, file))
  if (found === undefined) return { words: `its file is ${file.state} in the vault` }
  return found.path.startsWith(inFolder(layout.trash, '')) ? inTrash(found.path) : KEPT
}

/** Marks an album as vanished in its record and in the catalogue. If the disk refuses the record, the next run tries again. */
export async function vanishAlbum(run: Run, row: AlbumRow): Promise<void> {
  const { catalogue, storage } = run.vault
  await ownTrouble(
    async () => {
      if (catalogue.items(row.key).length === 0) {
        // Every item moved elsewhere: nothing of the album is left to keep.
        await noteAlbumRemoved(run, row.key, inFolder(row.folder, ALBUM_RECORD))
        await storage.remove(inFolder(row.folder, ALBUM_RECORD))
        await pruneFolders(storage, row.folder)
        catalogue.removeAlbum(row.key)
        return
      }
      // If SmugMug restores the album with its old dates, it must be listed.
      const gone = { ...row, vanishedAt: run.startedAt, listedAt: undefined }
      await rewriteHead(run, gone)
      catalogue.putAlbum(gone)
    },
    refused(run, { album: row.urlPath }, 'it is no longer on SmugMug, and its record could not be written'),
  )
}

/** Notes that nobody knows how the albums were whose record was missing when the catalogue was made anew, and that the account no longer has. */
export async function noteLostPasts(run: Run): Promise<void> {
  const { records } = run.vault.catalogue
  for (const key of records.lost()) {
    if (run.view.live.has(key)) continue
    const note = async (): Promise<void> => {
      await run.versions.add(key, [{ op: 'lost' }])
      records.noteLost(key, false)
    }
    await ownTrouble(note, refused(run, { album: key }, 'its record was missing, and that could not be noted in the past'))
  }
}
