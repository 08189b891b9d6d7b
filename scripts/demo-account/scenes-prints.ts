/** Old prints, and a sketched map. */

import { clouds, faded, lake, ranges, ridge, rocky, sky, streaks } from './landscape.ts'
import { n } from './paper.ts'
import type { Scenes } from './scene.ts'
import { sailboat } from './shapes.ts'

export const printScenes: Scenes = {
  beach: (p) =>
    faded(
      p,
      [
        sky(p, ['#7fc4e8', '#d4edf2'], 190),
        clouds(p, { y: 10, height: 140, colour: '#ffffff', opacity: 0.9 }),
        `<rect y="186" width="640" height="92" fill="${p.linear(['#2f8fb5', '#6fc8cc'])}"/>`,
        streaks(p, { y: 190, bottom: 274, count: 60, colour: '#ffffff', opacity: 0.6 }),
        `<path d="M0 276Q120 262 240 278T480 272T640 280V427H0Z" fill="#fdfdf8"/><path d="M0 286Q120 272 240 288T480 282T640 290V427H0Z" fill="${p.linear(['#f0dcae', '#e0c088'])}"/>`,
        '<ellipse cx="300" cy="388" rx="110" ry="12" fill="#b08a50" opacity="0.5"/><path d="M262 388L300 196" stroke="#efe6d6" stroke-width="6"/><path d="M196 222Q236 128 316 136Q392 150 410 250Q386 228 358 240Q336 214 304 226Q276 200 248 216Q222 206 196 222Z" fill="#e8505b"/><path d="M248 216Q262 160 316 136Q312 180 304 226Q276 200 248 216ZM358 240Q356 180 316 136Q392 150 410 250Q386 228 358 240Z" fill="#fdf3e0"/>',
        '<g transform="translate(430 372)"><circle r="24" fill="#fdf6e8"/><path d="M0 -24A24 24 0 0 1 21 12L0 0ZM-21 12A24 24 0 0 1 -20 -13L0 0Z" fill="#2f7fc0"/><path d="M21 12A24 24 0 0 1 -2 24L0 0Z" fill="#f2b33c"/></g><path d="M120 372h96l20 22h-100Z" fill="#3f9a8a"/><path d="M140 372l20 22M164 372l20 22M188 372l20 22" stroke="#fdf3e0" stroke-width="6"/>',
        sailboat({ x: 520, y: 206, size: 44, hull: '#7a3a2a', sail: '#ffffff' }),
      ].join(''),
    ),
  'old-car': (p) =>
    faded(
      p,
      [
        sky(p, ['#8fc0dc', '#f2e6cc'], 260),
        clouds(p, { y: 0, height: 170, colour: '#ffffff', opacity: 0.9 }),
        ranges(p, { count: 3, far: 200, near: 250, jag: 50, colours: ['#b9c6cc', '#7f9a70'] }),
        `<rect y="270" width="640" height="60" fill="#94a860"/><rect y="318" width="640" height="109" fill="${p.linear(['#8f8a84', '#6d6864'])}"/><path d="M0 372h80M130 372h80M260 372h80M390 372h80M520 372h80" stroke="#f4ead0" stroke-width="7"/>`,
        '<ellipse cx="330" cy="352" rx="190" ry="12" fill="#000" opacity="0.3"/><path d="M150 332Q146 286 196 276L244 268Q280 214 340 212H388Q430 214 456 266L500 276Q524 284 520 332Q518 344 504 344H166Q152 344 150 332Z" fill="#3f9a9a"/><path d="M256 266Q286 226 330 225V266ZM340 225H384Q418 228 438 266H340Z" fill="#dff0f2"/><path d="M152 306H518" stroke="#f4efe4" stroke-width="7"/><path d="M146 330h26M500 330h28" stroke="#e4e0d8" stroke-width="9" stroke-linecap="round"/><circle cx="166" cy="296" r="9" fill="#fff4c8"/><circle cx="508" cy="296" r="7" fill="#d8402f"/><path d="M334 226V340M360 284h20" stroke="#2f7a7a" stroke-width="2.4"/><g><circle cx="228" cy="342" r="32" fill="#22201f"/><circle cx="228" cy="342" r="17" fill="#e4e0d8"/><circle cx="228" cy="342" r="6" fill="#8a8680"/><circle cx="452" cy="342" r="32" fill="#22201f"/><circle cx="452" cy="342" r="17" fill="#e4e0d8"/><circle cx="452" cy="342" r="6" fill="#8a8680"/></g><g><rect x="290" y="190" width="120" height="22" rx="4" fill="#a8683a"/><path d="M316 190v22M384 190v22" stroke="#6d4224" stroke-width="5"/></g>',
      ].join(''),
    ),
  'mountain-hut': (p) =>
    faded(
      p,
      [
        sky(p, ['#6fb0de', '#dcecf0'], 300),
        clouds(p, { y: 0, height: 150, colour: '#ffffff', opacity: 0.85 }),
        ridge(p, { profile: (share) => 170 - 110 * Math.exp(-(((share - 0.46) / 0.13) ** 2)), jag: 46, grain: 6, sharp: true }).fill(
          p.linear(
            [
              ['#ffffff', 0],
              ['#eef2f4', 0.3],
              ['#8d97a0', 0.6],
              ['#707c80', 1],
            ],
            { from: 30, to: 300 },
          ),
          `filter="${rocky(p)}"`,
        ),
        ridge(p, { profile: (share) => 300 - 30 * Math.sin(share * 4), jag: 14, grain: 3 }).fill(
          p.linear(['#93b45c', '#5f8a40'], { from: 270, to: 427 }),
        ),
        '<g><rect x="356" y="268" width="126" height="68" fill="#8a5f3c"/><path d="M356 284h126M356 300h126M356 316h126" stroke="#6b4528" stroke-width="2.4"/><path d="M336 274L419 222L502 274L494 282L419 236L344 282Z" fill="#5a4a42"/><path d="M360 270L419 234L478 270Z" fill="#9a6c46"/><rect x="406" y="292" width="26" height="44" fill="#4a2f1c"/><rect x="370" y="288" width="22" height="20" fill="#cfe4ea" stroke="#fff" stroke-width="3"/><rect x="446" y="288" width="22" height="20" fill="#cfe4ea" stroke="#fff" stroke-width="3"/><path d="M466 248v-26h14v34Z" fill="#7a6a60"/></g>',
        '<g fill="#f4f0e8"><g id="cow"><path d="M150 346q2 -16 18 -16h34q12 -10 20 -4l8 8q-2 10 -14 8q-4 14 -10 14v18h-6v-16h-26v16h-6v-18q-12 0 -18 -10Z"/><path d="M172 332h20q-4 14 -20 0Z" fill="#5a3a2a"/></g><use xlink:href="#cow" transform="translate(-70 40)"/><use xlink:href="#cow" transform="translate(96 44)"/></g>',
      ].join(''),
    ),
  regatta: (p) => {
    const land =
      sky(p, ['#5fa4d8', '#cfe6f0'], 230) +
      clouds(p, { y: 0, height: 170, colour: '#ffffff', opacity: 0.95 }) +
      ranges(p, { count: 2, far: 196, near: 212, jag: 24, colours: ['#a9c0cc', '#6f9a80'], bottom: 230 })
    const fleet = p.times(7, (index) => {
      const size = 46 + index * 14
      return sailboat({
        x: 600 - index * 84,
        y: 250 + index * 20,
        size,
        hull: ['#8c2f28', '#2f4a7a', '#f4efe4'][index % 3] ?? '#333',
        sail: ['#ffffff', '#f7d9a0', '#fff4ec'][index % 3] ?? '#fff',
        heel: 9,
      })
    })
    return faded(
      p,
      lake(p, { y: 230, land, colours: ['#7fb8d4', '#2f78a0', '#1c4f78'], mirror: 0.3 }) +
        streaks(p, { y: 236, bottom: 427, count: 90, colour: '#ffffff', opacity: 0.5 }) +
        fleet,
    )
  },
  'route-map': (p) => {
    const coast = ridge(p, { profile: (share) => 250 - 70 * Math.sin(share * 3.4) + 60 * share, jag: 40, grain: 6 })
    const stops = [
      [90, 300],
      [190, 236],
      [280, 250],
      [372, 190],
      [470, 214],
      [556, 130],
    ] as const
    return [
      '<rect x="6" y="6" width="628" height="415" rx="14" fill="#f4ead2"/>',
      `<g clip-path="${p.define('<clipPath id="{id}"><rect x="6" y="6" width="628" height="415" rx="14"/></clipPath>')}">${coast.fill('#cfe0b4', 'stroke="#7f9a60" stroke-width="3"')}</g>`,
      p.times(
        14,
        () =>
          `<path d="M0 0q8 -7 16 0t16 0" transform="translate(${n(p.between(40, 560))} ${n(p.between(40, 130))})" fill="none" stroke="#8ab4c8" stroke-width="3" stroke-linecap="round"/>`,
      ),
      p.times(
        10,
        () =>
          `<path d="M0 0l14 -24l14 24M8 -10l6 5l6 -5" transform="translate(${n(p.between(40, 580))} ${n(p.between(340, 410))})" fill="none" stroke="#7a8a64" stroke-width="3" stroke-linejoin="round"/>`,
      ),
      `<polyline points="${stops.map((stop) => stop.join(' ')).join(' ')}" fill="none" stroke="#d8402f" stroke-width="5" stroke-dasharray="12 9" stroke-linecap="round"/>`,
      stops
        .map(
          ([x, y]) =>
            `<path d="M${x} ${y}q-18 -22 -18 -34a18 18 0 0 1 36 0q0 12 -18 34Z" fill="#d8402f"/><circle cx="${x}" cy="${y - 33}" r="7" fill="#fff"/>`,
        )
        .join(''),
      '<g transform="translate(574 352)"><circle r="34" fill="#fffaf0" stroke="#8a7a5c" stroke-width="3"/><path d="M0 -28L8 0L0 28L-8 0Z" fill="#8a7a5c"/><path d="M0 -28L8 0H-8Z" fill="#d8402f"/></g>',
    ].join('')
  },
}
