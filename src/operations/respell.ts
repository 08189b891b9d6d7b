import type { Emit } from '../events.ts'
import type { AlbumRow } from '../vault/catalogue/rows.ts'
import type { EntryIndex } from '../vault/entry-index.ts'
import { inFolder } from '../vault/layout.ts'
import { sidecarName } from '../vault/record/sidecar-names.ts'
import { moveEntry } from '../vault/storage/abilities.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * Gives files and folders the names that the catalogue knows, where the disk spells them otherwise: after a copy by a Mac, or a rename by
 * hand that changed capitals only. Trouble is a warning: they are found under either name.
 */
export class Respelling {
  readonly #vault: Vault
  readonly #emit: Emit
  readonly #isWanted: boolean

  /** `isWanted: false` changes nothing on the disk. */
  constructor(vault: Vault, options: { readonly emit: Emit; readonly isWanted: boolean }) {
    this.#vault = vault
    this.#emit = options.emit
    this.#isWanted = options.isWanted && vault.mode === 'write'
  }

  /** Renames a file and its sidecars. */
  async file(found: { readonly folder: string; readonly index: EntryIndex }, from: string, to: string): Promise<void> {
    const { folder, index } = found
    await this.#rename(inFolder(folder, from), inFolder(folder, to))
    for (const style of ['append', 'replace'] as const) {
      const sidecar = sidecarName(from, style)
      if (index.find(sidecar)?.name === sidecar) await this.#rename(inFolder(folder, sidecar), inFolder(folder, sidecarName(to, style)))
    }
  }

  /** Renames the folder of an album and the folders above it, from the top; `standing` is its path on the disk. Returns whether all of them have their names. */
  async albumFolder(album: Pick<AlbumRow, 'folder'>, standing: string): Promise<boolean> {
    const names = standing.split('/')
    let above = ''
    for (const [depth, name] of album.folder.split('/').entries()) {
      const path = inFolder(above, name)
      if (!(await this.#rename(inFolder(above, names[depth] ?? name), path))) return false
      above = path
    }
    return true
  }

  /** Returns true when something stands at `to` in the end. */
  async #rename(from: string, to: string): Promise<boolean> {
    if (!this.#isWanted) return false
    const { storage, catalogue } = this.#vault
    try {
      // A disk that knows no difference finds it under both names.
      if (from === to || (await storage.stat(to)) !== undefined) return true
      await moveEntry(storage, from, to)
      catalogue.strays.moveFolder(from, to)
      return true
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#emit({ event: 'warning', message: `${to} is spelled otherwise on the disk and cannot be renamed: ${error.message}.` })
      return false
    }
  }
}
