import { timeWords } from '../dates.ts'
import { hiddenReason, isShowable, tileWords } from '../formats.ts'
import { html, type Markup } from '../html.ts'
import { linkTo } from '../links.ts'
import type { Crumb, ShownAlbum, ShownItem } from '../shown.ts'
import { counted, crumbTrail, lock, paragraphs, renderPage, type Site } from './shell.ts'

/** Renders the page of an album: each item in SmugMug's order, with its words. Its element has the id `i-KEY`, as SmugMug's address ends. */
export function albumPage(site: Site, { node, key, items }: ShownAlbum, crumbs: readonly Crumb[]): string {
  const { folder } = node
  const videos = items.filter((item) => item.isVideo).length
  const photos = items.length - videos
  const count = [photos > 0 && counted(photos, 'photo'), videos > 0 && counted(videos, 'video')].filter((part) => part !== false).join(', ')
  const body = html`<main class="page" id="main">
${crumbTrail(folder, crumbs)}<h1 dir="auto">${node.name}${node.isLocked && lock}</h1>
${paragraphs(node.description)}<p class="count">${count === '' ? 'This album is empty.' : count}</p>
<div class="photos" data-album="${key}">
${items.map((item) => figure({ site, folder }, item))}</div>
</main>`
  return renderPage({ site, title: node.name, folder, view: 'albums', body })
}

function figure({ site, folder }: { readonly site: Site; readonly folder: string }, item: ShownItem): Markup {
  const { imageKey, path, width, height, isVideo } = item
  const picture = pictureOf(folder, item)
  // One that is not held leads to itself, where the reason is shown.
  const shown = html`<a class="shot" href="${path === undefined ? `#i-${imageKey}` : linkTo(folder, path)}">${picture}</a>`
  const ratio = (width / height).toFixed(3)
  return html`<figure id="i-${imageKey}" style="--r:${ratio}"${isVideo && html` class="video"`} data-size="${width}x${height}">${shown}${caption(item)}${site.isLive && copyLink(folder, item)}</figure>\n`
}

/** The way to an item's copies, where the program serves the page. */
const copyLink = (folder: string, { imageKey, name }: ShownItem): Markup =>
  html`<a class="copy" href="${linkTo(folder, 'copy.html')}?item=${imageKey}" aria-label="Get back a copy of ${name}" title="Get back a copy">⤓</a>`

/** The most characters of a text that stands for an item. */
const LABEL = 200

/** Returns the text that stands for an item: its title, else the beginning of its caption, else its file's name. */
function labelOf({ words, name }: ShownItem): string {
  const text = (words.title ?? words.caption?.split('\n', 1)[0] ?? name).slice(0, 2 * LABEL)
  return [...text].slice(0, LABEL).join('')
}

/** Returns an item's picture; else a tile with its name, and what is said of it. */
const pictureOf = (folder: string, item: ShownItem): Markup =>
  item.thumbnail === undefined
    ? html`<span class="none"><b dir="auto">${item.name}</b><small>${tileWords({ ...item, isHeld: item.path !== undefined })}${item.isTooLarge === true && ', too large for a small picture here'}</small></span>`
    : html`<img loading="lazy" decoding="async" src="${linkTo(folder, item.thumbnail.path)}" width="${item.thumbnail.width}" height="${item.thumbnail.height}" alt="${labelOf(item)}">`

function caption(item: ShownItem): Markup {
  const { words, note, name, path, isVideo } = item
  const { title, caption: text, keywords = [], taken, place, facts = [] } = words
  const all: readonly (readonly [string, string | Markup])[] = [
    ...(taken === undefined ? [] : [['Taken', html`<time datetime="${taken}">${timeWords(taken)}</time>`] as const]),
    ...(place === undefined ? [] : [['Place', place] as const]),
    ...facts,
    ['File', name],
  ]
  const format = path !== undefined && !isShowable(name, isVideo) && hiddenReason(name, isVideo)
  return html`<figcaption>${title !== undefined && html`<b dir="auto">${title}</b>`}${text !== undefined && html`<p dir="auto">${text}</p>`}${title === undefined && text === undefined && html`<b class="file" dir="auto">${name}</b>`}${keywords.length > 0 && html`<ul class="keywords">${keywords.map((word) => html`<li dir="auto">${word}</li>`)}</ul>`}${note !== undefined && html`<em dir="auto">${note}</em>`}${format !== false && html`<em class="format">${format}</em>`}<dl>${all.map(([term, value]) => html`<dt>${term}</dt><dd dir="auto">${value}</dd>`)}</dl></figcaption>`
}
