import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, test } from 'node:test'
import { openDouble } from '../../../../test/support/buckets.ts'
import { freePort } from '../../../../test/support/free-ports.ts'
import type { S3Trouble } from '../../../../test/support/s3-double.ts'
import { startS3Proxy } from '../../../../test/support/s3-proxy.ts'
import type { Bucket } from './bucket.ts'
import { openBucketStorage } from './bucket-storage.ts'
import { openBucket } from './open-bucket.ts'

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

const contentOf = async (bucket: Bucket, key: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bucket.get(key)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const all = async (bucket: Bucket): Promise<readonly string[]> => {
  const keys: string[] = []
  for await (const page of bucket.list({ prefix: '' })) keys.push(...page.objects.map(({ key }) => key))
  return keys
}

async function* stream(bytes: Uint8Array, size = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const slowDown: S3Trouble = { status: 503, code: 'SlowDown' }

describe('trouble that passes', () => {
  test('a request that is throttled, cut or answered by another page is sent again', async (t) => {
    const passing: readonly S3Trouble[] = [slowDown, { cut: 0 }, { status: 500, code: 'InternalError' }]
    const { bucket, double } = await openDouble(t, { trouble: (_, nth) => passing[nth - 1] })
    await bucket.put('a', Buffer.from('content'))
    assert.equal(double.count('put'), 4)
    assert.equal((await contentOf(bucket, 'a')).toString(), 'content')
    assert.deepEqual(await all(bucket), ['a'])
  })

  test('a web page with status 200 is no answer: it is asked again, whatever was asked', async (t) => {
    const answered = new Set<string>()
    // Each kind of request is answered so once.
    const trouble = (kind: string) => (answered.size < answered.add(kind).size ? 'garbage' : undefined)
    const { bucket, double } = await openDouble(t, { trouble })
    await bucket.put('a', Buffer.from('content'))
    await bucket.copy('a', 'b')
    assert.equal((await contentOf(bucket, 'b')).toString(), 'content')
    assert.equal((await bucket.head('b'))?.size, 7)
    assert.deepEqual(await all(bucket), ['a', 'b'])
    await bucket.remove(['a'])
    assert.deepEqual([...double.objects.keys()], ['b'])
    for (const kind of ['put', 'copy', 'get', 'head', 'list', 'delete'] as const) assert.equal(double.count(kind), 2, kind)
  })

  test('a stream is sent once: its trouble is thrown, and nothing has changed', async (t) => {
    for (const trouble of [slowDown, { cut: 0 }] satisfies S3Trouble[]) {
      const { bucket, double } = await openDouble(t, { trouble: (kind) => (kind === 'put' ? trouble : undefined) })
      const bytes = Buffer.alloc(3_000_000, 'x')
      let closed = false
      const source = async function* () {
        try {
          yield* stream(bytes)
        } finally {
          closed = true
        }
      }
      await assert.rejects(bucket.put('a', source(), { size: bytes.length, md5: md5(bytes) }), /takes no more requests|broke off at a/)
      assert.deepEqual([double.count('put'), closed, double.objects.size], [1, true, 0])
    }
  })

  test('parts are sent again, and an upload whose last answer was lost is whole', async (t) => {
    const bytes = Buffer.alloc(12_000_000, 'abc')
    const { bucket, double } = await openDouble(
      t,
      {
        trouble: (kind, nth) =>
          kind === 'complete' && nth === 1 ? { cut: 0, applied: true } : kind === 'part' && nth === 2 ? slowDown : undefined,
      },
      { partSize: 5 * 1024 ** 2 },
    )
    const { etag } = await bucket.put('a', stream(bytes))
    assert.deepEqual([double.count('part'), double.count('complete'), double.unfinished], [4, 2, 0])
    assert.equal(etag, double.objects.get('a')?.etag)
    assert.ok((await contentOf(bucket, 'a')).equals(bytes))
  })

  test('parts of an upload that failed are removed; those of a killed run by sweep', async (t) => {
    const { bucket, double } = await openDouble(
      t,
      { trouble: (kind, nth) => (kind === 'part' && nth > 1 ? { status: 403, code: 'AccessDenied' } : undefined) },
      { partSize: 5 * 1024 ** 2 },
    )
    await assert.rejects(bucket.put('a', stream(Buffer.alloc(12_000_000))), { name: 'DestinationError' })
    assert.equal(double.unfinished, 0)
    double.habits.trouble = (kind) => (kind === 'part' || kind === 'abort' ? { status: 403, code: 'AccessDenied' } : undefined)
    await assert.rejects(bucket.put('b ü/1', stream(Buffer.alloc(12_000_000))), { name: 'DestinationError' })
    double.habits.trouble = () => undefined
    assert.equal(await bucket.sweep('other'), 0)
    assert.equal(await bucket.sweep('b ü/'), 1)
    assert.equal(double.unfinished, 0)
  })

  test('reading goes on where the connection broke, unless the object has changed', async (t) => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251))
    const { bucket, double } = await openDouble(
      t,
      { trouble: (kind, nth) => (kind === 'get' && nth < 3 ? { cut: 70_000 } : undefined) },
      { tries: 3 },
    )
    await bucket.put('a', bytes)
    assert.ok((await contentOf(bucket, 'a')).equals(bytes))
    assert.equal(double.count('get'), 3)
    double.counts.delete('get')
    await assert.rejects(async () => {
      for await (const chunk of bucket.get('a')) if (chunk.length > 0) await bucket.put('a', Buffer.alloc(200_000))
    }, /was changed in the bucket while it was read/)
    double.habits.trouble = (kind) => (kind === 'get' ? { cut: 0 } : undefined)
    await assert.rejects(contentOf(bucket, 'a'), /broke off at a/)
  })

  test('an object whose answer ends early, without a length of its own, is read on', async (t) => {
    const { bucket, double } = await openDouble(t)
    const bytes = Buffer.from(Array.from({ length: 2000 }, (_, n) => n % 251))
    await bucket.put('vault/a', bytes)
    const proxy = await startS3Proxy(double.endpoint)
    t.after(() => proxy.stop())
    proxy.trouble = ({ kind }) => (kind === 'get' && proxy.counts.get('get') === 1 ? 'shortened' : undefined)
    const keys = { accessKeyId: 'DOUBLE', secretAccessKey: 'a secret' }
    const behind = await openBucket({ bucket: 'photos', endpoint: proxy.endpoint, region: 'us-east-1', keys })
    const storage = openBucketStorage({ bucket: behind, prefix: 'vault/', location: 's3://photos/vault', mayChange: () => undefined })
    const chunks: Uint8Array[] = []
    for await (const chunk of storage.read('a')) chunks.push(chunk)
    assert.ok(Buffer.concat(chunks).equals(bytes))
    assert.equal(proxy.counts.get('get'), 2)
    await storage.close()
  })

  test("a clock that is an hour wrong is put right by the server's", async (t) => {
    const { bucket } = await openDouble(t, { ahead: 3_600_000 })
    assert.ok(Math.abs((await bucket.serverTime()) - Date.now() - 3_600_000) < 60_000)
    const { serverTime } = await bucket.put('a', stream(Buffer.alloc(2_000_000)), { size: 2_000_000, md5: md5(Buffer.alloc(2_000_000)) })
    assert.ok(Math.abs((serverTime ?? 0) - Date.now() - 3_600_000) < 60_000)
  })

  test('a server that says nothing is given up', async (t) => {
    const { bucket } = await openDouble(t, { trouble: () => 'silence' }, { silence: 200, tries: 1 })
    await assert.rejects(bucket.serverTime(), /The connection to 127.* broke off \(TimeoutError\)/)
    await assert.rejects(bucket.put('a', Buffer.from('a')), /broke off at a/)
  })

  test('an aborted call ends with the reason of its signal', async (t) => {
    const { bucket } = await openDouble(t, { trouble: (kind) => (kind === 'put' ? 'silence' : undefined) })
    const signal = AbortSignal.timeout(100)
    await assert.rejects(bucket.put('a', Buffer.from('a'), { signal }), (error) => error === signal.reason)
    const other = AbortSignal.timeout(100)
    const bytes = Buffer.alloc(2_000_000)
    await assert.rejects(
      bucket.put('a', stream(bytes), { size: bytes.length, md5: md5(bytes), signal: other }),
      (error) => error === other.reason,
    )
  })
})

