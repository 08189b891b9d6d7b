import { TWIN_FILES } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { linkTo, pageLink, wayUp } from '../links.ts'
import type { Crumb } from '../shown.ts'

/** The views that a page's head leads to. */
export type View = 'albums' | 'time' | 'map' | 'health' | 'live'

/** The facts that are the same on every page of one twin. */
export interface Site {
  /** The account's name. */
  readonly title: string
  /** True for pages that the program serves: they load the live parts, which a twin on a disk has not. */
  readonly isLive: boolean
}

/** A page, without its frame. */
export interface Page {
  readonly site: Site
  readonly title: string
  /** The folder that the page lies in. */
  readonly folder: string
  readonly view?: View
  readonly body: Markup
}

/** Scripts, pictures and films come from the twin itself, and nothing comes from elsewhere. The one style attribute sets aspect ratios. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' file:",
  "style-src 'self' file:",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' file: data: blob:",
  "media-src 'self' file:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Renders a whole page. It is complete without the script, which only adds to it. */
export function renderPage({ site, title, folder, view, body }: Page): string {
  const file = (name: string): string => linkTo(folder, `${TWIN_FILES}/${name}`)
  const explore = file('explore.html')
  const current = (name: View): Markup | undefined => (view === name ? html` aria-current="page"` : undefined)
  const page = html`<!doctype html>
<html lang="en"${site.isLive ? html` data-live` : undefined}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
${site.isLive ? undefined : html`<meta http-equiv="Content-Security-Policy" content="${POLICY}">\n`}<title>${title === site.title ? title : `${title} · ${site.title}`}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${file('twin.css')}">
<script src="${file('twin.js')}" data-root="${wayUp(folder)}" defer></script>${
    site.isLive &&
    html`
<link rel="stylesheet" href="${file('live.css')}">
<script src="${file('live.js')}" data-root="${wayUp(folder)}" defer></script>`
  }
</head>
<body>
<a class="skip" href="#main">To the photos</a>
<header class="bar">
<nav aria-label="Views"><a href="${pageLink(folder, '')}"${current('albums')}>Albums</a><a href="${explore}#time"${current('time')} data-view="time">Timeline</a><a href="${explore}#map"${current('map')} data-view="map">Map</a>${site.isLive && html`<a href="${linkTo(folder, 'health.html')}"${current('health')}>Health</a><a href="${linkTo(folder, 'live.html')}"${current('live')}>Runs</a><a href="${linkTo(folder, 'setup.html')}">Set-up</a>`}</nav>
<form class="find" role="search" hidden><input type="search" name="q" placeholder="Search" aria-label="Search all photos" autocomplete="off" spellcheck="false"></form>
</header>
${body}
</body>
</html>
`
  return page.toString()
}

/** Renders the way from the top to a page; empty for the top itself. */
export const crumbTrail = (folder: string, crumbs: readonly Crumb[]): Markup | undefined =>
  crumbs.length === 0
    ? undefined
    : html`<nav class="crumbs" aria-label="Folders above"><ol>${crumbs.map((crumb) => html`<li><a href="${pageLink(folder, crumb.folder)}" dir="auto">${crumb.name}</a></li>`)}</ol></nav>\n`

/** The sign for an album or folder that strangers do not see. */
export const lock = html` <span class="lock" role="img" aria-label="Not public on SmugMug" title="Not public on SmugMug"></span>`

/** Renders a description as paragraphs: an empty line divides them. */
export const paragraphs = (text: string | undefined): readonly Markup[] =>
  (text ?? '')
    .split(/\n\s*\n/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => html`<p class="lead" dir="auto">${part}</p>\n`)

const NUMBERS = new Intl.NumberFormat('en-US')

/** Returns a count with its noun: `1 photo`, `1,234 photos`. */
export const counted = (count: number, noun: string): string => `${NUMBERS.format(count)} ${noun}${count === 1 ? '' : 's'}`
