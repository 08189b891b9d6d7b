import { html, type Markup } from '../html.ts'
import { linkTo, pageLink } from '../links.ts'
import type { Crumb, ShownNode } from '../shown.ts'
import { counted, crumbTrail, lock, paragraphs, renderPage, type Site } from './shell.ts'

/** Renders the page of a folder: a card for each folder and album in it, in SmugMug's order. The top folder has no crumbs. */
export function folderPage(site: Site, node: ShownNode, crumbs: readonly Crumb[]): string {
  const { folder, children } = node
  const title = node.folder === '' ? site.title : node.name
  const body = html`<main class="page" id="main">
${crumbTrail(folder, crumbs)}<h1 dir="auto">${title}${node.isLocked && lock}</h1>
${paragraphs(node.description)}${children.length === 0 ? html`<p class="lead">There is nothing in this folder.</p>\n` : html`<p class="count">${contents(node)}</p>\n<ul class="cards">\n${children.map((child) => card(folder, child))}</ul>\n`}</main>`
  return renderPage({ site, title, folder, view: 'albums', body })
}

const card = (folder: string, node: ShownNode): Markup =>
  html`<li><a href="${pageLink(folder, node.folder)}">${picture(folder, node)}<b dir="auto">${node.name}${node.isLocked && lock}</b><small>${contents(node)}</small></a></li>\n`

const picture = (folder: string, { cover }: ShownNode): Markup =>
  cover === undefined
    ? html`<span class="none"></span>`
    : html`<img loading="lazy" decoding="async" src="${linkTo(folder, cover.path)}" width="${cover.width}" height="${cover.height}" alt="">`

/** Returns the number of folders and albums in a folder, and of the photos and videos below it: `2 albums · 26 photos, 1 video`. */
function contents({ kind, children, items, videos }: ShownNode): string {
  const count = (wanted: ShownNode['kind']): number => children.filter((child) => child.kind === wanted).length
  const parts = [list([count('folder'), 'folder'], [count('album'), 'album']), list([items - videos, 'photo'], [videos, 'video'])]
  const words = (kind === 'album' ? parts.slice(1) : parts).filter((part) => part !== '')
  return words.length === 0 ? 'empty' : words.join(' · ')
}

const list = (...counts: readonly (readonly [number, string])[]): string =>
  counts
    .filter(([number]) => number > 0)
    .map(([number, noun]) => counted(number, noun))
    .join(', ')
