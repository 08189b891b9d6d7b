import { join } from 'node:path'
import { systemClock } from '../flow/clock.ts'
import type { Outcome } from '../operations/outcome.ts'
import { rebuild } from '../operations/rebuild.ts'
import { remakeCatalogue } from '../vault/catalogue/remake.ts'
import { layout } from '../vault/layout.ts'
import { openFolder } from '../vault/storage/folder.ts'
import { holdVault } from '../vault/vault.ts'
import type { Request } from './request.ts'
import { atDestination, holder, stillThere } from './vault.ts'

/** Makes a new catalogue from the vault itself, and keeps the old one beside it. */
export async function runRebuild(request: Request): Promise<Outcome> {
  return await atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    const lock = await holdVault(destination, holder('rebuild'))
    try {
      return await rebuildAt(destination, request)
    } finally {
      await lock.release()
    }
  })
}

async function rebuildAt(destination: string, { emit, signal }: Request): Promise<Outcome> {
  const storage = openFolder(destination)
  try {
    return await remakeCatalogue(join(destination, layout.catalogue), (catalogue) =>
      rebuild({ storage, catalogue, emit, signal, clock: systemClock }),
    )
  } finally {
    await storage.close()
  }
}
