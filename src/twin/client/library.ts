import {
  dataPath,
  decodePoints,
  type GridItem,
  type ItemWords,
  type MonthData,
  monthName,
  PART,
  type PartEntry,
  type Point,
  picturePath,
  ratioOf,
  SHOWS,
  TWIN_FORMAT,
} from '../format.ts'
import type { Group } from '../layout.ts'
import { encodePath } from '../links.ts'
import type { SearchMonth } from '../search.ts'
import { LoadError, load } from './load.ts'

/** Parts of months that are kept at once. */
const PARTS_KEPT = 60

/** A month of the timeline, with its items' numbers in the whole. */
export interface Month extends Group {
  readonly year: number
  /** 1 to 12; 0 if it is not known. */
  readonly month: number
  readonly parts: readonly PartEntry[]
}

/** An item to look at. */
export interface Shot {
  readonly imageKey: string
  readonly name: string
  readonly isVideo: boolean
  readonly width: number
  readonly height: number
  /** The addresses of its file, its small picture, and its place on its album's page. */
  readonly file: string
  readonly picture: string | undefined
  readonly page: string
  readonly album: string
}

interface Year {
  readonly year: number
  readonly first: number
  readonly count: number
  readonly points: string
}

/** The place of an item in the parts of its month. */
interface ItemPlace {
  readonly month: string
  readonly part: number
  readonly entry: PartEntry
  readonly index: number
  readonly key: string
}

const ratios = Float32Array.from({ length: 256 }, (_, byte) => ratioOf(byte))

/** Everything a twin shows, in the order of time. Items are numbered from the newest; only what is looked at is loaded. */
export class Library {
  readonly months: readonly Month[]
  readonly count: number
  readonly #root: string
  readonly #files: string
  readonly #years: readonly Year[]
  readonly #bytes: Uint8Array
  readonly #albums: ReadonlyMap<string, { readonly name: string; readonly folder: string }>
  readonly #parts = new Map<string, Promise<MonthData>>()
  readonly #here = new Map<string, MonthData>()
  #texts: Promise<readonly SearchMonth[]> | undefined

  private constructor(facts: {
    readonly root: string
    readonly files: string
    readonly months: readonly Month[]
    readonly years: readonly Year[]
    readonly bytes: Uint8Array
    readonly albums: Library['albumNames']
  }) {
    this.#root = facts.root
    this.#files = facts.files
    this.months = facts.months
    this.#years = facts.years
    this.#bytes = facts.bytes
    this.#albums = facts.albums
    this.count = facts.bytes.length
  }

  /** The names and folders of the albums, by key. */
  get albumNames(): ReadonlyMap<string, { readonly name: string; readonly folder: string }> {
    return this.#albums
  }

  /** Opens the twin. `root` leads to its top, `files` to `twin.files/`. Throws `LoadError`. */
  static async open(root: string, files: string): Promise<Library> {
    const index = await load(`${files}${dataPath({ kind: 'index' }, '')}`, 'index')
    if (index.format !== TWIN_FORMAT)
      throw new LoadError(
        `The data are of the format ${index.format}, this page knows ${TWIN_FORMAT}: make the twin anew with the newer program.`,
      )
    const [albums, ...loaded] = await Promise.all([
      load(`${files}${dataPath({ kind: 'albums' }, index.albums)}`, 'albums'),
      ...index.years.map(([year, , hash]) => load(`${files}${dataPath({ kind: 'year', year }, hash)}`, 'year')),
    ])
    const counts = loaded.map(({ months }) => months.reduce((sum, [, count]) => sum + count, 0))
    const bytes = new Uint8Array(counts.reduce((sum, count) => sum + count, 0))
    const months: Month[] = []
    const years: Year[] = []
    let first = 0
    for (const [n, data] of loaded.entries()) {
      const count = counts[n] ?? 0
      bytes.set(fromBase64(data.ratios).subarray(0, count), first)
      years.push({ year: data.year, first, count, points: data.points })
      let next = first
      for (const [month, items, parts] of data.months) {
        months.push({ year: data.year, month, first: next, count: items, parts })
        next += items
      }
      first += count
    }
    const names = new Map(albums.albums.map(([key, name, folder]) => [key, { name, folder }]))
    return new Library({ root, files, months, years, bytes, albums: names })
  }

