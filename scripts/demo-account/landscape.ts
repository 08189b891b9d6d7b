/** The parts of landscapes. Every function returns SVG. */

import { type Colours, mix, n, type Paper } from './paper.ts'

/** Draws the sky, down to `bottom`. */
export function sky(p: Paper, colours: Colours, bottom = p.height): string {
  return `<rect width="${p.width}" height="${bottom + 1}" fill="${p.linear(colours)}"/>`
}

/** Draws a soft light that fades out at `radius`. */
export function glow(p: Paper, spot: { x: number; y: number; radius: number; colour: string; opacity?: number }): string {
  const fill = p.radial([
    [`${spot.colour}ff`, 0],
    [`${spot.colour}88`, 0.3],
    [`${spot.colour}22`, 0.65],
    [`${spot.colour}00`, 1],
  ])
  return `<circle cx="${n(spot.x)}" cy="${n(spot.y)}" r="${n(spot.radius)}" fill="${fill}" opacity="${spot.opacity ?? 1}"/>`
}

/** Draws a sun or moon with its glow. */
export function sun(p: Paper, disc: { x: number; y: number; radius: number; colour: string; halo: string; reach?: number }): string {
  return `${glow(p, { x: disc.x, y: disc.y, radius: disc.radius * (disc.reach ?? 6), colour: disc.halo, opacity: 0.85 })}<circle cx="${disc.x}" cy="${disc.y}" r="${disc.radius}" fill="${disc.colour}"/>`
}

/** Draws drifting clouds or fog: noise of one colour, faded out at both edges of its band. `cover` from 0 to 1. */
export function clouds(
  p: Paper,
  band: { y: number; height: number; colour: string; opacity?: number; cover?: number; stretch?: readonly [number, number] },
): string {
  const [across, down] = band.stretch ?? [0.006, 0.025]
  const [r, g, b] = [1, 3, 5].map((at) => n(Number.parseInt(band.colour.slice(at, at + 2), 16) / 255))
  const cover = band.cover ?? 0.5
  const noise = p.define(
    `<filter id="{id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency="${across} ${down}" numOctaves="5" seed="${Math.floor(p.between(1, 999))}"/><feColorMatrix values="0 0 0 0 ${r}  0 0 0 0 ${g}  0 0 0 0 ${b}  0 3.2 0 0 ${n(-2.1 + cover * 1.6)}"/></filter>`,
  )
  const fade = p.linear([
    ['#ffffff00', 0],
    ['#ffffffff', 0.4],
    ['#ffffffff', 0.65],
    ['#ffffff00', 1],
  ])
  const mask = p.define(`<mask id="{id}"><rect y="${band.y}" width="${p.width}" height="${band.height}" fill="${fade}"/></mask>`)
  return `<g mask="${mask}" opacity="${band.opacity ?? 1}"><rect y="${band.y}" width="${p.width}" height="${band.height}" filter="${noise}"/></g>`
}

/** A skyline: where it is at any x, and how to fill what lies under it. */
export interface Ridge {
  at(x: number): number
  fill(paint: string, extra?: string): string
}

/** Makes a fractal skyline about `profile` (y for a share of the width from 0 to 1), `jag` pixels rough. */
export function ridge(
  p: Paper,
  shape: { profile: (share: number) => number; jag: number; grain?: number; bottom?: number; sharp?: boolean },
): Ridge {
  const octaves = [1, 2, 4, 8, 16, 32].map((scale) => {
    const cells = Math.ceil((shape.grain ?? 4) * scale) + 2
    return {
      scale: (shape.grain ?? 4) * scale,
      weight: 0.5 ** Math.log2(scale),
      values: Array.from({ length: cells }, () => p.random() * 2 - 1),
    }
  })
  const at = (x: number) => {
    const share = x / p.width
    let sum = 0
    for (const { scale, weight, values } of octaves) {
      const cell = Math.min(Math.max(0, Math.floor(share * scale)), values.length - 2)
      const inside = Math.min(1, Math.max(0, share * scale - cell))
      const eased = shape.sharp ? inside : inside * inside * (3 - 2 * inside)
      sum += weight * ((values[cell] ?? 0) * (1 - eased) + (values[cell + 1] ?? 0) * eased)
    }
    return shape.profile(share) - sum * shape.jag
  }
  const bottom = shape.bottom ?? p.height
  const points = Array.from({ length: Math.ceil(p.width / 2) + 1 }, (_, index) => `${index * 2} ${n(Math.min(bottom, at(index * 2)))}`)
  return { at, fill: (paint, extra = '') => `<path d="M0 ${bottom}L${points.join('L')}L${p.width} ${bottom}Z" fill="${paint}" ${extra}/>` }
}

