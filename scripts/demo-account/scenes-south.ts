/** Japan and the Sahara. */

import { birds, clouds, glow, lake, ranges, ridge, sky, stars, streaks, sun, vignette } from './landscape.ts'
import { mix, n, type Paper } from './paper.ts'
import type { Scenes } from './scene.ts'
import { camel, palm } from './shapes.ts'

/** Draws Mount Fuji's slopes with its snow, foot at `foot`. */
function fuji(p: Paper, at: { x: number; top: number; foot: number; half: number; colours: readonly [string, string] }): string {
  const { x, top, foot, half } = at
  const flank = (sign: number) => `Q${n(x + sign * half * 0.28)} ${n(top + (foot - top) * 0.62)} ${n(x + sign * half)} ${foot}`
  const snow = p.times(9, (index) => {
    const step = x + 62 - index * 15.5
    return `L${n(step)} ${n(top + (index % 2 === 0 ? 62 : 92) - Math.abs(index - 4) * 3)}`
  })
  return `<path d="M${x - 22} ${top}L${x - 8} ${top + 5}L${x + 6} ${top + 1}L${x + 22} ${top}${flank(1)}H${x - half}${`Q${n(x - half * 0.28)} ${n(top + (foot - top) * 0.62)} ${x - 22} ${top}`}Z" fill="${p.linear(at.colours)}"/>
<path d="M${x - 22} ${top}L${x - 8} ${top + 5}L${x + 6} ${top + 1}L${x + 22} ${top}L${x + 62} ${top + 50}${snow}L${x - 62} ${top + 50}Z" fill="#fbfdff" opacity="0.96"/>`
}

/** Draws boughs of blossom from the upper right corner. */
function blossom(p: Paper, look: { x: number; y: number; count: number; spread: number }): string {
  const twigs =
    '<path d="M660 10Q560 40 470 30T330 62M600 -10Q560 60 500 78T430 120M640 60Q600 100 560 110T500 160" fill="none" stroke="#4b332f" stroke-width="5" stroke-linecap="round"/>'
  const flowers = p.times(look.count, () => {
    const share = p.random()
    const x = 650 - share * look.spread + p.between(-30, 30)
    const y = look.y + p.between(-46, 46) + (1 - share) * 42
    const size = p.between(3, 8)
    const colour = p.pick(['#ffd7e3', '#fbb9cf', '#ffeaf0', '#f59fbd'])
    return `${p.times(
      5,
      (petal) =>
        `<circle cx="${n(x + Math.cos(petal * 1.2566) * size * 0.7)}" cy="${n(y + Math.sin(petal * 1.2566) * size * 0.7)}" r="${n(size * 0.6)}" fill="${colour}"/>`,
    )}<circle cx="${n(x)}" cy="${n(y)}" r="${n(size * 0.3)}" fill="#d9647f"/>`
  })
  return twigs + flowers
}

/** Draws the gate in the sea, on its shadow line at y. */
function torii(at: { x: number; y: number; size: number; fill: string; dark: string }): string {
  return `<g transform="translate(${at.x} ${at.y}) scale(${at.size})"><g fill="${at.fill}"><path d="M-44 0L-38 -84H-29L-31 0ZM44 0L38 -84H29L31 0Z"/><rect x="-50" y="-66" width="100" height="8"/><rect x="-5" y="-84" width="10" height="19"/><path d="M-62 -0h8v-34h-8ZM54 0h8v-34h-8ZM-58 -40h16v5h-16ZM42 -40h16v5h-16Z"/></g><path d="M-70 -100Q0 -84 70 -100L67 -88Q0 -76 -67 -88Z" fill="${at.dark}"/><path d="M-62 -87Q0 -76 62 -87V-80Q0 -70 -62 -80Z" fill="${at.fill}"/></g>`
}

