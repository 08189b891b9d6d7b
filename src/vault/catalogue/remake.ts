import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { DestinationError } from '../../errors.ts'
import { describe, isSystemError } from '../system-error.ts'
import { Catalogue } from './catalogue.ts'

/** Endings of the files that belong to a database. Beside another database they mean nothing, or do harm. */
const BELONGINGS = ['-journal', '-wal', '-shm']

/**
 * Makes a new catalogue, lets `fill` fill it, and puts it in the place of the old one. The old one is kept as `.before-rebuild` together
 * with its journal. When `fill` throws, nothing changes. Throws `DestinationError` when the folder cannot be used.
 */
export async function remakeCatalogue<T>(path: string, fill: (catalogue: Catalogue) => Promise<T>): Promise<T> {
  const [fresh, old] = [`${path}.new`, `${path}.before-rebuild`]
  await explained(fresh, () => removeDatabase(fresh))
  // Checked first: a folder of that name is found before the work, not after it.
  await explained(old, () => removeBelongings(old))
  if (existsSync(path) && existsSync(old)) await explained(old, () => rm(old))
  const catalogue = Catalogue.open({ path: fresh, mode: 'write' })
  try {
    const result = await fill(catalogue)
    catalogue.close()
    await explained(path, () => replace(path, { fresh, old }))
    return result
  } catch (error) {
    try {
      catalogue.close()
    } finally {
      await explained(fresh, () => removeDatabase(fresh))
    }
    throw error
  }
}

/** Removes the files that belonged to a database that is gone: SQLite would roll them back into the next database of that name. */
export const removeBelongings = async (path: string): Promise<void> => {
  for (const ending of BELONGINGS) await rm(path + ending, { force: true })
}

async function removeDatabase(path: string): Promise<void> {
  await rm(path, { force: true })
  await removeBelongings(path)
}

async function replace(path: string, { fresh, old }: { readonly fresh: string; readonly old: string }): Promise<void> {
  // The database is moved first: without its journal it would be wrong, while the journal alone does nothing.
  if (existsSync(path)) {
    await rename(path, old)
    for (const ending of BELONGINGS) if (existsSync(path + ending)) await rename(path + ending, old + ending)
  }
  await removeBelongings(path)
  await rename(fresh, path)
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new DestinationError(`The new catalogue cannot be put in place: ${describe(error)}.`, {
      hint: `Look at what stands at ${path}, move it away, then run \`smugmug-backup rebuild\` again.`,
      cause: error,
    })
  }
}
