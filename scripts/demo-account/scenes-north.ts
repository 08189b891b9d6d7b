/** Norway: fjords, islands, northern lights. */

import { birds, clouds, glow, grass, lake, ranges, ridge, rocky, sky, spruce, stars, streaks, sun, vignette, wood } from './landscape.ts'
import { n, type Paper } from './paper.ts'
import type { Scenes } from './scene.ts'
import { house, sailboat } from './shapes.ts'

/** Draws a wall of a fjord: steep from one side of the page to the water. */
function wall(p: Paper, side: 'left' | 'right', look: { reach: number; top: number; foot: number; paint: string; jag?: number }): string {
  const profile = (share: number) => {
    const away = Math.min(1, (side === 'left' ? share : 1 - share) / look.reach)
    return look.top + (look.foot + 30 - look.top) * away ** 1.5
  }
  const rocks = ridge(p, { profile, jag: look.jag ?? 26, grain: 7, sharp: true, bottom: look.foot })
  return rocks.fill(look.paint, `filter="${rocky(p, 0.8)}"`)
}

/** Draws curtains of northern lights. */
function aurora(p: Paper, look: { low: string; high: string; y: number; height: number; count: number }): string {
  const paint = p.linear([
    [`${look.high}00`, 0],
    [`${look.high}66`, 0.35],
    [`${look.low}dd`, 0.82],
    [`${look.low}00`, 1],
  ])
  const soft = p.blur(4)
  return p.times(look.count, (curtain) => {
    const [phase, sway, base] = [p.between(0, 6), p.between(26, 60), look.y + curtain * p.between(16, 42)]
    const rays = p.times(90, (index) => {
      const share = index / 89
      const x = share * (p.width + 120) - 60 + Math.sin(share * 5 + phase) * 40
      const y = base + Math.sin(share * 7 + phase) * sway + Math.sin(share * 17 + phase) * sway * 0.25
      const tall = look.height * p.between(0.55, 1.1)
      const opacity = 0.25 + 0.6 * Math.abs(Math.sin(share * 11 + phase * 2)) * p.between(0.5, 1)
      return `<path d="M${n(x)} ${n(y)}l10 0l${n(14 + share * 8)} ${n(-tall)}l-12 0Z" fill="${paint}" opacity="${n(opacity)}"/>`
    })
    return `<g filter="${soft}" opacity="0.8">${rays}</g>`
  })
}

