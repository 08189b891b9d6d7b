/**
 * A sheet to draw on: collects SVG definitions, and gives out random numbers that are the same in every process.
 * Coordinates are pixels from the top left.
 */

/** A gradient's colours from first to last, evenly spaced, or with their own places from 0 to 1. */
export type Colours = readonly (string | readonly [colour: string, at: number])[]

/** A picture being drawn. `time` runs from 0 to 1 in a moving scene. */
export class Paper {
  readonly width: number
  readonly height: number
  readonly time: number
  readonly #defs: string[] = []
  #state: number

  constructor(options: { readonly seed: string; readonly width: number; readonly height: number; readonly time?: number }) {
    this.width = options.width
    this.height = options.height
    this.time = options.time ?? 0
    this.#state = 2166136261
    for (const character of options.seed) this.#state = Math.imul(this.#state ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0
  }

  /** Returns the next number from 0 to 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random()
  }

  /** Picks one of these. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.random() * choices.length)] ?? choices[0]
  }

  /** Draws `count` times. Returns the drawings in one string. */
  times(count: number, draw: (index: number) => string): string {
    return Array.from({ length: count }, (_, index) => draw(index)).join('')
  }

  /** Adds a definition; `{id}` in it stands for its id. Returns the reference to fill, filter or mask with. */
  define(xml: string): string {
    const id = `d${this.#defs.length}`
    this.#defs.push(xml.replaceAll('{id}', id))
    return `url(#${id})`
  }

  /** Defines a gradient from top to bottom, of the shape that it fills or, with `from` and `to`, of the page. */
  linear(colours: Colours, page?: { readonly from: number; readonly to: number }): string {
    const span = page ? `gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="${page.from}" y2="${page.to}"` : 'x1="0" x2="0" y1="0" y2="1"'
    return this.define(`<linearGradient id="{id}" ${span}>${stops(colours)}</linearGradient>`)
  }

  /** Defines a gradient from the left to the right of the shape that it fills. */
  sideways(colours: Colours): string {
    return this.define(`<linearGradient id="{id}">${stops(colours)}</linearGradient>`)
  }

  /** Defines a gradient from the middle of the shape to its rim. */
  radial(colours: Colours, centre = { x: 0.5, y: 0.5 }): string {
    return this.define(`<radialGradient id="{id}" fx="${centre.x}" fy="${centre.y}">${stops(colours)}</radialGradient>`)
  }

  blur(radius: number): string {
    return this.define(`<filter id="{id}" x="-1" y="-1" width="3" height="3"><feGaussianBlur stdDeviation="${radius}"/></filter>`)
  }

  /** Returns the sheet as an SVG document, scaled to fill `size` and cut if the shapes differ. */
  svg(body: string, size: readonly [width: number, height: number] = [this.width, this.height]): string {
    const frame = `width="${size[0]}" height="${size[1]}" viewBox="0 0 ${this.width} ${this.height}" preserveAspectRatio="xMidYMid slice"`
    const spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return `<svg ${spaces} ${frame}><defs>${this.#defs.join('')}</defs>${body}</svg>`
  }
}

function stops(colours: Colours): string {
  return colours
    .map((entry, index) => {
      const [colour, at] = typeof entry === 'string' ? [entry, index / Math.max(1, colours.length - 1)] : entry
      // `#rrggbbaa` is newer than the renderer.
      const opacity = colour.length === 9 ? ` stop-opacity="${(Number.parseInt(colour.slice(7), 16) / 255).toFixed(3)}"` : ''
      return `<stop offset="${at}" stop-color="${colour.slice(0, 7)}"${opacity}/>`
    })
    .join('')
}

/** Returns the colour at `share` of the way from one `#rrggbb` to the other. */
export function mix(from: string, to: string, share: number): string {
  const channel = (colour: string, index: number) => Number.parseInt(colour.slice(1 + index * 2, 3 + index * 2), 16)
  const mixed = [0, 1, 2].map((index) => Math.round(channel(from, index) * (1 - share) + channel(to, index) * share))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** Writes a number for paths: two decimals are plenty. */
export function n(value: number): string {
  return String(Math.round(value * 100) / 100)
}
