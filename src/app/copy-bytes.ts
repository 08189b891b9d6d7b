import { AppError } from '../errors.ts'
import { type CopyBytes, findIn } from '../operations/copy/bytes.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { isSystemError } from '../vault/system-error.ts'
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
  /** Looks into a copy. One that refuses it, or goes away, gives nothing: the vault itself has no trouble. */
  const unlessRefused = async <T>(name: string, look: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof AppError || error instanceof StorageError || isSystemError(error))) throw error
      emit({ event: 'debug', message: `The copy ${name} cannot be read: ${error.message}` })
      return undefined
    }
  }
  const open = async () => {
    const found: OpenCopy[] = []
    for (const copy of copies) {
      const { name } = copy
      await unlessRefused(name, async () => {
        const place = placeOfCopy(copy, request)
        if (!isThere(place) || !hasCatalogue(place.home)) return
        const isLocked = place.keys !== undefined && (await identitiesIn(place.keys)).length === 0
        found.push({ name, isLocked, vault: await openVaultIn(place, { mode: 'read', operation: 'backup' }) })
      })
    }
    return found
  }
  return {
    find: async function* (wanted) {
      opened ??= open()
      for (const { name, isLocked, vault } of await opened) {
        const read = await unlessRefused(name, () => findIn(vault, wanted))
        if (read !== undefined) yield { copy: name, isLocked, read }
      }
    },
    close: async () => {
      for (const { name, vault } of (await opened) ?? []) await unlessRefused(name, () => vault.close())
    },
  }
}
