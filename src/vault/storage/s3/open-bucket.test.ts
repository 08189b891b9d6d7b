import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { bucketServers } from '../../../../test/support/buckets.ts'
import type { Bucket, BucketObject, PutObject } from './bucket.ts'

const MB = 1_000_000
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

async function* inChunks(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const contentOf = async (bucket: Bucket, key: string, from = 0): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bucket.get(key, { from })) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const listed = async (bucket: Bucket, prefix = '', delimiter?: string) => {
  const objects: BucketObject[] = []
  const prefixes: string[] = []
  for await (const page of bucket.list({ prefix, ...(delimiter !== undefined && { delimiter }) })) {
    objects.push(...page.objects)
    prefixes.push(...page.prefixes)
  }
  return { objects, keys: objects.map(({ key }) => key), prefixes }
}

/** Bytes that differ everywhere. */
const someBytes = (length: number): Buffer => Buffer.alloc(length, createHash('sha512').update(String(length)).digest())

const odd = [
  "it's & that+this = 100 %.jpg",
  'a<b>"c"#d?e;f:g@h,i$j!k*l(m)[n]{o}|p\\q^r~s`t.jpg',
  'Zürich – 東京 \u{1F4F7}.jpg',
  'cafe\u0301.jpg',
  ' begins and ends with a space ',
  '+%20+%2B%25.jpg',
  'a  b\u00a0c.jpg',
  'tab\tand bell\u0007 and \u007f.jpg',
  '&amp;&apos;&#39;.jpg',
]

