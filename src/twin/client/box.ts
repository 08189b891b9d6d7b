import type { Fact, ItemWords } from '../format.ts'
import { button, el } from './el.ts'

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
  words(): Promise<ItemWords>
}

/** A row of photos to leaf through. */
export interface BoxSource {
  readonly count: number
  shot(item: number): Promise<BoxShot | undefined>
  /** Called whenever another photo is looked at, and with undefined when the box is closed. */
  shown?(item: number | undefined): void
}

/** Formats that every browser shows. Of others the small picture is shown, and the file is one click away. */
const SEEN = /\.(jpe?g|png|gif|webp|avif|svg|bmp)$/i
/** The least distance of a swipe, in pixels. */
const SWIPE = 60

/** One photo, large: keys, swipe, its words and facts, its neighbours fetched ahead. */
export class Box {
  readonly #stage = el('div', { className: 'stage' })
  readonly #side = el('aside', { 'aria-label': 'About this photo' })
  readonly #dialog: HTMLDialogElement
  #source: BoxSource = { count: 0, shot: async () => undefined }
  #item = 0
  #turn = 0

  constructor() {
    const stage = el(
      'div',
      { className: 'front' },
      this.#stage,
      button({ className: 'close', sign: '✕', label: 'Close' }, () => this.#dialog.close()),
      button({ className: 'before', sign: '‹', label: 'Previous' }, () => this.#step(-1)),
      button({ className: 'after', sign: '›', label: 'Next' }, () => this.#step(1)),
      button({ className: 'about', sign: 'i', label: 'About this photo' }, () => this.#dialog.classList.toggle('bare')),
    )
    this.#dialog = el('dialog', { className: 'box', 'aria-label': 'Photo' }, stage, this.#side)
    this.#dialog.addEventListener('keydown', (event) => this.#key(event))
    this.#dialog.addEventListener('close', () => {
      this.#turn += 1
      this.#stage.replaceChildren()
      this.#source.shown?.(undefined)
    })
    this.#listenToSwipes()
    document.body.append(this.#dialog)
  }

  /** Opens a photo. */
  open(source: BoxSource, item: number): void {
    this.#source = source
    if (!this.#dialog.open) this.#dialog.showModal()
    void this.#show(item)
  }

  close(): void {
    this.#dialog.close()
  }

  #key(event: KeyboardEvent): void {
    if (event.target instanceof HTMLVideoElement && event.key.startsWith('Arrow')) return
    if (event.key === 'ArrowRight' || event.key === 'PageDown') this.#step(1)
    else if (event.key === 'ArrowLeft' || event.key === 'PageUp') this.#step(-1)
    else if (event.key === 'Home') void this.#show(0)
    else if (event.key === 'End') void this.#show(this.#source.count - 1)
    else if (event.key === 'i') this.#dialog.classList.toggle('bare')
    else if (event.key === 'z') this.#dialog.classList.toggle('zoom')
    else return
    event.preventDefault()
  }

  #listenToSwipes(): void {
    let from: { readonly x: number; readonly y: number } | undefined
    this.#stage.addEventListener('pointerdown', (event) => {
      from = { x: event.clientX, y: event.clientY }
    })
    this.#stage.addEventListener('pointerup', (event) => {
      if (from === undefined || event.target instanceof HTMLVideoElement) return
      const [x, y] = [event.clientX - from.x, event.clientY - from.y]
      from = undefined
      if (Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y)) this.#step(x < 0 ? 1 : -1)
      else if (y > 2 * SWIPE && event.pointerType === 'touch') this.#dialog.close()
      else if (Math.abs(x) < 5 && Math.abs(y) < 5 && event.pointerType === 'mouse') this.#dialog.classList.toggle('zoom')
    })
  }

  #step(by: number): void {
    void this.#show(this.#item + by)
  }

  async #show(item: number): Promise<void> {
    if (item < 0 || item >= this.#source.count) return
    this.#item = item
    this.#turn += 1
    const turn = this.#turn
    const shot = await this.#source.shot(item)
    if (turn !== this.#turn || shot === undefined) return
    this.#dialog.classList.remove('zoom')
    this.#stage.replaceChildren(pictureOf(shot))
    this.#side.replaceChildren(el('h2', { dir: 'auto' }, shot.name))
    this.#source.shown?.(item)
    const words = await shot.words().catch((): ItemWords => ({}))
    if (turn !== this.#turn) return
    this.#side.replaceChildren(
      ...about(shot, words, `${(item + 1).toLocaleString('en-US')} of ${this.#source.count.toLocaleString('en-US')}`),
    )
    for (const next of [item + 1, item - 1]) void this.#fetchAhead(next)
  }

  async #fetchAhead(item: number): Promise<void> {
    if (item < 0 || item >= this.#source.count) return
    const shot = await this.#source.shot(item)
    if (shot?.file !== undefined && !shot.isVideo && SEEN.test(shot.file)) new Image().src = shot.file
  }
}

function pictureOf({ file, picture, isVideo, name }: BoxShot): HTMLElement {
  if (file !== undefined && isVideo)
    return el('video', { src: file, controls: true, autoplay: true, playsInline: true, ...(picture !== undefined && { poster: picture }) })
  if (file === undefined || !SEEN.test(file))
    return picture === undefined ? el('p', { className: 'none', dir: 'auto' }, name) : el('img', { src: picture, alt: name })
  const image = el('img', { src: file, alt: name })
  if (picture !== undefined) image.style.backgroundImage = `url("${picture}")`
  // An original that a browser cannot show after all: the small picture is better than none.
  image.onerror = () => {
    if (picture !== undefined && image.src !== picture) image.src = picture
  }
  image.onload = () => {
    image.style.backgroundImage = ''
  }
  return image
}

function about(shot: BoxShot, words: ItemWords, count: string): readonly Node[] {
  const { title, caption, keywords = [], taken, place, facts = [] } = words
  const rows: readonly Fact[] = [
    ...(taken === undefined ? [] : [['Taken', takenText(taken)] as const]),
    ...(place === undefined ? [] : [['Place', place] as const]),
    ...facts,
    ['File', shot.name],
  ]
  return [
    el('p', { className: 'count' }, count),
    el('h2', { dir: 'auto' }, title ?? shot.name),
    ...(caption === undefined ? [] : [el('p', { className: 'caption', dir: 'auto' }, caption)]),
    ...(keywords.length === 0 ? [] : [el('ul', { className: 'keywords' }, ...keywords.map((word) => el('li', { dir: 'auto' }, word)))]),
    ...(shot.note === undefined ? [] : [el('p', { className: 'note' }, shot.note)]),
    el('dl', {}, ...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', { dir: 'auto' }, value)])),
    ...(shot.page === undefined ? [] : [el('p', {}, el('a', { href: shot.page, dir: 'auto' }, shot.album ?? 'Its album'))]),
    ...(shot.file === undefined ? [] : [el('p', {}, el('a', { href: shot.file, className: 'original' }, 'Open the file'))]),
  ]
}

/** Returns the camera's time as people read it: `24 July 2019, 22:41`. */
function takenText(taken: string): string {
  const date = new Date(`${taken.slice(0, 19)}Z`)
  if (Number.isNaN(date.getTime())) return taken
  return date.toLocaleString('en-GB', { timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short' })
}
