import { TWIN_FILES } from '../../twin/format.ts'
import { splitPath } from '../../vault/layout.ts'
import { sweep } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { photosByPath } from './photos.ts'
import type { TwinRun } from './run.ts'

const DATA = `${TWIN_FILES}/data`

/** The files that the list of pages and years stands for: pages lie in the folders of the albums, data below `twin.files/`. */
function* listed({ files }: TwinRun): Generator<string> {
  yield* files.paths({ besides: TWIN_FILES })
  yield* files.paths({ below: DATA })
}

/** Removes the partial files that a killed run left. */
export async function sweepPartials({ files, target }: TwinRun): Promise<void> {
  for (const folder of new Set(files.brokenOff().map((path) => splitPath(path).folder))) {
    try {
      await sweep(target, folder)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
  }
}

/** Forgets the pages, data files and pictures that are missing, or not as they were written: they are made anew. */
export async function forgetChanged(run: TwinRun): Promise<void> {
  const { files, shown } = run
  for await (const { path } of files.differences(listed(run))) shown.forgetFile(path)
  for (const path of files.brokenOff()) {
    const md5 = /\/([0-9a-f]{32})\./.exec(path)?.[1]
    if (md5 === undefined) continue
    if (await files.isAsWritten(path)) await files.trust(path)
    else shown.pictures.forgetOne(md5)
  }
}

/**
 * Removes the pages and data files that the twin no longer needs, and the folders that are empty then. Call it once the index is written:
 * until then the old twin needs them. Returns the number removed.
 */
export async function sweepFiles(run: TwinRun, kept: ReadonlySet<string>): Promise<number> {
  const { files, shown } = run
  let removed = 0
  const isPhoto = photosByPath(run)
  shown.keepPages(kept)
  for (const path of listed(run)) {
    if (kept.has(path) || shown.dates.hasPath(path) || isPhoto(path)) continue
    const refused = (name: string, reason: string): void => run.report({ kind: 'failed', name, reason })
    if (await files.remove(path, refused)) removed += 1
  }
  return removed
}
