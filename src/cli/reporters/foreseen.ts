import type { Event } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import type { ItemChange } from '../../model.ts'

/** The names of an album that are shown, and the albums of one kind of change: a first dry run would bring every photo of an account. */
const MOST_NAMES = 10
const MOST_ALBUMS = 10

const TITLES: Readonly<Record<ItemChange['what'], string>> = {
  came: 'Would come',
  changed: 'Would change',
  moved: 'Would move',
  went: 'Would go: no longer on SmugMug',
}

/** The changes of one album, as far as they are shown. */
interface AlbumChanges {
  readonly path: string
  count: number
  unnamed: number
  readonly names: string[]
}

/** The changes of one kind. */
interface KindChanges {
  count: number
  albums: number
  /** Items in albums that are not shown. */
  unlisted: number
  readonly shown: AlbumChanges[]
  last: string | undefined
}

/** Returns the fate of an item that would go, without the words that stand above it. */
const fateOf = (note: string): string => note.replace(/^no longer on SmugMug; /, '')

/** Returns an item by its name within the album, with its former path and its fate; a whole album by these words. */
const changeName = ({ name, imageKey, from, items, note }: ItemChange): string =>
  `${name ?? imageKey ?? `the whole album${items === undefined ? '' : `, ${formatCount(items, 'item')}`}`}${from === undefined ? '' : ` (from ${from})`}${note === undefined ? '' : ` (${fateOf(note)})`}`

const WOULD: Readonly<Record<ItemChange['what'], string>> = {
  came: 'would come',
  changed: 'would change',
  moved: 'would move',
  went: 'would go',
}

/** Returns one change on a line: `would move: /Home/Kitchen/one.jpg (from Travel/one.jpg)`. */
export const foreseenText = (change: ItemChange): string =>
  `${WOULD[change.what]}: ${change.album}${change.name === undefined && change.imageKey === undefined ? ': ' : '/'}${changeName(change)}`

/** Collects the changes that a dry run foresees, in a bounded number of lines: albums and photos by name, the others counted. */
export class Foreseen {
  readonly #kinds = new Map<ItemChange['what'], KindChanges>()

  /** Takes the events of a dry run; those of one album must follow each other. */
  add(event: Event): void {
    if (event.event !== 'change') return
    const kind = this.#kinds.get(event.what) ?? { count: 0, albums: 0, unlisted: 0, shown: [], last: undefined }
    this.#kinds.set(event.what, kind)
    const count = event.items ?? 1
    kind.count += count
    if (kind.last !== event.album) {
      kind.last = event.album
      kind.albums += 1
      if (kind.albums <= MOST_ALBUMS) kind.shown.push({ path: event.album, count: 0, unnamed: 0, names: [] })
    }
    const album = kind.albums <= MOST_ALBUMS ? kind.shown.at(-1) : undefined
    if (album === undefined) {
      kind.unlisted += count
      return
    }
    album.count += count
    if (album.names.length < MOST_NAMES) album.names.push(changeName(event))
    else album.unnamed += 1
  }

  /** Returns the lines for the end of the run; empty if nothing would change. */
  lines(): readonly string[] {
    return [...this.#kinds].flatMap(([what, { count, albums, unlisted, shown }]) => [
      '',
      `${TITLES[what]} (${formatNumber(count)})`,
      ...shown.map(({ path, count: inAlbum, unnamed, names }) => {
        const others = unnamed === 0 ? '' : `, and ${formatNumber(unnamed)} more`
        return `  ${path} (${formatNumber(inAlbum)}): ${names.join(', ')}${others}`
      }),
      ...(unlisted === 0
        ? []
        : [`  and ${formatNumber(unlisted)} more in ${formatCount(albums - MOST_ALBUMS, 'further album')}: --verbose names each`]),
    ])
  }
}
