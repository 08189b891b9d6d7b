import { inFolder } from '../../vault/layout.ts'
import type { FileRecord } from '../../vault/record/album-record.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { asideFiles } from '../history/aside-files.ts'

/** Finds files of the vault by their bytes: where they stand now, or where they were put aside. */
export class KnownBytes {
  readonly #vault: Vault
  /** Paths of files that were put aside, by their size. */
  readonly #aside: ReadonlyMap<number, readonly string[]>

  /** The reason why the history or the trash could not be looked through, if the disk refused it: bytes that are not found may be there all the same. */
  readonly unseen: string | undefined

  private constructor(vault: Vault, aside: ReadonlyMap<number, readonly string[]>, unseen: string | undefined) {
    this.#vault = vault
    this.#aside = aside
    this.unseen = unseen
  }

  /** Looks through the history and the trash; what the disk does not show of them is passed over. See: `unseen` */
  static async open(vault: Vault): Promise<KnownBytes> {
    const aside = new Map<number, string[]>()
    let unseen: string | undefined
    try {
      for await (const { path, size } of asideFiles(vault.storage)) {
        const known = aside.get(size)
        if (known === undefined) aside.set(size, [path])
        else known.push(path)
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      unseen = error.message
    }
    return new KnownBytes(vault, aside, unseen)
  }

  /** Returns the paths at which these bytes may stand, the likeliest first. The caller proves them by their hash. */
  *pathsOf(file: FileRecord, folder: string): Generator<string> {
    const { catalogue } = this.#vault
    const usual = inFolder(folder, file.name)
    const given = new Set<string>()
    for (const row of catalogue.filesByMd5(file.md5)) {
      const home = catalogue.album(row.albumKey)?.folder
      if (home !== undefined && row.sha256 === file.sha256) given.add(inFolder(home, row.name))
    }
    if (given.delete(usual)) yield usual
    yield* given
    const aside = this.#aside.get(file.size) ?? []
    // Of files of one size that were put aside, one of the same name is likeliest.
    const isNamed = (path: string): boolean => path.endsWith(`/${file.name}`)
    yield* aside.filter(isNamed)
    yield* aside.filter((path) => !isNamed(path))
  }
}
