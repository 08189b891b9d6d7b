import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Key, makeKey, open, recipientOf, SealedFileError, seal, sealedSize } from './age.ts'

const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000]

const chunked = async function* (bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

const gathered = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const refused = (why: SealedFileError['why']) => (error: unknown) => error instanceof SealedFileError && error.why === why

describe('sealing with age', () => {
  let key: Key
  let paper: Key
  before(async () => {
    key = await makeKey()
    paper = await makeKey()
  })

  test('a new key is one of age, and no two are equal', async () => {
    assert.match(key.identity, /^AGE-SECRET-KEY-1[A-Z0-9]{58}$/)
    assert.match(key.recipient, /^age1[a-z0-9]{58}$/)
    assert.notEqual(key.identity, paper.identity)
    assert.equal(await recipientOf(key.identity), key.recipient)
  })

  for (const size of SIZES) {
    test(`${size} bytes have the size that was foretold, and either key opens them`, async () => {
      const plain = randomBytes(size)
      const sealed = await gathered(seal(chunked(plain), [key.recipient, paper.recipient]))
      assert.equal(sealed.length, sealedSize(size, 2))
      for (const { identity } of [key, paper]) assert.ok(plain.equals(await gathered(open(chunked(sealed), [identity]))))
    })
  }

  test('the size is right for one recipient and for many, however the bytes are cut up', async () => {
    for (const [size, recipients, cut] of [
      [70_000, 1, 1000],
      [70_000, 20, 99_999],
      [500, 3, 1],
    ] as const) {
      const plain = randomBytes(size)
      const sealed = await gathered(seal(chunked(plain, cut), Array<string>(recipients).fill(key.recipient)))
      assert.equal(sealed.length, sealedSize(size, recipients))
      assert.ok(plain.equals(await gathered(open(chunked(sealed, cut), [paper.identity, key.identity]))))
    }
  })

  test('an error of the source is thrown as it is, and before the last chunk', async () => {
    const trouble = new Error('the connection was cut')
    for (const size of SIZES) {
      const failing = async function* () {
        yield* chunked(randomBytes(size))
        throw trouble
      }
      let length = 0
      await assert.rejects(
        async () => {
          for await (const chunk of seal(failing(), [key.recipient])) length += chunk.length
        },
        (error) => error === trouble,
      )
      assert.ok(length <= sealedSize(size, 1) - 17 || size === 0, `${length} of ${sealedSize(size, 1)} bytes came`)
      assert.ok(length < sealedSize(size, 1))
    }
  })

  test('an error of the sealed source is thrown as it is', async () => {
    const trouble = new Error('the disk is gone')
    const sealed = await gathered(seal(chunked(randomBytes(200_000)), [key.recipient]))
    for (const length of [0, 10, 300, 100_000, sealed.length]) {
      const failing = async function* () {
        yield* chunked(sealed.subarray(0, length))
        throw trouble
      }
      await assert.rejects(gathered(open(failing(), [key.identity])), (error) => error === trouble)
    }
  })

  test('a reader who stops closes the source, and it is read only a little ahead', async () => {
    const chunk = randomBytes(65_536)
    const sealed = await gathered(seal(chunked(Buffer.alloc(3_000_000)), [key.recipient]))
    const ways = [
      { way: (source: AsyncIterable<Uint8Array>) => seal(source, [key.recipient]), chunks: Array<Uint8Array>(10_000).fill(chunk) },
      {
        way: (source: AsyncIterable<Uint8Array>) => open(source, [key.identity]),
        chunks: Array.from({ length: 45 }, (_, at) => sealed.subarray(at * 65_536, (at + 1) * 65_536)),
      },
    ]
    for (const { way, chunks } of ways) {
      let read = 0
      let closed = false
      const source = async function* () {
        try {
          for (const each of chunks) {
            read += each.length
            yield each
          }
        } finally {
          closed = true
        }
      }
      let got = 0
      for await (const each of way(source())) {
        got += each.length
        await new Promise(setImmediate)
        if (got > 650_000) break
      }
      assert.ok(closed)
      assert.ok(read < got + 5 * 65_536, `${read} bytes were read for ${got}`)
    }
  })

  test('a flipped bit is found wherever it is', async () => {
    const sealed = await gathered(seal(chunked(randomBytes(140_000)), [key.recipient]))
    const places = [
      0,
      21,
      30,
      60,
      100,
      150,
      sealed.length - 1,
      sealed.length - 20,
      70_000,
      66_000,
      ...Array.from({ length: 40 }, (_, at) => at * 5),
    ]
    for (const at of places) {
      const flipped = Buffer.from(sealed)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      await assert.rejects(gathered(open(chunked(flipped), [key.identity])), SealedFileError, `byte ${at}`)
    }
  })

  test('a file that was cut off is found wherever it was, also between two chunks; and one that goes on', async () => {
    const sealed = await gathered(seal(chunked(randomBytes(140_000)), [key.recipient]))
    const header = sealedSize(0, 1) - 16
    for (const length of [1, 21, 22, 100, header - 17, header, header + 65_552, header + 2 * 65_552, sealed.length - 1]) {
      await assert.rejects(gathered(open(chunked(sealed.subarray(0, length)), [key.identity])), refused('damaged'), `${length} bytes`)
    }
    await assert.rejects(gathered(open(chunked(Buffer.concat([sealed, sealed.subarray(-1)])), [key.identity])), refused('damaged'))
  })

  test('another key, and a file that is not sealed, are named', async () => {
    const sealed = await gathered(seal(chunked(randomBytes(100)), [key.recipient]))
    await assert.rejects(gathered(open(chunked(sealed), [paper.identity])), refused('other key'))
    await assert.rejects(gathered(open(chunked(sealed), [])), refused('other key'))
    for (const other of [
      Buffer.alloc(0),
      Buffer.from('\xff\xd8\xff\xe0 JFIF', 'latin1'),
      randomBytes(300_000),
      Buffer.from('age-encryption.org/v2\n'),
    ]) {
      await assert.rejects(gathered(open(chunked(other), [key.identity])), refused('not sealed'))
    }
  })

  test('a beginning without an end of the header is not gathered in memory', async () => {
    let read = 0
    const endless = async function* () {
      yield Buffer.from('age-encryption.org/v1\n')
      for (; read < 1e9; read += 65_536) yield Buffer.alloc(65_536, 'a')
    }
    await assert.rejects(gathered(open(endless(), [key.identity])), refused('damaged'))
    assert.ok(read < 1e6)
  })

  test('a large file goes through and arrives whole', async () => {
    const block = randomBytes(1_000_000)
    const hash = createHash('sha256')
    const large = async function* () {
      for (let count = 0; count < 30; count++) {
        hash.update(block)
        yield block
      }
    }
    const opened = createHash('sha256')
    for await (const chunk of open(seal(large(), [key.recipient]), [key.identity])) opened.update(chunk)
    assert.equal(opened.digest('hex'), hash.digest('hex'))
  })

  test('no message shows a key', async () => {
    const sealed = await gathered(seal(chunked(randomBytes(100)), [key.recipient]))
    const error = await gathered(open(chunked(sealed), [paper.identity])).catch((caught: unknown) => caught)
    assert.ok(error instanceof SealedFileError)
    assert.ok(!`${error.stack} ${String(error.cause)}`.includes(paper.identity))
  })
})

/** Debian's `age`, written by another hand in another language. */
const stranger = spawnSync('age', ['--version']).status === 0

describe("Debian's age", { skip: stranger ? false : 'age is not installed' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'smugmug-backup-age-'))
  after(() => rmSync(folder, { recursive: true }))
  const at = (name: string): string => join(folder, name)
  const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' })

  let key: Key
  let theirs: Key
  before(async () => {
    key = await makeKey()
    writeFileSync(at('ours.txt'), `# a comment\n${key.identity}\n`)
    run('age-keygen', '-o', at('theirs.txt'))
    const [identity = ''] = /^AGE-SECRET-KEY-.*$/m.exec(readFileSync(at('theirs.txt'), 'utf8')) ?? []
    theirs = { identity, recipient: run('age-keygen', '-y', at('theirs.txt')).trim() }
  })

  test('sees the same public half of a key, both ways', async () => {
    assert.equal(run('age-keygen', '-y', at('ours.txt')).trim(), key.recipient)
    assert.equal(await recipientOf(theirs.identity), theirs.recipient)
  })

  for (const size of SIZES) {
    test(`opens ${size} bytes that we sealed, and seals what we open`, async () => {
      const plain = randomBytes(size)
      writeFileSync(at('sealed.age'), await gathered(seal(chunked(plain), [theirs.recipient, key.recipient])))
      for (const identity of ['ours.txt', 'theirs.txt']) {
        assert.ok(plain.equals(execFileSync('age', ['-d', '-i', at(identity), at('sealed.age')], { stdio: 'pipe', maxBuffer: 2_000_000 })))
      }
      writeFileSync(at('plain'), plain)
      run('age', '-r', key.recipient, '-r', theirs.recipient, '-o', at('theirs.age'), at('plain'))
      const sealed = readFileSync(at('theirs.age'))
      assert.equal(sealed.length, sealedSize(size, 2))
      for (const { identity } of [key, theirs]) assert.ok(plain.equals(await gathered(open(chunked(sealed), [identity]))))
    })
  }
})
