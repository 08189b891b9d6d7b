import { layout } from '../vault/layout.ts'
import { isOurReadme, SEALED_README, VAULT_README } from '../vault/record/readme.ts'
import { sumLine } from '../vault/record/sums.ts'
import { storedFile } from '../vault/storage/abilities.ts'
import type { Storage } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'

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
