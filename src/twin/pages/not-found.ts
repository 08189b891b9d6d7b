import { html, Markup } from '../html.ts'
import type { Site } from './shell.ts'

/**
 * Leads from a photo's old address on SmugMug, `/Album/i-KEY`, to the photo on its album's page, and from an album's address without the
 * last slash to the album. Old syntax on purpose: it needs nothing else of the twin.
 */
const SCRIPT = `(function () {
  var parts = location.pathname.split('/')
  for (var at = 1; at < parts.length; at += 1) {
    if (/^i-[A-Za-z0-9]+$/.test(parts[at])) return location.replace(parts.slice(0, at).join('/') + '/#' + parts[at])
  }
})()`

const STYLE = `:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-content:center;padding:1rem;text-align:center;font:1rem/1.5 system-ui,sans-serif;background:light-dark(#faf9f6,#131417);color:light-dark(#1d1e20,#ecebe7)}
a{color:inherit}`

/**
 * Renders the page that a web server shows in place of an unknown address. It stands alone, because it is shown at addresses of any depth.
 */
export const notFoundPage = (site: Site): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Not found · ${site.title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
<script>${new Markup(SCRIPT)}</script>
</head>
<body>
<main><h1>This page is not here</h1><p>The album may have another name now. <a href="/">Look for it from the first page.</a></p></main>
</body>
</html>
`.toString()