/** Draws a dune: a sunlit flank, a crest line and a shaded flank. */
function dune(p: Paper, look: { y: number; peak: number; rise: number; light: string; shade: string; jag?: number }): string {
  const crest = (share: number) => look.y - look.rise * Math.exp(-(((share - look.peak) / 0.3) ** 2))
  const body = ridge(p, { profile: crest, jag: look.jag ?? 8, grain: 2 })
  const x = look.peak * p.width
  const top = body.at(x)
  const shade = `<path d="M${n(x)} ${n(top)}C${n(x + 30)} ${n(top + 60)} ${n(x - 50)} ${n(top + 130)} ${n(x + 40)} ${p.height}H${p.width}V${n(body.at(p.width))}${p.times(
    30,
    (index) => {
      const at = p.width - ((p.width - x) * index) / 29
      return `L${n(at)} ${n(body.at(at))}`
    },
  )}Z" fill="${p.linear([look.shade, mix(look.shade, look.light, 0.35)], { from: top, to: p.height })}"/>`
  return body.fill(p.linear([look.light, mix(look.light, look.shade, 0.45)], { from: top, to: p.height + 40 })) + shade
}

export const southScenes: Scenes = {
  'fuji-blossom': (p) => {
    const land = [
      sky(p, ['#6fb0e0', '#bfdcf0', '#fde7e4'], 300),
      clouds(p, { y: 90, height: 140, colour: '#ffffff', opacity: 0.85, cover: 0.45 }),
      fuji(p, { x: 270, top: 72, foot: 300, half: 300, colours: ['#5f7fae', '#8fa7c8'] }),
      ridge(p, { profile: () => 284, jag: 9, grain: 5, bottom: 300 }).fill('#5c7f74'),
    ].join('')
    return (
      lake(p, { y: 300, land, colours: ['#c7dcea', '#6b9cc0', '#3a6a94'], mirror: 0.6 }) +
      blossom(p, { x: 640, y: 52, count: 190, spread: 330 }) +
      vignette(p, 0.3)
    )
  },
  torii: (p) => {
    const land = [
      sky(p, ['#46407a', '#b4638a', '#f59a78', '#ffd9a0'], 288),
      sun(p, { x: 176, y: 240, radius: 18, colour: '#fff1cc', halo: '#ffcf87', reach: 8 }),
      clouds(p, { y: 30, height: 160, colour: '#ffb7a0', opacity: 0.75, cover: 0.45 }),
      ranges(p, { count: 3, far: 246, near: 274, jag: 28, colours: ['#c07d95', '#5d4470'], bottom: 288 }),
      torii({ x: 390, y: 290, size: 1.9, fill: '#d1402c', dark: '#3a2030' }),
    ].join('')
    return (
      lake(p, { y: 288, land, colours: ['#f3b08d', '#a0608a', '#3a2f60'], mirror: 0.6, ripple: 16 }) +
      streaks(p, { y: 290, bottom: 427, x: 176, spread: 50, count: 60, colour: '#ffe6b8', opacity: 0.6 }) +
      vignette(p)
    )
  },
  bamboo: (p) => {
    const stalks = (count: number, width: number, tone: string, light: string) =>
      p.times(count, () => {
        const x = p.between(-10, p.width + 10)
        const lean = p.between(-14, 14)
        const w = width * p.between(0.8, 1.2)
        const joints = p.times(
          12,
          (index) =>
            `<rect x="${n(x + lean * (1 - index / 12) - w * 0.58)}" y="${n(index * 56 + p.between(0, 14))}" width="${n(w * 1.16)}" height="${n(w * 0.16)}" fill="${mix(tone, '#102010', 0.35)}"/>`,
        )
        return `<path d="M${n(x + lean - w / 2)} 0h${n(w)}L${n(x + w / 2)} ${p.height}h${n(-w)}Z" fill="${p.sideways([tone, light, tone])}"/>${joints}`
      })
    return [
      sky(p, ['#eaf5c8', '#b9d98a', '#6fa05a']),
      glow(p, { x: 214, y: 190, radius: 300, colour: '#fffbe0' }),
      stalks(34, 7, '#a9c982', '#cfe3a8'),
      stalks(22, 13, '#76a556', '#aacb7c'),
      `<path d="M150 640L200 400H230L300 640Z" fill="${p.linear(['#e9dfbd', '#b89f70'])}"/>`,
      stalks(9, 26, '#3f7440', '#86b55f'),
      p.times(150, () => {
        const [x, y, length] = [p.between(0, p.width), p.random() ** 2 * 300, p.between(16, 36)]
        return `<path d="M${n(x)} ${n(y)}q${n(length * 0.5)} ${n(-length * 0.12)} ${n(length)} ${n(length * 0.4)}q${n(-length * 0.6)} ${n(-length * 0.1)} ${n(-length)} ${n(-length * 0.4)}Z" fill="${p.pick(['#4f8a48', '#7fb35f', '#a5cc72', '#356b3c'])}" opacity="0.9"/>`
      }),
      vignette(p, 0.6),
    ].join('')
  },
  'city-night': (p) => {
    const block = (y: number, height: number, tone: string, lit: number) =>
      p.times(18, (index) => {
        const [x, w, h] = [index * 38 - 20 + p.between(-8, 8), p.between(26, 50), height * p.between(0.45, 1)]
        const columns = Math.floor(w / 8)
        const rows = Math.floor(h / 10)
        const windows = p.times(columns * rows, (cell) =>
          p.random() < lit
            ? `<rect x="${n(x + 4 + (cell % columns) * 7.4)}" y="${n(y - h + 6 + Math.floor(cell / columns) * 9.6)}" width="4" height="5" fill="${p.pick(['#ffe39a', '#ffd06b', '#fff4d0', '#9fdcff', '#ff9fc0'])}" opacity="${n(p.between(0.5, 1))}"/>`
            : '',
        )
        return `<rect x="${n(x)}" y="${n(y - h)}" width="${n(w)}" height="${n(h)}" fill="${tone}"/>${windows}`
      })
    const tower =
      '<g><path d="M452 330L484 110h6L522 330h-14L487 180L466 330Z" fill="#ef5b3c"/><path d="M470 250h34v7h-34ZM463 290h48v7h-48ZM478 176h18v9h-18Z" fill="#ffe3c4"/><path d="M486 112V70" stroke="#ffe3c4" stroke-width="2.4"/></g>'
    const land = [
      sky(p, ['#10143a', '#2c2a63', '#7a3f7a', '#d9708a'], 330),
      stars(p, { count: 50, bottom: 130 }),
      block(330, 190, '#2a2a58', 0.22),
      glow(p, { x: 487, y: 220, radius: 130, colour: '#ff8a5c', opacity: 0.7 }),
      tower,
      block(332, 110, '#14173a', 0.42),
    ].join('')
    return lake(p, { y: 330, land, colours: ['#5a3d70', '#10122e'], mirror: 0.7, ripple: 22 }) + vignette(p)
  },
  pagoda: (p) => {
    const tiers = [0, 1, 2, 3, 4].map((tier) => {
      const [y, w] = [470 - tier * 72, 118 - tier * 15]
      const roof = `<path d="M${214 - w} ${y - 44}Q${214 - w * 0.7} ${y - 48} ${214 - w * 0.55} ${y - 66}H${214 + w * 0.55}Q${214 + w * 0.7} ${y - 48} ${214 + w} ${y - 44}L${214 + w - 3} ${y - 38}H${214 - w + 3}Z" fill="#2f3a44"/>`
      return `<rect x="${214 - w * 0.55}" y="${y - 42}" width="${w * 1.1}" height="46" fill="#c23b2a"/><rect x="${214 - w * 0.55}" y="${y - 12}" width="${w * 1.1}" height="5" fill="#f0d9a0"/><rect x="${214 - w * 0.2}" y="${y - 36}" width="${w * 0.4}" height="34" fill="#6b1f1a"/>${roof}`
    })
    const hill = ridge(p, { profile: (share) => 486 + 18 * Math.cos(share * 6), jag: 16, grain: 4 })
    return [
      sky(p, ['#51699e', '#e59a83', '#ffd8a4'], 500),
      sun(p, { x: 330, y: 330, radius: 34, colour: '#fff0cf', halo: '#ffc98f', reach: 5 }),
      clouds(p, { y: 40, height: 230, colour: '#ffd0c0', opacity: 0.8 }),
      ranges(p, { count: 3, far: 360, near: 440, jag: 50, colours: ['#c98f96', '#6a5a7c'] }),
      `<path d="M214 84V180" stroke="#d9b24a" stroke-width="5"/><path d="M206 110h16M207 124h14M208 138h12M209 152h10" stroke="#d9b24a" stroke-width="3.4"/>`,
      tiers.join(''),
      hill.fill(p.linear(['#5a3d4f', '#2a2036'], { from: 470, to: 640 })),
      p.times(420, () => {
        const [x, depth] = [p.between(-10, 437), p.random()]
        return `<circle cx="${n(x)}" cy="${n(hill.at(x) + 4 + depth * 150)}" r="${n(7 + depth * 10)}" fill="${p.pick(['#b3342c', '#d9572c', '#e88a34', '#8f2a33', '#c94a3a'])}" opacity="0.92"/>`
      }),
      vignette(p, 0.5),
    ].join('')
  },
  'zen-garden': (p) => {
    const stones = [
      { x: 190, y: 250, rx: 46, ry: 30 },
      { x: 430, y: 190, rx: 34, ry: 22 },
      { x: 478, y: 330, rx: 54, ry: 34 },
    ]
    const rakes = p.times(
      44,
      (index) =>
        `<path d="M-10 ${index * 10}Q160 ${index * 10 + 5} 320 ${index * 10}T650 ${index * 10}" fill="none" stroke="#c9bfa8" stroke-width="3"/>`,
    )
    return [
      `<rect width="640" height="427" fill="${p.linear(['#efe8d8', '#ddd2ba'])}"/>`,
      rakes,
      stones
        .map(({ x, y, rx, ry }) => {
          const rings = p.times(
            5,
            (index) =>
              `<ellipse cx="${x}" cy="${y + 8}" rx="${rx + 52 - index * 10}" ry="${ry + 42 - index * 8}" fill="#e6ddc8" stroke="#c9bfa8" stroke-width="3"/>`,
          )
          return `${rings}<ellipse cx="${x + 6}" cy="${y + 14}" rx="${rx + 8}" ry="${ry}" fill="#5f7a45"/><ellipse cx="${x + 14}" cy="${y + ry * 0.55}" rx="${rx}" ry="${ry * 0.5}" fill="#000" opacity="0.2" filter="${p.blur(5)}"/><path d="M${x - rx} ${y + ry * 0.6}Q${x - rx * 1.05} ${y - ry} ${x - rx * 0.2} ${y - ry * 1.25}Q${x + rx * 0.7} ${y - ry * 1.2} ${x + rx} ${y + ry * 0.5}Q${x} ${y + ry * 1.1} ${x - rx} ${y + ry * 0.6}Z" fill="${p.linear(['#9a9c98', '#5c605f', '#3c4141'])}"/>`
        })
        .join(''),
      '<rect width="640" height="62" fill="#6b4d38"/><rect y="58" width="640" height="9" fill="#3e2b20"/><rect y="8" width="640" height="3" fill="#8a6649"/><rect y="30" width="640" height="3" fill="#583d2c"/>',
      p.times(
        26,
        () =>
          `<path d="M0 0q6 -9 12 0q-6 9 -12 0Z" transform="translate(${n(p.between(0, 640))} ${n(p.between(80, 420))}) rotate(${n(p.between(0, 180))})" fill="${p.pick(['#c8452f', '#e0802f', '#a83040'])}"/>`,
      ),
      vignette(p, 0.35),
    ].join('')
  },
  lanterns: (p) =>
    [
      sky(p, ['#0e0f2a', '#2b1a3f', '#52243c']),
      p.times(70, () =>
        glow(p, {
          x: p.between(0, 640),
          y: p.between(200, 427),
          radius: p.between(10, 30),
          colour: p.pick(['#ffb45c', '#ff7a4a', '#ffd98a']),
          opacity: p.between(0.2, 0.5),
        }),
      ),
      [0, 1, 2]
        .map((row) => {
          const [scale, y] = [0.55 + row * 0.35, 60 + row * 76]
          return `<path d="M-10 ${y - 20}Q320 ${y + 30} 650 ${y - 24}" stroke="#1a1020" stroke-width="2" fill="none"/>${p.times(
            9 - row * 2,
            (index) => {
              const x = 50 + index * (560 / (8 - row * 2)) + p.between(-8, 8)
              const drop = y - 8 + 24 * Math.sin((x / 640) * Math.PI)
              const red = (index + row) % 3 === 0
              return `<g transform="translate(${n(x)} ${n(drop)}) scale(${scale})">${glow(p, { x: 0, y: 44, radius: 84, colour: red ? '#ff6a4a' : '#ffc36a', opacity: 0.7 })}<rect x="-14" y="0" width="28" height="7" fill="#20141c"/><rect x="-14" y="82" width="28" height="7" fill="#20141c"/><path d="M-14 6Q-44 44 -14 83H14Q44 44 14 6Z" fill="${p.radial(red ? ['#ffd0a0', '#f0553a', '#b5282a'] : ['#fffbe0', '#ffd27a', '#e89a3c'])}"/><path d="M-24 22H24M-29 36H29M-29 52H29M-24 68H24" stroke="#00000044" stroke-opacity="0.25" stroke-width="1.6"/></g>`
            },
          )}`
        })
        .join(''),
      vignette(p, 0.6),
    ].join(''),
  'dune-sunset': (p) =>
    [
      sky(p, ['#5a3a6b', '#d8695f', '#f7a85c', '#ffe1a0'], 300),
      sun(p, { x: 420, y: 190, radius: 30, colour: '#fff2c4', halo: '#ffd07a', reach: 7 }),
      clouds(p, { y: 20, height: 120, colour: '#ffb08a', opacity: 0.6, cover: 0.4 }),
      dune(p, { y: 262, peak: 0.75, rise: 40, light: '#e59a62', shade: '#b9656a' }),
      dune(p, { y: 316, peak: 0.28, rise: 90, light: '#e88f4a', shade: '#93434f' }),
      dune(p, { y: 400, peak: 0.66, rise: 80, light: '#d9763a', shade: '#5e2a3f' }),
      vignette(p),
    ].join(''),
  caravan: (p) => {
    const crest = ridge(p, { profile: (share) => 318 - 46 * Math.sin(share * Math.PI * 0.9), jag: 8, grain: 2 })
    return [
      sky(p, ['#f0883f', '#f9b45c', '#fde1a0'], 340),
      sun(p, { x: 320, y: 200, radius: 72, colour: '#fff4cd', halo: '#ffe09a', reach: 3.4 }),
      dune(p, { y: 290, peak: 0.12, rise: 50, light: '#eea25a', shade: '#d9833f' }),
      crest.fill(p.linear(['#8a3f24', '#4d1f1a'], { from: 270, to: 427 })),
      [90, 200, 306, 410, 520]
        .map((x, index) =>
          camel({
            x,
            y: crest.at(x) + 3,
            size: 1.05 - (index % 2) * 0.08,
            fill: '#3a1710',
            rider: index % 2 === 0 ? '#2a0f10' : '#5a2218',
          }),
        )
        .join(''),
      birds(p, { x: 480, y: 90, count: 4, spread: 40, colour: '#7a3418' }),
      vignette(p),
    ].join('')
  },
  'desert-stars': (p) => {
    const sand = ridge(p, { profile: (share) => 330 - 24 * Math.sin(share * 4), jag: 12, grain: 2 })
    return [
      sky(p, ['#060a20', '#131a45', '#34346b', '#7a5a78'], 360),
      `<g transform="rotate(-30 320 170)" fill="#cfc6ff"><g filter="${p.blur(26)}" opacity="0.3"><ellipse cx="330" cy="160" rx="420" ry="36"/><ellipse cx="400" cy="160" rx="130" ry="40"/></g>${p.times(420, () => `<circle cx="${n(p.between(-120, 760))}" cy="${n(160 + (p.random() + p.random() + p.random() - 1.5) * 64)}" r="${n(p.between(0.3, 0.8))}" opacity="${n(p.between(0.3, 0.9))}"/>`)}</g>`,
      stars(p, { count: 330, bottom: 330 }),
      sand.fill(p.linear(['#4a3a55', '#1a1530'], { from: 300, to: 427 })),
      glow(p, { x: 250, y: 350, radius: 130, colour: '#ffb35c', opacity: 0.6 }),
      '<path d="M180 372L250 292L330 372Z" fill="#d9a561"/><path d="M250 292L330 372L272 372Z" fill="#a87240"/><path d="M236 372L250 316L262 372Z" fill="#ffe6a8"/><path d="M180 372L160 382M330 372L352 380M250 292V282" stroke="#2a1f2c" stroke-width="2"/>',
      glow(p, { x: 398, y: 378, radius: 46, colour: '#ff8a3c' }),
      '<path d="M386 384Q392 366 398 356Q404 368 410 384Z" fill="#ffd067"/><path d="M382 386h34" stroke="#3a2420" stroke-width="4" stroke-linecap="round"/>',
      vignette(p),
    ].join('')
  },
  oasis: (p) => {
    const land = [
      sky(p, ['#3f9ad0', '#9fd2e8', '#fdf0d0'], 300),
      dune(p, { y: 210, peak: 0.3, rise: 50, light: '#f0c583', shade: '#d9a05c' }),
      dune(p, { y: 250, peak: 0.8, rise: 60, light: '#f2c176', shade: '#cf924f' }),
      `<rect y="282" width="640" height="18" fill="#7f9a4a"/>`,
      [60, 120, 176, 420, 486, 560]
        .map((x, index) =>
          palm(p, {
            x,
            y: 296,
            height: 120 + (index % 3) * 34,
            lean: (index % 2 ? 1 : -1) * 16,
            trunk: '#6e4a2c',
            leaf: index % 2 ? '#3f8a4a' : '#2f7440',
          }),
        )
        .join(''),
    ].join('')
    return lake(p, { y: 300, land, colours: ['#8fd0d4', '#2f8f9a', '#135a66'], mirror: 0.55 }) + vignette(p, 0.35)
  },
  'dune-noon': (p) =>
    [
      sky(p, ['#2f86cc', '#7fbce4', '#d9ecf0'], 220),
      dune(p, { y: 200, peak: 0.2, rise: 60, light: '#f6d9a0', shade: '#e0b878', jag: 4 }),
      dune(p, { y: 280, peak: 0.62, rise: 130, light: '#f8dfa8', shade: '#d0a060', jag: 5 }),
      p.times(
        22,
        (index) =>
          `<ellipse cx="${n(150 + index * 11 + (index % 2) * 5)}" cy="${n(410 - index * 7.5 - index * index * 0.08)}" rx="${n(4.6 - index * 0.14)}" ry="${n(2.4 - index * 0.07)}" fill="#a87840" opacity="0.75"/>`,
      ),
      vignette(p, 0.25),
    ].join(''),
}
