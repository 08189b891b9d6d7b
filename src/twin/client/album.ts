import type { ItemWords } from '../format.ts'
import { hashText } from './address.ts'
import { Box, type BoxShot } from './box.ts'
import { Grid } from './grid.ts'
import type { GridShot } from './grid-source.ts'
import type { Shot } from './library.ts'

/** An album of more items is handed to the grid: a browser scrolls a page of thousands of pictures badly. */
const MANY = 200

/** Opens the photos of an album's page in place. The page is whole without this. */
export function enhanceAlbum(photos: HTMLElement): void {
  const figures = [...photos.querySelectorAll('figure')]
  const shots = figures.map(readFigure)
  const numbers = new Map(figures.map((figure, n) => [figure.id, n]))
  const box = new Box()
  const grid = figures.length > MANY ? gridOf(photos, shots, (item) => open(item)) : undefined
  const open = (item: number): void =>
    box.open(
      {
        count: shots.length,
        shot: async (n) => boxShot(shots[n]),
        shown: (n) => {
          if (grid === undefined) figures[n]?.scrollIntoView({ block: 'nearest' })
          else grid.show(n)
        },
        closed: (n) => {
          if (grid === undefined) figures[n]?.querySelector<HTMLElement>('a.shot')?.focus()
          else grid.focus(n)
          return location.pathname + location.search
        },
      },
      item,
    )
  photos.addEventListener('click', (event) => {
    const figure = event.target instanceof Element ? event.target.closest('figure') : null
    if (figure === null || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open(numbers.get(figure.id) ?? 0)
  })
  addEventListener('beforeprint', () => {
    for (const image of photos.querySelectorAll('img')) image.loading = 'eager'
  })
  const route = (): void => {
    const item = numbers.get(hashText())
    if (item === undefined) box.close()
    else open(item)
  }
  addEventListener('hashchange', route)
  route()
}

/** Puts a grid in place of the figures of a large album. */
function gridOf(photos: HTMLElement, shots: readonly FigureShot[], open: (item: number) => void): Grid {
  const grid = new Grid(
    {
      count: shots.length,
      groups: [{ first: 0, count: shots.length, title: '' }],
      ratio: (n) => shots[n]?.ratio ?? 1.5,
      shot: (n) => shots[n],
    },
    { open, isInPage: true },
  )
  const { host } = grid
  host.classList.add('of-album')
  photos.replaceWith(host)
  grid.start()
  // On paper every photo counts, not only those in sight.
  addEventListener('beforeprint', () => host.replaceWith(photos))
  addEventListener('afterprint', () => photos.replaceWith(host))
  return grid
}

/** Leaves the album out, because its page is the one that is open. */
function boxShot(shot: FigureShot | undefined): BoxShot | undefined {
  if (shot === undefined) return undefined
  const { page, album: _album, isMissing: _isMissing, ...rest } = shot
  return { ...rest, hash: page }
}

type FigureShot = Omit<Shot, 'file'> & Omit<BoxShot, 'hash'> & GridShot & { readonly ratio: number }

/** Reads an item from its figure: the page holds all its words. */
function readFigure(figure: HTMLElement): FigureShot {
  const link = figure.querySelector<HTMLAnchorElement>('a.shot')
  const image = figure.querySelector('img')
  const [width = 3, height = 2] = (figure.dataset.size ?? '').split('x').map(Number)
  const facts = [...figure.querySelectorAll('dt')].map((term) => [textOf(term), textOf(term.nextElementSibling)] as const)
  const fact = (name: string): string | undefined => facts.find(([term]) => term === name)?.[1]
  const [title, caption, note] = ['b:not(.file)', 'p', 'em:not(.format)'].map((part) => figure.querySelector(`figcaption > ${part}`))
  const [taken, place] = [figure.querySelector('time')?.dateTime, fact('Place')]
  const words: ItemWords = {
    ...(title && { title: textOf(title) }),
    ...(caption && { caption: textOf(caption) }),
    keywords: [...figure.querySelectorAll('.keywords li')].map(textOf),
    ...(taken !== undefined && { taken }),
    ...(place !== undefined && { place }),
    facts: facts.filter(([term]) => !['Taken', 'Place', 'File'].includes(term)),
  }
  // One that is not held leads to itself.
  const isMissing = link?.getAttribute('href')?.startsWith('#') === true
  return {
    imageKey: figure.id.slice(2),
    name: fact('File') ?? '',
    isVideo: figure.classList.contains('video'),
    width,
    height,
    ratio: width / height,
    file: isMissing ? undefined : link?.href,
    isMissing,
    picture: image?.src,
    page: `#${figure.id}`,
    album: '',
    ...(note && { note: textOf(note) }),
    words: async () => words,
  }
}

const textOf = (element: Element | null | undefined): string => element?.textContent ?? ''
