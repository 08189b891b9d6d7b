import { systemClock } from '../flow/clock.ts'
import type { Outcome } from '../operations/outcome.ts'
import { prove } from '../operations/proof.ts'
import { OwnEntries } from '../vault/own-entries.ts'
import type { Request } from './request.ts'
import { atDestination, outside, refuseVault, stillThere, withVault } from './vault.ts'

/** Finds which files of a local folder are held byte for byte. */
export async function runProof(request: Request & { readonly folder: string }): Promise<Outcome> {
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    const folder = outside(request.folder)
    const own = new OwnEntries(destination)
    refuseVault(request.folder, own)
    const isOwn = (file: string, path: string): boolean => own.isOwn(`${folder.location}/${file}`, path)
    const { emit, signal } = request
    return withVault(destination, { mode: 'read', operation: 'proof' }, (vault) =>
      prove({ vault, folder, isOwn, emit, signal, clock: systemClock }),
    )
  })
}