/** Returns a filter for rock relief, with light from the left. */
export function rocky(p: Paper, strength = 1): string {
  return p.define(
    `<filter id="{id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency="0.018 0.012" numOctaves="5" seed="${Math.floor(p.between(1, 999))}"/><feDiffuseLighting surfaceScale="${n(20 * strength)}" diffuseConstant="1.25" lighting-color="#ffffff" result="light"><feDistantLight azimuth="215" elevation="52"/></feDiffuseLighting><feComponentTransfer in="light" result="light"><feFuncR type="linear" slope="0.55" intercept="0.45"/><feFuncG type="linear" slope="0.55" intercept="0.45"/><feFuncB type="linear" slope="0.5" intercept="0.5"/></feComponentTransfer><feBlend in="SourceGraphic" in2="light" mode="multiply"/><feComposite in2="SourceGraphic" operator="in"/></filter>`,
  )
}

/** Draws ranges behind each other, paler with distance; the last is the nearest. */
export function ranges(
  p: Paper,
  look: { count: number; far: number; near: number; jag: number; colours: readonly [string, string]; grain?: number; bottom?: number },
): string {
  return p.times(look.count, (index) => {
    const share = look.count === 1 ? 1 : index / (look.count - 1)
    const y = look.far + (look.near - look.far) * share
    const tone = mix(look.colours[0], look.colours[1], share)
    const range = ridge(p, {
      profile: () => y,
      jag: look.jag * (0.6 + share * 0.4),
      grain: (look.grain ?? 4) * (1 + share * 0.6),
      ...(look.bottom === undefined ? {} : { bottom: look.bottom }),
    })
    return range.fill(p.linear([tone, mix(tone, look.colours[0], 0.55)], { from: y - look.jag, to: (look.bottom ?? p.height) + 10 }))
  })
}

/** Draws still or rippled water from `y` to the bottom, mirroring `land`. */
export function lake(
  p: Paper,
  water: { y: number; land: string; colours: Colours; mirror?: number; ripple?: number; bottom?: number },
): string {
  const bottom = water.bottom ?? p.height
  const ripple = p.define(
    `<filter id="{id}" x="0" y="0" width="1" height="1"><feTurbulence type="fractalNoise" baseFrequency="0.006 0.16" numOctaves="2" seed="${Math.floor(p.between(1, 999))}"/><feDisplacementMap in="SourceGraphic" scale="${water.ripple ?? 14}" xChannelSelector="R" yChannelSelector="A"/></filter>`,
  )
  const clip = p.define(`<clipPath id="{id}"><rect y="${water.y}" width="${p.width}" height="${bottom - water.y}"/></clipPath>`)
  // Wider than the page: the ripples would pull its edges into sight.
  const mirrored = `<g transform="translate(${n(p.width * -0.0125)} ${2 * water.y}) scale(1.025 -1)">${water.land}</g>`
  return `${water.land}<g clip-path="${clip}"><rect y="${water.y}" width="${p.width}" height="${bottom - water.y}" fill="${p.linear(water.colours)}"/><g filter="${ripple}" opacity="${water.mirror ?? 0.55}"><rect width="${p.width}" height="${p.height}" fill="none"/>${mirrored}</g>${streaks(p, { y: water.y, bottom, count: 26, colour: '#ffffff', opacity: 0.1 })}</g>`
}

/** Draws thin lines of light on water, wider as they come nearer. */
export function streaks(
  p: Paper,
  area: { y: number; bottom: number; count: number; colour: string; opacity: number; x?: number; spread?: number },
): string {
  return p.times(area.count, () => {
    const depth = p.random() ** 1.6
    const y = area.y + 2 + depth * (area.bottom - area.y)
    const middle =
      area.x === undefined ? p.between(0, p.width) : area.x + (p.random() + p.random() - 1) * (area.spread ?? 40) * (0.4 + depth * 1.6)
    const length = p.between(6, 26) * (0.5 + depth * 2)
    return `<ellipse cx="${n(middle)}" cy="${n(y)}" rx="${n(length)}" ry="${n(0.5 + depth * 1.3)}" fill="${area.colour}" opacity="${n(area.opacity * p.between(0.4, 1))}"/>`
  })
}

/** Draws a spruce with its foot at x, y. */
export function spruce(p: Paper, tree: { x: number; y: number; height: number; fill: string }): string {
  const { x, y, height } = tree
  const half = height * p.between(0.17, 0.24)
  const tiers = 7
  const side = (sign: number) =>
    Array.from({ length: tiers }, (_, index) => {
      const share = sign > 0 ? (index + 1) / tiers : (tiers - index) / tiers
      const out = `${n(x + sign * half * share * p.between(0.8, 1.1))} ${n(y - height * (1 - share) * 0.95)}`
      const back = `${n(x + sign * half * share * 0.5)} ${n(y - height * (1 - share) * 0.95 - height * 0.03)}`
      return sign > 0 ? `${out}L${back}` : `${back}L${out}`
    }).join('L')
  return `<path d="M${n(x)} ${n(y - height)}L${side(1)}L${n(x)} ${n(y + 2)}L${side(-1)}Z" fill="${tree.fill}"/>`
}

