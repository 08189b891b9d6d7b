/** Things that stand in a landscape or on a table. Every function returns SVG. */

import { mix, n, type Paper } from './paper.ts'

/** Draws a wooden house: gable to the front. */
export function house(
  p: Paper,
  at: { x: number; y: number; width: number; wall: string; roof: string; lit?: boolean; stilts?: boolean },
): string {
  const { x, y, width: w } = at
  const h = w * 0.62
  const window = at.lit ? '#ffdf8a' : '#dfeaf0'
  const legs = at.stilts
    ? p.times(
        4,
        (index) => `<rect x="${n(x + w * (0.06 + index * 0.28))}" y="${y}" width="${n(w * 0.04)}" height="${n(w * 0.3)}" fill="#3a2f2a"/>`,
      )
    : ''
  return `${legs}<path d="M${x} ${y}v${n(-h)}l${n(w / 2)} ${n(-w * 0.42)}l${n(w / 2)} ${n(w * 0.42)}v${n(h)}Z" fill="${at.wall}"/>
<path d="M${n(x - w * 0.08)} ${n(y - h + w * 0.05)}L${n(x + w / 2)} ${n(y - h - w * 0.48)}L${n(x + w * 1.08)} ${n(y - h + w * 0.05)}l${n(-w * 0.05)} ${n(w * 0.04)}L${n(x + w / 2)} ${n(y - h - w * 0.36)}L${n(x - w * 0.03)} ${n(y - h + w * 0.09)}Z" fill="${at.roof}"/>
<g fill="${window}" stroke="#fff" stroke-width="${n(w * 0.025)}"><rect x="${n(x + w * 0.14)}" y="${n(y - h * 0.72)}" width="${n(w * 0.2)}" height="${n(w * 0.2)}"/><rect x="${n(x + w * 0.66)}" y="${n(y - h * 0.72)}" width="${n(w * 0.2)}" height="${n(w * 0.2)}"/></g><rect x="${n(x + w * 0.42)}" y="${n(y - h * 0.62)}" width="${n(w * 0.17)}" height="${n(h * 0.62)}" fill="#fff"/><rect x="${n(x + w * 0.44)}" y="${n(y - h * 0.58)}" width="${n(w * 0.13)}" height="${n(h * 0.58)}" fill="${at.roof}"/>`
}

/** Draws a small boat with one sail, `size` long. */
export function sailboat(at: { x: number; y: number; size: number; hull: string; sail: string; heel?: number }): string {
  const s = at.size
  return `<g transform="translate(${n(at.x)} ${n(at.y)}) rotate(${at.heel ?? 0})"><path d="M${n(-s / 2)} ${n(-s * 0.12)}H${n(s / 2)}L${n(s * 0.36)} ${n(s * 0.06)}H${n(-s * 0.38)}Z" fill="${at.hull}"/><path d="M${n(-s * 0.02)} ${n(-s * 0.18)}V${n(-s * 1.05)}L${n(s * 0.42)} ${n(-s * 0.2)}Z" fill="${at.sail}"/><path d="M${n(-s * 0.06)} ${n(-s * 0.2)}V${n(-s * 0.92)}L${n(-s * 0.36)} ${n(-s * 0.2)}Z" fill="${at.sail}" opacity="0.85"/></g>`
}

/** Draws a camel facing right, feet at x, y. */
export function camel(at: { x: number; y: number; size: number; fill: string; rider: string }): string {
  return `<g transform="translate(${n(at.x)} ${n(at.y)}) scale(${at.size})" fill="${at.fill}"><path d="M-20 -24Q-18 -34 -8 -36Q-4 -50 4 -50Q10 -50 12 -37Q20 -34 24 -26Q30 -26 32 -36L34 -48Q36 -54 44 -52L52 -49Q52 -45 45 -45L41 -44Q40 -30 34 -22Q28 -18 20 -17L21 0H18L15 -16H-11L-14 0H-17L-18 -15Q-22 -16 -23 -8H-25Q-24 -20 -20 -24Z"/><path d="M12 -16L13 0H10L9 -16ZM-8 -16L-9 0H-12L-12 -16Z" opacity="0.75"/><path d="M-1 -50L2 -66Q5 -70 8 -66L11 -48Z" fill="${at.rider}"/><circle cx="5" cy="-70" r="4.4" fill="${at.rider}"/></g>`
}

/** Draws a date palm, foot at x, y. */
export function palm(p: Paper, at: { x: number; y: number; height: number; lean: number; trunk: string; leaf: string }): string {
  const [tx, ty] = [at.x + at.lean, at.y - at.height]
  const size = at.height * 0.42
  const fronds = p.times(13, (index) => {
    const angle = -Math.PI * (0.02 + (index / 12) * 0.96) + p.between(-0.1, 0.1)
    const [ex, ey] = [tx + Math.cos(angle) * size, ty + Math.sin(angle) * size * 0.6 + size * 0.36]
    const [cx, cy] = [tx + Math.cos(angle) * size * 0.55, ty + Math.sin(angle) * size * 0.75]
    return `<path d="M${n(tx)} ${n(ty)}Q${n(cx)} ${n(cy)} ${n(ex)} ${n(ey)}Q${n(cx)} ${n(cy + size * 0.17)} ${n(tx)} ${n(ty)}Z" fill="${mix(at.leaf, '#000000', p.between(0, 0.25))}"/>`
  })
  return `<path d="M${at.x - 4} ${at.y}Q${n(at.x + at.lean * 0.2)} ${n(at.y - at.height * 0.5)} ${n(tx - 2)} ${n(ty)}h5Q${n(at.x + at.lean * 0.3 + 6)} ${n(at.y - at.height * 0.5)} ${at.x + 5} ${at.y}Z" fill="${at.trunk}"/>${fronds}`
}

/** Draws lights out of focus. */
export function bokeh(
  p: Paper,
  look: { count: number; y: readonly [number, number]; colours: readonly [string, ...string[]]; size: readonly [number, number] },
): string {
  return p.times(look.count, () => {
    const [x, y, radius] = [p.between(0, p.width), p.between(...look.y), p.between(...look.size)]
    const colour = p.pick(look.colours)
    return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${colour}" opacity="${n(p.between(0.12, 0.4))}"/><circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="none" stroke="${colour}" stroke-width="1.4" opacity="0.35"/>`
  })
}

/** Draws a round bloom of overlapping petals. */
export function rose(p: Paper, at: { x: number; y: number; size: number; colour: string }): string {
  const ring = (count: number, reach: number, radius: number, tone: string) =>
    p.times(count, (index) => {
      const angle = (index / count) * Math.PI * 2 + reach
      return `<circle cx="${n(at.x + Math.cos(angle) * at.size * reach)}" cy="${n(at.y + Math.sin(angle) * at.size * reach)}" r="${n(at.size * radius)}" fill="${mix(tone, '#ffffff', (index % 3) * 0.1)}" stroke="${mix(at.colour, '#602030', 0.25)}" stroke-width="0.7"/>`
    })
  return (
    ring(8, 0.62, 0.42, mix(at.colour, '#ffffff', 0.35)) +
    ring(6, 0.36, 0.38, mix(at.colour, '#ffffff', 0.15)) +
    ring(4, 0.16, 0.28, at.colour) +
    `<circle cx="${n(at.x)}" cy="${n(at.y)}" r="${n(at.size * 0.14)}" fill="${mix(at.colour, '#802040', 0.35)}"/>`
  )
}
