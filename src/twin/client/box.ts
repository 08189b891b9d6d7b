import type { ItemWords } from '../format.ts'
import { hiddenReason, isShowable, UNSHOWN } from '../formats.ts'
import { about } from './about.ts'
import { enter, follow, leave } from './address.ts'
import { button, el } from './el.ts'
import { Gestures } from './gestures.ts'

/** A photo to look at. */
export interface BoxShot {
  readonly name: string
  readonly isVideo: boolean
  /** The address of the file; absent if it is not held. */
  readonly file: string | undefined
  readonly picture: string | undefined
  /** The page of its album, and the album's name; absent on that page itself. */
  readonly page?: string
  readonly album?: string
  readonly note?: string
  /** The page's own address while this photo is open, from its `#` on. */
  readonly hash: string
  words(): Promise<ItemWords>
}

/** A row of photos to leaf through. */
export interface BoxSource {
  readonly count: number
  shot(item: number): Promise<BoxShot | undefined>
  /** Called whenever another photo is looked at. */
  shown(item: number): void
  /** Called when the box is closed, with the photo that was looked at last. Returns the page's address without a photo. */
  closed(item: number): string
}

/** One photo, large: keys, swipe, its words and facts, its neighbours fetched ahead, an address of its own. */
export class Box {
  readonly #stage = el('div', { className: 'stage' })
  readonly #side = el('aside', { 'aria-label': 'About this photo', tabIndex: 0 })
  readonly #dialog: HTMLDialogElement
  readonly #gestures: Gestures
  #source: BoxSource | undefined
  #item = 0
  #turn = 0
  /** The neighbours, kept while they are fetched. */
  #ahead: readonly HTMLImageElement[] = []

