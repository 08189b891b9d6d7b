import { html, Markup } from '../html.ts'
import type { Site } from './shell.ts'

/**
 * Leads from a photo's old address on SmugMug, `/Album/i-KEY`, to the photo on its album's page, and from an album's address without the
 * last slash to the album. A server that gives no page for a folder is asked for `index.html`; if that is not there either, the chain ends.
 * The link to the first page is found by the data of the twin, because the twin may lie under any path. Old syntax on purpose: it needs
 * nothing else of the twin.
 */
const SCRIPT = `(function () {
  // Two slashes would begin the name of another host.
  var path = location.pathname.replace(/^\\/+/, '/')
  if (location.protocol === 'file:') return home(path.replace(/[^/]*$/, ''))
  var parts = path.split('/')
  for (var at = 1; at < parts.length; at += 1) {
    if (/^i-[A-Za-z0-9]+$/.test(parts[at])) return location.replace(parts.slice(0, at).join('/') + '/#' + parts[at])
  }
  if (!/\\.[A-Za-z0-9]{1,5}$/.test(path)) {
    if (go(path + (/\\/$/.test(path) ? 'index.html' : '/'))) return
  }
  look(1)
  // A server that leads back again is left after one round.
  function go(to) {
    try {
      if (Date.now() - sessionStorage.getItem(to) < 10000) return false
      sessionStorage.setItem(to, Date.now())
    } catch (error) {
      if (/\\/$/.test(path)) return false
    }
    location.replace(to + location.search + location.hash)
    return true
  }
  function look(depth) {
    if (depth >= parts.length) return
    var folder = parts.slice(0, depth).join('/') + '/'
    var probe = document.createElement('script')
    probe.onload = function () { home(folder) }
    probe.onerror = function () { look(depth + 1) }
    probe.src = folder + 'twin.files/data/index.js'
    document.head.appendChild(probe)
  }
  function home(folder) {
    addEventListener('DOMContentLoaded', set)
    if (document.readyState !== 'loading') set()
    function set() { document.getElementById('home').href = folder + 'index.html' }
  }
})()
function twin() {}`

const STYLE = `:root{color-scheme:light dark}
body{margin:0;box-sizing:border-box;min-height:100vh;display:grid;place-content:center;padding:1rem;text-align:center;font:1rem/1.5 system-ui,sans-serif;background:light-dark(#faf9f6,#131417);color:light-dark(#1d1e20,#ecebe7)}
main{max-width:32rem}
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
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<meta name="robots" content="noindex">
<title>Not found · ${site.title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
<script>${new Markup(SCRIPT)}</script>
</head>
<body>
<main><h1>This page is not here</h1><p>The album may have another name now. <a id="home" href="/">Look for it from the first page.</a></p></main>
</body>
</html>
`.toString()
