import type { FileRow } from '../../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, isPutAside, splitPath } from '../../vault/layout.ts'
import { pruneFolders } from '../../vault/storage/abilities.ts'
import { plain, prefixed } from '../plain.ts'
import { strayWith } from './bring.ts'
import { planAlbum } from './plan.ts'
import { leaveRecord } from './records.ts'
import { type CopyRun, refuse, setAside, unlessRefused } from './run.ts'

/** Puts what the first vault has no more into the history of the copy, and forgets its items and albums. Call it after everything else has come. */
export async function dropDeparted(run: CopyRun): Promise<void> {
  const { from, to, signal } = run
  const folders = new Set(from.catalogue.albums().map(({ folder }) => folder))
  for (const album of to.catalogue.albums()) {
    if (signal.aborted) return
    const first = from.catalogue.album(album.key)
    const plan = planAlbum(
      { folder: album.folder, files: from.catalogue.files(album.key) },
      { folder: album.folder, files: to.catalogue.files(album.key) },
    )
    let hasTrouble = false
    for (const file of plan.departed) {
      const path = inFolder(album.folder, file.name)
      await unlessRefused(
        async () => {
          await setAside(run, path, { why: 'gone from the first vault' })
          to.catalogue.removeFile(file.albumKey, file.imageKey, file.component)
          run.tally.departed += 1
          run.left.add(album.folder)
        },
        (error) => {
          hasTrouble = true
          refuse(run, path, prefixed('it could not be put into the history of the copy', plain(error)))
        },
      )
    }
    for (const file of plan.forgotten) {
      await unlessRefused(
        async () => {
          await putRestAside(run, file, inFolder(album.folder, file.name))
          to.catalogue.removeFile(file.albumKey, file.imageKey, file.component)
        },
        () => {
          hasTrouble = true
        },
      )
    }
    if (hasTrouble) continue
    const items = new Set(from.catalogue.items(album.key).map(({ imageKey }) => imageKey))
    for (const item of to.catalogue.items(album.key)) if (!items.has(item.imageKey)) to.catalogue.removeItem(album.key, item.imageKey)
    if (first !== undefined) continue
    if (!folders.has(album.folder) && !(await leaveFolder(run, album.folder))) continue
    to.catalogue.removeAlbum(album.key)
  }
}

/** Puts aside the record of an album that is gone, and removes its folder if that is empty. Returns false if the disk does not show it: the next run tries again. */
async function leaveFolder(run: CopyRun, folder: string): Promise<boolean> {
  const { storage } = run.to
  const path = inFolder(folder, ALBUM_RECORD)
  let isSeen = true
  await unlessRefused(
    async () => {
      if ((await storage.stat(path)) !== undefined) await leaveRecord(run, folder)
    },
    (error) => {
      isSeen = false
      refuse(run, path, prefixed('it could not be put aside', plain(error)))
    },
  )
  await unlessRefused(
    () => pruneFolders(storage, folder),
    () => undefined,
  )
  return isSeen
}

/** Puts aside the bytes of a file whose row has none: a killed run brought them, and noted it no more. */
async function putRestAside(run: CopyRun, file: FileRow, path: string): Promise<void> {
  const { catalogue } = run.to
  const { folder, name } = splitPath(path)
  const isClaimed = catalogue
    .albums()
    .filter((album) => album.folder === folder)
    .some((album) => catalogue.files(album.key).some((each) => each.name === name && each.state === 'held'))
  const why = 'gone from the first vault'
  if (!isClaimed) await setAside(run, path, { why })
  const stray = await strayWith(run, file)
  if (stray !== undefined && !isPutAside(splitPath(stray).folder)) await setAside(run, stray, { why })
}
