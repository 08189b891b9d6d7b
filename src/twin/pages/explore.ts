import { TWIN_FILES } from '../format.ts'
import { html } from '../html.ts'
import { pageLink } from '../links.ts'
import { renderPage, type Site } from './shell.ts'

/** Renders the page of the timeline, the map and the search. These need the script; without it the page leads to the albums. */
export const explorePage = (site: Site): string =>
  renderPage({
    site,
    title: 'Explore',
    folder: TWIN_FILES,
    body: html`<main id="main"><h1 class="unseen">All photos</h1><div id="view"><noscript><div class="page"><p class="lead">Timeline, map and search need JavaScript. <a href="${pageLink(TWIN_FILES, '')}">The albums</a> are complete without it.</p></div></noscript></div></main>`,
  })
