import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from '../operations/outcome.ts'
import { folderElsewhere, MARKS, type WantedFolder } from '../vault/folder-elsewhere.ts'
import { Shown } from '../vault/shown.ts'
import { openFolder } from '../vault/storage/folder.ts'
import type { Storage } from '../vault/storage/storage.ts'
import { WrittenFiles } from '../vault/written-files.ts'

/** The open parts of a twin in a folder elsewhere. */
export interface PlaceElsewhere {
  readonly target: Storage
  readonly shown: Shown
  readonly files: WrittenFiles
}

/**
 * Opens the folder of a twin elsewhere and what the vault remembers of it, hands them to `use`, and closes them. With `remove` the folder is
 * a usual one again once nothing of the twin is left, and undefined is returned where no such twin is.
 */
export async function inFolderElsewhere(
  wanted: WantedFolder,
  remove: boolean,
  use: (place: PlaceElsewhere) => Promise<Outcome>,
): Promise<Outcome | undefined> {
  const { folder, kind } = wanted
  if (remove && !existsSync(join(folder, MARKS[kind]))) return undefined
  const place = folderElsewhere(wanted)
  const target = openFolder(folder)
  const shown = Shown.open(place.shown)
  const files = WrittenFiles.open(target, place.written)
  let outcome: Outcome
  let isMarked = !place.isNew
  try {
    if (!isMarked) place.mark()
    isMarked = true
    outcome = await use({ target, shown, files })
  } finally {
    files.close()
    shown.close()
    await target.close()
    if (!isMarked) place.drop()
  }
  if (remove && outcome.exitCode === 0) place.forget()
  return outcome
}