  /** Returns the width by the height of an item. */
  ratio(item: number): number {
    return ratios[this.#bytes[item] ?? 147] ?? 1.5
  }

  /** Returns the month that an item stands in. */
  monthOf(item: number): Month | undefined {
    let low = 0
    let high = this.months.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.months[middle]?.first ?? 0) <= item) low = middle
      else high = middle - 1
    }
    return this.months[low]
  }

  /** Returns an item if its part is here. Else loads the part, calls `then`, and returns undefined. */
  shot(item: number, then?: () => void): Shot | undefined {
    const place = this.#place(item)
    if (place === undefined) return undefined
    const here = this.#here.get(place.key)
    if (here !== undefined) return this.#shotOf(here, here.items[place.index])
    const loading = this.#loadPart(place)
    if (then !== undefined) loading.then(then, () => undefined)
    return undefined
  }

  /** Returns an item, once its part is loaded. */
  async shotNow(item: number): Promise<Shot | undefined> {
    const place = this.#place(item)
    if (place === undefined) return undefined
    const part = await this.#loadPart(place)
    return this.#shotOf(part, part.items[place.index])
  }

  /** Returns the words of an item. */
  async words(item: number): Promise<ItemWords> {
    const place = this.#place(item)
    if (place === undefined) return {}
    const { month, part, entry, index } = place
    const data = await load(`${this.#files}${dataPath({ kind: 'words', month, part }, entry[1])}`, 'words')
    return data.items[index] ?? {}
  }

  /** Returns the number of a photo by its month and key, such as `2019-07/sw6XxhC`; undefined if there is none. */
  async find(photo: string): Promise<number | undefined> {
    const [name, imageKey] = photo.split('/')
    const month = this.months.find((each) => monthName(each.year, each.month) === name)
    if (month === undefined) return undefined
    for (let item = month.first; item < month.first + month.count; item += PART) {
      const place = this.#place(item)
      const index = place === undefined ? -1 : (await this.#loadPart(place)).items.findIndex(([, key]) => key === imageKey)
      if (index >= 0) return item + index
    }
    return undefined
  }

  /** Returns each month with its search text. They are loaded once. */
  texts(): Promise<readonly SearchMonth[]> {
    this.#texts ??= Promise.all(
      this.months.map(async (month) => {
        const name = monthName(month.year, month.month)
        const loaded = await Promise.all(
          month.parts.map(([, , hash], part) => load(`${this.#files}${dataPath({ kind: 'text', month: name, part }, hash)}`, 'text')),
        )
        return { ...month, lines: loaded.map(({ lines }) => lines).join('\n') }
      }),
    )
    return this.#texts
  }

  /** Returns every point of the map, by the number of its item in the whole. */
  async points(): Promise<readonly Point[]> {
    const all = await Promise.all(
      this.#years
        .filter(({ points }) => points !== '')
        .map(async ({ year, first, points }) => {
          const data = await load(`${this.#files}${dataPath({ kind: 'points', year }, points)}`, 'points')
          return decodePoints(fromBase64(data.points)).map((point) => ({ ...point, ordinal: point.ordinal + first }))
        }),
    )
    return all.flat()
  }

  #place(item: number): ItemPlace | undefined {
    const month = this.monthOf(item)
    if (month === undefined || item < 0 || item >= this.count) return undefined
    const offset = item - month.first
    const part = Math.floor(offset / PART)
    const entry = month.parts[part]
    if (entry === undefined) return undefined
    const name = monthName(month.year, month.month)
    return { month: name, part, entry, index: offset % PART, key: `${name}.${part}` }
  }

  #loadPart({ month, part, entry, key }: ItemPlace): Promise<MonthData> {
    const known = this.#parts.get(key)
    if (known !== undefined) return known
    const loading = load(`${this.#files}${dataPath({ kind: 'month', month, part }, entry[0])}`, 'month')
    this.#parts.set(key, loading)
    loading.then(
      (data) => {
        this.#here.set(key, data)
        const [oldest] = this.#here.keys()
        if (this.#here.size <= PARTS_KEPT || oldest === undefined) return
        this.#here.delete(oldest)
        this.#parts.delete(oldest)
      },
      () => this.#parts.delete(key),
    )
    return loading
  }

  #shotOf(part: MonthData, item: GridItem | undefined): Shot | undefined {
    if (item === undefined) return undefined
    const [index, imageKey, md5, name, shows, width, height] = item
    const album = this.#albums.get(part.albums[index] ?? '')
    const folder = album?.folder ?? ''
    const at = folder === '' ? '' : `${encodePath(folder)}/`
    const picture = picturePath(md5, shows)
    return {
      imageKey,
      name,
      isVideo: (shows & SHOWS.video) > 0,
      width,
      height,
      file: `${this.#root}${at}${encodePath(name)}`,
      picture: picture === undefined ? undefined : `${this.#files}${picture}`,
      page: `${this.#root}${at}index.html#i-${imageKey}`,
      album: album?.name ?? '',
    }
  }
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
