import { StorageError } from '../../../vault/storage/storage.ts'

/**
 * Does one step for one album, item or file. A refusal of the disk concerns only that one: it is given to `note`, and the run goes on.
 * Everything else (a disk that is full or gone, an interruption, a bug) concerns the whole run and is thrown.
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
