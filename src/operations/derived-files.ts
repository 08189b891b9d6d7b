import type { Problem } from '../events.ts'
import { layout } from '../vault/layout.ts'
import { isOurReadme, SEALED_README, VAULT_README } from '../vault/record/readme.ts'
import { sumLine } from '../vault/record/sums.ts'
import { storedFile } from '../vault/storage/abilities.ts'
import type { Storage } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { csvOf, recordedItems } from './export/export.ts'

/** Yields a checksum file: a line for each file that is held. */
export async function* sumsOf(
  { catalogue, storage }: Pick<Vault, 'catalogue' | 'storage'>,
  hash: 'md5' | 'sha256',
): AsyncGenerator<Uint8Array> {
  let text = ''
  for await (const file of catalogue.eachFile()) {
    if (file.state !== 'held') continue
    // A stranger without a key compares the sealed bytes.
    const stored = await storedFile(storage, file)
    if (stored !== undefined) text += sumLine(stored[hash], stored.path)
    if (text.length < 65_536) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}

/** Writes the page that explains the vault to a stranger. A file of that name that is not ours stays. */
export async function writeReadme(storage: Storage): Promise<void> {
  const head: Uint8Array[] = []
  if ((await storage.stat(layout.readme)) !== undefined) for await (const chunk of storage.read(layout.readme)) head.push(chunk)
  const standing = Buffer.concat(head).toString()
  const wanted = storage.seal === undefined ? VAULT_README : SEALED_README
  if (head.length === 0 || (isOurReadme(standing) && standing !== wanted)) await storage.put(layout.readme, once(wanted))
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** The note of the place that the paths in `metadata.csv` name. */
const CSV_PLACE = 'csv.place'

/** Is `metadata.csv` of another place? Its paths are absolute, and the vault may have been moved. */
export const isCsvElsewhere = ({ catalogue, location }: Vault): boolean => catalogue.meta(CSV_PLACE) !== location

/** Writes `metadata.csv`; records that cannot be read are handed to `damaged`. */
export async function writeCsv(vault: Vault, damaged: (problem: Problem) => void): Promise<void> {
  const { storage, catalogue, location } = vault
  const rows = csvOf(recordedItems(vault, { damaged }), { location, storage, defuse: false })
  await storage.put(layout.metadataCsv, rows, { isMadeMeanwhile: true })
  catalogue.setMeta(CSV_PLACE, location)
}
