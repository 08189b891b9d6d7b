/** A birthday, an afternoon outdoors, a garden. */

import { birds, clouds, glow, grass, ranges, ridge, sky, spruce, sun, vignette } from './landscape.ts'
import { mix, n, type Paper } from './paper.ts'
import type { Scenes } from './scene.ts'
import { bokeh } from './shapes.ts'

const party = ['#e8505b', '#f9d56e', '#14b1ab', '#7c6fd0', '#f28f3b', '#5fb0e8'] as const

/** Draws a string of pennants from one point to another. */
function bunting(p: Paper, line: { from: readonly [number, number]; to: readonly [number, number]; sag: number; count: number }): string {
  const [[x0, y0], [x1, y1]] = [line.from, line.to]
  const at = (share: number): [number, number] => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share + line.sag * 4 * share * (1 - share)]
  const flags = p.times(line.count, (index) => {
    const [[ax, ay], [bx, by]] = [at((index + 0.12) / line.count), at((index + 0.88) / line.count)]
    return `<path d="M${n(ax)} ${n(ay)}L${n(bx)} ${n(by)}L${n((ax + bx) / 2)} ${n((ay + by) / 2 + (bx - ax) * 1.15)}Z" fill="${party[index % party.length] ?? '#fff'}"/>`
  })
  return `<path d="M${x0} ${y0}Q${(x0 + x1) / 2} ${(y0 + y1) / 2 + line.sag * 2} ${x1} ${y1}" fill="none" stroke="#6d5a4c" stroke-width="2"/>${flags}`
}

function balloon(p: Paper, at: { x: number; y: number; size: number; colour: string }): string {
  const { x, y, size: s, colour } = at
  return `<path d="M${n(x)} ${n(y + s * 1.2)}q${n(s * 0.3)} ${n(s)} ${n(-s * 0.1)} ${n(s * 2)}t${n(s * 0.2)} ${n(s * 1.6)}" fill="none" stroke="#ffffff" stroke-width="1.4" opacity="0.75"/><path d="M${n(x)} ${n(y + s * 1.18)}l${n(-s * 0.13)} ${n(s * 0.17)}h${n(s * 0.26)}Z" fill="${mix(colour, '#000000', 0.2)}"/><path d="M${n(x)} ${n(y + s * 1.2)}C${n(x - s * 1.25)} ${n(y + s * 0.3)} ${n(x - s * 1.05)} ${n(y - s * 1.1)} ${n(x)} ${n(y - s * 1.1)}S${n(x + s * 1.25)} ${n(y + s * 0.3)} ${n(x)} ${n(y + s * 1.2)}Z" fill="${p.radial([mix(colour, '#ffffff', 0.55), colour, mix(colour, '#000000', 0.22)], { x: 0.34, y: 0.28 })}"/>`
}

/** Draws a birthday cake whose candles burn; the flames lean with `p.time`. */
function cake(p: Paper, at: { x: number; y: number; candles: number }): string {
  const { x, y } = at
  const layer = (top: number, half: number, height: number, colour: string) =>
    `<path d="M${x - half} ${top}V${top + height}A${half} ${half * 0.2} 0 0 0 ${x + half} ${top + height}V${top}Z" fill="${p.sideways([mix(colour, '#000000', 0.12), colour, mix(colour, '#000000', 0.2)])}"/><ellipse cx="${x}" cy="${top}" rx="${half}" ry="${half * 0.2}" fill="${mix(colour, '#ffffff', 0.4)}"/>${p.times(
      9,
      (index) => {
        const angle = Math.PI * (0.16 + (index / 8) * 0.68)
        const [dx, dy] = [x - Math.cos(angle) * half, top + Math.sin(angle) * half * 0.2]
        return `<path d="M${n(dx - half * 0.12)} ${n(dy - 3)}v${n(12 + ((index * 7) % 13))}a${n(half * 0.12)} ${n(half * 0.1)} 0 0 0 ${n(half * 0.24)} 0v${n(-12 - ((index * 7) % 13))}Z" fill="#fff7ef"/>`
      },
    )}<ellipse cx="${x}" cy="${top - 2}" rx="${half * 0.985}" ry="${half * 0.18}" fill="#fff7ef"/>`
  const candle = (index: number) => {
    const share = at.candles === 1 ? 0.5 : index / (at.candles - 1)
    const [cx, cy] = [x - 62 + share * 124, y - 128 + Math.sin(share * Math.PI) * 9]
    const flicker = Math.sin(p.time * Math.PI * 4 + index * 1.7)
    return `<rect x="${n(cx - 3)}" y="${n(cy - 34)}" width="6" height="36" rx="2" fill="${party[index % party.length] ?? '#fff'}"/>${glow(p, { x: cx, y: cy - 46, radius: 44 + flicker * 4, colour: '#ffcf70', opacity: 0.75 })}<path d="M${n(cx - 4.5)} ${n(cy - 41)}Q${n(cx - 6 + flicker)} ${n(cy - 50)} ${n(cx + flicker * 3)} ${n(cy - 63 - flicker * 2)}Q${n(cx + 7 + flicker)} ${n(cy - 50)} ${n(cx + 4.5)} ${n(cy - 41)}Q${n(cx)} ${n(cy - 36)} ${n(cx - 4.5)} ${n(cy - 41)}Z" fill="${p.linear(['#ffe27a', '#ff9d3c'])}"/>`
  }
  return `<ellipse cx="${x}" cy="${y + 26}" rx="172" ry="30" fill="#000000" opacity="0.25"/><ellipse cx="${x}" cy="${y + 18}" rx="160" ry="28" fill="#e9eef0"/><ellipse cx="${x}" cy="${y + 13}" rx="148" ry="23" fill="#ffffff"/>${layer(y - 62, 118, 72, '#f3a6b8')}${layer(y - 122, 82, 62, '#f7c9a8')}${p.times(at.candles, candle)}`
}