/** Draws a wood along a ridge. */
export function wood(
  p: Paper,
  trees: { on: Ridge; count: number; height: readonly [number, number]; fill: string; from?: number; to?: number; sink?: number },
): string {
  const spots = Array.from({ length: trees.count }, () => p.between(trees.from ?? -10, trees.to ?? p.width + 10)).sort((a, b) => a - b)
  return spots
    .map((x) => spruce(p, { x, y: trees.on.at(x) + (trees.sink ?? 6), height: p.between(...trees.height), fill: trees.fill }))
    .join('')
}

/** Draws stars over the page down to `bottom`. */
export function stars(p: Paper, field: { count: number; bottom: number; colour?: string }): string {
  return p.times(field.count, () => {
    const bright = p.random() ** 5
    return `<circle cx="${n(p.between(0, p.width))}" cy="${n(p.between(0, field.bottom))}" r="${n(0.5 + bright * 1.3)}" fill="${field.colour ?? '#ffffff'}" opacity="${n(0.35 + p.random() * 0.65)}"/>`
  })
}

/** Draws distant birds about a point. */
export function birds(p: Paper, flock: { x: number; y: number; count: number; spread: number; colour: string; size?: number }): string {
  return p.times(flock.count, () => {
    const [x, y] = [flock.x + p.between(-1, 1) * flock.spread, flock.y + p.between(-0.4, 0.4) * flock.spread]
    const s = (flock.size ?? 6) * p.between(0.6, 1.2)
    return `<path d="M${n(x - s)} ${n(y - s * 0.35)}Q${n(x - s * 0.4)} ${n(y - s * 0.55)} ${n(x)} ${n(y)}Q${n(x + s * 0.4)} ${n(y - s * 0.6)} ${n(x + s)} ${n(y - s * 0.25)}" fill="none" stroke="${flock.colour}" stroke-width="1.3" stroke-linecap="round"/>`
  })
}

/** Draws blades of grass, feet at `y`, over the page's width. */
export function grass(
  p: Paper,
  blades: { y: (x: number) => number; count: number; height: number; colours: readonly [string, string] },
): string {
  return p.times(blades.count, () => {
    const x = p.between(-5, p.width + 5)
    const height = blades.height * p.between(0.5, 1.2)
    const lean = p.between(-0.5, 0.5) * height
    const foot = blades.y(x)
    return `<path d="M${n(x - 1.3)} ${n(foot)}Q${n(x)} ${n(foot - height * 0.6)} ${n(x + lean)} ${n(foot - height)}Q${n(x + 1)} ${n(foot - height * 0.5)} ${n(x + 1.6)} ${n(foot)}Z" fill="${mix(...blades.colours, p.random())}"/>`
  })
}

/** Draws darker corners. */
export function vignette(p: Paper, opacity = 0.45): string {
  const fill = p.define('<radialGradient id="{id}" r="0.78"><stop offset="0.6" stop-opacity="0"/><stop offset="1"/></radialGradient>')
  return `<rect width="${p.width}" height="${p.height}" fill="${fill}" opacity="${opacity}"/>`
}

/** Turns a picture into black and white, with grain. */
export function monochrome(p: Paper, picture: string): string {
  const grey = p.define(
    '<filter id="{id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feColorMatrix values="0.35 0.5 0.15 0 0  0.35 0.5 0.15 0 0  0.35 0.5 0.15 0 0  0 0 0 1 0"/></filter>',
  )
  return `<g filter="${grey}">${picture}</g>${grain(p, 0.1)}${vignette(p, 0.6)}`
}

/** Turns a picture into an old print: warm, faded, with grain and a white border. */
export function faded(p: Paper, picture: string): string {
  const warm = p.define(
    '<filter id="{id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB"><feColorMatrix values="0.62 0.2 0.06 0 0.17  0.12 0.62 0.08 0 0.12  0.1 0.18 0.42 0 0.12  0 0 0 1 0"/></filter>',
  )
  const frame = 14
  return `<g filter="${warm}">${picture}</g>${grain(p, 0.12)}${vignette(p, 0.35)}<rect x="${frame / 2}" y="${frame / 2}" width="${p.width - frame}" height="${p.height - frame}" fill="none" stroke="#f6f1e6" stroke-width="${frame}"/>`
}

/** Draws film grain over the whole page. */
export function grain(p: Paper, opacity: number): string {
  const noise = p.define(
    '<filter id="{id}" x="0" y="0" width="1" height="1"><feTurbulence type="fractalNoise" baseFrequency="0.8" numOctaves="1" seed="7"/><feColorMatrix values="0.6 0.6 0 0 -0.1  0.6 0.6 0 0 -0.1  0.6 0.6 0 0 -0.1  0 0 0 0 1"/></filter>',
  )
  return `<rect width="${p.width}" height="${p.height}" filter="${noise}" opacity="${opacity}"/>`
}
