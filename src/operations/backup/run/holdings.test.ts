import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Holdings } from './holdings.ts'

const gate = (): { readonly open: () => void; readonly opened: Promise<void> } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, opened: promise }
}

describe('which task may touch which bytes', () => {
  test('the same content is brought by one task at a time', async () => {
    const holdings = new Holdings()
    const first = gate()
    const order: string[] = []
    const one = holdings.withContent('md5', async () => {
      await first.opened
      order.push('one')
    })
    const two = holdings.withContent('md5', async () => void order.push('two'))
    await holdings.withContent('other', async () => void order.push('other'))
    first.open()
    await Promise.all([one, two])
    assert.deepEqual(order, ['other', 'one', 'two'])
  })

  test('a failed task leaves the content to the next', async () => {
    const holdings = new Holdings()
    await assert.rejects(
      holdings.withContent('md5', () => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.equal(await holdings.withContent('md5', async () => 'came'), 'came')
  })

  test('paths that a case-blind disk takes for one are one', async () => {
    const holdings = new Holdings()
    const first = gate()
    const order: string[] = []
    const one = holdings.withPaths(['A/x.jpg'], async () => {
      await first.opened
      order.push('one')
    })
    const two = holdings.withPaths(['a/X.JPG'], async () => void order.push('two'))
    first.open()
    await Promise.all([one, two])
    assert.deepEqual(order, ['one', 'two'])
  })

  test('a task waits for files with its bytes that are being renamed, in any album, and for no others', async () => {
    const holdings = new Holdings()
    const [first, second] = [gate(), gate()]
    const order: string[] = []
    const naming = async (name: string, opened: Promise<void>): Promise<void> => {
      await opened
      order.push(name)
    }
    const one = holdings.renaming(new Set(['md5', 'other']), () => naming('one', first.opened))
    const two = holdings.renaming(new Set(['md5']), () => naming('two', second.opened))
    const task = holdings.renamed('md5').then(() => void order.push('task'))
    await holdings.renamed('further')
    first.open()
    await one
    await holdings.renamed('other')
    second.open()
    await Promise.all([two, task])
    assert.deepEqual(order, ['one', 'two', 'task'])
  })

  test('a file is hashed once for all that ask at the same time, and again later', async () => {
    const holdings = new Holdings()
    let hashed = 0
    const hash = async (): Promise<number> => {
      hashed += 1
      return hashed
    }
    assert.deepEqual(await Promise.all([holdings.hashOnce('x', hash), holdings.hashOnce('x', hash)]), [1, 1])
    assert.equal(await holdings.hashOnce('x', hash), 2)
  })
})
