import { parallel } from '../../../flow/parallel.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { filePath, type Run } from '../run/run.ts'

/** Files that are looked at before the next ones are asked for. */
const PAGE = 1000
/** On a network disk each look waits. */
const AT_ONCE = 16

/** Notes the time that each file stored in this run stands with: a file with another one is hashed before it is believed again. */
export async function noteFileTimes(run: Pick<Run, 'vault'>): Promise<void> {
  const { catalogue, storage } = run.vault
  for (let files = catalogue.unseenFiles(PAGE); files.length > 0; files = catalogue.unseenFiles(PAGE)) {
    await parallel(files, { workers: AT_ONCE }, async (file) => {
      const entry = await storage.stat(filePath(run, file)).catch((error: unknown) => {
        if (!(error instanceof StorageError)) throw error
        return undefined
      })
      catalogue.noteMtime(file, entry?.kind === 'file' && entry.size === file.size ? entry.mtime : 'doubt')
    })
  }
}