  constructor() {
    const front = el(
      'div',
      { className: 'front' },
      this.#stage,
      button({ className: 'close', sign: '✕', label: 'Close' }, () => this.#dialog.close()),
      button({ className: 'about', sign: 'i', label: 'About this photo' }, () => this.#dialog.classList.toggle('bare')),
      button({ className: 'before', sign: '‹', label: 'Previous' }, () => this.#step(-1)),
      button({ className: 'after', sign: '›', label: 'Next' }, () => this.#step(1)),
    )
    this.#dialog = el('dialog', { className: 'box', 'aria-label': 'Photo', tabIndex: -1 }, front, this.#side)
    this.#gestures = new Gestures(this.#stage, {
      step: (by) => this.#step(by),
      close: () => this.#dialog.close(),
      zoomed: (isZoomed) => this.#dialog.classList.toggle('zoom', isZoomed),
    })
    this.#dialog.addEventListener('keydown', (event) => this.#key(event))
    this.#dialog.addEventListener('close', () => this.#closed())
    document.body.append(this.#dialog)
  }

  /** Is a photo open? */
  get isOpen(): boolean {
    return this.#source !== undefined
  }

  /** Opens a photo. Its address leads to it from now on, and Back closes it. */
  open(source: BoxSource, item: number): void {
    this.#source = source
    if (!this.#dialog.open) {
      this.#dialog.showModal()
      this.#dialog.focus()
    }
    void this.#show(item)
  }

  /** Closes the box, because the address leads elsewhere. */
  close(): void {
    if (!this.isOpen) return
    const source = this.#source
    this.#source = undefined
    this.#dialog.close()
    source?.closed(this.#item)
  }

  #closed(): void {
    // The event comes late: a photo may be open again.
    if (this.#dialog.open) return
    this.#turn += 1
    this.#gestures.reset()
    this.#stage.replaceChildren()
    this.#ahead = []
    const source = this.#source
    this.#source = undefined
    if (source !== undefined) leave(source.closed(this.#item))
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLVideoElement && (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End')) return
    if (event.key === 'ArrowRight' || event.key === 'PageDown') this.#step(1)
    else if (event.key === 'ArrowLeft' || event.key === 'PageUp') this.#step(-1)
    else if (event.key === 'Home') void this.#show(0)
    else if (event.key === 'End') void this.#show((this.#source?.count ?? 1) - 1)
    else if (event.key === 'i') this.#dialog.classList.toggle('bare')
    else if (event.key === 'z') this.#gestures.toggle()
    else if (event.key !== 'Tab' || !this.#wrapFocus(event.shiftKey)) return
    event.preventDefault()
  }

  /** Leads the focus from the last part of the box to the first, and back: the page behind is out of reach. */
  #wrapFocus(isBack: boolean): boolean {
    const parts = [...this.#dialog.querySelectorAll<HTMLElement>('button, a[href], video, [tabindex]')].filter((part) =>
      part.checkVisibility(),
    )
    const [first, last] = [parts[0], parts.at(-1)]
    const isAtEnd = document.activeElement === (isBack ? first : last) || document.activeElement === this.#dialog
    if (!isAtEnd) return false
    ;(isBack ? last : first)?.focus()
    return true
  }

  #step(by: number): void {
    void this.#show(this.#item + by)
  }

  async #show(item: number): Promise<void> {
    const source = this.#source
    if (source === undefined || item < 0 || item >= source.count) {
      this.#gestures.reset()
      return
    }
    this.#item = item
    this.#turn += 1
    const turn = this.#turn
    const shot = await source.shot(item)
    if (turn !== this.#turn || shot === undefined) return
    this.#ahead = []
    // A large original that is still under way makes room for the next one.
    this.#stage.querySelector('img')?.removeAttribute('src')
    const { shown, ready } = pictureOf(shot)
    this.#stage.replaceChildren(shown)
    this.#gestures.reset()
    this.#side.replaceChildren(el('h2', { dir: 'auto' }, shot.name))
    this.#go(shot.hash)
    source.shown(item)
    const words = await shot.words().catch((): ItemWords => ({}))
    if (turn !== this.#turn) return
    this.#side.replaceChildren(...about(shot, words, `${(item + 1).toLocaleString('en-US')} of ${source.count.toLocaleString('en-US')}`))
    this.#side.scrollTop = 0
    await ready
    for (const next of [item + 1, item - 1]) if (turn === this.#turn) await this.#fetchAhead(source, next)
  }

  /** Lets the address lead to the photo: the first one is a step into the page, the others take its place. */
  #go(hash: string): void {
    if (location.hash === hash) return
    if (this.#isInside(location.hash)) follow(hash)
    else enter(hash)
  }

  #isInside(hash: string): boolean {
    return /^#i-|&photo=/.test(hash)
  }

  async #fetchAhead(source: BoxSource, item: number): Promise<void> {
    if (item < 0 || item >= source.count) return
    const shot = await source.shot(item)
    if (shot?.file === undefined || shot.isVideo || !isShowable(shot.file, false)) return
    this.#ahead = [...this.#ahead, el('img', { src: shot.file })]
  }
}

/** An element that shows a photo; `ready` settles when it is there, or cannot be. */
interface Pictured {
  readonly shown: HTMLElement
  readonly ready: Promise<void>
}

/** Returns the largest view of a photo that the browser can give; else its small picture with the reason and the way to the file. */
function pictureOf(shot: BoxShot): Pictured {
  const { file, picture, isVideo, name } = shot
  if (file === undefined) return { shown: insteadOf(shot, shot.note ?? ''), ready: Promise.resolve() }
  if (!isShowable(name, isVideo)) return { shown: insteadOf(shot, hiddenReason(name, isVideo)), ready: Promise.resolve() }
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const shown = isVideo
    ? el('video', { src: file, controls: true, autoplay: true, playsInline: true, ...(picture !== undefined && { poster: picture }) })
    : el('img', { src: file, alt: name })
  if (!isVideo && picture !== undefined) shown.style.backgroundImage = `url("${picture}")`
  shown.onload = () => {
    shown.style.backgroundImage = ''
    resolve()
  }
  shown.addEventListener('loadeddata', () => resolve())
  shown.onerror = () => {
    // The source that is taken away for the next photo is no error. A film keeps its still and its controls.
    const frame = isVideo ? el('div', { className: 'instead' }, ...reasonOf(file, UNSHOWN)) : insteadOf(shot, UNSHOWN)
    if (shown.isConnected) shown.replaceWith(frame)
    if (isVideo) frame.prepend(shown)
    resolve()
  }
  return { shown, ready }
}

/** Returns the small picture or a tile, the reason why there is no more, and the way to the file. */
const insteadOf = ({ file, picture, name }: BoxShot, reason: string): HTMLElement =>
  el(
    'div',
    { className: 'instead' },
    picture === undefined ? el('b', { dir: 'auto' }, name) : el('img', { src: picture, alt: name }),
    ...reasonOf(file, reason),
  )

const reasonOf = (file: string | undefined, reason: string): readonly (HTMLElement | false)[] => [
  el('p', { dir: 'auto' }, reason),
  file !== undefined && el('a', { href: file, className: 'original' }, 'Open the original'),
]
