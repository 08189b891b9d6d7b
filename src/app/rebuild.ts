import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../flow/clock.ts'
import type { Outcome } from '../operations/outcome.ts'
import { rebuild } from '../operations/rebuild.ts'
import { Catalogue } from '../vault/catalogue/catalogue.ts'
import { layout } from '../vault/layout.ts'
import { openFolder } from '../vault/storage/folder.ts'
import { holdVault } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { destinationOf, holder, stillThere } from './vault.ts'

/** A new catalogue from the vault itself; the old one is kept beside it. */
export async function runRebuild(request: Request): Promise<Outcome> {
  const destination = await destinationOf(request.settings)
  await stillThere(destination, request)
  const lock = await holdVault(destination, holder('rebuild'))
  try {
    return await rebuildAt(destination, request)
  } finally {
    await lock.release()
  }
}

async function rebuildAt(destination: string, { emit, signal }: Request): Promise<Outcome> {
  const path = join(destination, layout.catalogue)
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const catalogue = Catalogue.open({ path: fresh, mode: 'write' })
  const storage = openFolder(destination)
  try {
    const outcome = await rebuild({ storage, catalogue, emit, signal, clock: systemClock })
    catalogue.close()
    if (existsSync(path)) await rename(path, `${path}.before-rebuild`)
    await rename(fresh, path)
    return outcome
  } catch (error) {
    catalogue.close()
    await rm(fresh, { force: true })
    throw error
  } finally {
    await storage.close()
  }
}
