import { monthWords } from '../dates.ts'
import { monthName } from '../format.ts'
import { findItems, wordsOf } from '../search.ts'
import { type Address, addressText, follow, keptTop, readAddress } from './address.ts'
import { Box, type BoxShot } from './box.ts'
import { el } from './el.ts'
import { Grid } from './grid.ts'
import type { GridSource } from './grid-source.ts'
import type { Library, Month } from './library.ts'
import { makeRail } from './rail.ts'

/** A view of the explore page, until another takes its place. */
export interface OpenView {
  /** Shows what an address asks for, and returns true, if this view can. */
  show(address: Address): boolean
  close(): void
}

/** A place to show a view in: the address leads to it. */
export interface Stage {
  readonly library: Library
  readonly host: HTMLElement
  readonly address: Address
}

/** Shows all photos by time, or those of a month first (`2019-07`, `2019`). */
export function showTimeline(stage: Stage): OpenView {
  const { library, address } = stage
  const months = library.months.map((month) => ({ ...month, title: monthWords(month.year, month.month) }))
  const source: GridSource = {
    count: library.count,
    groups: months,
    ratio: (item) => library.ratio(item),
    shot: (item, then) => library.shot(item, then),
  }
  const wanted = months.findIndex(({ year, month }) => address.value !== '' && monthName(year, month).startsWith(address.value))
  return showGrid(stage, { source, items: undefined, months, from: wanted })
}

const counted = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'photo' : 'photos'}`

/** Looks for the photos with every word of a query. Returns a function that shows them, newest first. */
export async function findPhotos(stage: Stage): Promise<() => OpenView> {
  const { library, host, address } = stage
  const words = wordsOf(address.value)
  const texts = await library.texts()
  const find = (some: readonly string[]): Uint32Array => Uint32Array.from(texts.flatMap((month) => findItems(month, some)))
  const items = find(words)
  if (items.length > 0)
    return () => showItems(stage, items, el('p', { className: 'found', role: 'status' }, `${counted(items.length)} found`))
  return () => {
    const others = words.length < 2 ? [] : words.map((word) => ({ word, count: find([word]).length })).filter(({ count }) => count > 0)
    return showMessage(
      host,
      `Nothing found for “${address.value}” in the titles, captions, keywords, albums, places, file names and dates of ${counted(library.count)}.`,
      others.length === 0
        ? el('p', { className: 'lead' }, 'Try fewer words, the beginning of a word, or a year such as 2019. “video” finds the videos.')
        : el(
            'p',
            { className: 'lead' },
            'Try one word of it: ',
            ...others.map(({ word, count }) =>
              el(
                'a',
                { className: 'chip', href: addressText({ view: 'search', value: word }), dir: 'auto' },
                `${word} (${count.toLocaleString('en-US')})`,
              ),
            ),
          ),
    )
  }
}

/** Shows some of the photos, in the order of time, below a line that says which. */
export function showItems(stage: Stage, items: Uint32Array, line: HTMLElement): OpenView {
  const { library } = stage
  const months: (Month & { readonly title: string })[] = []
  for (let first = 0; first < items.length; ) {
    const month = library.monthOf(items[first] ?? 0)
    if (month === undefined) break
    let next = first
    while (next < items.length && (items[next] ?? 0) < month.first + month.count) next += 1
    months.push({ ...month, first, count: next - first, title: monthWords(month.year, month.month) })
    first = next
  }
  const source: GridSource = {
    count: items.length,
    groups: months,
    ratio: (n) => library.ratio(items[n] ?? 0),
    shot: (n, then) => library.shot(items[n] ?? 0, then),
  }
  return showGrid(stage, { source, items, months, from: -1, line })
}

/** Shows a sentence in place of photos, and what to try. */
export function showMessage(host: HTMLElement, text: string, more?: HTMLElement): OpenView {
  host.replaceChildren(el('div', { className: 'page' }, el('p', { className: 'lead', role: 'status', dir: 'auto' }, text), more))
  return { show: () => false, close: () => host.replaceChildren() }
}

let box: Box | undefined

interface GridFacts {
  readonly source: GridSource
  /** The numbers of the items in the library; absent for all of them. */
  readonly items: Uint32Array | undefined
  readonly months: readonly Month[]
  /** The group to begin with. */
  readonly from: number
  readonly line?: HTMLElement
}

function showGrid({ library, host, address }: Stage, { source, items, months, from, line }: GridFacts): OpenView {
  if (source.count === 0) return showMessage(host, 'There are no photos here yet.')
  box ??= new Box()
  const large = box
  const { photo: _photo, ...begun } = address
  let place: Address = begun
  const numberOf = (n: number): number => items?.[n] ?? n
  const indexOf = (item: number): number => (items === undefined ? item : items.indexOf(item))
  const open = (item: number): void =>
    large.open(
      {
        count: source.count,
        shot: (n) => boxShot(library, numberOf(n), place),
        shown: (n) => grid.show(n),
        closed: (n) => {
          grid.focus(n)
          return addressText(place)
        },
      },
      item,
    )
  const grid = new Grid(source, { open })
  const rail = makeRail(grid, (group) => ((months[group]?.year ?? 0) === 0 ? '' : String(months[group]?.year)))
  host.replaceChildren(...(line === undefined ? [] : [line]), grid.host, rail)
  host.classList.toggle('lined', line !== undefined)
  grid.start(from)
  const kept = begun.view === 'search' ? keptTop(addressText(begun)) : 0
  if (kept > 0) grid.jump(kept)
  // The person may be typing in the search field.
  if (!(document.activeElement instanceof HTMLInputElement)) grid.host.focus({ preventScroll: true })
  /** Does the address lead elsewhere, to a view that is being made ready? */
  const isLeaving = (): boolean => {
    const now = readAddress()
    return now.view !== begun.view || now.photo !== undefined || (begun.view === 'search' && now.value !== begun.value)
  }
  /** Lets the address of the timeline follow the month at the top. A search has no such name for a place: it is noted beside the address. */
  const note = (): void => {
    const month = months[grid.groupAtTop]
    if (large.isOpen || month === undefined || isLeaving()) return
    if (begun.view === 'search') follow(addressText(begun), grid.top)
    if (begun.view !== 'time') return
    place = { view: 'time', value: grid.top <= 0 ? '' : monthName(month.year, month.month) }
    follow(addressText(place))
  }
  grid.onMove(note)
  const showPhoto = async (photo: string): Promise<void> => {
    const item = await library.find(photo)
    const index = item === undefined ? -1 : indexOf(item)
    if (index >= 0 && grid.host.isConnected) open(index)
  }
  if (address.photo !== undefined) void showPhoto(address.photo)
  return {
    show: ({ photo, ...asked }) => {
      if (addressText(asked) !== addressText(place)) return false
      if (photo === undefined) {
        large.close()
        note()
      } else void showPhoto(photo)
      return true
    },
    close: () => {
      large.close()
      grid.close()
      rail.remove()
      line?.remove()
      host.classList.remove('lined')
    },
  }
}

/** Returns a photo of the timeline for the box. Its address is that of the view, with the photo. */
async function boxShot(library: Library, item: number, place: Address): Promise<BoxShot | undefined> {
  const shot = await library.shotNow(item)
  const month = library.monthOf(item)
  if (shot === undefined || month === undefined) return undefined
  const hash = addressText({ ...place, photo: `${monthName(month.year, month.month)}/${shot.imageKey}` })
  return { ...shot, hash, words: () => library.words(item) }
}
