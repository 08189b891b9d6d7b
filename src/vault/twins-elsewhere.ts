import { dirname, relative, sep } from 'node:path'
import { twinIn } from './folder-elsewhere.ts'
import { isSystemError } from './system-error.ts'
import type { Vault } from './vault.ts'
import { WrittenFiles } from './written-files.ts'

/** A folder that a vault wrote a twin into, with its mark, and what it remembers of that. */
interface Home {
  readonly folder: string
  readonly mark: string
  readonly files: WrittenFiles
}

/** The twins that a vault wrote into folders elsewhere. Only looks. */
export class TwinsElsewhere {
  readonly #vault: Pick<Vault, 'storage' | 'home'>
  readonly #homes = new Map<string, Home | undefined>()

  constructor(vault: Pick<Vault, 'storage' | 'home'>) {
    this.#vault = vault
  }

  /** Did a twin of this vault write these bytes to this absolute path? Then a twin makes them again. */
  wrote(path: string, sha256: string): boolean {
    const home = this.#homeOf(dirname(path))
    if (home === undefined) return false
    return path === home.mark || home.files.isCurrent(relative(home.folder, path).split(sep).join('/'), sha256)
  }

  /** Returns the twin that a folder is part of. */
  #homeOf(folder: string): Home | undefined {
    if (this.#homes.has(folder)) return this.#homes.get(folder)
    const above = dirname(folder)
    const home = this.#open(folder) ?? (above === folder ? undefined : this.#homeOf(above))
    this.#homes.set(folder, home)
    return home
  }

  #open(folder: string): Home | undefined {
    const twin = markedIn(folder, this.#vault.home)
    const files = twin && WrittenFiles.look({ ...this.#vault, mode: 'read' }, twin.written)
    return twin && files && { folder, mark: twin.mark, files }
  }

  /** Closes what is remembered. */
  close(): void {
    for (const home of new Set(this.#homes.values())) home?.files.close()
    this.#homes.clear()
  }
}

/** Looks for the mark of a twin. A folder whose disk does not say it holds none: its files are then the person's own, and not to be deleted. */
function markedIn(folder: string, home: string): ReturnType<typeof twinIn> {
  try {
    return twinIn(folder, home)
  } catch (error) {
    if (!isSystemError(error)) throw error
    return undefined
  }
}