function candlelight(p: Paper): string {
  return [
    `<rect width="640" height="427" fill="${p.linear(['#2a1a2e', '#5a2f3a', '#7a4436'])}"/>`,
    bokeh(p, { count: 34, y: [0, 260], colours: ['#ffcf70', '#ff9d6b', '#f27a8a', '#ffe7b0'], size: [8, 30] }),
    `<rect y="318" width="640" height="109" fill="${p.linear(['#8a5a3c', '#4f2f24'])}"/>`,
    cake(p, { x: 320, y: 330, candles: 7 }),
    vignette(p, 0.65),
  ].join('')
}

function meadow(p: Paper): string {
  const hill = ridge(p, { profile: (share) => 330 - 26 * Math.sin(share * 3 + 0.4), jag: 8, grain: 2 })
  return (
    sky(p, ['#4fa3e0', '#a8d8f0', '#f2fbf4'], 350) +
    clouds(p, { y: 10, height: 190, colour: '#ffffff', opacity: 0.95, cover: 0.42 }) +
    ranges(p, { count: 2, far: 284, near: 306, jag: 28, colours: ['#b6d6d6', '#7fb48a'] }) +
    hill.fill(p.linear(['#8ec45a', '#4f8f3f'], { from: 300, to: 427 }))
  )
}

/** Draws a daisy-like flower head: `petals` around a disc. */
function flower(at: { x: number; y: number; size: number; petals: number; colour: string; disc: string; turn: number }): string {
  const petal = (index: number) =>
    `<ellipse cx="0" cy="${n(-at.size * 0.72)}" rx="${n(at.size * 0.2)}" ry="${n(at.size * 0.42)}" transform="rotate(${n(at.turn + (index * 360) / at.petals)})" fill="${mix(at.colour, index % 2 ? '#ffffff' : '#c8641a', 0.12)}"/>`
  return `<g transform="translate(${n(at.x)} ${n(at.y)})">${Array.from({ length: at.petals }, (_, index) => petal(index)).join('')}<circle r="${n(at.size * 0.42)}" fill="${at.disc}"/><circle r="${n(at.size * 0.26)}" fill="${mix(at.disc, '#000000', 0.3)}"/></g>`
}

