import { formatCount, formatNumber } from '../../events.ts'
import { formatBytes, formatDuration } from '../../progress/format.ts'
import { printable } from '../../progress/printable.ts'

/** An album, as the tree shows it. */
export interface TreeAlbum {
  readonly path: string
  readonly items: number
  /** Absent if SmugMug did not say. */
  readonly bytes?: number
  readonly held: number
  readonly missing: number
}

type Counts = Omit<TreeAlbum, 'path'>

interface Folder {
  readonly folders: Map<string, Folder>
  readonly albums: { readonly name: string; readonly counts: Counts }[]
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
  folder.albums.push({ name, counts: album })
}

const sum = (all: readonly Counts[]): Counts => ({
  items: all.reduce((total, { items }) => total + items, 0),
  held: all.reduce((total, { held }) => total + held, 0),
  missing: all.reduce((total, { missing }) => total + missing, 0),
  ...(all.every(({ bytes }) => bytes !== undefined) ? { bytes: all.reduce((total, { bytes = 0 }) => total + bytes, 0) } : {}),
})

/** Returns the rows of a folder: its folders, each with its own rows, then its albums. */
const rowsOf = (folder: Folder, depth: number): readonly Row[] => {
  const indent = '  '.repeat(depth)
  const inside = [...folder.folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, child]) => [{ counts: sum(albumsOf(child)), label: `${indent}${name}/` }, ...rowsOf(child, depth + 1)])
  const albums = folder.albums
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, counts }) => ({ counts, label: `${indent}${name}` }))
  return [...inside, ...albums]
}

const albumsOf = (folder: Folder): Counts[] => [
  ...folder.albums.map(({ counts }) => counts),
  ...[...folder.folders.values()].flatMap(albumsOf),
]

const cells = ({ items, bytes, held, missing }: Counts): readonly string[] => [
  formatNumber(items),
  bytes === undefined ? '' : formatBytes(bytes),
  formatNumber(held),
  missing === 0 ? '' : formatNumber(missing),
]

const totalText = (albums: readonly TreeAlbum[]): string => {
  const { items, bytes, held, missing } = sum(albums)
  const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
  const standing = missing === 0 ? 'all held' : `${formatNumber(held)} held, ${formatNumber(missing)} missing`
  return `${formatCount(items, 'item')} in ${formatCount(albums.length, 'album')}${size}: ${standing}`
}

/** Facts about the whole account besides its total. */
export interface TreeFacts {
  readonly byGrade?: Readonly<Record<string, { readonly files: number }>>
  /** The time that the missing items would take, in milliseconds; absent if nothing was measured. */
  readonly estimatedMs?: number
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

/** Returns the albums as a tree, with the sums of folders and the total. Names come last, where their width does not matter. */
export const albumTree = (albums: readonly TreeAlbum[], { byGrade = {}, estimatedMs }: TreeFacts = {}): string => {
  if (albums.length === 0) return 'There are no albums.\n'
  const root = emptyFolder()
  for (const album of albums) plant(root, album)
  const table = [
    ['Items', 'Size', 'Held', 'Missing', 'Album'],
    ...rowsOf(root, 0).map(({ counts, label }) => [...cells(counts), printable(label)]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
  return `${[...lines, '', totalText(albums), ...gradeText(byGrade), ...timeText(estimatedMs)].join('\n')}\n`
}
