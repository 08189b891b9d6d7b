import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { makeKey, seal } from './age.ts'
import { checkKey, type SealedFile } from './key-check.ts'

const sealed = async (
  path: string,
  size: number,
  recipients: readonly string[],
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<SealedFile> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of seal(
    (async function* () {
      yield randomBytes(size)
    })(),
    recipients,
  ))
    chunks.push(chunk)
  const bytes = change(Buffer.concat(chunks))
  return {
    path,
    read: async function* () {
      yield bytes
    },
  }
}

describe('the check of a key', () => {
  test('counts what it opens, and names what it does not', async () => {
    const [own, paper, stranger] = [await makeKey(), await makeKey(), await makeKey()]
    const both = [own.recipient, paper.recipient]
    const files = [
      await sealed('a.jpg.age', 100_000, both),
      await sealed('b.jpg.age', 5, [own.recipient]),
      await sealed('cut.jpg.age', 200_000, both, (bytes) => bytes.subarray(0, -1000)),
      await sealed('other.jpg.age', 5, both, () => Buffer.from('a plain photo')),
    ]
    const damaged = [
      { path: 'cut.jpg.age', why: 'damaged' },
      { path: 'other.jpg.age', why: 'not sealed' },
    ]
    const { bytes, ...result } = await checkKey(own.identity, files)
    assert.deepEqual(result, { opened: 2, refused: damaged })
    assert.ok(bytes >= 100_005)
    assert.deepEqual((await checkKey(paper.identity, files)).refused, [{ path: 'b.jpg.age', why: 'other key' }, ...damaged])
    assert.deepEqual(
      (await checkKey(stranger.identity, files)).refused.map(({ why }) => why),
      ['other key', 'other key', 'other key', 'not sealed'],
    )
    assert.deepEqual(await checkKey(own.identity, []), { opened: 0, bytes: 0, refused: [] })
  })

  test('an error of the disk is the disk’s, and no verdict about the key', async () => {
    const { identity } = await makeKey()
    const trouble = new Error('EIO')
    const broken: SealedFile = {
      path: 'a.age',
      // biome-ignore lint/correctness/useYield: it fails before the first byte
      read: async function* () {
        throw trouble
      },
    }
    await assert.rejects(checkKey(identity, [broken]), (error) => error === trouble)
  })
})
