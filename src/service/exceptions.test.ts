import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exceptions } from './exceptions.ts'

const failed = (album: string, name: string) =>
  ({ event: 'problem', problem: { kind: 'failed', album, name, imageKey: name, reason: 'SmugMug had trouble' } }) as const

test('counts exceptions by reason and album, with the first names, the largest group first', () => {
  const exceptions = new Exceptions()
  exceptions.apply(failed('/A', 'x.jpg'))
  for (const name of ['a', 'b', 'c', 'd']) exceptions.apply(failed('/B', `${name}.jpg`))
  exceptions.apply({ event: 'item', outcome: 'stored', album: '/B', albumKey: 'B', imageKey: 'fine', path: 'B/fine.jpg' })
  assert.deepEqual(
    exceptions.groups().map(({ album, count, names }) => [album, count, names]),
    [
      ['/B', 4, ['a.jpg', 'b.jpg', 'c.jpg']],
      ['/A', 1, ['x.jpg']],
    ],
  )
})

test('takes up what a verification finds and an album that cannot be read, by their last names', () => {
  const exceptions = new Exceptions()
  exceptions.apply({
    event: 'problem',
    problem: { kind: 'damaged', name: 'Travel/Alps/a.jpg', reason: 'its bytes are not those of the backup' },
  })
  exceptions.apply({ event: 'problem', problem: { kind: 'missing', album: '/Travel/Alps', name: 'b.jpg', reason: 'it is not there' } })
  exceptions.apply({ event: 'problem', problem: { kind: 'album', album: '/Travel', reason: 'SmugMug does not list it' } })
  exceptions.apply({ event: 'problem', problem: { kind: 'pending', imageKey: 'k4', reason: 'still being processed' } })
  assert.deepEqual(
    exceptions.groups().map(({ kind, album, names }) => [kind, album, names]),
    [
      ['damaged', '', ['a.jpg']],
      ['missing', '/Travel/Alps', ['b.jpg']],
      ['album', '/Travel', ['/Travel']],
      ['pending', '', ['k4']],
    ],
  )
})

test('old files of the past that are removed, and photos that are gone from SmugMug, are no exceptions', () => {
  const exceptions = new Exceptions()
  exceptions.apply({ event: 'file', path: '.smugmug-backup/trash/2026/a.jpg', state: 'removed', detail: 'after 30 days in the trash' })
  exceptions.apply({ event: 'problem', problem: { kind: 'vanished', album: '/B', name: 'a.jpg', reason: 'gone from SmugMug' } })
  assert.deepEqual(exceptions.groups(), [])
})

test('takes bounded memory, however many reasons there are', () => {
  const exceptions = new Exceptions()
  for (let n = 0; n < 10_000; n++) exceptions.apply(failed(`/A${n}`, 'x.jpg'))
  assert.equal(exceptions.groups().length, 200)
})
