import type { ItemWords } from '../../twin/format.ts'
import { TWIN_FILES } from '../../twin/format.ts'
import { albumPage } from '../../twin/pages/album.ts'
import { explorePage } from '../../twin/pages/explore.ts'
import { folderPage } from '../../twin/pages/folder.ts'
import { notFoundPage } from '../../twin/pages/not-found.ts'
import type { Crumb, ShownItem } from '../../twin/shown.ts'
import { inFolder } from '../../vault/layout.ts'
import type { Shown } from '../../vault/shown.ts'
import { type ShownRow, TOO_LARGE } from '../../vault/shown-rows.ts'
import type { TextFile } from '../../vault/text-file.ts'
import { placed, shapeOf } from './data.ts'
import type { TwinNode } from './nodes.ts'
import type { TwinRun } from './run.ts'

/** The version of the pages: raise it when the same facts make another page. */
const PAGES = 2

/** Writes every page whose facts have changed. Returns the paths of all pages, and the number written. */
export async function writePages(run: TwinRun, top: TwinNode): Promise<{ readonly paths: ReadonlySet<string>; readonly written: number }> {
  const paths = new Set<string>()
  run.emit({ event: 'phase', name: 'writing the pages' })
  let written = await run.write([
    run.file('404.html', notFoundPage(run.site)),
    run.file(`${TWIN_FILES}/explore.html`, explorePage(run.site)),
  ])
  paths.add('404.html').add(`${TWIN_FILES}/explore.html`)
  written += await run.write(duePages(run, top, paths))
  return { paths, written }
}

/** Yields the pages that are due, each folder before its children. The path of every page is added to `paths`. */
function* duePages(run: TwinRun, top: TwinNode, paths: Set<string>): Generator<TextFile> {
  const waiting: { readonly node: TwinNode; readonly crumbs: readonly Crumb[] }[] = [{ node: top, crumbs: [] }]
  const total = sizeOfTree(top)
  let made = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    run.signal.throwIfAborted()
    const { node, crumbs } = next
    if (made % REPORT_EVERY === 0) run.emit({ event: 'progress', done: made, total, unit: 'files', more: true })
    made += 1
    const path = inFolder(node.folder, 'index.html')
    paths.add(path)
    const below = [...crumbs, { name: node.folder === '' ? run.site.title : node.name, folder: node.folder }]
    for (const child of node.children.toReversed()) waiting.push({ node: child, crumbs: below })
    const facts = run.hash(JSON.stringify([PAGES, run.site, crumbs, factsOf(node), node.children.map(factsOf)]))
    if (run.shown.page(path) === facts && node.album?.isDirty !== true) continue
    // Noted before it is written: a page that is refused is forgotten again, and an end in between undoes both.
    run.shown.putPage(path, facts)
    if (node.album !== undefined) run.shown.markMade(node.album.key)
    yield run.file(path, render(run, node, crumbs))
  }
}

/** Pages that are looked at between two reports of the progress. */
const REPORT_EVERY = 10

const sizeOfTree = ({ children }: TwinNode): number => children.reduce((sum, child) => sum + sizeOfTree(child), 1)

const factsOf = ({ kind, folder, name, description, isLocked, cover, items, videos, children }: TwinNode) => [
  ...[kind, folder, name, description, isLocked, cover?.path, items, videos],
  children.map((child) => child.kind),
]

/** Renders the page of a folder or album. */
export const render = (run: Pick<TwinRun, 'site' | 'shown'>, node: TwinNode, crumbs: readonly Crumb[]): string =>
  node.album === undefined
    ? folderPage(run.site, node, crumbs)
    : albumPage(run.site, { node, key: node.album.key, items: itemsOf(run.shown, node) }, crumbs)

const itemsOf = (shown: Shown, { album, folder }: TwinNode): readonly ShownItem[] =>
  album === undefined ? [] : [...shown.ofAlbum(album.key)].map((row) => shownItem(shown, row, folder))

/** Returns an item of a page. One whose file lies in another album is shown from there. */
function shownItem(shown: Shown, row: ShownRow, folder: string): ShownItem {
  const holder = row.md5 === '' ? shown.holder(row.imageKey) : row
  const from = holder === undefined || holder === row ? folder : shown.folderOf(holder.albumKey)
  const md5 = holder?.md5 ?? ''
  const picture = md5 === '' ? undefined : shown.picture(md5)
  const thumbnail = placed(md5, picture)
  const isShown = holder !== undefined && from !== undefined
  return {
    imageKey: row.imageKey,
    ...(isShown && { path: inFolder(from, holder.name), md5 }),
    ...shapeOf(picture, holder ?? row),
    isVideo: row.isVideo,
    ...(thumbnail === undefined ? { isTooLarge: picture?.way === TOO_LARGE } : { thumbnail }),
    name: row.name,
    words: JSON.parse(row.words) as ItemWords,
    ...(row.note !== '' && { note: row.note }),
  }
}