export const familyScenes: Scenes = {
  cake: candlelight,
  candles: candlelight,
  balloons: (p) =>
    [
      sky(p, ['#4aa0dc', '#a6dcf2', '#fff3dc']),
      clouds(p, { y: 80, height: 260, colour: '#ffffff', opacity: 0.95, cover: 0.45 }),
      p.times(13, (index) =>
        balloon(p, {
          x: 50 + index * 46 + p.between(-14, 14),
          y: 80 + ((index * 97) % 210) + p.between(-16, 16),
          size: p.between(24, 44),
          colour: party[index % party.length] ?? '#fff',
        }),
      ),
      vignette(p, 0.25),
    ].join(''),
  'garden-party': (p) =>
    [
      meadow(p),
      '<rect x="40" y="70" width="9" height="290" fill="#7a5a42"/><rect x="590" y="60" width="9" height="300" fill="#7a5a42"/>',
      bunting(p, { from: [44, 80], to: [594, 70], sag: 34, count: 16 }),
      bunting(p, { from: [44, 130], to: [594, 118], sag: 30, count: 16 }),
      '<path d="M150 330h340l26 84H124Z" fill="#fffdf6"/><path d="M124 414h392v8H124Z" fill="#e6dfd0"/><path d="M170 330l-10 84M230 330l-4 84M290 330l-1 84M350 330l1 84M410 330l4 84M470 330l10 84" stroke="#f2b8b8" stroke-width="9" opacity="0.6"/>',
      p.times(
        6,
        (index) =>
          `<g transform="translate(${186 + index * 52} 344)"><ellipse rx="18" ry="6" fill="#dfe9ee"/><ellipse rx="13" ry="4" fill="#fff"/><circle cy="-4" r="8" fill="${party[(index + 2) % 6] ?? '#fff'}"/><circle cx="1" cy="-13" r="3" fill="#d8303c"/></g>`,
      ),
      '<path d="M306 330q-4 -34 14 -52q18 18 14 52Z" fill="#bfe3ee" opacity="0.9"/><path d="M320 300q-20 -10 -16 -34q18 4 16 34q0 -30 20 -36q4 26 -20 36Z" fill="#e8505b"/>',
      vignette(p, 0.3),
    ].join(''),
  presents: (p) =>
    [
      `<rect width="640" height="427" fill="${p.linear(['#f6e3d3', '#eccdb6'])}"/>`,
      p.times(12, (index) => `<path d="M${index * 56} 0v300" stroke="#e4bfa4" stroke-width="14" opacity="0.45"/>`),
      `<rect y="300" width="640" height="127" fill="${p.linear(['#b98a63', '#8a5f41'])}"/>`,
      (
        [
          [80, 372, 150, 118, 0, 1],
          [396, 380, 178, 138, 2, 5],
          [240, 392, 140, 96, 3, 1],
          [150, 256, 96, 72, 4, 2],
          [430, 244, 110, 84, 1, 0],
        ] as const
      )
        .map(([x, y, w, h, paper, ribbon]) => {
          const [colour, band] = [party[paper], party[ribbon]]
          const middle = x + w / 2
          return `<ellipse cx="${middle}" cy="${y}" rx="${w * 0.58}" ry="9" fill="#000" opacity="0.2"/><rect x="${x}" y="${y - h}" width="${w}" height="${h}" fill="${p.sideways([mix(colour, '#ffffff', 0.18), colour, mix(colour, '#000000', 0.2)])}"/><rect x="${x - 5}" y="${y - h - 3}" width="${w + 10}" height="${h * 0.2}" fill="${mix(colour, '#ffffff', 0.12)}"/><rect x="${middle - 9}" y="${y - h - 3}" width="18" height="${h + 3}" fill="${band}"/><path d="M${middle} ${y - h - 2}q-40 -46 -52 -14q-4 18 52 14q40 -46 52 -14q4 18 -52 14Z" fill="${band}" stroke="${mix(band, '#000000', 0.25)}" stroke-width="2"/><circle cx="${middle}" cy="${y - h - 4}" r="8" fill="${mix(band, '#000000', 0.15)}"/>`
        })
        .join(''),
      vignette(p, 0.35),
    ].join(''),
  sparkler: (p) =>
    [
      sky(p, ['#0d1026', '#2a2140', '#3f2a3f']),
      bokeh(p, { count: 26, y: [220, 420], colours: ['#ffcf70', '#ff9d6b', '#8ab0ff'], size: [8, 24] }),
      '<path d="M320 190L352 420" stroke="#b8b0a8" stroke-width="4"/>',
      glow(p, { x: 320, y: 190, radius: 190, colour: '#ffdf9a' }),
      p.times(150, () => {
        const phase = p.between(0, Math.PI * 2)
        const angle = phase + p.time * 1.5
        const length = p.between(20, 150) * (0.75 + 0.25 * Math.sin((p.time * 3 + phase) * Math.PI * 2))
        return `<path d="M${n(320 + Math.cos(angle) * 12)} ${n(190 + Math.sin(angle) * 12)}L${n(320 + Math.cos(angle) * length)} ${n(190 + Math.sin(angle) * length)}" stroke="${p.pick(['#fff6d8', '#ffe08a', '#ffc04a'])}" stroke-width="${n(p.between(0.8, 2.2))}" stroke-linecap="round" opacity="${n(p.between(0.4, 1))}"/>`
      }),
      vignette(p, 0.6),
    ].join(''),
  confetti: (p) =>
    [
      `<rect width="640" height="427" fill="#fff4dd"/>`,
      p.times(90, (index) => {
        const [x, start] = [p.between(0, 640), p.random()]
        const y = ((start + p.time) % 1) * 470 - 20
        return `<rect x="-7" y="-4" width="14" height="9" rx="2" transform="translate(${n(x + Math.sin(p.time * 6.283 + start * 20) * 14)} ${n(y)}) rotate(${n(start * 360 + p.time * 360)})" fill="${party[index % party.length] ?? '#fff'}"/>`
      }),
      `<g transform="translate(320 260) rotate(${n(Math.sin(p.time * Math.PI * 2) * 6)})"><path d="M0 -190L92 90H-92Z" fill="#7c6fd0"/><path d="M-33 -90L62 -2L74 34L-48 -44ZM-63 0L36 90H0L-78 44Z" fill="#f9d56e"/><circle cy="-196" r="26" fill="#e8505b"/></g>`,
    ].join(''),
  kite: (p) => {
    const tail =
      '<path d="M412 172q-30 40 6 70t-10 60" fill="none" stroke="#e8505b" stroke-width="2"/><path d="M404 206l-14 -8v16l14 -8l14 -8v16ZM418 246l-14 -8v16l14 -8l14 -8v16ZM412 290l-14 -8v16l14 -8l14 -8v16Z" fill="#f9d56e"/>'
    return [
      meadow(p),
      '<path d="M196 372Q300 300 424 128" fill="none" stroke="#ffffff" stroke-width="1.4"/>',
      tail,
      '<g transform="rotate(24 424 120)"><path d="M424 56L466 108L424 186L382 108Z" fill="#e8505b"/><path d="M424 56L466 108H424ZM424 186L382 108H424Z" fill="#f9d56e"/></g>',
      '<g><circle cx="184" cy="346" r="10" fill="#f0c39a"/><path d="M174 342q10 -16 20 0Z" fill="#6b4630"/><path d="M176 356h17l5 30h-26Z" fill="#3f7fc4"/><path d="M192 360l14 10l-3 5l-15 -8ZM177 386h6v20h-6ZM187 386h6v20h-6Z" fill="#2f4a7a"/></g>',
      grass(p, { y: () => 430, count: 120, height: 34, colours: ['#3f7a34', '#9ccc5a'] }),
      birds(p, { x: 120, y: 90, count: 4, spread: 40, colour: '#5b7f98' }),
      vignette(p, 0.25),
    ].join('')
  },
  picnic: (p) =>
    [
      `<rect width="640" height="427" fill="${p.linear(['#8cc45c', '#5f9f45'])}"/>`,
      grass(p, { y: () => p.between(0, 440), count: 420, height: 20, colours: ['#4a8a38', '#a4d36a'] }),
      '<g transform="translate(320 216) rotate(-9)"><rect x="-226" y="-150" width="452" height="300" rx="6" fill="#fff7ee"/>',
      p.times(
        8,
        (index) =>
          `<rect x="${-226 + index * 57}" y="-150" width="28" height="300" fill="#d8404a" opacity="0.55"/><rect x="-226" y="${-150 + index * 38}" width="452" height="19" fill="#d8404a" opacity="0.55"/>`,
      ),
      '</g>',
      '<g><path d="M150 150h120l-14 82H164Z" fill="#b9813f"/><path d="M150 150h120v14H150Z" fill="#8f5f2a"/><path d="M164 152q46 -84 92 0" fill="none" stroke="#8f5f2a" stroke-width="8"/><path d="M158 180h104M161 200h98M164 218h92" stroke="#8f5f2a" stroke-width="4" opacity="0.6"/></g>',
      '<g><circle cx="420" cy="170" r="52" fill="#e9eff2"/><circle cx="420" cy="170" r="40" fill="#fff"/><path d="M386 160a36 36 0 0 1 68 0Z" fill="#3f9a4a"/><path d="M390 162a32 32 0 0 1 60 0Z" fill="#f3545e"/><path d="M404 154l3 4M420 146l2 5M436 153l-2 5" stroke="#3a1a1a" stroke-width="3" stroke-linecap="round"/></g>',
      '<g><circle cx="330" cy="290" r="40" fill="#e9eff2"/><circle cx="330" cy="290" r="30" fill="#fff"/><circle cx="320" cy="284" r="11" fill="#d8303c"/><circle cx="340" cy="286" r="11" fill="#e0484c"/><circle cx="330" cy="300" r="11" fill="#c42834"/></g>',
      '<path d="M470 262h44l-6 62h-32Z" fill="#ffe08a" opacity="0.92"/><path d="M470 262h44l-2 14h-40Z" fill="#fff6d0"/><path d="M496 262l16 -40" stroke="#e8505b" stroke-width="5"/>',
      vignette(p, 0.35),
    ].join(''),
  sunflowers: (p) => {
    const rows = [0, 1, 2, 3].map((row) =>
      p.times(12 - row * 2, (index) => {
        const size = 15 + row * 15
        const x = ((index + 0.5) / (12 - row * 2)) * (p.width + 60) - 30 + p.between(-12, 12)
        const y = 300 + row * 66 + p.between(-20, 20)
        return `<path d="M${n(x)} ${n(y)}q${n(p.between(-10, 10))} 90 0 ${640 - y}" stroke="#4f8a3a" stroke-width="${3 + row * 2}" fill="none"/><path d="M${n(x)} ${n(y + 60)}q${size} ${-size} ${size * 1.6} 0q${-size * 0.8} ${size * 0.6} ${-size * 1.6} 0Z" fill="#5f9f45"/>${flower({ x, y, size, petals: 18, colour: '#f9c22e', disc: '#6b3f1f', turn: p.between(0, 20) })}`
      }),
    )
    return [
      sky(p, ['#4f9fdc', '#a9d9f2', '#fdf3d6'], 420),
      sun(p, { x: 320, y: 110, radius: 32, colour: '#fffbe0', halo: '#fff0b0' }),
      clouds(p, { y: 60, height: 200, colour: '#ffffff', opacity: 0.9, cover: 0.4 }),
      ridge(p, { profile: () => 300, jag: 14, grain: 3 }).fill('#7fae5a'),
      `<rect y="330" width="427" height="310" fill="${p.linear(['#5f9545', '#2f5a2c'])}"/>`,
      ...rows,
      vignette(p, 0.35),
    ].join('')
  },
  tulips: (p) =>
    [
      sky(p, ['#7fb8e4', '#dcecf4'], 190),
      clouds(p, { y: 0, height: 150, colour: '#ffffff', opacity: 0.9 }),
      '<g><path d="M484 190l10 -96h32l10 96Z" fill="#7a5a48"/><path d="M490 96q20 -26 40 0Z" fill="#4b382e"/><g transform="translate(510 88) rotate(22)" fill="#f2ece0" stroke="#6d5a4c" stroke-width="2"><path d="M-3 0L-10 -84h20L3 0ZM0 -3L84 -10v20L0 3ZM3 0L10 84h-20L-3 0ZM0 3L-84 10v-20L0 -3Z"/></g></g>',
      ridge(p, { profile: () => 186, jag: 5, grain: 6 }).fill('#5f8f4a'),
      p.times(9, (row) => {
        const depth = (row + 1) / 9
        const y = 196 + depth ** 1.7 * 240
        const colour = (['#e23a4a', '#f7c137', '#f28ab2', '#8a4fc0', '#f6f0e6', '#f2743a'] as const)[row % 6] ?? '#e23a4a'
        const size = 3 + depth ** 1.5 * 17
        return `<rect y="${n(y - size)}" width="640" height="${n(60 * depth + 14)}" fill="${mix('#4f8a3f', '#2f6a34', depth)}"/>${p.times(
          Math.ceil(640 / (size * 1.5)) + 2,
          (index) => {
            const x = (index - 0.5) * size * 1.5 + p.between(-0.3, 0.3) * size
            const top = y - size * 1.4 + p.between(-0.3, 0.3) * size
            const s = size
            return `<path d="M${n(x)} ${n(top + s)}v${n(s * 1.4)}" stroke="#3f7a3a" stroke-width="${n(s * 0.16)}"/><path d="M${n(x - s * 0.5)} ${n(top - s * 0.5)}L${n(x - s * 0.2)} ${n(top - s * 0.12)}L${n(x)} ${n(top - s * 0.62)}L${n(x + s * 0.2)} ${n(top - s * 0.12)}L${n(x + s * 0.5)} ${n(top - s * 0.5)}Q${n(x + s * 0.66)} ${n(top + s * 0.9)} ${n(x)} ${n(top + s)}Q${n(x - s * 0.66)} ${n(top + s * 0.9)} ${n(x - s * 0.5)} ${n(top - s * 0.5)}Z" fill="${mix(colour, '#000000', p.between(0, 0.16))}"/>`
          },
        )}`
      }),
      vignette(p, 0.35),
    ].join(''),
  'apple-tree': (p) => {
    const crown = p.times(230, () => {
      const [angle, reach] = [p.between(0, Math.PI * 2), p.random() ** 0.5]
      const [x, y] = [310 + Math.cos(angle) * reach * 176, 150 + Math.sin(angle) * reach * 112]
      return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(p.between(14, 30))}" fill="${mix('#8cc456', '#2f6e36', (y - 40) / 230 + p.between(-0.15, 0.15))}"/>`
    })
    const apples = p.times(34, () => {
      const [angle, reach] = [p.between(0, Math.PI * 2), p.random() ** 0.5]
      return `<circle cx="${n(310 + Math.cos(angle) * reach * 166)}" cy="${n(156 + Math.sin(angle) * reach * 104)}" r="8" fill="${p.radial(['#ff8a70', '#d42f34'], { x: 0.35, y: 0.3 })}"/>`
    })
    return [
      meadow(p),
      '<ellipse cx="316" cy="372" rx="170" ry="18" fill="#2f5a2a" opacity="0.45"/>',
      '<path d="M286 372Q300 320 292 250L240 190L252 184L302 226L304 160H318L320 226L376 176L386 186L334 254Q328 320 346 372Z" fill="#6e4a34"/>',
      crown,
      apples,
      p.times(6, () => `<circle cx="${n(p.between(200, 430))}" cy="${n(p.between(366, 384))}" r="7" fill="#c8303a"/>`),
      '<g stroke="#8a6446" stroke-width="5" fill="none"><path d="M420 372L376 130M448 372L396 130M416 340h28M411 305h29M405 270h28M399 235h28M393 200h27M387 165h26"/></g>',
      grass(p, { y: () => 430, count: 110, height: 30, colours: ['#3f7a34', '#9ccc5a'] }),
      vignette(p, 0.3),
    ].join('')
  },
  'snow-shed': (p) => {
    const snow = ridge(p, { profile: (share) => 312 - 16 * Math.sin(share * 5), jag: 8, grain: 2 })
    return [
      sky(p, ['#8aa6c8', '#d3dfec', '#f7e9e2'], 330),
      ranges(p, { count: 2, far: 230, near: 262, jag: 34, colours: ['#c8d6e4', '#9fb4c8'] }),
      [60, 110, 480, 540, 596]
        .map(
          (x) =>
            spruce(p, { x, y: 322, height: 150 + (x % 40), fill: '#3f5f66' }) +
            spruce(p, { x: x - 2, y: 300, height: 118 + (x % 40), fill: '#e9f1f6' }),
        )
        .join(''),
      snow.fill(p.linear(['#ffffff', '#cfdcea'], { from: 300, to: 427 })),
      '<g><path d="M230 352V252L320 186L410 252V352Z" fill="#8a4f3a"/><path d="M262 230h116M240 250h160" stroke="#6f3c2c" stroke-width="2"/><path d="M230 270h180M230 288h180M230 306h180M230 324h180M230 342h180" stroke="#6f3c2c" stroke-width="2"/><path d="M206 256L320 172L434 256L424 262L320 190L216 262Z" fill="#5a3a30"/><path d="M200 250Q258 206 320 160Q382 206 440 250Q436 262 424 254L320 182L216 254Q204 262 200 250Z" fill="#ffffff"/><rect x="292" y="280" width="50" height="72" fill="#5a3226"/><rect x="352" y="276" width="40" height="34" fill="#ffd98a" stroke="#f4efe6" stroke-width="5"/></g>',
      glow(p, { x: 372, y: 294, radius: 60, colour: '#ffd98a', opacity: 0.5 }),
      '<path d="M216 360Q320 336 424 358L440 384H200Z" fill="#f2f7fb"/>',
      p.times(
        150,
        () =>
          `<circle cx="${n(p.between(0, 640))}" cy="${n(p.between(0, 427))}" r="${n(p.between(0.8, 3))}" fill="#ffffff" opacity="${n(p.between(0.5, 1))}"/>`,
      ),
      vignette(p, 0.25),
    ].join('')
  },
}
