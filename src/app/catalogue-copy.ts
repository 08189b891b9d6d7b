/** The copy of the catalogue of a vault in a bucket: taken before a run, and brought up to date after it. */
import { learnSealed } from '../operations/learn-sealed.ts'
import { isOfState } from '../operations/state.ts'
import { Catalogue } from '../vault/catalogue/catalogue.ts'
import { beginCopy, type Taken, takeCopy } from '../vault/catalogue-copy.ts'
import { inHome } from '../vault/home/home.ts'
import type { Storage } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import type { Place } from './place.ts'
import { requireKey } from './require-key.ts'

/**
 * Takes the catalogue from its copy if another computer has gone on with the vault. The one here goes on if the copy cannot be used. Throws
 * `ConfigurationError` if the copy is sealed, and no private key is at hand.
 */
export async function catchUp(place: Place, storage: Storage): Promise<Taken> {
  if (place.kind !== 'bucket') return { isTaken: false, newest: undefined }
  const { home } = place
  const taken = await takeCopy({ home, storage, before: () => requireKey(place), isCurrent: (catalogue) => isOfState(catalogue, storage) })
  // The list of sealed files is not part of the copy, and does not know those of the other computer.
  if (taken.isTaken && storage.seal !== undefined) {
    const catalogue = Catalogue.open({ path: inHome(home, 'catalogue'), mode: 'read' })
    try {
      await learnSealed({ storage, catalogue, emit: () => undefined, signal: new AbortController().signal })
    } finally {
      catalogue.close()
    }
  }
  return taken
}

/** Lets a vault that is changed bring the copy of its catalogue up to date when it is closed. */
export function withCopy(vault: Vault, { newest }: Taken): Vault {
  const give = beginCopy(vault, newest)
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    try {
      // A copy that could not be written is no trouble of this run.
      await give()
    } finally {
      await vault.close()
    }
  }
  return {
    ...vault,
    close: async () => {
      closed ??= close()
      await closed
    },
  }
}
