import { walk } from '../operations/walk-folder.ts'
import type { SealedFile } from '../vault/storage/sealed/key-check.ts'
import { ENDING } from '../vault/storage/sealed/sealed-files.ts'
import type { Storage } from '../vault/storage/storage.ts'

/** The most files that a key is tried on: they are read to their end. */
const MOST = 50

/** Chooses sealed files from all over a vault, at even distances; with `name` only those whose path ends so. Returns them, and the number of all such files. */
export async function someSealed(storage: Storage, name = ''): Promise<{ readonly files: readonly SealedFile[]; readonly of: number }> {
  let chosen: string[] = []
  let [step, of] = [1, 0]
  for await (const file of walk(storage)) {
    if (file.kind !== 'file' || !file.path.endsWith(name + ENDING)) continue
    if (of % step === 0) chosen.push(file.path)
    of += 1
    if (chosen.length <= MOST) continue
    chosen = chosen.filter((_, index) => index % 2 === 0)
    step *= 2
  }
  return { files: chosen.map((path) => ({ path, read: () => storage.read(path) })), of }
}
