import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Problem } from '../../events.ts'
import { asBeforeText, countOf, groupedLines, inPlural, placeOf, problemText } from './exceptions.ts'

test('a problem is named by its path', () => {
  const reason = 'why'
  assert.equal(problemText({ kind: 'failed', album: '/A', name: 'b.jpg', reason }), '/A/b.jpg: why')
  assert.equal(problemText({ kind: 'failed', album: '/A', imageKey: 'k', reason }), '/A/k: why')
  assert.equal(problemText({ kind: 'album', album: '/A', reason }), '/A: why')
  assert.equal(problemText({ kind: 'foreign', name: 'x/y.jpg', reason }), 'x/y.jpg: why')
  assert.equal(problemText({ kind: 'notice', reason }), 'why')
})

test('a problem with its detail has both', () =>
  assert.equal(
    problemText({ kind: 'failed', album: '/A', name: 'b.jpg', reason: 'why', detail: 'api answered 503' }, true),
    '/A/b.jpg: why (api answered 503)',
  ))

test('a path that a verification reports is taken apart', () => {
  assert.deepEqual(placeOf({ kind: 'missing', name: 'A/B/c.jpg', reason: '' }), { album: 'A/B', name: 'c.jpg' })
  assert.deepEqual(placeOf({ kind: 'missing', name: 'c.jpg', reason: '' }), { album: '', name: 'c.jpg' })
  assert.deepEqual(placeOf({ kind: 'failed', album: '/', name: 'c.jpg', reason: '' }), { album: '', name: 'c.jpg' })
})

const photos = (album: string, from: number, to: number, more: Partial<Problem> = {}): readonly Problem[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    kind: 'failed',
    album,
    name: `IMG_${String(from + n).padStart(4, '0')}.jpg`,
    reason: 'smaller than your original',
    ...more,
  }))

const lines = (problems: readonly Problem[], columns?: number): readonly string[] => groupedLines(problems, { columns, room: 50 }).lines

describe('exceptions by reason and album', () => {
  test('take one line for each', () => {
    const problems = [...photos('/Weddings/Dance', 36, 44), ...photos('/Weddings/Vows', 1, 2), ...photos('/Weddings/Vows', 9, 9)]
    assert.deepEqual(lines(problems), [
      '/Weddings/Dance: 9 photos smaller than your original (IMG_0036 … IMG_0044)',
      '/Weddings/Vows: 3 photos smaller than your original (IMG_0001, IMG_0002, IMG_0009)',
    ])
  })

  test('67 of one outage in three albums take three lines', () => {
    const reason = { reason: 'SmugMug had trouble and did not answer' }
    const problems = [...photos('/A', 1, 40, reason), ...photos('/B', 1, 20, reason), ...photos('/C', 1, 7, reason)]
    assert.deepEqual(lines(problems), [
      '/A: 40 photos: SmugMug had trouble and did not answer (IMG_0001 … IMG_0040)',
      '/B: 20 photos: SmugMug had trouble and did not answer (IMG_0001 … IMG_0020)',
      '/C: 7 photos: SmugMug had trouble and did not answer (IMG_0001 … IMG_0007)',
    ])
  })

  test('names in any order show their first and last by number', () => {
    const named = ['b10', 'b9', 'b1', 'b100'].map(
      (name): Problem => ({ kind: 'pending', album: '/A', name: `${name}.mp4`, reason: 'not ready' }),
    )
    assert.deepEqual(lines(named), ['/A: 4 videos not ready (b1 … b100)'])
  })

  test('one of a reason has its whole name', () =>
    assert.deepEqual(lines(photos('/A', 5, 5)), ['/A/IMG_0005.jpg: smaller than your original']))

  test('say that they are all of an album', () =>
    assert.deepEqual(lines(photos('/A', 1, 54, { wholeAlbum: true, reason: 'gone from SmugMug' })), [
      '/A: all 54 photos gone from SmugMug (IMG_0001 … IMG_0054)',
    ]))

  test('an album that failed as a whole is not counted among its photos', () => {
    const album: Problem = { kind: 'album', album: '/A', reason: 'could not be listed' }
    assert.deepEqual(lines([album, ...photos('/A', 1, 2, { reason: 'could not be listed' })]), [
      '/A: could not be listed',
      '/A: 2 photos could not be listed (IMG_0001, IMG_0002)',
    ])
  })

  test('a long path is shortened in its middle on a terminal, and nowhere else', () => {
    const problems = photos('/Weddings-2026/Garcia-Lopez-and-Friends/Evening/Dance-Floor', 1, 8)
    assert.match(lines(problems, 80)[0] ?? '', /^\/Weddings-2026\/…\/Dance-Floor: 8 photos/)
    assert.match(lines(problems)[0] ?? '', /^\/Weddings-2026\/Garcia/)
  })

  test('of a thousand albums name a few, and count the rest', () => {
    const problems = Array.from({ length: 1000 }, (_, n) => photos(`/Album ${n}`, 1, 3)).flat()
    const { lines: few, unlisted } = groupedLines(problems, { columns: 80, room: 50 })
    assert.deepEqual([few.length, unlisted], [8, 3 * 992])
  })
})

