import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../../test/support/properties.ts'
import { exactly, gather, partSizeFor, partsOf } from './pieces.ts'

async function* of(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

describe('pieces of a stream', () => {
  test('parts have one size, the last is shorter, and joined they are the stream', async () => {
    const chunks = fc.array(fc.string({ maxLength: 9, unit: fc.constantFrom('a', 'b', 'c') }), { maxLength: 9 })
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 12 }), async (texts, size) => {
        const parts: string[] = []
        const last: boolean[] = []
        for await (const { bytes, isLast } of partsOf(of(...texts), size)) {
          parts.push(Buffer.from(bytes).toString())
          last.push(isLast)
        }
        assert.equal(parts.join(''), texts.join(''))
        assert.ok(parts.slice(0, -1).every(({ length }) => length === size))
        assert.deepEqual(
          last,
          parts.map((_, n) => n === parts.length - 1),
        )
        assert.ok(parts.length === 1 || parts.at(-1) !== '')
      }),
    )
  })

  test('10,000 parts hold any file', () => {
    assert.equal(partSizeFor(undefined, 8), 8)
    assert.equal(partSizeFor(80_000, 8), 8)
    assert.equal(partSizeFor(80_001, 8), 9)
  })

  test('the last chunk comes only when the stream has ended well', async () => {
    const seen: string[] = []
    const failing = async function* () {
      yield* of('ab', '', 'cd')
      throw new Error('broken on purpose')
    }
    await assert.rejects(async () => {
      for await (const chunk of exactly(failing(), 4)) seen.push(Buffer.from(chunk).toString())
    }, /broken on purpose/)
    assert.deepEqual(seen, ['ab'])
    assert.equal(Buffer.from(await gather(exactly(of('ab', 'cd'), 4))).toString(), 'abcd')
    await assert.rejects(gather(exactly(of('ab', 'cd'), 3)), { name: 'IntegrityError', found: 'at least 4 bytes' })
    await assert.rejects(gather(exactly(of('ab', 'cd'), 5)), { name: 'IntegrityError', found: '4 bytes' })
    assert.equal((await gather(exactly(of(), 0))).length, 0)
  })
})
