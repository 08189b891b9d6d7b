import type { Emit } from '../events.ts'
import type { AlbumRow, FileRow } from '../vault/catalogue/rows.ts'
import { ALBUM_RECORD, inFolder, layout, OURS, splitPath } from '../vault/layout.ts'
import { isOfTheSystem } from '../vault/litter.ts'
import { foldName } from '../vault/naming/safe-path.ts'
import { type Entry, StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'

/** What a survey found. */
export interface Survey {
  /** Albums whose `album.json` stands where it should. */
  readonly recorded: ReadonlySet<string>
  readonly files: number
  readonly missing: number
  readonly damaged: number
  readonly strays: number
  /** Items held before the run. */
  readonly held: number
  /** Albums whose folder cannot be read, and why. */
  readonly unreadable: ReadonlyMap<string, string>
  /** The top of the vault holds a `metadata.csv`. */
  readonly hasCsv: boolean
}

/** Folders of ours whose files may be wanted again. */
const PUT_ASIDE = [layout.history, layout.trash, layout.moving]
const TOP_RECORDS = new Set<string>([layout.metadataCsv, layout.tree, layout.readme])

/**
 * Reads the vault's folders, names and sizes only, and brings the catalogue up to date with them: files that are gone become
 * `missing`, files of another size `damaged`, and files that belong to no item become strays, to be adopted by hash.
 * Leftovers of a dead run are swept away. Memory does not grow with the vault.
 */
export async function surveyVault(
  vault: Vault,
  options: { readonly emit: Emit; readonly now: number; readonly signal?: AbortSignal | undefined },
): Promise<Survey> {
  const { catalogue, storage } = vault
  const byFolder = new Map(catalogue.albums().map((album) => [spelling(album.folder), album]))
  const met = new Set<string>()
  const count = {
    recorded: new Set<string>(),
    files: 0,
    missing: 0,
    damaged: 0,
    strays: 0,
    unreadable: new Map<string, string>(),
    hasCsv: false,
  }
  const prefixes = knownFolders([...byFolder.values()])
  const folders: Place[] = [{ folder: '', known: '' }]
  for (let place = folders.pop(); place !== undefined; place = folders.pop()) {
    const { folder } = place
    options.signal?.throwIfAborted()
    const album = byFolder.get(spelling(place.known))
    const entries = await read(folder, album)
    if (entries === undefined) continue
    const strays = album === undefined ? entries.filter(isFile) : compare(album, entries)
    for (const entry of strays) {
      if (isRecord(folder, entry.name)) {
        if (entry.name === ALBUM_RECORD && album !== undefined) count.recorded.add(album.key)
        if (folder === '' && entry.name === layout.metadataCsv) count.hasCsv = true
        continue
      }
      catalogue.seeStray({ path: inFolder(folder, entry.name), size: entry.size, mtime: entry.mtime }, options.now)
      count.strays += 1
    }
    count.files += entries.length
    if (count.files % 10_000 < entries.length) options.emit({ event: 'progress', done: count.files, unit: 'files' })
    folders.push(...foldersBelow(place, entries, prefixes))
  }
  for (const album of byFolder.values()) {
    if (!met.has(album.key)) for (const file of catalogue.files(album.key)) setState(file, 'missing')
  }
  catalogue.dropStraysNotSeenBy(options.now)
  return { ...count, held: await catalogue.countHeld() }

  /** A folder that cannot be read says nothing of its files. */
  async function read(folder: string, album: AlbumRow | undefined): Promise<readonly Entry[] | undefined> {
    try {
      if (vault.mode === 'write') await storage.sweep(folder)
      return await storage.list(folder)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (album !== undefined) {
        met.add(album.key)
        count.unreadable.set(album.key, error.message)
      }
      options.emit({ event: 'warning', message: `The folder ${folder || '/'} of the vault cannot be read: ${error.message}.` })
      return undefined
    }
  }

  function compare(album: AlbumRow, entries: readonly Entry[]): Entry[] {
    met.add(album.key)
    const files = new Map<string, FileRow>()
    for (const file of catalogue.files(album.key)) {
      const other = files.get(spelling(file.name))
      // Of two rows with one name neither is believed: the hash will tell.
      if (other !== undefined) for (const row of [file, other]) setState(row, 'missing')
      files.set(spelling(file.name), other === undefined ? file : { ...file, state: 'missing' })
    }
    const strays: Entry[] = []
    const names = new Set(entries.map((entry) => spelling(entry.name)))
    const folded = new Map([...files.values()].filter((file) => !names.has(spelling(file.name))).map((file) => [foldName(file.name), file]))
    for (const entry of entries.filter(isFile)) {
      const file = files.get(spelling(entry.name)) ?? folded.get(foldName(entry.name))
      if (file === undefined) {
        strays.push(entry)
        continue
      }
      files.delete(spelling(file.name))
      // Once missing or damaged, a file must be proven by hash before it counts again: it is a stray until then.
      if (file.state === 'held' && file.size === entry.size) continue
      strays.push(entry)
      if (file.state === 'held') setState(file, 'damaged')
    }
    for (const file of files.values()) setState(file, 'missing')
    return strays
  }

  function setState(file: FileRow, state: 'missing' | 'damaged'): void {
    if (state === 'missing') count.missing += 1
    else count.damaged += 1
    if (file.state !== state) catalogue.putFile({ ...file, state })
  }
}

const isFile = (entry: Entry): boolean => entry.kind === 'file' && !isOfTheSystem(entry.name)

const isRecord = (folder: string, name: string): boolean => name === ALBUM_RECORD || (folder === '' && TOP_RECORDS.has(name))

/** A disk may spell a name in another Unicode form than it was given (HFS+). */
const spelling = (path: string): string => path.normalize('NFC')

/** A folder as the disk spells it, and as the catalogue does: a case-blind disk keeps the first spelling of a folder that was renamed by case alone. */
interface Place {
  readonly folder: string
  readonly known: string
}

/** Every folder on the way to an album's, by its folded path. */
function knownFolders(albums: readonly AlbumRow[]): ReadonlyMap<string, string> {
  const folders = new Map<string, string>()
  for (const { folder } of albums) {
    for (let path = folder; path !== ''; path = splitPath(path).folder) folders.set(foldName(path), path)
  }
  return folders
}

function foldersBelow(place: Place, entries: readonly Entry[], known: ReadonlyMap<string, string>): Place[] {
  const names = new Set(entries.map((entry) => spelling(entry.name)))
  return entries
    .filter((entry) => entry.kind === 'folder' && !isOfTheSystem(entry.name))
    .flatMap(({ name }) => {
      if (place.folder === '' && name === OURS) return PUT_ASIDE.map((folder) => ({ folder, known: folder }))
      const exact = inFolder(place.known, name)
      const other = known.get(foldName(exact))
      const isOther = other !== undefined && splitPath(other).folder === place.known && !names.has(spelling(splitPath(other).name))
      return [{ folder: inFolder(place.folder, name), known: isOther ? other : exact }]
    })
}
