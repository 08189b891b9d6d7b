import type { Emit, Problem } from '../events.ts'
import { breathe } from '../flow/breathe.ts'
import type { AlbumRow } from '../vault/catalogue/rows.ts'
import { EntryIndex } from '../vault/entry-index.ts'
import { ALBUM_RECORD, inFolder, isPutAside, isRecord, layout, OURS, splitPath } from '../vault/layout.ts'
import { isOfTheSystem } from '../vault/litter.ts'
import { isOtherVault } from '../vault/other-vault.ts'
import { loneSidecars } from '../vault/record/sidecar-names.ts'
import { sweep } from '../vault/storage/abilities.ts'
import { type Entry, noFolder, StorageError } from '../vault/storage/storage.ts'
import { pagesOfTwin } from '../vault/twin-folder.ts'
import type { Vault } from '../vault/vault.ts'
import { type Plain, plain } from './plain.ts'
import { spoilPass } from './proven.ts'
import { noteUnreadable } from './read-standing.ts'
import { recordStanding } from './record-standing.ts'
import { Respelling } from './respell.ts'
import { settleLeft } from './settle-left.ts'
import { type FolderFound, StoredFiles } from './stored-files.ts'

/** The findings of a survey. */
export interface Survey {
  /** Keys of albums whose `album.json` stands in its place as it was written. */
  readonly recorded: ReadonlySet<string>
  /** Keys of those of them whose record names another folder or path: a run was killed after it moved the album. */
  readonly misplaced: ReadonlySet<string>
  readonly files: number
  readonly missing: number
  readonly damaged: number
  readonly strays: number
  /** Items held before the run. */
  readonly held: number
  /** The reasons why folders of albums cannot be read, by album key. */
  readonly unreadable: ReadonlyMap<string, Plain>
  /** The disk's spelling of album folders that the catalogue spells otherwise, by album key. */
  readonly spelled: ReadonlyMap<string, string>
  /** True if the top of the vault holds a `metadata.csv`. */
  readonly hasCsv: boolean
  /** Paths of `album.json` files outside of the albums' folders, except those in history and trash. */
  readonly strayRecords: readonly string[]
  /** Paths of files that are not sealed, in a sealed vault: somebody else put them there. */
  readonly unsealed: readonly string[]
  /** Paths of links that are not followed, pipes, sockets and devices, except those in the place of an album's folder. */
  readonly noFiles: readonly string[]
  /** Albums' folders, or folders above them, that are links, and the folders outside of the vault that they lead to. */
  readonly links: readonly { readonly folder: string; readonly leadsTo: string }[]
  /** Folders where a sidecar lies beside no file, except those in history and trash, and the albums that they belong to. */
  readonly loneSidecars: readonly { readonly folder: string; readonly albumKey: string | undefined }[]
}

/** The reason of the notices of folders that are links. */
export const LINKED = 'a link to another folder, where the photos are stored and checked'

/** Names each folder that is a link, and the one that it leads to. */
export const linkNotices = ({ links }: Survey): readonly Problem[] =>
  links.map(({ folder, leadsTo }) => ({
    kind: 'notice',
    album: folder,
    reason: LINKED,
    detail: leadsTo,
  }))

/** The options of a survey. */
export interface SurveyOptions {
  readonly emit: Emit
  readonly now: number
  readonly signal?: AbortSignal | undefined
  /** True renames files and folders whose spelling a copy has changed. */
  readonly respell?: boolean
}

/** Our own folders whose files may be wanted again. */
const PUT_ASIDE = [layout.history, layout.trash, layout.moving]

/**
 * Reads the vault's folders, names and sizes only, and brings the catalogue up to date with them: files that are gone become
 * `missing`, files of another size `damaged`, and files that belong to no item become strays, to be adopted by hash.
 * It enters every folder, except those of the operating system that are no album's. It removes partial files of killed runs.
 * Memory does not grow with the vault.
 */
export async function surveyVault(vault: Vault, options: SurveyOptions): Promise<Survey> {
  // In an async function: a damaged catalogue must reject the promise, not throw while the caller starts other work.
  return await new Surveyor(vault, options).survey()
}

/** A folder of the disk, and its paths in the catalogue: two if a disk that is blind to case merged two folders. */
interface Stop {
  readonly folder: string
  readonly known: readonly string[]
  /** Something else stands in the place of an album's folder, or of one on the way to it. */
  readonly isNone?: 'file' | 'other'
}

