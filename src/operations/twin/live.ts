/** The twin's pages and data, made when they are asked for. */
import { createHash } from 'node:crypto'
import { type ItemWords, monthName, TWIN_FILES } from '../../twin/format.ts'
import { explorePage } from '../../twin/pages/explore.ts'
import { wordsOf } from '../../twin/search.ts'
import type { Crumb } from '../../twin/shown.ts'
import { inFolder } from '../../vault/layout.ts'
import { readTree } from '../../vault/reading/tree.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { TextFile } from '../../vault/text-file.ts'
import type { Vault } from '../../vault/vault.ts'
import { indexFiles, monthTexts, yearTextsOf } from './data.ts'
import { gather } from './gather.ts'
import { shownTree, type TwinNode } from './nodes.ts'
import { render } from './pages.ts'
import type { Showing, TwinJob } from './run.ts'
import { titleOf } from './title.ts'

/** The parts that a live twin needs. */
export type LiveJob = Pick<TwinJob, 'shown' | 'placeOf' | 'emit' | 'clock' | 'signal'>

/** A page that can be made. */
interface Place {
  readonly node: TwinNode
  readonly crumbs: readonly Crumb[]
}

/** The months whose files are kept: those that a person scrolls through. */
const KEPT_MONTHS = 24

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
  /** The files of the months that were asked for last. */
  readonly #months = new Map<string, ReadonlyMap<string, Uint8Array>>()
  /** The index, and the files of the albums and the years. */
  #index: ReadonlyMap<string, Uint8Array> | undefined

  constructor(job: LiveJob) {
    this.#job = job
  }

  /** The title of the pages; undefined until the vault was read. */
  get title(): string | undefined {
    return this.#run?.site.title
  }

  /** Reads the records that changed since the last time. The pages are those of the last time until it has ended. */
  async update(vault: Pick<Vault, 'catalogue' | 'storage'>): Promise<void> {
    const { shown } = this.#job
    const tree = await readTreeIfWhole(vault)
    const run: Showing = {
      ...this.#job,
      vault,
      site: { title: titleOf(tree, vault), isLive: true },
      report: (problem) => this.#job.emit({ event: 'problem', problem }),
      file: (path, text) => ({ path, bytes: Buffer.from(text), sha256: '' }),
      hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 10),
    }
    await gather(run, tree)
    shown.pictures.assume()
    shown.flush()
    this.#places = placesOf(shownTree(run, tree))
    this.#run = run
    this.#months.clear()
    this.#index = undefined
  }

  /** Returns true if there is a page at this path. */
  hasPage(path: string): boolean {
    return this.#places.has(path)
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
    this.#index ??= this.#makeIndex(run)
    const [, year, month] = /^twin\.files\/data\/(\d{4})-(\d\d)\./.exec(path) ?? []
    if (year === undefined) return this.#index.get(path)
    return this.#month(run, { year: Number(year), month: Number(month) }).get(path)
  }

  #makeIndex(run: Showing): ReadonlyMap<string, Uint8Array> {
    const { dates } = run.shown
    dates.dropEmpty()
    const made: TextFile[] = []
    for (const year of dates.years()) {
      const known = dates.writtenMonths(year)
      const months = dates.months(year).map((month) => known.get(month) ?? factsOf(monthTexts(run, { year, month })))
      made.push(...yearTextsOf(run, year, months))
    }
    const { albums, index } = indexFiles(run)
    return new Map([...made, albums, index].map(({ path, bytes }) => [path, bytes]))
  }

  #month(run: Showing, date: { readonly year: number; readonly month: number }): ReadonlyMap<string, Uint8Array> {
    const name = monthName(date.year, date.month)
    const known = this.#months.get(name)
    if (known !== undefined) return known
    const made = new Map([...monthTexts(run, date)].map(({ path, bytes }) => [path, bytes]))
    this.#months.set(name, made)
    const [oldest] = this.#months.keys()
    if (this.#months.size > KEPT_MONTHS && oldest !== undefined) this.#months.delete(oldest)
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

  /**
   * Returns the path in the vault of a file with these bytes, the name that all items with them have (absent if they differ), and the address of a
   * video's still; undefined if there is none.
   */
  fileOf(md5: string): { readonly path: string; readonly name?: string; readonly isVideo: boolean; readonly still: string } | undefined {
    const { shown } = this.#job
    const item = shown.itemOf(md5)
    const folder = item && shown.folderOf(item.albumKey)
    if (item === undefined || folder === undefined) return undefined
    const name = shown.nameOf(md5)
    return { path: inFolder(folder, item.name), ...(name !== undefined && { name }), isVideo: item.isVideo, still: item.still }
  }
}

/** Returns the result of files that are made, but not kept. */
function factsOf<Facts>(files: Generator<unknown, Facts>): Facts {
  for (let next = files.next(); ; next = files.next()) if (next.done === true) return next.value
}

type Read = Pick<Vault, 'catalogue' | 'storage'>

const readTreeIfWhole = ({ storage }: Read): ReturnType<typeof readTree> =>
  readTree(storage).catch((error: unknown) => {
    if (error instanceof RecordError || error instanceof StorageError) return undefined
    throw error
  })

/** Reads the title of the pages alone: a large vault takes long to be read whole. */
export const readTitle = async (vault: Read): Promise<string> => titleOf(await readTreeIfWhole(vault), vault)

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
