/** The twin's pages and data, made when they are asked for. */
import { createHash } from 'node:crypto'
import { type ItemWords, TWIN_FILES } from '../../twin/format.ts'
import { explorePage } from '../../twin/pages/explore.ts'
import { wordsOf } from '../../twin/search.ts'
import type { Crumb } from '../../twin/shown.ts'
import { inFolder } from '../../vault/layout.ts'
import { readTree } from '../../vault/reading/tree.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { indexFiles, yearTexts } from './data.ts'
import { gather } from './gather.ts'
import { shownTree, type TwinNode } from './nodes.ts'
import { render } from './pages.ts'
import type { Showing, TwinJob } from './run.ts'

/** The parts that a live twin needs. */
export type LiveJob = Pick<TwinJob, 'shown' | 'placeOf' | 'emit' | 'clock' | 'signal'>

/** A page that can be made. */
interface Place {
  readonly node: TwinNode
  readonly crumbs: readonly Crumb[]
}

/** The years whose files are kept: those that a person scrolls through. */
const KEPT_YEARS = 3

/** The most items that a search finds, and words that it looks for. */
const [MOST_FOUND, MOST_WORDS] = [200, 20]

/** An item that a search found. */
export interface LiveFound {
  readonly imageKey: string
  readonly folder: string
  readonly name: string
  readonly words: ItemWords
}

/** The pages and data of a vault as it is now. */
export class LiveTwin {
  readonly #job: LiveJob
  #run: Showing | undefined
  #places: ReadonlyMap<string, Place> = new Map()
  /** The files of the years that were asked for last. */
  readonly #years = new Map<number, ReadonlyMap<string, Uint8Array>>()
  #index: ReadonlyMap<string, Uint8Array> | undefined

  constructor(job: LiveJob) {
    this.#job = job
  }

  /** The title of the pages. */
  get title(): string {
    return this.#run?.site.title ?? 'Photos'
  }

  /** Reads the records that changed since the last time. The pages are those of the last time until it has ended. */
  async update(vault: Pick<Vault, 'catalogue' | 'storage' | 'root'>): Promise<void> {
    const { shown } = this.#job
    const tree = await readTree(vault.storage).catch((error: unknown) => {
      if (error instanceof RecordError || error instanceof StorageError) return undefined
      throw error
    })
    const title = tree?.account.name || tree?.account.nickName || vault.catalogue.meta('account') || 'Photos'
    const run: Showing = {
      ...this.#job,
      vault,
      site: { title, isLive: true },
      report: (problem) => this.#job.emit({ event: 'problem', problem }),
      file: (path, text) => ({ path, bytes: Buffer.from(text), sha256: '' }),
      hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 10),
    }
    await gather(run)
    shown.pictures.assume()
    shown.flush()
    this.#places = placesOf(shownTree(run, tree))
    this.#run = run
    this.#years.clear()
    this.#index = undefined
  }

  /** Renders the page at this path, such as `Travel/index.html`; undefined if there is none. */
  page(path: string): string | undefined {
    const run = this.#run
    if (run === undefined) return undefined
    if (path === `${TWIN_FILES}/explore.html`) return explorePage(run.site)
    const place = this.#places.get(path)
    return place && render(run, place.node, place.crumbs)
  }

  /** Returns the data file at this path, such as `twin.files/data/index.js`; undefined if there is none now. */
  data(path: string): Uint8Array | undefined {
    const run = this.#run
    if (run === undefined) return undefined
    const [, digits] = /^twin\.files\/data\/(\d{4})[.-]/.exec(path) ?? []
    if (digits !== undefined) return this.#year(run, Number(digits))?.get(path)
    this.#index ??= this.#makeIndex(run)
    return this.#index.get(path)
  }

  #makeIndex(run: Showing): ReadonlyMap<string, Uint8Array> {
    const written = run.shown.writtenYears()
    for (const year of run.shown.years()) if (!written.has(year)) this.#year(run, year)
    const present = new Set(run.shown.years())
    for (const year of written.keys()) if (!present.has(year)) run.shown.removeYear(year)
    const { albums, index } = indexFiles(run)
    return new Map([albums, index].map(({ path, bytes }) => [path, bytes]))
  }

  #year(run: Showing, year: number): ReadonlyMap<string, Uint8Array> | undefined {
    const known = this.#years.get(year)
    if (known !== undefined) return known
    if (!run.shown.years().includes(year)) return undefined
    const made = new Map([...yearTexts(run, year)].map(({ path, bytes }) => [path, bytes]))
    this.#years.set(year, made)
    const [oldest] = this.#years.keys()
    if (this.#years.size > KEPT_YEARS && oldest !== undefined) this.#years.delete(oldest)
    return made
  }

  /** Returns up to 200 items that hold every word, the newest first. */
  search(query: string): readonly LiveFound[] {
    const { shown } = this.#job
    const words = wordsOf(query).slice(0, MOST_WORDS)
    if (words.length === 0) return []
    return shown.search(words, MOST_FOUND).map(({ albumKey, imageKey, name, words: text }) => ({
      imageKey,
      folder: shown.folderOf(albumKey) ?? '',
      name,
      words: JSON.parse(text) as ItemWords,
    }))
  }

  /** Returns the path in the vault of a file with these bytes, and whether it is a video; undefined if there is none. */
  fileOf(md5: string): { readonly path: string; readonly isVideo: boolean } | undefined {
    const { shown } = this.#job
    const item = shown.itemOf(md5)
    const folder = item && shown.folderOf(item.albumKey)
    return item === undefined || folder === undefined ? undefined : { path: inFolder(folder, item.name), isVideo: item.isVideo }
  }
}

/** Returns every page of a tree by its path. */
function placesOf(top: TwinNode): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  const visit = (node: TwinNode, crumbs: readonly Crumb[]): void => {
    places.set(inFolder(node.folder, 'index.html'), { node, crumbs })
    for (const child of node.children) visit(child, [...crumbs, { name: node.name, folder: node.folder }])
  }
  visit(top, [])
  return places
}