class Surveyor {
  readonly #vault: Vault
  readonly #options: SurveyOptions
  /** The keys of the albums, by their folders. */
  readonly #albums = new Map<string, string>()
  /** The names below each folder on the way to an album, by path. */
  readonly #below = new Map<string, Set<string>>()
  /** Keys of albums whose folder was found, readable or not. */
  readonly #met = new Set<string>()
  readonly #recorded = new Set<string>()
  readonly #misplaced = new Set<string>()
  readonly #unreadable = new Map<string, Plain>()
  readonly #respelling: Respelling
  readonly #spelled = new Map<string, string>()
  readonly #stored: StoredFiles
  readonly #count = { files: 0, strays: 0 }
  readonly #strayRecords: string[] = []
  readonly #unsealed: string[] = []
  readonly #noFiles: string[] = []
  readonly #links: { readonly folder: string; readonly leadsTo: string }[] = []
  readonly #loneSidecars: { readonly folder: string; readonly albumKey: string | undefined }[] = []
  /** The paths of the twin's pages. */
  readonly #pages: ReadonlySet<string>
  #hasCsv = false

  constructor(vault: Vault, options: SurveyOptions) {
    this.#vault = vault
    this.#options = options
    this.#pages = pagesOfTwin(vault)
    this.#respelling = new Respelling(vault, { emit: options.emit, isWanted: options.respell === true })
    this.#stored = new StoredFiles(vault, { ...options, respelling: this.#respelling })
  }

