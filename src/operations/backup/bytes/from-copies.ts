import type { Source } from '../../../model.ts'
import type { FileRow } from '../../../vault/catalogue/rows.ts'
import { takeFromCopies } from '../../copy/bytes.ts'
import type { Proof } from '../loader.ts'
import type { Run } from '../run/run.ts'

/**
 * Brings a file's bytes from a further copy, where one has them, so that they are not downloaded. They are known by the row of the same bytes that were held
 * before (`known`), else by the MD5 that SmugMug states. A vault that is whole asks no copy for a new photo: its disk may be asleep, or hang.
 */
export async function fromCopies(
  run: Run,
  { source, known, path }: { readonly source: Source; readonly known: FileRow | undefined; readonly path: string },
): Promise<(Proof & { readonly copy: string }) | undefined> {
  const { copies, emit, vault, wasWhole } = run
  if (copies === undefined || vault.mode === 'pretend' || (known === undefined && wasWhole)) return undefined
  const { md5, size, sha256 } = known ?? { ...source, sha256: '' }
  if (md5 === undefined) return undefined
  const wanted = { md5, ...(size !== undefined && { size }), ...(sha256 !== '' && { sha256 }) }
  return await takeFromCopies({ copies, storage: vault.storage, emit }, wanted, path)
}