export const northScenes: Scenes = {
  'fjord-morning': (p) => {
    const land = [
      sky(p, ['#6d9dc5', '#b9d3e0', '#fde3c0', '#fbd09a'], 270),
      sun(p, { x: 330, y: 170, radius: 17, colour: '#fff6dc', halo: '#ffe0a0', reach: 9 }),
      clouds(p, { y: 20, height: 170, colour: '#ffffff', opacity: 0.75, cover: 0.55 }),
      ranges(p, { count: 2, far: 190, near: 215, jag: 30, colours: ['#c9cfd6', '#9fb2c0'], bottom: 270 }),
      wall(p, 'right', { reach: 0.62, top: 60, foot: 270, paint: '#8fa3a8' }),
      wall(p, 'left', { reach: 0.55, top: 20, foot: 270, paint: '#6b8a7d' }),
      wall(p, 'right', { reach: 0.34, top: 70, foot: 272, paint: '#4d7061' }),
    ].join('')
    const boat = sailboat({ x: 345, y: 318, size: 26, hull: '#7b2d26', sail: '#fffaf0' })
    return (
      lake(p, { y: 270, land, colours: ['#d9c7a6', '#7ea0a8', '#2f5660'], mirror: 0.6 }) +
      streaks(p, { y: 272, bottom: 427, x: 330, spread: 60, count: 40, colour: '#ffedc4', opacity: 0.5 }) +
      boat +
      vignette(p)
    )
  },
  'seven-sisters': (p) => {
    const cliff = ridge(p, { profile: () => 70, jag: 26, grain: 6, sharp: true })
    const falls = [70, 128, 176, 262, 318, 408, 520]
    return [
      sky(p, ['#8fb6d0', '#d9e6ea'], 150),
      clouds(p, { y: -30, height: 150, colour: '#ffffff', opacity: 0.9, cover: 0.6 }),
      cliff.fill(p.linear(['#7f9482', '#55715f', '#2e4a42']), `filter="${rocky(p, 1.3)}"`),
      `<g filter="${p.blur(1.6)}">${falls
        .map((x) => {
          const steps = [0, 1, 2, 3, 4].map((step) => `${n(x + p.between(-9, 9) * (step > 0 ? 1 : 0))} ${n(cliff.at(x) + 4 + step * 68)}`)
          return `<polyline points="${steps.join(' ')}" fill="none" stroke="#f7fbff" stroke-width="${n(p.between(4, 9))}" stroke-linejoin="round" opacity="0.92"/>`
        })
        .join('')}</g>`,
      `<g filter="${p.blur(9)}">${falls.map((x) => `<ellipse cx="${x}" cy="356" rx="46" ry="20" fill="#eef6f8" opacity="0.8"/>`).join('')}</g>`,
      `<rect y="366" width="640" height="61" fill="${p.linear(['#8fb5b2', '#3f7275'])}"/>`,
      streaks(p, { y: 368, bottom: 427, count: 40, colour: '#e8f5f3', opacity: 0.35 }),
      `<path d="M404 392h52l-8 10h-36Z" fill="#ffffff"/><rect x="414" y="381" width="30" height="11" fill="#d9363e"/><rect x="422" y="373" width="8" height="9" fill="#25333d"/>`,
      vignette(p),
    ].join('')
  },
  'red-cabin': (p) => {
    const back = ridge(p, {
      profile: (share) => 150 - 90 * Math.exp(-(((share - 0.68) / 0.2) ** 2)),
      jag: 30,
      grain: 5,
      sharp: true,
      bottom: 290,
    })
    const shore = ridge(p, { profile: () => 262, jag: 12, grain: 3, bottom: 292 })
    const land = [
      sky(p, ['#4f8fc0', '#a9d0e6', '#eaf3f3'], 292),
      clouds(p, { y: 10, height: 150, colour: '#ffffff', opacity: 0.9, cover: 0.45 }),
      back.fill(
        p.linear(
          [
            ['#f4f8fb', 0],
            ['#dfe8ee', 0.3],
            ['#7d93a0', 0.5],
            ['#5b7380', 1],
          ],
          { from: 50, to: 290 },
        ),
        `filter="${rocky(p)}"`,
      ),
      wood(p, { on: shore, count: 70, height: [34, 70], fill: '#2f5a4a' }),
      shore.fill('#5f8a4c'),
      house(p, { x: 196, y: 282, width: 74, wall: '#b3312c', roof: '#39332f' }),
      spruce(p, { x: 292, y: 288, height: 92, fill: '#21473a' }),
      spruce(p, { x: 168, y: 289, height: 74, fill: '#274f40' }),
    ].join('')
    return (
      lake(p, { y: 292, land, colours: ['#9cc4d6', '#3b6f8a', '#1d4258'], mirror: 0.7, ripple: 10 }) +
      grass(p, { y: () => 432, count: 150, height: 60, colours: ['#2d4a2a', '#7fa05a'] }) +
      vignette(p)
    )
  },
  'village-church': (p) => {
    const hill = ridge(p, { profile: (share) => 300 - 34 * Math.sin(share * Math.PI), jag: 10, grain: 3 })
    const roofs = [92, 150, 214, 408, 466, 540]
    return [
      sky(p, ['#3f6f9e', '#f0b890', '#fbdcae'], 300),
      clouds(p, { y: 20, height: 190, colour: '#ffd9c0', opacity: 0.85, cover: 0.5 }),
      ranges(p, { count: 3, far: 170, near: 235, jag: 60, colours: ['#b99fb0', '#55617f'], grain: 3 }),
      hill.fill(p.linear(['#6f8d52', '#3f6040'])),
      wood(p, { on: hill, count: 34, height: [26, 46], fill: '#2c4b3c', sink: 2 }),
      roofs
        .map((x, index) =>
          house(p, {
            x,
            y: Math.round(hill.at(x) + 36 + (index % 2) * 14),
            width: 38 + (index % 3) * 6,
            wall: ['#c14a36', '#e3b34c', '#f2ede0'][index % 3] ?? '#fff',
            roof: '#4a3f3d',
            lit: true,
          }),
        )
        .join(''),
      '<g><rect x="292" y="236" width="66" height="66" fill="#f7f3ea"/><path d="M284 238L325 206L366 238Z" fill="#3f3a3c"/><rect x="310" y="176" width="30" height="62" fill="#fffaf0"/><path d="M304 178L325 104L346 178Z" fill="#37474a"/><path d="M325 104V90M319 96h12" stroke="#d9b24a" stroke-width="2.4"/><path d="M317 302v-22a8 8 0 0 1 16 0v22Z" fill="#6b4a33"/><g fill="#ffd98a"><path d="M300 286v-20a5 5 0 0 1 10 0v20ZM341 286v-20a5 5 0 0 1 10 0v20ZM321 214v-12a4 4 0 0 1 8 0v12Z"/></g></g>',
      `<rect y="352" width="640" height="75" fill="${p.linear(['#d9a88a', '#4e6076'])}"/>`,
      streaks(p, { y: 354, bottom: 427, count: 60, colour: '#ffdcb0', opacity: 0.4 }),
      vignette(p),
    ].join('')
  },
  'winding-road': (p) => {
    const left = ridge(p, { profile: (share) => 60 + 260 * share ** 0.9, jag: 36, grain: 6, sharp: true })
    const right = ridge(p, { profile: (share) => 60 + 240 * (1 - share) ** 0.9, jag: 36, grain: 6, sharp: true })
    return [
      sky(p, ['#7fa3bf', '#d7e2e4'], 260),
      clouds(p, { y: -10, height: 200, colour: '#ffffff', opacity: 0.8, cover: 0.62 }),
      ranges(p, { count: 2, far: 150, near: 190, jag: 50, colours: ['#b7c6cd', '#8da5a6'] }),
      left.fill('#6f8f68', `filter="${rocky(p)}"`),
      right.fill('#628358', `filter="${rocky(p)}"`),
      '<path d="M318 222q40 8 10 18t-46 16q-18 14 40 20t74 20q24 18-50 30t-128 26q-50 28 70 40t230 26q80 20 60 60" fill="none" stroke="#e9e2d0" stroke-width="9" stroke-linecap="round"/><path d="M318 222q40 8 10 18t-46 16q-18 14 40 20t74 20q24 18-50 30t-128 26q-50 28 70 40t230 26q80 20 60 60" fill="none" stroke="#6f7274" stroke-width="5.4" stroke-linecap="round"/>',
      '<rect x="356" y="283" width="9" height="5" rx="2" fill="#d8402f"/><rect x="246" y="340" width="12" height="6.5" rx="2.4" fill="#f3c33c"/>',
      clouds(p, { y: 190, height: 120, colour: '#ffffff', opacity: 0.45, cover: 0.4 }),
      vignette(p),
    ].join('')
  },
  'rain-mist': (p) =>
    [
      sky(p, ['#8d9aa3', '#c9d0d2', '#dde2e0']),
      clouds(p, { y: -40, height: 220, colour: '#66747e', opacity: 0.6, cover: 0.5 }),
      [0, 1, 2, 3]
        .map((index) => {
          const range = ridge(p, { profile: (share) => 170 + index * 62 + Math.sin(share * 5 + index * 2) * 22, jag: 26, grain: 4 })
          const tone = ['#aebabc', '#86989a', '#54706c', '#27443f'][index] ?? '#27443f'
          return (
            wood(p, { on: range, count: 90, height: [12 + index * 10, 22 + index * 18], fill: tone }) +
            range.fill(tone) +
            clouds(p, { y: 190 + index * 62, height: 110, colour: '#e6ebea', opacity: 0.85, cover: 0.5 })
          )
        })
        .join(''),
      vignette(p),
    ].join(''),
  'drone-coast': (p) => {
    const shore = ridge(p, { profile: (share) => 190 + 90 * Math.sin(share * 5.2) + 40 * share, jag: 34, grain: 5 })
    const ring = (shift: number, colour: string) => `<g transform="translate(0 ${shift})">${shore.fill(colour)}</g>`
    return [
      `<rect width="640" height="427" fill="${p.linear(['#0d4f6b', '#11708a', '#1c93a0'])}"/>`,
      streaks(p, { y: 0, bottom: 300, count: 120, colour: '#ffffff', opacity: 0.1 }),
      ring(-46, '#2aa7ad'),
      ring(-26, '#6fd0c8'),
      `<g filter="${p.blur(2.5)}">${ring(-11, '#ffffff')}</g>`,
      ring(-2, '#e8d6ae'),
      `<g transform="translate(0 26)">${shore.fill('#7a9a57', `filter="${rocky(p, 0.7)}"`)}</g>`,
      wood(p, { on: { at: (x) => shore.at(x) + 90 + p.between(0, 120), fill: () => '' }, count: 90, height: [12, 24], fill: '#3f6a45' }),
      '<path d="M150 92q60-6 130-40" stroke="#ffffff" stroke-width="7" opacity="0.35" fill="none" stroke-linecap="round"/><path d="M140 84l-26 3q-14 6 0 12l28 0Z" fill="#fff"/><rect x="120" y="88" width="14" height="7" fill="#c33"/>',
      vignette(p),
    ].join('')
  },
  sailing: (p) => {
    const swing = Math.sin(p.time * Math.PI * 2)
    const land =
      sky(p, ['#5f9fd0', '#bfe0ee', '#fdf0d4'], 220) +
      ranges(p, { count: 3, far: 150, near: 190, jag: 40, colours: ['#b5c9d6', '#4f7a80'], bottom: 220 })
    return [
      lake(p, { y: 220, land, colours: ['#a9d2dc', '#3d86a0', '#1c5474'], mirror: 0.4 }),
      `<g transform="translate(${n(p.time * 46)} 0)">${streaks(p, { y: 240, bottom: 427, count: 70, colour: '#ffffff', opacity: 0.4 })}</g>`,
      sailboat({ x: 250 + p.time * 90, y: 330 + swing * 3, size: 130, hull: '#8c2f28', sail: '#fffaf0', heel: 4 + swing * 3 }),
      `<g transform="translate(${n(p.time * -30)} ${n(swing * 4)})">${birds(p, { x: 460, y: 90, count: 6, spread: 60, colour: '#3d5566', size: 11 })}</g>`,
    ].join('')
  },
  'midnight-sun': (p) => {
    const land = [
      sky(p, ['#3b3f72', '#a5537a', '#f08a5d', '#ffd27a'], 262),
      sun(p, { x: 388, y: 238, radius: 24, colour: '#fff3c8', halo: '#ffc861', reach: 8 }),
      clouds(p, { y: 40, height: 170, colour: '#ff9f7a', opacity: 0.8, cover: 0.48, stretch: [0.004, 0.03] }),
      ridge(p, {
        profile: (share) => 262 - 150 * Math.exp(-(((share - 0.14) / 0.11) ** 2)) - 90 * Math.exp(-(((share - 0.3) / 0.08) ** 2)),
        jag: 16,
        grain: 8,
        sharp: true,
        bottom: 262,
      }).fill('#4a3257'),
      ridge(p, {
        profile: (share) => 270 - 100 * Math.exp(-(((share - 0.98) / 0.12) ** 2)),
        jag: 16,
        grain: 8,
        sharp: true,
        bottom: 262,
      }).fill('#5b3a5c'),
    ].join('')
    return (
      lake(p, { y: 262, land, colours: ['#f5a764', '#a0557a', '#2b2a52'], mirror: 0.55 }) +
      streaks(p, { y: 263, bottom: 427, x: 388, spread: 46, count: 90, colour: '#ffe6a6', opacity: 0.7 }) +
      birds(p, { x: 250, y: 120, count: 7, spread: 60, colour: '#3a2244' }) +
      vignette(p)
    )
  },
  rorbuer: (p) => {
    const peaks = ridge(p, {
      profile: (share) => 130 - 80 * Math.exp(-(((share - 0.3) / 0.13) ** 2)) - 60 * Math.exp(-(((share - 0.72) / 0.1) ** 2)),
      jag: 40,
      grain: 6,
      sharp: true,
      bottom: 296,
    })
    const land = [
      sky(p, ['#7fa9cc', '#c9dde6', '#f3e7d8'], 296),
      clouds(p, { y: 0, height: 140, colour: '#ffffff', opacity: 0.8 }),
      peaks.fill(
        p.linear(
          [
            ['#f7fafc', 0],
            ['#e6edf2', 0.35],
            ['#76889a', 0.6],
            ['#4d6272', 1],
          ],
          { from: 30, to: 296 },
        ),
        `filter="${rocky(p, 1.2)}"`,
      ),
      ridge(p, { profile: () => 266, jag: 10, grain: 6, bottom: 296 }).fill('#5d6b52'),
      [40, 132, 224, 330, 424, 520]
        .map((x, index) =>
          house(p, {
            x,
            y: 276 - (index % 2) * 4,
            width: 68 + (index % 3) * 5,
            wall: index === 3 ? '#e5b648' : '#b5302b',
            roof: '#3b3836',
            stilts: true,
            lit: index % 2 === 0,
          }),
        )
        .join(''),
    ].join('')
    return lake(p, { y: 296, land, colours: ['#a9c3d0', '#4f7b90', '#1f4154'], mirror: 0.75, ripple: 9 }) + vignette(p)
  },
  lighthouse: (p) => {
    const rock = ridge(p, { profile: (share) => 430 - 150 * Math.exp(-(((share - 0.72) / 0.2) ** 2)), jag: 22, grain: 9, sharp: true })
    const beam = p.sideways([
      ['#fff2c000', 0],
      ['#fff2c0cc', 1],
    ])
    return [
      sky(p, ['#1c2a4a', '#3d4f7d', '#b5727f', '#f2a97c'], 330),
      stars(p, { count: 60, bottom: 150 }),
      clouds(p, { y: 110, height: 170, colour: '#5a4a72', opacity: 0.7 }),
      `<rect y="318" width="640" height="109" fill="${p.linear(['#c98577', '#3e4568', '#1a2240'])}"/>`,
      streaks(p, { y: 320, bottom: 427, count: 80, colour: '#ffc9a0', opacity: 0.35 }),
      `<path d="M459 112L0 40V170Z" fill="${beam}" opacity="0.75"/>`,
      rock.fill(p.linear(['#4b4650', '#1d1c28'], { from: 270, to: 427 }), `filter="${rocky(p)}"`),
      '<path d="M440 290l7-160h26l7 160Z" fill="#f4efe6"/><path d="M443.6 210l2-40h29l2 40ZM441 264l1.4-30h35l1.6 30Z" fill="#c8362f"/><path d="M466 130l7 0l7 160h-12Z" fill="#00000033" opacity="0.2"/><rect x="440" y="124" width="40" height="7" fill="#2b2b33"/><rect x="447" y="100" width="26" height="25" fill="#ffe9a8"/><path d="M443 101L460 84L477 101Z" fill="#c8362f"/>',
      glow(p, { x: 460, y: 112, radius: 60, colour: '#fff0b8' }),
      house(p, { x: 492, y: 302, width: 42, wall: '#f1ebe0', roof: '#7d2f2a', lit: true }),
      vignette(p),
    ].join('')
  },
  'aurora-green': (p) => {
    const land = [
      sky(p, ['#05101f', '#0a2233', '#12404a'], 310),
      stars(p, { count: 190, bottom: 260 }),
      aurora(p, { low: '#5dffb0', high: '#3fd0c0', y: 150, height: 170, count: 3 }),
      ridge(p, {
        profile: (share) => 262 - 70 * Math.exp(-(((share - 0.22) / 0.15) ** 2)) - 50 * Math.exp(-(((share - 0.85) / 0.12) ** 2)),
        jag: 24,
        grain: 7,
        sharp: true,
        bottom: 310,
      }).fill(p.linear(['#1d3340', '#0a1820'], { from: 170, to: 310 })),
    ].join('')
    return lake(p, { y: 310, land, colours: ['#0f3a40', '#06141f'], mirror: 0.65, ripple: 18 }) + vignette(p)
  },
  'aurora-violet': (p) => {
    const snow = ridge(p, { profile: (share) => 350 - 20 * Math.sin(share * 4), jag: 12, grain: 2 })
    return [
      sky(p, ['#0a0a24', '#1b1747', '#3c2a63'], 360),
      stars(p, { count: 200, bottom: 300 }),
      aurora(p, { low: '#d06bff', high: '#5a7bff', y: 170, height: 190, count: 2 }),
      aurora(p, { low: '#62ffc0', high: '#8a5bff', y: 210, height: 120, count: 1 }),
      wood(p, { on: snow, count: 44, height: [40, 110], fill: '#0d0f24', sink: 10 }),
      snow.fill(p.linear(['#a79bd0', '#4c4a86'], { from: 320, to: 427 })),
      house(p, { x: 420, y: 366, width: 56, wall: '#3b2030', roof: '#d9d4f0', lit: true }),
      glow(p, { x: 448, y: 352, radius: 70, colour: '#ffc87a', opacity: 0.5 }),
      vignette(p),
    ].join('')
  },
  'star-trails': (p) => {
    const centre = { x: 250, y: 150 }
    const trails = p.times(230, () => {
      const radius = 6 + p.random() ** 0.8 * 520
      const [from, sweep] = [p.between(0, Math.PI * 2), p.between(0.5, 0.75)]
      const point = (angle: number) => `${n(centre.x + Math.cos(angle) * radius)} ${n(centre.y + Math.sin(angle) * radius)}`
      return `<path d="M${point(from)}A${n(radius)} ${n(radius)} 0 0 1 ${point(from + sweep)}" fill="none" stroke="${p.pick(['#ffffff', '#cfe0ff', '#ffe2c0', '#a9c8ff'])}" stroke-width="${n(p.between(0.5, 1.5))}" opacity="${n(p.between(0.25, 0.9))}"/>`
    })
    const near = ridge(p, { profile: (share) => 380 - 130 * Math.exp(-(((share - 0.75) / 0.16) ** 2)), jag: 26, grain: 7, sharp: true })
    return [sky(p, ['#071028', '#142a52', '#3d5a86', '#c08f78']), trails, near.fill('#0a0f1c'), vignette(p)].join('')
  },
}
