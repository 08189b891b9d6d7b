import { html } from '../../twin/html.ts'
import { renderPage } from '../../twin/pages/shell.ts'

/** Renders the page for an address that leads nowhere, at this depth below the top. */
export const notFoundPage = (title: string, depth: number): string =>
  renderPage({
    site: { title, isLive: true },
    title: 'Not found',
    folder: Array.from({ length: depth }, () => 'x').join('/'),
    body: html`<main class="page" id="main"><h1>This page is not here</h1><p class="lead">The album may have another name now. <a href="/index.html">Look for it from the first page.</a></p></main>`,
  })
