import { formatCount, formatNumber } from '../../events.ts'
import { formatBytes, formatDuration } from '../../progress/format.ts'
import { printable } from '../../progress/printable.ts'
import { type Column, tableLines } from './table.ts'
import { wrapped } from './width.ts'

/** An album, as the tree shows it. */
export interface TreeAlbum {
  readonly path: string
  /** Its title, if it has one. */
  readonly name?: string
  readonly items: number
  /** Absent if SmugMug did not say. */
  readonly bytes?: number
  readonly held: number
  /** Items that are not held, the `pending` ones included. */
  readonly missing: number
  readonly pending: number
  readonly impossible: number
}

type Counts = Omit<TreeAlbum, 'path' | 'name'>

interface Folder {
  readonly folders: Map<string, Folder>
  readonly albums: { readonly name: string; readonly title: string | undefined; readonly counts: Counts }[]
}

interface Row {
  readonly counts: Counts
  readonly label: string
}

const emptyFolder = (): Folder => ({ folders: new Map(), albums: [] })

const plant = (root: Folder, album: TreeAlbum): void => {
  const segments = album.path.split('/').filter((segment) => segment !== '')
  const name = segments.pop() ?? album.path
  let folder = root
  for (const segment of segments) {
    const next = folder.folders.get(segment) ?? emptyFolder()
    folder.folders.set(segment, next)
    folder = next
  }
  folder.albums.push({ name, title: album.name, counts: album })
}

const sum = (all: readonly Counts[]): Counts => ({
  items: all.reduce((total, { items }) => total + items, 0),
  held: all.reduce((total, { held }) => total + held, 0),
  missing: all.reduce((total, { missing }) => total + missing, 0),
  pending: all.reduce((total, { pending }) => total + pending, 0),
  impossible: all.reduce((total, { impossible }) => total + impossible, 0),
  ...(all.every(({ bytes }) => bytes !== undefined) ? { bytes: all.reduce((total, { bytes = 0 }) => total + bytes, 0) } : {}),
})

/** Returns a part of a path, and the title beside it if that is another. */
const labelOf = (name: string, title: string | undefined): string =>
  title === undefined || title.trim() === '' || title === name.replace(/\/$/, '') ? name : `${name} (${title})`

/** Returns the rows of a folder: its folders, each with its own rows, then its albums. */
const rowsOf = (folder: Folder, above: string, titles: Readonly<Record<string, string>>): readonly Row[] => {
  const indent = '  '.repeat(above.split('/').length - 1)
  const inside = [...folder.folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, child]) => {
      const path = `${above}/${name}`
      return [{ counts: sum(albumsOf(child)), label: `${indent}${labelOf(`${name}/`, titles[path])}` }, ...rowsOf(child, path, titles)]
    })
  const albums = folder.albums
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, title, counts }) => ({ counts, label: `${indent}${labelOf(name, title)}` }))
  return [...inside, ...albums]
}

const albumsOf = (folder: Folder): Counts[] => [
  ...folder.albums.map(({ counts }) => counts),
  ...[...folder.folders.values()].flatMap(albumsOf),
]

const countText = (count: number): string => (count === 0 ? '' : formatNumber(count))

const cells = ({ items, bytes, held, missing, pending, impossible }: Counts): readonly string[] => [
  formatNumber(items),
  bytes === undefined ? '' : formatBytes(bytes),
  formatNumber(held),
  countText(missing - pending),
  countText(pending),
  countText(impossible),
]

/** The columns; the numbers of items add up from left to right. */
const COLUMNS: readonly Column[] = [
  { title: 'Items', align: 'right' },
  { title: 'Size', align: 'right', dispensable: 1 },
  { title: 'Held', align: 'right', dispensable: 4 },
  { title: 'Missing', align: 'right', dispensable: 5 },
  { title: 'Pending', align: 'right', ifAny: true, dispensable: 3 },
  { title: 'Cannot be had', align: 'right', ifAny: true, dispensable: 2 },
  { title: 'Album', align: 'left', atLeast: 12 },
]

const totalText = (albums: readonly TreeAlbum[]): string => {
  const { items, bytes, held, missing, pending, impossible } = sum(albums)
  const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
  const others = [
    ...(missing === pending ? [] : [`${formatNumber(missing - pending)} missing`]),
    ...(pending === 0 ? [] : [`${formatNumber(pending)} pending`]),
    ...(impossible === 0 ? [] : [`${formatNumber(impossible)} cannot be had`]),
  ]
  const standing = others.length === 0 ? 'all held' : [`${formatNumber(held)} held`, ...others].join(', ')
  return `${formatCount(items, 'item')} in ${formatCount(albums.length, 'album')}${size}: ${standing}`
}

/** Facts about the whole account besides its total. */
export interface TreeFacts {
  readonly byGrade?: Readonly<Record<string, { readonly files: number }>>
  /** The time that the missing items would take, in milliseconds; absent if nothing was measured. */
  readonly estimatedMs?: number
  /** The titles of folders, by path. */
  readonly folderNames?: Readonly<Record<string, string>>
  /** The width of the terminal, if there is one. */
  readonly columns?: number | undefined
}

/** Returns the held files by grade, unless all are originals. */
const gradeText = (byGrade: NonNullable<TreeFacts['byGrade']>): readonly string[] => {
  const grades = Object.entries(byGrade).filter(([, { files }]) => files > 0)
  if (grades.every(([grade]) => grade === 'original')) return []
  return [`Files held: ${grades.map(([grade, { files }]) => `${formatNumber(files)} ${grade}`).join(', ')}`]
}

const timeText = (estimatedMs: number | undefined): readonly string[] =>
  estimatedMs === undefined || estimatedMs === 0
    ? []
    : [`The missing items would take about ${formatDuration(estimatedMs)} at the speed of the last backup.`]

/** Returns the albums as a tree, with the sums of folders and the total. Names come last, where they may be cut. */
export const albumTree = (albums: readonly TreeAlbum[], facts: TreeFacts = {}): string => {
  if (albums.length === 0) return 'There are no albums.\n'
  const { byGrade = {}, estimatedMs, folderNames = {}, columns } = facts
  const root = emptyFolder()
  for (const album of albums) plant(root, album)
  const rows = [...rowsOf(root, '', folderNames), { counts: sum(albums), label: 'All together' }]
  const lines = tableLines(
    COLUMNS,
    rows.map(({ counts, label }) => [...cells(counts), printable(label)]),
    columns,
  )
  const notes = [totalText(albums), ...gradeText(byGrade), ...timeText(estimatedMs)].flatMap((line) => wrapped(line, columns))
  return `${[...lines, '', ...notes].join('\n')}\n`
}
