/** The pages that hand over copies of photos. They need no script. */
import { formatBytes } from '../../events.ts'
import { TWIN_FILES, thumbnailPath } from '../../twin/format.ts'
import { html, type Markup } from '../../twin/html.ts'
import { linkTo, pageLink } from '../../twin/links.ts'
import { renderPage } from '../../twin/pages/shell.ts'
import type { Copy } from '../contract.ts'

/** An item, and the addresses of its copies. */
interface Item {
  readonly key: string
  readonly name: string
  readonly folder: string
  readonly md5?: string
  readonly copies: readonly Copy[]
  readonly reason?: string
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' })

const frame = (site: { readonly title: string; readonly folder?: string }, heading: string, body: Markup): string =>
  renderPage({
    site: { title: site.title, isLive: true },
    title: heading,
    folder: site.folder ?? '',
    body: html`<main class="page copies" id="main">\n${body}</main>`,
  })

/** Renders the page of an item's copies. */
export function copyPage({ title, item, today }: { readonly title: string; readonly item: Item; readonly today: Date }): string {
  const { key, name, folder, md5, copies, reason } = item
  const picture = md5 !== undefined && html`<img src="${linkTo('', `${TWIN_FILES}/${thumbnailPath(md5)}`)}" alt="" decoding="async">`
  const album = html`<p class="lead">From the album <a href="${pageLink('', folder)}#i-${key}" dir="auto">${folder}</a></p>\n`
  const missing = reason !== undefined && html`<p class="lead">There is no copy in the album: ${reason}.</p>\n`
  return frame(
    { title },
    'Get back a copy',
    html`<div class="copied">${picture}<div><h1>Get back a copy</h1><p class="name" dir="auto">${name}</p>${album}${missing}</div></div>
${list(copies)}${copies.some(({ until }) => until !== undefined) && asOf(key, today)}`,
  )
}

/** Renders the page of everything that was put aside. */
export const asidePage = ({ title, copies }: { readonly title: string; readonly copies: readonly Copy[] }): string =>
  frame(
    { title },
    'Put aside',
    html`<h1>Put aside</h1>
<p class="lead">${
      copies.length === 0
        ? 'No photo was replaced or removed so far, or its copy was kept as long as the settings say.'
        : 'Copies of photos that were replaced on SmugMug, or removed there. The newest come first.'
    }</p>\n${list(copies)}`,
  )

/** Renders a refusal, for an address in this folder: the links of the page begin there. */
export const copyRefusedPage = ({
  title,
  text,
  folder,
}: {
  readonly title: string
  readonly text: string
  readonly folder: string
}): string =>
  frame(
    { title, folder },
    'No copy',
    html`<h1>This copy cannot be had</h1><p class="lead">${text}</p><p class="lead"><a href="/copy.html">Copies of photos that were replaced or removed</a></p>`,
  )

const list = (copies: readonly Copy[]): Markup | undefined =>
  copies.length === 0 ? undefined : html`<ul class="panel copy-list">${copies.map(row)}</ul>\n`

const row = ({ name, size, address, until, why }: Copy): Markup =>
  html`<li><div><b dir="auto">${until === undefined ? 'As it is now' : html`As it was until <time datetime="${until}">${MOMENT.format(new Date(until))}</time>`}</b><span dir="auto">${name}, ${formatBytes(size)}${why !== undefined && html`; ${why}`}</span></div><a class="get" href="${address}" download aria-label="Get this copy: ${name}, ${until === undefined ? 'as it is now' : `as it was until ${MOMENT.format(new Date(until))}`}">Get this copy</a></li>\n`

/** Renders the form for the copy as of a day. */
const asOf = (key: string, today: Date): Markup => {
  const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
  return html`<form class="as-of" action="/api/copy"><input type="hidden" name="item" value="${key}"><label>As it was at the end of <input type="date" name="when" max="${day}" value="${day}" required></label> <button>Get that copy</button></form>\n`
}
