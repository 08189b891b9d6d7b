import assert from 'node:assert/strict'
import { test } from 'node:test'
import { albumTree } from './album-tree.ts'
import { displayWidth } from './width.ts'

const none = { pending: 0, impossible: 0 }

test('albums stand in their folders, folders have their sums, the total comes last', () => {
  const text = albumTree([
    { path: '/Travel/Japan', items: 1200, bytes: 3_000_000, held: 1000, missing: 200, ...none },
    { path: '/Travel/2024/Norway', items: 7, bytes: 1_000_000, held: 7, missing: 0, ...none },
    { path: '/Home', items: 1, bytes: 500, held: 1, missing: 0, ...none },
  ])
  assert.deepEqual(text.split('\n'), [
    'Items       Size   Held  Missing  Album',
    '1,207     4.0 MB  1,007      200  Travel/',
    '    7     1.0 MB      7             2024/',
    '    7     1.0 MB      7               Norway',
    '1,200     3.0 MB  1,000      200    Japan',
    '    1  500 bytes      1           Home',
    '1,208     4.0 MB  1,008      200  All together',
    '',
    '1,208 items in 3 albums, 4.0 MB: 1,008 held, 200 missing',
    '',
  ])
})

test('grades are shown unless all are originals, and the time for the missing items if it was measured', () => {
  const albums = [{ path: '/A', items: 3, bytes: 500, held: 2, missing: 1, ...none }]
  const original = { files: 1200, bytes: 1 }
  assert.deepEqual(
    albumTree(albums, { byGrade: { original, fallback: { files: 2 } }, estimatedMs: 7_500_000 })
      .split('\n')
      .slice(-3),
    ['Files held: 1,200 original, 2 fallback', 'The missing items would take about 2 h 5 min at the speed of the last backup.', ''],
  )
  assert.equal(albumTree(albums, { byGrade: { original }, estimatedMs: 0 }), albumTree(albums))
})

test('an unknown size is left out rather than counted as nothing', () => {
  const text = albumTree([
    { path: '/A', items: 1, held: 1, missing: 0, ...none },
    { path: '/B', items: 1, bytes: 5, held: 1, missing: 0, ...none },
  ])
  assert.match(text, /2 items in 2 albums: all held/)
})

test('two albums of one path both stand there, and hostile names stay text', () => {
  const text = albumTree([
    { path: '/A/\x1b[2J', items: 1, held: 0, missing: 1, ...none },
    { path: '/A/\x1b[2J', items: 2, held: 0, missing: 2, ...none },
  ])
  assert.equal(text.match(/\\x1b\[2J/g)?.length, 2)
  assert.ok(!text.includes('\x1b'))
})

test('an account without albums', () => assert.equal(albumTree([]), 'There are no albums.\n'))

const odd = [
  { path: '/Weddings/Dubois-Lefèvre/Dance', name: 'Dance floor', items: 162, bytes: 5e8, held: 159, missing: 2, pending: 1, impossible: 1 },
  { path: '/旅行/日本', name: '日本', items: 3000, bytes: 9e10, held: 0, missing: 2999, pending: 0, impossible: 1 },
]
const folderNames = { '/Weddings/Dubois-Lefèvre': 'Dubois & Lefèvre' }

test('every number adds up, and titles stand beside the parts of paths that they differ from', () => {
  assert.deepEqual(albumTree(odd, { folderNames }).split('\n'), [
    'Items      Size  Held  Missing  Pending  Cannot be had  Album',
    '  162  500.0 MB   159        1        1              1  Weddings/',
    '  162  500.0 MB   159        1        1              1    Dubois-Lefèvre/ (Dubois & Lefèvre)',
    '  162  500.0 MB   159        1        1              1      Dance (Dance floor)',
    '3,000   90.0 GB     0    2,999                       1  旅行/',
    '3,000   90.0 GB     0    2,999                       1    日本',
    '3,162   90.5 GB   159    3,000        1              2  All together',
    '',
    '3,162 items in 2 albums, 90.5 GB: 159 held, 3,000 missing, 1 pending, 2 cannot be had',
    '',
  ])
})

test('no line is wider than the terminal', () => {
  for (let columns = 40; columns <= 120; columns += 1)
    for (const line of albumTree(odd, { folderNames, columns, estimatedMs: 9e6 }).split('\n'))
      assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
})
