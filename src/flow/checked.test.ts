import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { fc } from '../../test/support/properties.ts'
import { IntegrityError } from '../errors.ts'
import { checked, Hashing, hashAll } from './checked.ts'

const hash = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex')

async function* stream(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** Returns the bytes that came through, and the error after them. */
const drain = async (bytes: AsyncIterable<Uint8Array>): Promise<{ readonly passed: Buffer; readonly error: unknown }> => {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of bytes) chunks.push(chunk)
    return { passed: Buffer.concat(chunks), error: undefined }
  } catch (error) {
    return { passed: Buffer.concat(chunks), error }
  }
}

const chunksOf = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 })

describe('checked', () => {
  test('passes right bytes on, whatever the chunks, and returns their digest', async () => {
    await fc.assert(
      fc.asyncProperty(chunksOf, chunksOf, async (before, chunks) => {
        const all = Buffer.concat([...before, ...chunks])
        const promised = { size: all.byteLength, md5: hash('md5', all) }
        const check = checked(stream(...chunks), promised, { after: await hashAll(stream(...before)) })
        const { passed, error } = await drain(check.stream)
        assert.equal(error, undefined)
        assert.deepEqual(passed, Buffer.concat(chunks))
        assert.deepEqual(check.result(), { ...promised, sha256: hash('sha256', all) })
      }),
    )
  })

  test('throws when one byte is wrong, and has held the last chunk back', async () => {
    await fc.assert(
      fc.asyncProperty(
        chunksOf.filter((chunks) => chunks.some((chunk) => chunk.length > 0)),
        fc.nat(),
        async (chunks, place) => {
          const right = Buffer.concat(chunks)
          const wrong = Buffer.from(right)
          wrong[place % wrong.length] = (wrong[place % wrong.length] ?? 0) ^ 1
          const { passed, error } = await drain(checked(stream(...chunks), { size: right.length, md5: hash('md5', wrong) }).stream)
          assert.ok(error instanceof IntegrityError)
          assert.equal(error.found, hash('md5', right))
          assert.equal(error.expected, hash('md5', wrong))
          const last = chunks.findLast((chunk) => chunk.length > 0)
          assert.equal(passed.length, right.length - (last?.length ?? 0))
        },
      ),
    )
  })

  test('throws at the end when bytes are missing', async () => {
    const { passed, error } = await drain(checked(stream(Buffer.from('ab'), Buffer.from('c')), { size: 4 }).stream)
    assert.ok(error instanceof IntegrityError)
    assert.equal(error.expected, '4 bytes')
    assert.equal(error.found, '3 bytes')
    assert.equal(passed.toString(), 'ab')
  })

  test('throws as soon as too many bytes come, without waiting for the rest', async () => {
    let closed = false
    const endless = async function* () {
      try {
        for (;;) yield Buffer.from('ab')
      } finally {
        closed = true
      }
    }
    const { passed, error } = await drain(checked(endless(), { size: 5 }).stream)
    assert.ok(error instanceof IntegrityError)
    assert.equal(passed.toString(), 'ab')
    assert.ok(closed)
  })

  test('counts the bytes already on the disk', async () => {
    const held = await hashAll(stream(Buffer.from('abc')))
    const { error } = await drain(checked(stream(Buffer.from('de')), { size: 4 }, { after: held }).stream)
    assert.ok(error instanceof IntegrityError)
  })

  test('notices bytes on the disk that were wrong', async () => {
    const md5 = hash('md5', Buffer.from('abcde'))
    const held = await hashAll(stream(Buffer.from('abX')))
    const { passed, error } = await drain(checked(stream(Buffer.from('de')), { md5 }, { after: held }).stream)
    assert.ok(error instanceof IntegrityError)
    assert.equal(passed.length, 0)
  })

  test('compares nothing where nothing is promised', async () => {
    const check = checked(stream(Buffer.from('abc')), {})
    assert.equal((await drain(check.stream)).passed.toString(), 'abc')
    assert.equal(check.result().size, 3)
  })

  test('an empty file can be right or wrong', async () => {
    const nothing = hash('md5', Buffer.alloc(0))
    assert.equal((await drain(checked(stream(), { size: 0, md5: nothing }).stream)).error, undefined)
    assert.ok((await drain(checked(stream(), { size: 1 }).stream)).error instanceof IntegrityError)
  })

  test('has no result before the end, or after a failure', async () => {
    const check = checked(stream(Buffer.from('abc')), { size: 4 })
    assert.throws(() => check.result(), /before its end/)
    await drain(check.stream)
    assert.throws(() => check.result(), /before its end/)
  })

  test('rethrows an error of the source unchanged', async () => {
    const cut = new Error('connection cut')
    const broken = async function* () {
      yield Buffer.from('abc')
      throw cut
    }
    assert.equal((await drain(checked(broken(), { size: 3 }).stream)).error, cut)
  })

  test('closes the source when it is left early', async () => {
    let closed = false
    const source = async function* () {
      try {
        yield Buffer.from('a')
        yield Buffer.from('b')
        yield Buffer.from('c')
      } finally {
        closed = true
      }
    }
    for await (const _ of checked(source(), {}).stream) break
    assert.ok(closed)
  })
})

test('Hashing counts as it goes', () => {
  const hashing = new Hashing()
  hashing.update(Buffer.from('ab'))
  assert.equal(hashing.size, 2)
  hashing.update(Buffer.from('c'))
  assert.deepEqual(hashing.digest(), { size: 3, md5: hash('md5', Buffer.from('abc')), sha256: hash('sha256', Buffer.from('abc')) })
})