for (const server of bucketServers) {
  describe(`a bucket of ${server.name}`, { skip: server.skip }, () => {
    test('bytes, a small stream, a large stream with and without its MD5 come back as they were', async (t) => {
      const bucket = await server.open(t, { partSize: 5 * 1024 ** 2 })
      const cases: readonly (readonly [string, Buffer, PutObject | undefined])[] = [
        ['bytes', someBytes(1000), undefined],
        ['nothing', Buffer.alloc(0), { size: 0 }],
        ['small', someBytes(50_000), { size: 50_000 }],
        ['large with MD5', someBytes(3 * MB), { size: 3 * MB, md5: md5(someBytes(3 * MB)) }],
        ['large without MD5', someBytes(3 * MB), { size: 3 * MB }],
        ['of no known size', someBytes(12 * MB), {}],
      ]
      for (const [key, bytes, how] of cases) {
        const { etag, serverTime } = await bucket.put(key, how === undefined ? bytes : inChunks(bytes), how)
        assert.match(etag, key === 'of no known size' ? /^[0-9a-f]{32}-3$/ : new RegExp(`^${md5(bytes)}$`), key)
        assert.ok(Math.abs((serverTime ?? 0) - Date.now()) < 60_000, key)
        assert.ok((await contentOf(bucket, key)).equals(bytes), key)
      }
      const { objects } = await listed(bucket)
      assert.deepEqual(new Map(objects.map(({ key, size }) => [key, size])), new Map(cases.map(([key, bytes]) => [key, bytes.length])))
      for (const { key, etag, modified } of objects) {
        assert.equal(etag, (await bucket.head(key))?.etag)
        assert.ok(Math.abs(modified - Date.now()) < 60_000)
      }
    })

    test('odd names survive, also in listings, copies and removals', async (t) => {
      const bucket = await server.open(t)
      const keys = odd.map((name) => `Album's & friends/${name}`)
      const long = `Long/${'é'.repeat(120)}/${'n'.repeat(777)}`
      assert.equal(Buffer.byteLength(long), 1023)
      const all = [...keys, `${long}!`]
      for (const key of all) await bucket.put(key, Buffer.from(key))
      assert.deepEqual(new Set((await listed(bucket)).keys), new Set(all))
      for (const key of all) assert.equal((await contentOf(bucket, key)).toString(), key)
      for (const key of keys) await bucket.copy(key, `copies+of/${key}`)
      assert.deepEqual(new Set((await listed(bucket, 'copies+of/')).keys), new Set(keys.map((key) => `copies+of/${key}`)))
      await bucket.remove([...all, 'is not there'])
      assert.deepEqual((await listed(bucket, 'Album')).keys, [])
      assert.equal((await listed(bucket)).keys.length, keys.length)
    })

    test('a listing has folders, and more keys than fit one page', async (t) => {
      const bucket = await server.open(t, { pageSize: 3 })
      const keys = Array.from({ length: 10 }, (_, n) => `many/${n} a.jpg`)
      for (const key of keys) await bucket.put(key, Buffer.from('x'))
      await bucket.put('top.txt', Buffer.from('x'))
      await bucket.put('A & B/one.jpg', Buffer.from('x'))
      assert.deepEqual((await listed(bucket, 'many/')).keys, keys)
      const { keys: top, prefixes } = await listed(bucket, '', '/')
      assert.deepEqual([top, prefixes], [['top.txt'], ['A & B/', 'many/']])
      await bucket.remove(keys)
      assert.deepEqual((await listed(bucket, 'many/')).keys, [])
    })

    test('time and privacy go with an object, and with its copy', async (t) => {
      const bucket = await server.open(t)
      await bucket.put('a', Buffer.from('a'), { mtime: 1_600_000_000_123, isPrivate: true })
      await bucket.copy('a', 'b')
      await bucket.copy('a', 'a', { facts: { mtime: 5000 } })
      const [a, b] = [await bucket.head('a'), await bucket.head('b')]
      assert.deepEqual([a?.mtime, a?.isPrivate, b?.mtime, b?.isPrivate], [5000, undefined, 1_600_000_000_123, true])
      assert.equal(await bucket.head('c'), undefined)
    })

    test('a copy that is too large for one request is made part by part, and keeps time and privacy', async (t) => {
      const bucket = await server.open(t, { partSize: 5 * 1024 ** 2, largestCopy: 6 * MB })
      const bytes = someBytes(12 * MB)
      const size = bytes.length
      await bucket.put('a & b/ü', bytes, { mtime: 1_600_000_000_123, isPrivate: true })
      const { etag } = await bucket.copy('a & b/ü', 'copy', { size })
      assert.match(etag, /^[0-9a-f]{32}-3$/)
      assert.ok((await contentOf(bucket, 'copy')).equals(bytes))
      const found = await bucket.head('copy')
      assert.deepEqual([found?.size, found?.etag, found?.mtime, found?.isPrivate], [size, etag, 1_600_000_000_123, true])
      await assert.rejects(bucket.copy('none', 'copy of none', { size }), { code: 'ENOENT' })
      assert.deepEqual([(await listed(bucket)).keys.length, await bucket.sweep('')], [2, 0])
    })

    test('reading begins at any byte, and beyond the end is an error', async (t) => {
      const bucket = await server.open(t)
      await bucket.put('a', Buffer.from('0123456789'))
      assert.equal((await contentOf(bucket, 'a', 4)).toString(), '456789')
      assert.equal((await contentOf(bucket, 'a', 10)).toString(), '')
      await assert.rejects(contentOf(bucket, 'a', 11), /shorter than expected/)
      await assert.rejects(contentOf(bucket, 'none'), { code: 'ENOENT' })
    })

    test('a stream that throws, or has another size, changes nothing', async (t) => {
      const bucket = await server.open(t, { partSize: 5 * 1024 ** 2 })
      const bytes = someBytes(12 * MB)
      await bucket.put('a', Buffer.from('before'))
      const failing = async function* (length: number) {
        yield* inChunks(bytes.subarray(0, length))
        throw new Error('broken on purpose')
      }
      const whole = { size: bytes.length, md5: md5(bytes) }
      await assert.rejects(bucket.put('a', failing(bytes.length), whole), /broken on purpose/)
      await assert.rejects(bucket.put('a', failing(2 * MB), whole), /broken on purpose/)
      await assert.rejects(bucket.put('a', failing(bytes.length), {}), /broken on purpose/)
      await assert.rejects(bucket.put('a', failing(1000), { size: 1000 }), /broken on purpose/)
      await assert.rejects(bucket.put('a', inChunks(bytes.subarray(1)), whole), { name: 'IntegrityError' })
      await assert.rejects(bucket.put('a', inChunks(bytes), { ...whole, size: 11 * MB }), { name: 'IntegrityError' })
      await assert.rejects(bucket.put('a', inChunks(bytes), { ...whole, md5: md5(Buffer.from('else')) }), /arrived damaged/)
      assert.equal((await contentOf(bucket, 'a')).toString(), 'before')
      assert.deepEqual((await listed(bucket)).keys, ['a'])
      assert.equal(await bucket.sweep(''), 0)
    })

    test('wrong keys and a missing bucket are named', async (t) => {
      const bucket = await server.open(t)
      assert.ok(Math.abs((await bucket.serverTime()) - Date.now()) < 60_000)
      const none = await server.open(t, { bucket: 'no-such-bucket' })
      await assert.rejects(none.serverTime(), { name: 'DestinationError', message: /There is no bucket "no-such-bucket" at 127/ })
      await assert.rejects(none.put('a', Buffer.from('a')), { name: 'DestinationError' })
      const stranger = await server.open(t, { keys: { accessKeyId: 'nobody', secretAccessKey: 'wrong-secret' } })
      await assert.rejects(stranger.serverTime(), (error: Error) => {
        assert.match(error.message, /does not accept the access key/)
        return !error.message.includes('wrong-secret')
      })
    })
  })
}
