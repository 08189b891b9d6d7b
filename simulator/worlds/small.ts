import type { World } from '../world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from './make.ts'

/** Makes two folders, three albums and a dozen items: photos, one video, one collected photo. Nothing in it is odd. */
export function smallWorld(): World {
  const harbour = photo('harbour', {
    fileName: 'Harbour at dawn.jpg',
    title: 'Harbour',
    caption: 'The harbour of Bergen, before the boats leave.',
    keywords: ['Bergen', 'harbour', 'early morning'],
    latitude: '60.39299000000000',
    longitude: '5.32415000000000',
    altitude: 12,
    capturedLocal: '2024-06-14T05:02:11',
  })
  const norway = albumNode(
    '2024 Norway',
    [
      harbour,
      ...[1, 2, 3, 4].map((n) => photo(`fjord-${n}`, { capturedLocal: `2024-06-15T12:0${n}:00`, keywords: ['fjord'] })),
      video('ferry', { capturedLocal: '2024-06-16T09:30:00' }),
    ],
    { description: 'Two weeks by boat.', lastUpdated: '2024-07-01T09:00:00+00:00', imagesLastUpdated: '2024-07-02T09:00:00+00:00' },
  )
  const kitchen = albumNode(
    'Kitchen',
    [1, 2, 3].map((n) => photo(`kitchen-${n}`, { capturedLocal: `2023-12-24T18:3${n}:00` })),
    { privacy: 'Unlisted' },
  )
  const best = albumNode('Best of', [
    collected(harbour),
    photo('portrait', { capturedLocal: '2022-01-10T10:00:00' }),
    photo('scan', { format: 'PNG', fileName: 'scan.png', bytes: { kind: 'seeded', seed: 'scan', size: 30_000, starts: 'png' } }),
  ])
  return {
    nickName: 'simon',
    name: 'Simon Ulator',
    keys: KEYS,
    root: [folder('Travel', [norway]), folder('Home', [kitchen]), best],
  }
}
