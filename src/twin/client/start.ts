/**
 * The script of a twin: photos open in place, large albums scroll, and the explore page has its timeline, map and search. Every page is
 * complete without it. It is one classic script, because a page opened from the disk may load nothing else.
 */
import { type Address, addressText, enter, readAddress, replace } from './address.ts'
import { enhanceAlbum } from './album.ts'
import { findPhotos, type OpenView, type Stage, showMessage, showTimeline } from './explore.ts'
import { Library } from './library.ts'
import { LoadError } from './load.ts'
import { showMap } from './map-view.ts'

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
  const address = readAddress()
  if (input && document.activeElement !== input) input.value = address.view === 'search' ? address.value : ''
  markView(address.view)
  if (open?.show(address) === true) return
  try {
    library ??= Library.open(root, files)
    const show = await viewOf({ library: await library, host, address })
    if (mine !== turn) return
    open?.close()
    open = show()
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    library = undefined
    if (mine === turn) open = showMessage(host, `${error.message} The albums are complete without it.`)
  }
}

/** Makes ready the view of an address. Returns the function that shows it. */
async function viewOf(stage: Stage): Promise<() => OpenView> {
  const { view: name, value } = stage.address
  if (name === 'map') return await showMap(stage, files)
  if (name === 'search' && value.trim() !== '') return await findPhotos(stage)
  return () => showTimeline(stage)
}

/** Marks the view in the bar. */
function markView(name: Address['view']): void {
  for (const link of document.querySelectorAll<HTMLElement>('[data-view]')) {
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page')
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
      const hash = addressText({ view: input.value.trim() === '' ? 'time' : 'search', value: input.value })
      // The first letter is a step into the page: Back leads to the view before.
      if (readAddress().view === 'search') replace(hash)
      else enter(hash)
      void route(view)
    }, TYPING)
  })
}
find?.addEventListener('submit', (event) => {
  event.preventDefault()
  if (view === null && input) location.href = `${files}explore.html${addressText({ view: 'search', value: input.value })}`
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') !== null) return
  event.preventDefault()
  input?.focus()
})
