import { join } from 'node:path'
import { previewPath, TWIN_FILES, thumbnailPath } from '../../twin/format.ts'
import { inFolder } from '../../vault/layout.ts'
import type { ShownRow } from '../../vault/shown-rows.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { TwinRun } from './run.ts'

/** Items whose pictures are looked for at once, and made durable in the list together. */
const SLICE = 200

/**
 * Makes the pictures that are missing, newest first, until the run is interrupted. Returns the years that show a new one. A file of which
 * no picture can be made is shown as a tile with its name.
 */
export async function makePictures(run: TwinRun): Promise<ReadonlySet<number>> {
  const { shown, maker } = run
  const years = new Set<number>()
  if (maker === undefined) return years
  shown.forgetPictures(maker.way)
  const total = shown.countWithoutPicture()
  for (let done = 0; !run.signal.aborted; ) {
    const rows = shown.withoutPicture(SLICE)
    if (rows.length === 0) break
    for (const row of rows) {
      if (run.signal.aborted) break
      if (await makePicture(run, row)) for (const year of shown.yearsShowing(row.md5)) years.add(year)
      done += 1
      run.emit({ event: 'progress', done, total, unit: 'items' })
    }
    shown.flush()
  }
  return years
}

/** Makes one picture, and notes it or that there is none. Returns true if there is one. */
async function makePicture(run: TwinRun, row: ShownRow): Promise<boolean> {
  const { shown, maker, vault } = run
  const folder = shown.folderOf(row.albumKey) ?? ''
  const picture = row.isVideo ? undefined : await maker?.make(join(vault.root, inFolder(folder, row.name)))
  const way = maker?.way ?? 'exif'
  if (picture === undefined) {
    shown.putPicture(row.md5, { kind: 'none', width: 0, height: 0, way })
    return false
  }
  const { kind, width, height, bytes } = picture
  try {
    const path = kind === 'thumbnail' ? thumbnailPath(row.md5) : previewPath(row.md5)
    await vault.storage.put(`${TWIN_FILES}/${path}`, once(bytes))
    shown.putPicture(row.md5, { kind, width, height, way })
    return true
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    run.report({ kind: 'failed', name: row.name, album: folder, reason: `its thumbnail could not be written: ${error.message}` })
    shown.putPicture(row.md5, { kind: 'none', width: 0, height: 0, way })
    return false
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
