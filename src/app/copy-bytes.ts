import { AppError } from '../errors.ts'
import { type CopyBytes, findIn } from '../operations/copy/bytes.ts'
import { hasCatalogue, type Vault } from '../vault/vault.ts'
import { isThere, placeOf } from './place.ts'
import type { Request } from './request.ts'
import { openVaultIn } from './vault.ts'

/** Gives the bytes of the copies that are there. Nothing is opened, and no disk is woken, before bytes are looked for. */
export function copyBytes(request: Pick<Request, 'settings' | 'env' | 'emit'>): CopyBytes | undefined {
  const { emit } = request
  const { copies } = request.settings
  if (copies.length === 0) return undefined
  let opened: Promise<readonly { readonly name: string; readonly vault: Vault }[]> | undefined
  const open = async () => {
    const vaults = []
    for (const { name, destination } of copies) {
      const place = placeOf(destination, request)
      try {
        if (isThere(place) && hasCatalogue(place.home))
          vaults.push({ name, vault: await openVaultIn(place, { mode: 'read', operation: 'backup' }) })
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        emit({ event: 'debug', message: `The copy ${name} cannot be read: ${error.message}` })
      }
    }
    return vaults
  }
  return {
    find: async function* (wanted) {
      opened ??= open()
      for (const { name, vault } of await opened) {
        const read = findIn(vault, wanted)
        if (read !== undefined) yield { copy: name, read }
      }
    },
    close: async () => {
      for (const { vault } of (await opened) ?? []) await vault.close()
    },
  }
}