  async survey(): Promise<Survey> {
    const { catalogue } = this.#vault
    const { now, signal } = this.#options
    await this.#vault.storage.listAll?.(signal)
    await settleLeft(this.#vault, this.#options.emit)
    await this.#noteFolders()
    const stops: Stop[] = [{ folder: '', known: [''] }]
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
      signal?.throwIfAborted()
      for (const below of await this.#visit(stop)) stops.push(below)
    }
    for (const [folder, key] of this.#albums) {
      await breathe()
      if (!this.#met.has(key)) this.#stored.lose({ key })
      const standing = this.#spelled.get(key)
      if (standing !== undefined && (await this.#respelling.albumFolder({ folder }, standing))) this.#spelled.delete(key)
    }
    catalogue.strays.dropNotSeenBy(now)
    noteUnreadable(catalogue, this.#unreadable.keys())
    const { missing, damaged } = this.#stored.count
    if (missing + damaged > 0) spoilPass(catalogue)
    return {
      ...this.#count,
      missing,
      damaged,
      recorded: this.#recorded,
      misplaced: this.#misplaced,
      unreadable: this.#unreadable,
      spelled: this.#spelled,
      hasCsv: this.#hasCsv,
      strayRecords: this.#strayRecords,
      unsealed: this.#unsealed,
      noFiles: this.#noFiles,
      links: this.#links,
      loneSidecars: this.#loneSidecars,
      held: await catalogue.counts.held(),
    }
  }

  /** Notes the folders of all albums, and those on the way to them. */
  async #noteFolders(): Promise<void> {
    for (const { folder, key } of this.#vault.catalogue.eachAlbum()) {
      await breathe()
      this.#albums.set(folder, key)
      for (let path = folder; path !== ''; path = splitPath(path).folder) {
        const { folder: above, name } = splitPath(path)
        this.#below.set(above, (this.#below.get(above) ?? new Set()).add(name))
      }
    }
  }

  /** Compares one folder with the catalogue. Returns the folders below it. */
  async #visit(stop: Stop): Promise<readonly Stop[]> {
    const { folder, known } = stop
    const key = known.map((path) => this.#albums.get(path)).find((found) => found !== undefined)
    const album = key === undefined ? undefined : this.#vault.catalogue.album(key)
    const entries = await this.#read(stop)
    if (entries === undefined) return []
    const index = new EntryIndex(entries)
    if (await isOtherVault(this.#vault.storage, folder, entries)) {
      this.#options.emit({ event: 'debug', message: `The folder ${folder} is a vault of its own; nothing is taken from it` })
      if (album !== undefined) await this.#compare(album, { folder, files: entries.filter((entry) => entry.kind === 'file'), index })
      return this.#foldersBelow(stop, entries, index).filter((below) => below.known.length > 0)
    }
    for (const name of this.#vault.storage.seal?.unsealed(folder) ?? [])
      if (!isOfTheSystem(name)) this.#unsealed.push(inFolder(folder, name))
    const files = entries.filter((entry) => entry.kind === 'file')
    for (const entry of album === undefined ? files : await this.#compare(album, { folder, files, index })) {
      if (isRecord(folder, entry.name)) {
        if (entry.name === ALBUM_RECORD) {
          if (album === undefined) {
            if (!isPutAside(folder)) this.#strayRecords.push(inFolder(folder, entry.name))
          } else await this.#lookAtRecord(album, inFolder(folder, entry.name), entry)
        }
        if (folder === '' && entry.name === layout.metadataCsv) this.#hasCsv = true
        continue
      }
      if (this.#pages.has(inFolder(folder, entry.name))) continue
      // In the place of an album's folder it is named as what keeps that album away.
      if (known.some((path) => this.#below.get(path)?.has(entry.name))) continue
      this.#vault.catalogue.strays.see({ path: inFolder(folder, entry.name), size: entry.size, mark: entry.mark }, this.#options.now)
      this.#count.strays += 1
    }
    if (!isPutAside(folder) && loneSidecars(entries).length > 0) this.#loneSidecars.push({ folder, albumKey: album?.key })
    this.#count.files += entries.length
    if (this.#count.files % 10_000 < entries.length) this.#options.emit({ event: 'progress', done: this.#count.files, unit: 'files' })
    return this.#foldersBelow(stop, entries, index)
  }

  async #lookAtRecord(album: AlbumRow, at: string, entry: Entry): Promise<void> {
    const standing = await recordStanding(this.#vault, album, { at, entry })
    if (standing !== 'damaged') this.#recorded.add(album.key)
    if (standing === 'misplaced') this.#misplaced.add(album.key)
  }

  async #read({ folder, known, isNone }: Stop): Promise<readonly Entry[] | undefined> {
    const { storage, mode } = this.#vault
    try {
      const entries = await storage.list(folder)
      if (isNone !== undefined) throw noFolder(folder, isNone)
      if (mode === 'write') await sweep(storage, folder)
      return entries
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      for (const path of known) this.#cannotRead(path, plain(error))
      // The albums below it are named.
      if (known.length === 0)
        this.#options.emit({ event: 'warning', message: `The folder ${folder || '/'} of the vault cannot be read: ${error.message}.` })
      return undefined
    }
  }

  /** Notes the albums in and below a folder that cannot be read: nothing is known of their files. */
  #cannotRead(path: string, why: Plain): void {
    for (const [folder, key] of this.#albums) {
      if (folder !== path && !folder.startsWith(inFolder(path, ''))) continue
      this.#met.add(key)
      this.#unreadable.set(key, why)
    }
  }

  /** Compares an album with its folder. Returns the files that belong to no item, or are no longer an item's file as it was stored. */
  async #compare(album: AlbumRow, found: FolderFound): Promise<readonly Entry[]> {
    this.#met.add(album.key)
    if (found.folder !== album.folder) this.#spelled.set(album.key, found.folder)
    return await this.#stored.compare(album, found)
  }

  #foldersBelow({ folder, known }: Stop, entries: readonly Entry[], index: EntryIndex): readonly Stop[] {
    const paths = new Map<string, string[]>()
    for (const above of known) {
      for (const name of this.#below.get(above) ?? []) {
        const path = inFolder(above, name)
        const entry = index.find(name)
        if (entry !== undefined) paths.set(entry.name, [...(paths.get(entry.name) ?? []), path])
      }
    }
    for (const { kind, name } of entries) if (kind === 'other' && !paths.has(name)) this.#noFiles.push(inFolder(folder, name))
    // A bucket may have a file and a folder of one name.
    const isFolder = (name: string): boolean => entries.some((entry) => entry.kind === 'folder' && entry.name === name)
    return entries
      .filter(({ kind, name }) => kind === 'folder' || (paths.has(name) && !isFolder(name)))
      .flatMap(({ name, kind, leadsTo }) => {
        if (kind !== 'folder') return [{ folder: inFolder(folder, name), known: paths.get(name) ?? [], isNone: kind }]
        if (folder === '' && name === layout.twinFiles && !paths.has(name)) return []
        if (folder === '' && name === OURS) return PUT_ASIDE.map((each) => ({ folder: each, known: [] }))
        const stands = paths.get(name) ?? []
        if (leadsTo !== undefined && stands.length > 0) this.#links.push({ folder: inFolder(folder, name), leadsTo })
        return stands.length === 0 && isOfTheSystem(name) ? [] : [{ folder: inFolder(folder, name), known: stands }]
      })
  }
}
