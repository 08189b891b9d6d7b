import { inFolder } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import type { Entry, Storage } from './storage/storage.ts'

/**
 * The entries of one folder, asked for by the names of the catalogue. The backup and `verify` both ask here, and so agree on what is
 * present after a copy that changed the spelling of names.
 */
export class EntryIndex {
  readonly #entries: readonly Entry[]
  #exact: ReadonlyMap<string, Entry> | undefined
  #composed: ReadonlyMap<string, Entry> | undefined
  #folded: ReadonlyMap<string, readonly Entry[]> | undefined

  constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }

  /**
   * Finds the entry for a name: the same name, else the same letters in another Unicode form (a Mac's copy), else the one entry that
   * differs only in capitals. If several entries differ only in capitals, none counts.
   */
  find(name: string): Entry | undefined {
    this.#exact ??= new Map(this.#entries.map((entry) => [entry.name, entry]))
    const exact = this.#exact.get(name)
    if (exact !== undefined) return exact
    // Nearly every name is found as it is: these are made when they are needed.
    this.#composed ??= new Map(this.#entries.map((entry) => [entry.name.normalize('NFC'), entry]))
    const composed = this.#composed.get(name.normalize('NFC'))
    if (composed !== undefined) return composed
    this.#folded ??= Map.groupBy(this.#entries, (entry) => foldName(entry.name))
    const folded = this.#folded.get(foldName(name)) ?? []
    return folded.length === 1 ? folded[0] : undefined
  }
}

/** Finds the path that the disk has for a path in the catalogue. Returns the path unchanged when no entry is found. */
export async function pathOnDisk(storage: Pick<Storage, 'list' | 'stat'>, path: string): Promise<string> {
  if ((await storage.stat(path)) !== undefined) return path
  let standing = ''
  for (const name of path.split('/')) {
    const entry = new EntryIndex(await storage.list(standing)).find(name)
    if (entry === undefined) return path
    standing = inFolder(standing, entry.name)
  }
  return standing
}
