import { breathe } from '../../../flow/breathe.ts'
import { parallel } from '../../../flow/parallel.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { filePath, type Run } from '../run/run.ts'

/** Files in one page of the catalogue. */
const PAGE = 1000
/** Looks at once: on a network disk each of them waits. */
const AT_ONCE = 16

/** Notes the time on the disk of each file stored in this run. Later, a file with another time is hashed before it is believed. */
export async function noteFileTimes(run: Pick<Run, 'vault'>): Promise<void> {
  const { catalogue, storage } = run.vault
  for (let files = catalogue.unseenFiles(PAGE); files.length > 0; files = catalogue.unseenFiles(PAGE)) {
    await parallel(files, { workers: AT_ONCE }, async (file) => {
      await breathe()
      const entry = await storage.stat(filePath(run, file)).catch((error: unknown) => {
        if (!(error instanceof StorageError)) throw error
        return undefined
      })
      catalogue.noteMark(file, entry?.kind === 'file' && entry.size === file.size ? { seen: entry.mark } : 'doubt')
    })
  }
}
