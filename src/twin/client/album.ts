import type { ItemWords } from '../format.ts'
import { Box, type BoxShot } from './box.ts'
import { hashText } from './el.ts'
import { Grid } from './grid.ts'
import type { Shot } from './library.ts'

/** An album of more items is handed to the grid: a browser scrolls a page of thousands of pictures badly. */
const MANY = 200

/** Opens the photos of an album's page in place. The page is whole without this. */
export function enhanceAlbum(photos: HTMLElement): void {
  const figures = [...photos.querySelectorAll('figure')]
  const shots = figures.map(readFigure)
  const numbers = new Map(figures.map((figure, n) => [figure.id, n]))
  const box = new Box()
  let grid: Grid | undefined
  const open = (item: number): void =>
    box.open(
      {
        count: shots.length,
        shot: async (n) => boxShot(shots[n]),
        shown: (n) => {
          history.replaceState(null, '', n === undefined ? location.pathname + location.search : `#${figures[n]?.id ?? ''}`)
          if (n !== undefined) grid?.show(n)
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
  if (figures.length > MANY) {
    grid = new Grid(
      {
        count: shots.length,
        groups: [{ first: 0, count: shots.length, title: '' }],
        ratio: (n) => shots[n]?.ratio ?? 1.5,
        shot: (n) => shots[n],
      },
      open,
    )
    grid.host.classList.add('of-album')
    photos.replaceWith(grid.host)
    // On paper every photo counts, not only those in sight.
    const { host } = grid
    addEventListener('beforeprint', () => host.replaceWith(photos))
    addEventListener('afterprint', () => photos.replaceWith(host))
  }
  const openNamed = (): void => {
    const item = numbers.get(hashText())
    if (item !== undefined) open(item)
  }
  addEventListener('hashchange', openNamed)
  openNamed()
}

/** Leaves the album out, because its page is the one that is open. */
function boxShot(shot: FigureShot | undefined): BoxShot | undefined {
  if (shot === undefined) return undefined
  const { page: _page, album: _album, ...rest } = shot
  return rest
}

type FigureShot = Omit<Shot, 'file'> & BoxShot & { readonly ratio: number }

/** Reads an item from its figure: the page holds all its words. */
function readFigure(figure: HTMLElement): FigureShot {
  const link = figure.querySelector<HTMLAnchorElement>('a.shot')
  const image = figure.querySelector('img')
  const [width = 3, height = 2] = (figure.dataset.size ?? '').split('x').map(Number)
  const facts = [...figure.querySelectorAll('dt')].map((term) => [textOf(term), textOf(term.nextElementSibling)] as const)
  const fact = (name: string): string | undefined => facts.find(([term]) => term === name)?.[1]
  const [title, caption, note] = ['b:not(.file)', 'p', 'em'].map((part) => figure.querySelector(`figcaption > ${part}`))
  const [taken, place] = [fact('Taken'), fact('Place')]
  const words: ItemWords = {
    ...(title && { title: textOf(title) }),
    ...(caption && { caption: textOf(caption) }),
    keywords: [...figure.querySelectorAll('.keywords li')].map(textOf),
    ...(taken !== undefined && { taken: taken.replace(' ', 'T') }),
    ...(place !== undefined && { place }),
    facts: facts.filter(([term]) => !['Taken', 'Place', 'File'].includes(term)),
  }
  return {
    imageKey: figure.id.slice(2),
    name: fact('File') ?? '',
    isVideo: figure.classList.contains('video'),
    width,
    height,
    ratio: width / height,
    // One that is not held leads to itself.
    file: link?.getAttribute('href')?.startsWith('#') === true ? undefined : link?.href,
    picture: image?.src,
    page: `#${figure.id}`,
    album: '',
    ...(note && { note: textOf(note) }),
    words: async () => words,
  }
}

const textOf = (element: Element | null | undefined): string => element?.textContent ?? ''