test('things are counted by their kind', () => {
  const named = (...names: readonly (string | undefined)[]): string =>
    countOf(names.map((name) => ({ kind: 'failed', album: '/A', reason: '', ...(name !== undefined && { name }) })))
  assert.equal(named('a.jpg'), '1 photo')
  assert.equal(named('a.MP4', 'b.mov'), '2 videos')
  assert.equal(named('a.jpg', 'b.mov'), '2 photos and videos')
  assert.equal(named('a.jpg', 'album.json'), '2 files')
  assert.equal(named(undefined), '1 item')
})

test('the trouble of the last run takes one line', () => {
  const videos = ['a', 'b', 'c'].map(
    (name): Problem => ({ kind: 'pending', album: '/V', name: `${name}.mp4`, reason: 'not yet processed' }),
  )
  const all = [...photos('/A', 1, 12), ...photos('/B', 1, 8), ...videos]
  const elsewhere = 'see the report'
  assert.equal(
    asBeforeText(all, { columns: undefined, elsewhere }),
    'As before: 20 photos smaller than your original in 2 albums, 3 videos not yet processed in 1 album (see the report).',
  )
  assert.equal(asBeforeText(all, { columns: 80, elsewhere }), 'As before: 23 photos and videos in 3 albums (see the report).')
  const ofFolders = ['A', 'B'].map((album): Problem => ({ kind: 'notice', album, reason: 'a link to another folder' }))
  assert.equal(asBeforeText(ofFolders, { columns: 80, elsewhere }), 'As before: a link to another folder in 2 albums (see the report).')
  assert.equal(asBeforeText(ofFolders, { columns: 40, elsewhere }), 'As before: 2 notices in 2 albums (see the report).')
  assert.equal(
    asBeforeText([...ofFolders, ...photos('/A', 1, 2)], { columns: 40, elsewhere }),
    'As before: 4 exceptions in 3 albums (see the report).',
  )
})

test('no reason that the program has mixes one and several', () => {
  const sources = globSync('src/**/*.ts', { cwd: join(import.meta.dirname, '../../..') }).filter((path) => !path.endsWith('.test.ts'))
  const reasons = sources.flatMap((path) => {
    const text = readFileSync(join(import.meta.dirname, '../../..', path), 'utf8')
    return [...text.matchAll(/(?:reason: |IntegrityError\(|fail\()['`]([^'`\n]*\bits?\b[^'`\n]*)/g)].map(([, reason = '']) => reason)
  })
  assert.ok(reasons.length > 20)
  const mixed = /\bthem (?:cannot|could|may|[a-z]+s)\b|\b(?:they|their [a-z]+(?: at SmugMug)?) (?:is|was|has|[a-z]{2,}[^s]s)\b/
  assert.deepEqual(
    reasons.map(inPlural).filter((text) => mixed.test(text)),
    [],
  )
})

test('a reason of several items is in the plural', () => {
  const pairs = [
    ['no longer on SmugMug; its file is kept', 'no longer on SmugMug; their files are kept'],
    [
      'it is no longer on SmugMug, and could not be moved to the trash',
      'they are no longer on SmugMug, and could not be moved to the trash',
    ],
    [
      'it is in another album now, and its old file could not be removed',
      'they are in another album now, and their old files could not be removed',
    ],
    ['its bytes have changed since they were proven', 'their bytes have changed since they were proven'],
    ['it has another size than when it was stored', 'they have another size than when they were stored'],
    ['it was changed since the twin wrote it: it stays', 'they were changed since the twin wrote them: they stay'],
    ['its sidecar could not be moved with it', 'their sidecars could not be moved with them'],
    ['smaller than your original', 'smaller than your original'],
    ['arrived damaged (its checksum differs)', 'arrived damaged (their checksums differ)'],
    ['arrived damaged (it is longer than announced)', 'arrived damaged (they are longer than announced)'],
    ['it cannot be read', 'they cannot be read'],
    [
      'it is a folder, where a file should be; it is left as it is: move it away',
      'they are folders, where files should be; they are left as they are: move them away',
    ],
    ['it is a link or a device, where a file should be', 'they are links or devices, where files should be'],
    ['nothing of it is adopted: it is a link or a device, not a file', 'nothing of them is adopted: they are links or devices, not files'],
    ['it stays private until all of it is at SmugMug', 'they stay private until all of them are at SmugMug'],
    ['it comes too slowly to ever end', 'they come too slowly to ever end'],
    ['its address at SmugMug is another one than before', 'their addresses at SmugMug are others than before'],
    ['it stays private: its privacy could not be set', 'they stay private: their privacy could not be set'],
    ['this file of the twin is missing: run `twin`', 'these files of the twin are missing: run `twin`'],
    ['SmugMug had trouble and did not answer', 'SmugMug had trouble and did not answer'],
  ] as const
  for (const [one, several] of pairs) assert.equal(inPlural(one), several)
  assert.deepEqual(lines(photos('/A', 1, 40, { reason: pairs[0][0] })), [
    '/A: 40 photos no longer on SmugMug; their files are kept (IMG_0001 … IMG_0040)',
  ])
  assert.deepEqual(lines(photos('/A', 1, 1, { reason: pairs[0][0] })), ['/A/IMG_0001.jpg: no longer on SmugMug; its file is kept'])
})

test('other files than photos keep their extensions', () => {
  const files = ['places.json', 'world-50m.json', 'style.css', 'app.js'].map(
    (name): Problem => ({ kind: 'notice', name: `twin.files/${name}`, reason: 'this file of the twin is missing' }),
  )
  assert.deepEqual(lines(files), ['twin.files: 4 files: these files of the twin are missing (app.js … world-50m.json)'])
})
