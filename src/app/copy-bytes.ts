import { AppError } from '../errors.ts'
import { type CopyBytes, findIn } from '../operations/copy/bytes.ts'
import { hasCatalogue, type Vault } from '../vault/vault.ts'
import { placeOfCopy } from './copy-place.ts'
import { isThere } from './place.ts'
import type { Request } from './request.ts'
import { identitiesIn } from './sealing.ts'
import { openVaultIn } from './vault.ts'

/** A copy that is there. */
interface OpenCopy {
  readonly name: string
  readonly isLocked: boolean
  readonly vault: Vault
}

/** Gives the bytes of the copies that are there. Nothing is opened, and no disk is woken, before bytes are looked for. */
export function copyBytes(request: Pick<Request, 'settings' | 'env' | 'emit'>): CopyBytes | undefined {
  const { emit } = request
  const { copies } = request.settings
  if (copies.length === 0) return undefined
  let opened: Promise<readonly OpenCopy[]> | undefined
  const open = async () => {
    const found: OpenCopy[] = []
    for (const copy of copies) {
      const { name } = copy
      try {
        const place = placeOfCopy(copy, request)
        if (!isThere(place) || !hasCatalogue(place.home)) continue
        const isLocked = place.keys !== undefined && (await identitiesIn(place.keys)).length === 0
        found.push({ name, isLocked, vault: await openVaultIn(place, { mode: 'read', operation: 'backup' }) })
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        emit({ event: 'debug', message: `The copy ${name} cannot be read: ${error.message}` })
      }
    }
    return found
  }
  return {
    find: async function* (wanted) {
      opened ??= open()
      for (const { name, isLocked, vault } of await opened) {
        const read = findIn(vault, wanted)
        if (read !== undefined) yield { copy: name, isLocked, read }
      }
    },
    close: async () => {
      for (const { vault } of (await opened) ?? []) await vault.close()
    },
  }
}
