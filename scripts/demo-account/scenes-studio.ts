/** Black and white, and a wedding. */

import { birds, clouds, glow, grass, lake, monochrome, ranges, ridge, rocky, sky, stars, sun, vignette, wood } from './landscape.ts'
import { mix, n, type Paper } from './paper.ts'
import type { Scenes } from './scene.ts'
import { bokeh, rose } from './shapes.ts'

/** Draws a bare tree: branches that fork until they are twigs. */
function bare(p: Paper, branch: { x: number; y: number; angle: number; length: number; width: number }): string {
  const { x, y, angle, length, width } = branch
  const [ex, ey] = [x + Math.cos(angle) * length, y + Math.sin(angle) * length]
  const limb = `<path d="M${n(x)} ${n(y)}L${n(ex)} ${n(ey)}" stroke-width="${n(width)}"/>`
  if (width < 0.7) return limb
  const forks = width > 8 ? 3 : 2
  return (
    limb +
    p.times(forks, (index) =>
      bare(p, {
        x: ex,
        y: ey,
        angle: angle + (index - (forks - 1) / 2) * p.between(0.5, 0.85) + p.between(-0.16, 0.16),
        length: length * p.between(0.66, 0.84),
        width: width * 0.64,
      }),
    )
  )
}

export const studioScenes: Scenes = {
  'lone-tree': (p) => {
    const field = ridge(p, { profile: (share) => 330 - 16 * Math.sin(share * 3), jag: 6, grain: 2 })
    return monochrome(
      p,
      [
        sky(p, ['#a8a8a8', '#dcdcdc', '#f4f4f4'], 350),
        ranges(p, { count: 3, far: 280, near: 306, jag: 22, colours: ['#e4e4e4', '#bcbcbc'] }),
        field.fill(p.linear(['#9a9a9a', '#3c3c3c'], { from: 310, to: 427 })),
        clouds(p, { y: 230, height: 150, colour: '#ffffff', opacity: 0.8, cover: 0.5 }),
        `<g stroke="#161616" stroke-linecap="round" fill="none">${bare(p, { x: 400, y: 334, angle: -Math.PI / 2 - 0.06, length: 74, width: 15 })}</g>`,
        '<path d="M384 336Q400 326 416 336Z" fill="#161616"/>',
        birds(p, { x: 220, y: 120, count: 6, spread: 70, colour: '#3a3a3a', size: 8 }),
      ].join(''),
    )
  },
  bridge: (p) => {
    const cables = (from: number, to: number, sag: number) => {
      const at = (share: number) => 96 + sag * 4 * share * (1 - share)
      return `<path d="M${from} 96Q${(from + to) / 2} ${96 + sag * 2} ${to} 96" fill="none" stroke="#2c2c2c" stroke-width="4"/>${p.times(
        24,
        (index) => {
          const share = (index + 0.5) / 24
          return `<path d="M${n(from + (to - from) * share)} ${n(at(share))}V262" stroke="#3a3a3a" stroke-width="1.2"/>`
        },
      )}`
    }
    const land = [
      sky(p, ['#6e6e6e', '#cfcfcf', '#f2f2f2'], 300),
      ranges(p, { count: 2, far: 236, near: 264, jag: 30, colours: ['#cccccc', '#9c9c9c'], bottom: 300 }),
      clouds(p, { y: 150, height: 150, colour: '#ffffff', opacity: 0.9, cover: 0.5 }),
      cables(-260, 170, 74),
      cables(170, 560, 74),
      cables(560, 990, 74),
      '<path d="M0 258H640V268H0Z" fill="#1e1e1e"/><path d="M0 274H640" stroke="#4a4a4a" stroke-width="2"/>',
      '<g fill="#1a1a1a"><path d="M156 300L160 84H180L184 300Z"/><path d="M546 300L550 84H570L574 300Z"/></g><g fill="#4c4c4c"><path d="M164 110h12v26h-12ZM164 150h12v30h-12ZM164 194h12v34h-12ZM554 110h12v26h-12ZM554 150h12v30h-12ZM554 194h12v34h-12Z"/></g>',
    ].join('')
    return monochrome(p, lake(p, { y: 300, land, colours: ['#dcdcdc', '#8a8a8a', '#3a3a3a'], mirror: 0.45, ripple: 20 }))
  },
  'spiral-stairs': (p) => {
    const [cx, cy] = [214, 320]
    const steps = p.times(64, (index) => {
      const angle = index * 0.26
      const [outer, inner] = [470 * 0.962 ** index, 470 * 0.962 ** index * 0.62]
      const shrink = 0.962
      const next = angle + 0.27
      const point = (turn: number, radius: number) => `${n(cx + Math.cos(turn) * radius)} ${n(cy + Math.sin(turn) * radius)}`
      const tone = mix('#f4f4f4', '#202020', 0.12 + 0.75 * (index / 64) + (index % 2 ? 0.08 : 0))
      return `<path d="M${point(angle, outer)}A${n(outer)} ${n(outer)} 0 0 1 ${point(next, outer * shrink)}L${point(next, inner * shrink)}L${point(angle, inner)}Z" fill="${tone}" stroke="#101010" stroke-width="${n(2.4 * 0.97 ** index)}"/><path d="M${point(angle, inner)}L${point(next, inner * shrink)}" stroke="#0c0c0c" stroke-width="${n(11 * 0.962 ** index)}" stroke-linecap="round"/>`
    })
    return monochrome(
      p,
      `<rect width="427" height="640" fill="#3a3a3a"/>${steps}${glow(p, { x: cx, y: cy, radius: 90, colour: '#ffffff', opacity: 0.55 })}`,
    )
  },
  'long-exposure': (p) => {
    const posts = [
      [120, 300, 15],
      [176, 268, 11],
      [222, 246, 8.4],
      [260, 230, 6.4],
      [292, 219, 5],
      [318, 211, 4],
    ] as const
    return monochrome(
      p,
      [
        sky(p, ['#4a4a4a', '#b4b4b4', '#f6f6f6'], 200),
        clouds(p, { y: -20, height: 220, colour: '#ffffff', opacity: 0.8, cover: 0.5, stretch: [0.002, 0.03] }),
        `<rect y="198" width="640" height="229" fill="${p.linear(['#fafafa', '#cfcfcf', '#6f6f6f'])}"/>`,
        clouds(p, { y: 200, height: 240, colour: '#8a8a8a', opacity: 0.5, cover: 0.4, stretch: [0.003, 0.03] }),
        posts
          .map(
            ([x, y, w]) =>
              `<rect x="${x}" y="${y - w * 8}" width="${w}" height="${w * 8}" fill="#161616"/><rect x="${x}" y="${y}" width="${w}" height="${w * 5}" fill="${p.linear(['#2a2a2aaa', '#2a2a2a00'])}"/><rect x="${640 - x - w * 3}" y="${y - w * 8}" width="${w}" height="${w * 8}" fill="#161616" opacity="0"/>`,
          )
          .join(''),
        '<g transform="translate(486 226)"><path d="M-46 0q46 -26 92 0Z" fill="#1c1c1c"/><rect x="-5" y="-62" width="10" height="54" fill="#262626"/><rect x="-8" y="-72" width="16" height="12" fill="#101010"/></g>',
      ].join(''),
    )
  },
  moonrise: (p) =>
    monochrome(
      p,
      [
        sky(p, ['#050505', '#1e1e1e', '#5a5a5a']),
        stars(p, { count: 160, bottom: 260 }),
        sun(p, { x: 420, y: 128, radius: 46, colour: '#f4f4f4', halo: '#bdbdbd', reach: 3.4 }),
        '<g fill="#cfcfcf"><circle cx="404" cy="116" r="11"/><circle cx="436" cy="140" r="14"/><circle cx="424" cy="104" r="6"/><circle cx="410" cy="148" r="7"/></g>',
        ridge(p, { profile: (share) => 300 - 110 * Math.exp(-(((share - 0.3) / 0.2) ** 2)), jag: 44, grain: 6, sharp: true }).fill(
          p.linear(
            [
              ['#fafafa', 0],
              ['#8a8a8a', 0.5],
              ['#2c2c2c', 1],
            ],
            { from: 150, to: 420 },
          ),
          `filter="${rocky(p, 1.4)}"`,
        ),
        clouds(p, { y: 260, height: 170, colour: '#d8d8d8', opacity: 0.55, cover: 0.45 }),
      ].join(''),
    ),
  rings: (p) => {
    const ring = (x: number, y: number, tilt: number) => {
      const gold = p.sideways(['#8f6420', '#ffe9a8', '#c8923a', '#fff3c8', '#9a6c24'])
      return `<g transform="translate(${x} ${y}) rotate(${tilt})"><ellipse rx="86" ry="70" fill="none" stroke="${gold}" stroke-width="19"/><ellipse rx="77" ry="61" fill="none" stroke="#7a5418" stroke-width="2" opacity="0.6"/><ellipse rx="95" ry="79" fill="none" stroke="#fff6d8" stroke-width="1.6" opacity="0.8"/></g>`
    }
    return [
      `<rect width="640" height="427" fill="${p.linear(['#f3dfe0', '#e8c8cb', '#c9a3a8'])}"/>`,
      bokeh(p, { count: 30, y: [0, 240], colours: ['#ffffff', '#ffe3d0', '#f9c9d4'], size: [10, 40] }),
      '<ellipse cx="320" cy="338" rx="230" ry="26" fill="#7a4a54" opacity="0.3"/>',
      ring(264, 262, -10),
      ring(384, 250, 12),
      '<g transform="translate(414 168)"><path d="M-20 0L-10 -15H10L20 0L0 24Z" fill="#eaf8ff" stroke="#9ac4dc" stroke-width="1.6"/><path d="M-20 0H20M-10 -15L-6 0L0 24L6 0L10 -15M-6 0L0 -15L6 0" stroke="#9ac4dc" stroke-width="1.2" fill="none"/></g>',
      glow(p, { x: 414, y: 160, radius: 60, colour: '#ffffff', opacity: 0.8 }),
      p.times(
        9,
        () =>
          `<path d="M0 0q14 -18 34 -6q-2 22 -34 6Z" transform="translate(${n(p.between(40, 600))} ${n(p.between(330, 410))}) rotate(${n(p.between(0, 360))})" fill="${p.pick(['#fbe4e8', '#f3b9c4', '#ffffff'])}"/>`,
      ),
      vignette(p, 0.35),
    ].join('')
  },
  bouquet: (p) => {
    const blooms = Array.from({ length: 26 }, () => {
      const [angle, reach] = [p.between(0, Math.PI * 2), p.random() ** 0.55]
      return {
        x: 214 + Math.cos(angle) * reach * 126,
        y: 258 + Math.sin(angle) * reach * 112,
        size: p.between(28, 46),
        colour: p.pick(['#f2a0ac', '#fbe6d8', '#f7c5b0', '#ffffff', '#d98a9c']),
      }
    }).sort((a, b) => a.size - b.size)
    return [
      `<rect width="427" height="640" fill="${p.linear(['#e9efe6', '#cfdccb', '#a9bda6'])}"/>`,
      bokeh(p, { count: 24, y: [0, 640], colours: ['#ffffff', '#f7fff0'], size: [12, 46] }),
      p.times(36, () => {
        const angle = p.between(0, Math.PI * 2)
        return `<path d="M0 0Q40 -22 96 0Q40 22 0 0Z" transform="translate(${n(214 + Math.cos(angle) * 96)} ${n(258 + Math.sin(angle) * 88)}) rotate(${n((angle * 180) / Math.PI + p.between(-22, 22))})" fill="${p.pick(['#6f9a6a', '#8fb48a', '#557f58'])}"/>`
      }),
      p.times(
        11,
        (index) =>
          `<path d="M${176 + index * 8} 350Q${196 + index * 3.6} 450 ${160 + index * 11} 600" stroke="#5f8a56" stroke-width="7" fill="none"/>`,
      ),
      blooms.map((bloom) => rose(p, bloom)).join(''),
      '<path d="M172 430Q214 446 256 430L252 476Q214 490 176 476Z" fill="#fbf1e6"/><path d="M214 458q-64 -34 -66 4q2 22 66 -4q64 -34 66 4q-2 22 -66 -4Z" fill="#fff8ef" stroke="#e3cdb4" stroke-width="2"/><path d="M206 462Q180 540 168 590L186 584Q204 520 216 464ZM222 462Q246 540 262 590L244 584Q224 520 212 464Z" fill="#fff4e6" stroke="#e3cdb4" stroke-width="1.4"/>',
      vignette(p, 0.3),
    ].join('')
  },
  chapel: (p) => {
    const hill = ridge(p, { profile: (share) => 300 - 60 * Math.exp(-(((share - 0.6) / 0.3) ** 2)), jag: 6, grain: 2 })
    return [
      sky(p, ['#6fa8d8', '#f3d9c4', '#ffe9c8'], 320),
      clouds(p, { y: 20, height: 200, colour: '#ffffff', opacity: 0.9, cover: 0.48 }),
      ranges(p, { count: 3, far: 230, near: 270, jag: 32, colours: ['#c3cbe0', '#88a88f'] }),
      hill.fill(p.linear(['#9cc46a', '#55893f'], { from: 240, to: 427 })),
      wood(p, { on: hill, count: 16, height: [40, 70], fill: '#47744a', to: 240, sink: 4 }),
      wood(p, { on: hill, count: 10, height: [40, 70], fill: '#47744a', from: 520, sink: 4 }),
      '<path d="M392 262Q330 330 360 427H460Q420 330 410 262Z" fill="#efe2c4"/>',
      '<g><rect x="372" y="196" width="96" height="66" fill="#fffaf2"/><path d="M364 200L420 158L476 200Z" fill="#8a4a3a"/><rect x="340" y="136" width="40" height="126" fill="#fff6ea"/><path d="M334 140L360 76L386 140Z" fill="#8a4a3a"/><path d="M360 76V56M353 63h14" stroke="#b88a3a" stroke-width="3"/><path d="M350 262v-28a10 10 0 0 1 20 0v28Z" fill="#7a4a30"/><g fill="#a9cbe0"><path d="M354 190v-16a6 6 0 0 1 12 0v16ZM392 240v-20a6 6 0 0 1 12 0v20ZM416 240v-20a6 6 0 0 1 12 0v20ZM440 240v-20a6 6 0 0 1 12 0v20Z"/></g></g>',
      '<g><path d="M384 330q7 -20 14 0l10 44h-34Z" fill="#ffffff"/><circle cx="391" cy="312" r="7" fill="#f0c9a8"/><path d="M383 311q8 -14 16 0l6 22q-6 -14 -14 -14t-14 14Z" fill="#ffffff" opacity="0.85"/><path d="M410 322h16l2 28l-3 24h-6l-1 -20l-1 20h-6l-3 -24Z" fill="#2b3140"/><circle cx="418" cy="312" r="7" fill="#eec39c"/><path d="M411 310q7 -12 14 0Z" fill="#4a3024"/></g>',
      p.times(110, () => {
        const [x, y] = [p.between(0, 640), p.between(330, 427)]
        return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(1 + (y - 330) / 34)}" fill="${p.pick(['#ffffff', '#f9d56e', '#f2a0c0', '#b9a0e8'])}"/>`
      }),
      grass(p, { y: () => 432, count: 90, height: 30, colours: ['#47773a', '#a4cc6a'] }),
      vignette(p, 0.3),
    ].join('')
  },
  'fairy-lights': (p) => {
    const strings = p.times(6, (index) => {
      const [y, sag] = [30 + index * 34, 46 + index * 8]
      return `<path d="M-10 ${y}Q320 ${y + sag * 2} 650 ${y}" stroke="#20182a" stroke-width="1.6" fill="none"/>${p.times(17, (bulb) => {
        const share = (bulb + 0.5) / 17
        const [x, by] = [-10 + 660 * share, y + sag * 4 * share * (1 - share) + 4]
        return `${glow(p, { x, y: by, radius: 20, colour: '#ffcf7a', opacity: 0.8 })}<circle cx="${n(x)}" cy="${n(by)}" r="3.6" fill="#fff3cc"/>`
      })}`
    })
    return [
      sky(p, ['#141832', '#33264f', '#6a3a5a', '#a85a5a']),
      stars(p, { count: 50, bottom: 160 }),
      bokeh(p, { count: 40, y: [230, 400], colours: ['#ffcf7a', '#ff9d6b', '#f2a0c0'], size: [8, 26] }),
      strings,
      `<rect y="372" width="640" height="55" fill="${p.linear(['#3a2430', '#1c1220'])}"/>`,
      '<g fill="#170f1c"><path d="M296 250q8 -6 14 2l4 26q10 20 22 46l20 56h-104q12 -40 26 -74q6 -34 18 -56Z"/><circle cx="302" cy="234" r="14"/><path d="M290 230q10 -22 26 -2q4 14 -2 20q0 -16 -24 -18Z"/><path d="M332 246q12 -6 22 4l10 46l-4 84h-16l-6 -70l-8 70h-16l2 -86Z"/><circle cx="342" cy="228" r="14"/><path d="M308 262q24 -12 34 2l-2 8q-14 -8 -30 2ZM298 268l38 -22l4 8l-36 26Z"/></g>',
      vignette(p, 0.5),
    ].join('')
  },
}
