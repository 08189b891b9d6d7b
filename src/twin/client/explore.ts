import { findLines, wordsOf } from '../search.ts'
import { Box, type BoxShot } from './box.ts'
import { el } from './el.ts'
import { Grid, type GridSource } from './grid.ts'
import type { Library, Month } from './library.ts'
import { makeRail } from './rail.ts'

/** A view of the explore page, until another takes its place. */
export interface OpenView {
  close(): void
}

const LONG = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })

/** Returns a month as people write it: `July 2019`. */
export function monthTitle({ year, month }: Pick<Month, 'year' | 'month'>): string {
  if (year === 0) return 'Undated'
  return month === 0 ? String(year) : LONG.format(Date.UTC(year, month - 1, 15))
}

/** Shows all photos by time, or those of a month first (`2019-07`, `2019`). */
export function showTimeline(library: Library, host: HTMLElement, at: string): OpenView {
  const months = library.months.map((month) => ({ ...month, title: monthTitle(month) }))
  const source: GridSource = {
    count: library.count,
    groups: months,
    ratio: (item) => library.ratio(item),
    shot: (item, then) => library.shot(item, then),
  }
  const wanted = months.findIndex(({ year, month }) => at !== '' && `${year}-${String(month).padStart(2, '0')}`.startsWith(at))
  return showGrid(library, host, { source, items: undefined, months, from: wanted })
}

/** Looks for the photos with every word of a query. Returns a function that shows them, newest first. */
export async function findPhotos(library: Library, host: HTMLElement, query: string): Promise<() => OpenView> {
  const words = wordsOf(query)
  const texts = await library.texts()
  const items = Uint32Array.from(texts.flatMap(({ first, lines }) => findLines(lines, words).map((line) => first + line)))
  if (items.length === 0) return () => showMessage(host, `Nothing found for “${query}”.`)
  return () => {
    const view = showItems(library, host, items)
    const count = `${items.length.toLocaleString('en-US')} ${items.length === 1 ? 'photo' : 'photos'} found`
    host.append(el('p', { className: 'unseen', role: 'status' }, count))
    return view
  }
}

/** Shows some of the photos, in the order of time. */
export function showItems(library: Library, host: HTMLElement, items: Uint32Array): OpenView {
  const months: (Month & { readonly title: string })[] = []
  for (let first = 0; first < items.length; ) {
    const month = library.monthOf(items[first] ?? 0)
    if (month === undefined) break
    let next = first
    while (next < items.length && (items[next] ?? 0) < month.first + month.count) next += 1
    months.push({ ...month, first, count: next - first, title: monthTitle(month) })
    first = next
  }
  const source: GridSource = {
    count: items.length,
    groups: months,
    ratio: (n) => library.ratio(items[n] ?? 0),
    shot: (n, then) => library.shot(items[n] ?? 0, then),
  }
  return showGrid(library, host, { source, items, months, from: -1 })
}

/** Shows a sentence in place of photos. */
export function showMessage(host: HTMLElement, text: string): OpenView {
  host.replaceChildren(el('p', { className: 'page lead', role: 'status' }, text))
  return { close: () => host.replaceChildren() }
}

let box: Box | undefined

function showGrid(
  library: Library,
  host: HTMLElement,
  facts: {
    readonly source: GridSource
    readonly items: Uint32Array | undefined
    readonly months: readonly Month[]
    readonly from: number
  },
): OpenView {
  const { source, items, months, from } = facts
  if (source.count === 0) return showMessage(host, 'There are no photos here yet.')
  box ??= new Box()
  const numberOf = (n: number): number => items?.[n] ?? n
  const grid = new Grid(source, (item) => {
    box?.open(
      {
        count: source.count,
        shot: (n) => boxShot(library, numberOf(n)),
        shown: (n) => {
          if (n !== undefined) grid.show(n)
        },
      },
      item,
    )
  })
  const rail = makeRail(grid, (group) => {
    const year = months[group]?.year ?? 0
    return year === 0 ? '' : String(year)
  })
  host.replaceChildren(grid.host, rail)
  // The person may be typing in the search field.
  if (!(document.activeElement instanceof HTMLInputElement)) grid.host.focus({ preventScroll: true })
  if (from > 0) requestAnimationFrame(() => grid.jump(grid.headings[from] ?? 0))
  return {
    close: () => {
      box?.close()
      grid.close()
      rail.remove()
    },
  }
}

/** Returns a photo of the timeline for the box. */
export async function boxShot(library: Library, item: number): Promise<BoxShot | undefined> {
  const shot = await library.shotNow(item)
  return shot && { ...shot, words: () => library.words(item) }
}
