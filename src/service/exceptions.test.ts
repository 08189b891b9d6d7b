import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exceptions } from './exceptions.ts'

const item = (outcome: 'failed' | 'stored', album: string, name: string) =>
  ({ event: 'item', outcome, album, imageKey: name, path: `${album.slice(1)}/${name}`, reason: 'SmugMug had trouble' }) as const

test('counts exceptions by reason and album, with the first names, the largest group first', () => {
  const exceptions = new Exceptions()
  exceptions.apply(item('failed', '/A', 'x.jpg'))
  for (const name of ['a', 'b', 'c', 'd']) exceptions.apply(item('failed', '/B', `${name}.jpg`))
  exceptions.apply(item('stored', '/B', 'fine.jpg'))
  assert.deepEqual(
    exceptions.groups().map(({ album, count, names }) => [album, count, names]),
    [
      ['/B', 4, ['a.jpg', 'b.jpg', 'c.jpg']],
      ['/A', 1, ['x.jpg']],
    ],
  )
})

test('takes bounded memory, however many reasons there are', () => {
  const exceptions = new Exceptions()
  for (let n = 0; n < 10_000; n++) exceptions.apply(item('failed', `/A${n}`, 'x.jpg'))
  assert.equal(exceptions.groups().length, 200)
})
