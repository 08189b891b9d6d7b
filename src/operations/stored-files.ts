import type { AlbumRow, SeenFile } from '../vault/catalogue/rows.ts'
import type { EntryIndex } from '../vault/entry-index.ts'
import { inFolder } from '../vault/layout.ts'
import { clockOf } from '../vault/record/file-clock.ts'
import { hashFile } from '../vault/storage/abilities.ts'
import { type Entry, StorageError, UNREADABLE } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { expectedBytes, forgetExpected } from './expected-bytes.ts'
import type { Respelling } from './respell.ts'
import type { SurveyOptions } from './survey.ts'

/** The folder of an album as it was found: its path on the disk, its files, and all its entries by name. */
export interface FolderFound {
  readonly folder: string
  readonly files: readonly Entry[]
  readonly index: EntryIndex
}

/** The stored files of albums, compared with the folders of a vault. Counts the files that are gone or have other bytes, and marks them in the catalogue. */
export class StoredFiles {
  readonly #vault: Vault
  readonly #options: Pick<SurveyOptions, 'emit' | 'signal'>
  readonly #respelling: Respelling
  readonly count = { missing: 0, damaged: 0 }

  constructor(vault: Vault, options: Pick<SurveyOptions, 'emit' | 'signal'> & { readonly respelling: Respelling }) {
    this.#vault = vault
    this.#options = options
    this.#respelling = options.respelling
  }

  /** Marks the files of an album without a folder as missing. */
  lose(album: Pick<AlbumRow, 'key'>): void {
    for (const file of this.#vault.catalogue.filesSeen(album.key)) this.#mark(file, 'missing')
  }

  /** Compares an album's rows with its folder. Returns the files that belong to no item, or are no longer an item's file as it was stored. */
  async compare(album: AlbumRow, found: FolderFound): Promise<readonly Entry[]> {
    return this.#othersThanStored(album, found.files) ?? (await this.#compareEach(album, found))
  }

  /** Returns the files that belong to no item, if every row of the album finds its file exactly as it was stored, which is usual; else undefined. */
  #othersThanStored(album: AlbumRow, files: readonly Entry[]): readonly Entry[] | undefined {
    const others = new Map(files.map((entry) => [entry.name, entry]))
    if (others.size < files.length) return undefined
    for (const [name, size, mark] of this.#vault.catalogue.marks(album.key)) {
      const entry = others.get(name)
      if (entry === undefined || entry.size !== size || entry.mark !== mark) return undefined
      others.delete(name)
    }
    return [...others.values()]
  }

  async #compareEach(album: AlbumRow, found: FolderFound): Promise<readonly Entry[]> {
    const rows = new Map<Entry, SeenFile[]>()
    const { missing } = this.count
    for (const row of this.#vault.catalogue.filesSeen(album.key)) {
      const entry = found.index.find(row.name)
      if (entry?.kind === 'file') rows.set(entry, [...(rows.get(entry) ?? []), row])
      else this.#mark(row, 'missing')
    }
    // A run that was killed while photos changed names may have left another one, of the same size, under a name that the record knows.
    const isUpset = this.count.missing > missing
    const strays: Entry[] = []
    for (const entry of found.files) {
      const claims = rows.get(entry) ?? []
      const exact = claims.filter((row) => row.name === entry.name)
      // Of two rows with one name neither is believed: the hash will decide.
      const file = exact.length === 1 ? exact[0] : claims.length === 1 ? claims[0] : undefined
      for (const row of claims) if (row !== file) this.#mark(row, 'missing')
      // A file that was missing or damaged is a stray until it is proven by hash.
      if (file?.state === 'held' && file.size === entry.size && (await this.#isProven(file, entry, { folder: found.folder, isUpset }))) {
        if (file.name !== entry.name) await this.#respelling.file(found, entry.name, file.name)
        continue
      }
      if (file !== undefined && (await this.#isReplacement(file, entry, found.folder))) continue
      strays.push(entry)
      if (file?.state === 'held') this.#mark(file, 'damaged')
    }
    return strays
  }

  /**
   * Is it still the file that was stored? An equal change mark is enough. A file with another one is hashed: the vault was copied, the catalogue
   * is older, or another file stands in its place. One that a new catalogue has not seen yet is hashed if others of its album are missing.
   */
  async #isProven(
    file: SeenFile,
    entry: Entry,
    { folder, isUpset }: { readonly folder: string; readonly isUpset: boolean },
  ): Promise<boolean> {
    const { catalogue, storage } = this.#vault
    if (file.mark === entry.mark) return true
    if (file.mark !== undefined || isUpset) {
      const path = inFolder(folder, entry.name)
      try {
        const { signal } = this.#options
        const stored = catalogue.file(file.albumKey, file.imageKey, file.component)
        const { md5, sha256 } = await hashFile(storage, path, { signal })
        if (md5 !== stored?.md5 || (stored.sha256 !== '' && sha256 !== stored.sha256)) return false
        forgetExpected(catalogue, file)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        if (error.code === UNREADABLE) return false
        this.#options.emit({
          event: 'warning',
          message: `${path} has another date than it was stored with, and cannot be read: ${error.message}.`,
        })
        return true
      }
    }
    catalogue.noteMark(file, { seen: entry.mark })
    return true
  }

  /** Are these the bytes that a run gave the file before it was killed? Then its row gets their proof. */
  async #isReplacement(file: SeenFile, entry: Entry, folder: string): Promise<boolean> {
    const { catalogue, storage } = this.#vault
    const expected = expectedBytes(catalogue, file)
    const stored = catalogue.file(file.albumKey, file.imageKey, file.component)
    if (expected === undefined || stored === undefined || (expected.size ?? entry.size) !== entry.size) return false
    const path = inFolder(folder, entry.name)
    try {
      const { size, md5, sha256 } = await hashFile(storage, path, { signal: this.#options.signal })
      if (md5 !== expected.md5) return false
      const captured = await clockOf(storage.read(path))
      const { grade } = expected
      catalogue.putFile({ ...stored, size, md5, sha256, grade, toldSize: size, toldMd5: md5, state: 'held', captured })
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return false
    }
    catalogue.noteMark(file, { seen: entry.mark })
    forgetExpected(catalogue, file)
    return true
  }

  #mark({ albumKey, imageKey, component, ...file }: SeenFile, state: 'missing' | 'damaged'): void {
    const { catalogue } = this.#vault
    this.count[state] += 1
    const stored = file.state === state ? undefined : catalogue.file(albumKey, imageKey, component)
    if (stored !== undefined) catalogue.putFile({ ...stored, state })
  }
}