describe('trouble that stays', () => {
  const cases: readonly (readonly [says: RegExp, name: string, trouble: S3Trouble])[] = [
    [/takes no more requests at present \(503 SlowDown\)/, 'DestinationError', slowDown],
    [
      /bucket "photos" is in the region eu-west-3/,
      'DestinationError',
      { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-3' } },
    ],
    [/clock is wrong/, 'DestinationError', { status: 403, code: 'RequestTimeTooSkewed' }],
    [/does not let this access key list the bucket/, 'DestinationError', { status: 403, code: 'AccessDenied' }],
    [/does not accept the access key \(403 SignatureDoesNotMatch\)/, 'DestinationError', { status: 403, code: 'SignatureDoesNotMatch' }],
    [/refused a request for the bucket/, 'DestinationError', 'garbage'],
    [/broke off/, 'DestinationError', { cut: 0 }],
  ]
  for (const [says, name, trouble] of cases) {
    test(`${JSON.stringify(trouble)} is ${says.source}`, async (t) => {
      const { bucket } = await openDouble(t, { trouble: () => trouble }, { tries: 2 })
      await assert.rejects(all(bucket), { name, message: says })
    })
  }

  test('another region and an object in an archive are named', async (t) => {
    const { bucket } = await openDouble(t, { region: 'eu-central-1' }, { storageClass: 'GLACIER' })
    await assert.rejects(bucket.serverTime(), { name: 'DestinationError', hint: 'Write region = "eu-central-1" in [s3].' })
    const { bucket: archive } = await openDouble(t, {}, { storageClass: 'GLACIER' })
    await archive.put('a', Buffer.from('a'))
    assert.equal((await archive.head('a'))?.storageClass, 'GLACIER')
    await assert.rejects(contentOf(archive, 'a'), /a lies in an archive of 127/)
  })

  test('another page with status 200 counts for nothing', async (t) => {
    const { bucket } = await openDouble(t, { trouble: () => 'garbage' }, { tries: 1 })
    await assert.rejects(bucket.put('a', Buffer.from('a')), { name: 'StorageError' })
    await assert.rejects(bucket.copy('a', 'b'), { name: 'StorageError' })
    await assert.rejects(bucket.head('a'), { name: 'StorageError' })
    await assert.rejects(contentOf(bucket, 'a'), { name: 'StorageError' })
    await assert.rejects(bucket.remove(['a', 'b']), { name: 'DestinationError' })
  })

  test('an object that is held by a lock is not removed, and named', async (t) => {
    const { bucket, double } = await openDouble(t, { locked: (key) => key === 'held' })
    await bucket.put('held', Buffer.from('a'))
    await bucket.put('free', Buffer.from('a'))
    for (const keys of [['held'], ['free', 'held']])
      await assert.rejects(bucket.remove(keys), { name: 'StorageError', code: 'EACCES', path: 'held' })
    assert.deepEqual([...double.objects.keys()], ['held'])
  })

  test('more than 1,000 objects are removed, in as many requests as that takes', async (t) => {
    const { bucket, double } = await openDouble(t)
    await bucket.put('0', Buffer.from('a'))
    const [object] = double.objects.values()
    assert.ok(object)
    for (let n = 1; n < 2001; n++) double.objects.set(String(n), object)
    const keys = await all(bucket)
    assert.equal(keys.length, 2001)
    await bucket.remove(keys)
    assert.deepEqual([double.objects.size, double.count('list'), double.count('delete-many'), double.count('delete')], [0, 3, 2, 1])
  })

  test('an answer without a length that ends before its first byte is asked for a few times', async (t) => {
    let asked = 0
    const server = createServer((_, response) => {
      asked += 1
      response.writeHead(asked > 20 ? 403 : 200, { etag: '"abc"', 'transfer-encoding': 'chunked' }).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const bucket = await openBucket({ bucket: 'photos', endpoint, keys: { accessKeyId: 'a', secretAccessKey: 'b' }, tries: 1 })
    t.after(() => {
      bucket.close()
      server.close()
    })
    const read = async (): Promise<void> => {
      for await (const _chunk of bucket.get('a', { size: 10 }));
    }
    await assert.rejects(read(), { name: 'StorageError', message: /broke off at a / })
    assert.equal(asked, 4)
  })

  test('no server, another protocol', async (t) => {
    const open = async (endpoint: string): Promise<Bucket> => {
      const keys = { accessKeyId: 'a', secretAccessKey: 'b' }
      const bucket = await openBucket({ bucket: 'photos', endpoint, keys, tries: 1 })
      t.after(() => bucket.close())
      return bucket
    }
    const talker = createTcpServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.write('hello\r\n\r\n', () => socket.destroy())),
    )
    const port = await freePort()
    await once(talker.listen(port, '127.0.0.1'), 'listening')
    await assert.rejects((await open(`http://127.0.0.1:${port}`)).serverTime(), /gave an answer that is not HTTP|broke off/)
    await assert.rejects((await open(`https://127.0.0.1:${port}`)).serverTime(), /is not safe: it does not speak TLS/)
    talker.close()
    await once(talker, 'close')
    await assert.rejects((await open(`http://127.0.0.1:${port}`)).serverTime(), /127\.0\.0\.1:\d+ refused the connection/)
    await assert.rejects((await open('http://nowhere.invalid')).serverTime(), /nowhere\.invalid was not found/)
  })
})

test('a proxy is used, unless NO_PROXY excepts the server', async (t) => {
  const { double } = await openDouble(t)
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(502).end()
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  t.after(() => proxy.close())
  const http = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const keys = { accessKeyId: 'DOUBLE', secretAccessKey: 'b' }
  const options = { bucket: 'photos', endpoint: double.endpoint, keys, tries: 1 }
  const through = await openBucket({ ...options, proxy: { http } })
  await assert.rejects(through.serverTime(), { name: 'DestinationError' })
  assert.match(asked[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/photos/)
  const around = await openBucket({ ...options, proxy: { http, no: '127.0.0.1' } })
  await around.serverTime()
  assert.equal(asked.length, 1)
  await assert.rejects(openBucket({ ...options, proxy: { http: 'socks5://127.0.0.1' } }), { name: 'ConfigurationError' })
  through.close()
  around.close()
})
