import type { Item } from '../../src/model.ts'

/** Returns a photo of the album `K` about which nothing is known, but for these facts. */
export const itemWith = (facts: Partial<Item> = {}): Item => ({
  albumKey: 'K',
  imageKey: 'x',
  position: 0,
  fileName: 'x.jpg',
  title: '',
  caption: '',
  keywords: '',
  keywordArray: [],
  isVideo: false,
  collected: false,
  availability: { kind: 'unresolved' },
  raw: '{}',
  ...facts,
})
