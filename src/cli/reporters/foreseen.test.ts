import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ItemChange } from '../../model.ts'
import { Foreseen, foreseenText } from './foreseen.ts'

const linesOf = (...changes: readonly ItemChange[]): readonly string[] => {
  const foreseen = new Foreseen()
  for (const change of changes) foreseen.add({ event: 'change', ...change })
  return foreseen.lines()
}

const photos = (album: string, count: number): readonly ItemChange[] =>
  Array.from({ length: count }, (_, n) => ({ what: 'came', album, name: `${n + 1}.jpg`, imageKey: `k${n}` }))

describe('the changes that a dry run foresees', () => {
  test('are none where nothing would change', () => assert.deepEqual(linesOf(), []))

  test('stand by kind and album', () =>
    assert.deepEqual(
      linesOf(
        { what: 'came', album: '/A', name: 'one.jpg', imageKey: '1' },
        { what: 'came', album: '/A', name: 'two.jpg', imageKey: '2' },
        { what: 'came', album: '/B', imageKey: '3' },
        { what: 'moved', album: '/B', from: '/Old', items: 1 },
        { what: 'moved', album: '/C', from: '/Older', items: 1200 },
        { what: 'moved', album: '/D', name: 'x.jpg', imageKey: '4', from: 'C/x.jpg' },
        { what: 'went', album: '/D', name: 'y.jpg', imageKey: '5', note: 'no longer on SmugMug; its file is kept' },
      ),
      [
        '',
        'Would come (3)',
        '  /A (2): one.jpg, two.jpg',
        '  /B (1): 3',
        '',
        'Would move (1,202)',
        '  /B (1): the whole album, 1 item (from /Old)',
        '  /C (1,200): the whole album, 1,200 items (from /Older)',
        '  /D (1): x.jpg (from C/x.jpg)',
        '',
        'Would go: no longer on SmugMug (1)',
        '  /D (1): y.jpg (its file is kept)',
      ],
    ))

  test('are named in a bounded number of lines', () => {
    const lines = linesOf(...Array.from({ length: 13 }, (_, n) => photos(`/${String(n).padStart(2, '0')}`, 25)).flat())
    assert.equal(lines.length, 13)
    assert.equal(lines[1], 'Would come (325)')
    assert.match(lines[2] ?? '', /^ {2}\/00 \(25\): 1\.jpg, .*10\.jpg, and 15 more$/)
    assert.equal(lines.at(-1), '  and 75 more in 3 further albums: --verbose names each')
  })

  test('have a line each with --verbose', () => {
    assert.equal(foreseenText({ what: 'changed', album: '/A', name: 'b.jpg' }), 'would change: /A/b.jpg')
    assert.equal(foreseenText({ what: 'moved', album: '/A', from: '/B', items: 2 }), 'would move: /A: the whole album, 2 items (from /B)')
  })
})
