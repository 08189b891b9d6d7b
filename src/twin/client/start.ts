/**
 * The script of a twin: photos open in place, large albums scroll, and the explore page has its timeline, map and search. Every page is
 * complete without it. It is one classic script, because a page opened from the disk may load nothing else.
 */
import { enhanceAlbum } from './album.ts'
import { hashText } from './el.ts'
import { findPhotos, type OpenView, showMessage, showTimeline } from './explore.ts'
import { Library } from './library.ts'
import { LoadError } from './load.ts'
import { showMap } from './map.ts'

const script = document.currentScript as HTMLScriptElement
const files = script.src.replace(/[^/]*$/, '')
const root = new URL(script.dataset.root ?? '', location.href).href

const photos = document.querySelector<HTMLElement>('.photos')
if (photos !== null) enhanceAlbum(photos)

const view = document.getElementById('view')
const find = document.querySelector<HTMLFormElement>('.find')
const input = find?.querySelector('input')
if (find !== null) find.hidden = false

let library: Promise<Library> | undefined
let open: OpenView | undefined
let turn = 0

/** Shows what the address asks for: `#time=2019-07`, `#map`, `#search=fjord`. */
async function route(host: HTMLElement): Promise<void> {
  turn += 1
  const mine = turn
  const [name = 'time', value = ''] = hashText().split(/=(.*)/s)
  if (input && name === 'search' && input.value !== value) input.value = value
  markView(name)
  try {
    library ??= Library.open(root, files)
    const all = await library
    if (mine !== turn) return
    open?.close()
    if (name === 'map') open = await showMap(all, host, { files, isCurrent: () => mine === turn })
    else if (name === 'search' && value.trim() !== '') {
      const show = await findPhotos(all, host, value)
      if (mine === turn) open = show()
    } else open = showTimeline(all, host, value)
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    library = undefined
    if (mine === turn) open = showMessage(host, `${error.message} The albums are complete without it.`)
  }
}

/** Marks the view in the bar. */
function markView(name: string): void {
  for (const link of document.querySelectorAll<HTMLElement>('[data-view]')) {
    if (link.dataset.view === (name === '' ? 'time' : name)) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/** Milliseconds of rest until a search begins. */
const TYPING = 120

if (view !== null) {
  void route(view)
  addEventListener('hashchange', () => void route(view))
  let typing = 0
  input?.addEventListener('input', () => {
    clearTimeout(typing)
    typing = window.setTimeout(() => {
      history.replaceState(null, '', input.value.trim() === '' ? '#time' : `#search=${encodeURIComponent(input.value)}`)
      void route(view)
    }, TYPING)
  })
}
find?.addEventListener('submit', (event) => {
  event.preventDefault()
  if (view === null && input) location.href = `${files}explore.html#search=${encodeURIComponent(input.value)}`
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') !== null) return
  event.preventDefault()
  input?.focus()
})
