import { StorageError } from '../../../vault/storage/storage.ts'

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
