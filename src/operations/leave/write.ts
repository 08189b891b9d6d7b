import { layout } from '../../vault/layout.ts'
import { writeIfChanged } from '../../vault/record/write-if-changed.ts'
import { hashFile } from '../../vault/storage/abilities.ts'
import type { Storage } from '../../vault/storage/storage.ts'
import { type Certificate, certificateOf, type LastLook } from './certificate.ts'
import { certificatePage } from './page.ts'

/** A certificate in the vault. */
export interface WrittenCertificate {
  readonly certificate: Certificate
  /** The path of its page; the JSON lies beside it. */
  readonly path: string
}

/** Writes the two files of a certificate beside those of earlier looks. Throws `StorageError`. */
export async function writeCertificate(storage: Storage, look: Omit<LastLook, 'sums'>): Promise<WrittenCertificate> {
  const certificate = certificateOf({ ...look, sums: await sha256Of(storage, layout.sha256sums) }, layout.sha256sums)
  const at = `${layout.leaving}/${new Date(look.writtenAt).toISOString().replaceAll(':', '-')}`
  let path = at
  const stands = async (extension: string): Promise<boolean> => (await storage.stat(`${path}.${extension}`)) !== undefined
  for (let n = 2; (await stands('json')) || (await stands('txt')); n += 1) path = `${at}-${n}`
  await writeIfChanged(storage, `${path}.json`, () => [`${JSON.stringify(certificate, undefined, 1)}\n`])
  await writeIfChanged(storage, `${path}.txt`, () => certificatePage(certificate))
  return { certificate, path: `${path}.txt` }
}

async function sha256Of(storage: Storage, path: string): Promise<string | undefined> {
  if ((await storage.stat(path)) === undefined) return undefined
  return (await hashFile(storage, path)).sha256
}
