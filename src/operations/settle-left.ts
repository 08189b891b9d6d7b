import type { Emit } from '../events.ts'
import { inFolder, layout, OURS } from '../vault/layout.ts'
import { endMoves, sweep } from '../vault/storage/abilities.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * Ends the moves that a killed run left in the middle, and removes its partial files of the sums, the state, the reports, the certificates and the past: no
 * walk visits these folders. Does nothing in a vault that is not opened to be changed.
 */
export async function settleLeft({ storage, mode }: Vault, emit: Emit): Promise<void> {
  if (mode !== 'write') return
  const sweeps = [OURS, layout.reports, layout.leaving].map((folder) => async () => void (await sweep(storage, folder)))
  const sweepPast = async (): Promise<void> => {
    for (const { name, kind } of await storage.list(layout.versions))
      if (kind === 'folder') await sweep(storage, inFolder(layout.versions, name))
  }
  for (const step of [async () => await endMoves(storage), ...sweeps, sweepPast]) {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (error.code !== 'ENOENT') emit({ event: 'debug', message: `What a stopped run left could not be put in order: ${error.message}` })
    }
  }
}
