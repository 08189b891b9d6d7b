import { StorageError, tooLarge } from '../../../vault/storage/storage.ts'
import type { Run } from '../run/run.ts'

/** The note in the catalogue: the smallest size that this vault's disk refused, in bytes. */
const NOTE = 'disk.tooLarge'

/** Notes that the disk refused a file of this size, so that no later run fetches one in vain. */
export function noteTooLarge(run: Pick<Run, 'vault'>, error: unknown, size: number | undefined): void {
  if (!(error instanceof StorageError) || error.code !== 'EFBIG' || size === undefined) return
  const { catalogue } = run.vault
  catalogue.setMeta(NOTE, String(Math.min(size, Number(catalogue.meta(NOTE) ?? size))))
}

/**
 * Throws the disk's refusal before a byte is fetched, if the disk refused as large a file before and does so still. On a disk that takes it
 * now (the vault was moved to another one) the note is forgotten.
 */
export async function refuseTooLarge(run: Pick<Run, 'vault'>, path: string, size: number | undefined): Promise<void> {
  const { catalogue, storage } = run.vault
  const refused = catalogue.meta(NOTE)
  if (refused === undefined || size === undefined || size < Number(refused)) return
  if ((await storage.takesSize?.(size)) === false) throw tooLarge(path, size)
  catalogue.setMeta(NOTE, undefined)
}
