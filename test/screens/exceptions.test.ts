import { describe, test } from 'node:test'
import { problemLines } from '../../src/cli/reporters/summary.ts'
import { wrapped } from '../../src/cli/reporters/width.ts'
import type { Problem } from '../../src/events.ts'
import { assertScreen } from '../support/screens.ts'

const photos = (problem: Omit<Problem, 'name'>, count: number): readonly Problem[] =>
  Array.from({ length: count }, (_, n) => ({ ...problem, name: `IMG_${String(n + 1).padStart(4, '0')}.jpg` }))

const outage = (album: string, count: number) =>
  photos({ kind: 'failed', album, reason: 'SmugMug had trouble and did not answer', detail: 'photos.smugmug.com answered 503' }, count)
const vanishing = { kind: 'would-vanish', reason: 'gone from SmugMug' } as const
const asBefore = { kind: 'notice', reason: 'smaller than your original', asBefore: true } as const

const cases: Readonly<Record<string, readonly Problem[]>> = {
  'one-outage': [
    ...outage('/Weddings-2026/Garcia-Lopez/Evening/Dance-Floor', 40),
    ...outage('/Weddings-2026/Garcia-Lopez/Vows', 20),
    ...outage('/家族/写真 2026', 7),
  ],
  brake: [
    ...photos({ ...vanishing, album: '/Weddings-2026/Garcia-Lopez', wholeAlbum: true }, 54),
    ...photos({ ...vanishing, album: '/Weddings-2025/Van-der-Berg/Ceremony' }, 9),
  ],
  'as-last-night': [
    ...photos({ ...asBefore, album: '/Weddings-2024/Miller' }, 20),
    { kind: 'pending', album: '/Films', name: 'new.mp4', reason: 'not yet processed by SmugMug' },
  ],
}

describe('the exceptions at the end of a run', () => {
  for (const [what, problems] of Object.entries(cases)) {
    for (const columns of [40, 80, 120]) {
      test(`${what} at ${columns} columns`, () => {
        const lines = problemLines({ command: 'backup', problems, quiet: false, columns, reports: '/mnt/photos/.smugmug-backup/reports' })
        assertScreen(
          `exceptions-${what}-${columns}`,
          lines.flatMap((line) => wrapped(line, columns)),
        )
      })
    }
  }
})
