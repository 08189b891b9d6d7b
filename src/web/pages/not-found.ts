import { html } from '../../twin/html.ts'
import { renderPage } from '../../twin/pages/shell.ts'

/** Renders the page for an address that leads nowhere, at this depth below the top; `why` says that of a photo which cannot be shown. */
export const notFoundPage = (title: string, depth: number, why?: string): string =>
  renderPage({
    site: { title, isLive: true },
    title: 'Not found',
    folder: Array.from({ length: depth }, () => 'x').join('/'),
    body:
      why === undefined
        ? html`<main class="page" id="main"><h1>This page is not here</h1><p class="lead">The album may have another name now. <a href="/index.html">Look for it from the first page.</a></p></main>`
        : html`<main class="page" id="main"><h1>This photo is not shown here</h1><p class="lead">${why} <code>smugmug-backup checkout</code> writes photos into a folder.</p></main>`,
  })
