import { pruneFolders } from '../../../vault/storage/abilities.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { plain, prefixed } from '../../plain.ts'
import type { Run } from './run.ts'

/**
 * Does one step for one album, item or file. If the disk refuses, only this step fails: `note` gets the error, and the run goes on.
 * Every other error (a disk that is full or gone, an interruption, a bug) concerns the whole run and is thrown.
 */
export async function ownTrouble<T>(step: () => Promise<T>, note: (error: StorageError) => void): Promise<T | undefined> {
  try {
    return await step()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    note(error)
    return undefined
  }
}

/** An album, or one file of it, or with a name alone a file of the vault's own. */
export interface Concerned {
  /** Its path on SmugMug. */
  readonly album?: string
  readonly name?: string
  readonly imageKey?: string
}

/** Reports the disk's refusal for one album or file: the run does not count as complete, and the next one tries again. */
export const refused =
  (run: Pick<Run, 'tally'>, concerned: Concerned, what: string) =>
  (error: StorageError): void =>
    run.tally.problem({ kind: 'album', ...concerned, ...prefixed(what, plain(error)) })

/** Throws the refusal again, for a step in which it concerns everything. */
export const rethrown = (error: StorageError): never => {
  throw error
}

/** Removes a folder that is empty now. If the disk keeps it, it does no harm, and later runs try again. */
export async function pruneQuietly(run: Pick<Run, 'vault'>, folder: string): Promise<void> {
  await ownTrouble(
    () => pruneFolders(run.vault.storage, folder),
    () => undefined,
  )
}
