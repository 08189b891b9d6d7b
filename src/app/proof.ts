import { join } from 'node:path'
import { systemClock } from '../flow/clock.ts'
import type { Outcome } from '../operations/outcome.ts'
import { prove } from '../operations/proof.ts'
import { OwnEntries } from '../vault/own-entries.ts'
import { TwinsElsewhere } from '../vault/twins-elsewhere.ts'
import type { Request } from './request.ts'
import { atDestination, outside, refuseVault, stillThere, withVault } from './vault.ts'

/** Finds which files of a local folder are held byte for byte. */
export async function runProof(request: Request & { readonly folder: string }): Promise<Outcome> {
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    const folder = outside(request.folder)
    const own = place.folders.map((folder) => new OwnEntries(folder))
    refuseVault(request.folder, own)
    const isOwn = (file: string, path: string): boolean => own.some((each) => each.isOwn(`${folder.location}/${file}`, path))
    const { emit, signal } = request
    return withVault(place, { mode: 'read', operation: 'proof' }, async (vault) => {
      const twins = new TwinsElsewhere(vault)
      const isOfTwin = (file: string, sha256: string): boolean => twins.wrote(join(folder.location, file), sha256)
      try {
        return await prove({ vault, folder, isOwn, isOfTwin, emit, signal, clock: systemClock })
      } finally {
        twins.close()
      }
    })
  })
}
