import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { type S3Habits, startS3Double } from './s3-double.ts'

async function start(t: TestContext, habits: Partial<S3Habits> = {}) {
  const double = await startS3Double(habits)
  const client = new S3Client({
    ...{
      endpoint: double.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    },
    credentials: { accessKeyId: 'DOUBLE', secretAccessKey: 'a secret' },
  })
  t.after(() => {
    client.destroy()
    double.stop()
  })
  const put = async (key: string, more: object = {}, signal?: AbortSignal) =>
    await client.send(
      new PutObjectCommand({ Bucket: 'photos', Key: key, Body: 'a', ContentMD5: 'DMF1ucDxtqgxw5niaXcmYQ==', ...more }),
      signal === undefined ? {} : { abortSignal: signal },
    )
  const keys = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'photos' }))
    return Contents.map(({ Key }) => Key)
  }
  return { double, client, put, keys }
}

describe('the double of an S3 server', () => {
  test('honours conditions as Amazon does: of many at once one puts a new key', async (t) => {
    const { put, double } = await start(t)
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => put('lock', { IfNoneMatch: '*' })))
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    const { etag } = double.objects.get('lock') ?? {}
    await put('lock', { IfMatch: `"${etag}"` })
    await assert.rejects(put('lock', { IfMatch: '"0"' }), { name: 'PreconditionFailed' })
    double.habits.conditions = 'ignored'
    await put('lock', { IfNoneMatch: '*' })
    assert.equal(double.count('put'), 23)
  })

  test('refuses bytes without Content-MD5, with a wrong one, or with a checksum in its place', async (t) => {
    const { put } = await start(t)
    await assert.rejects(put('a', { ContentMD5: undefined }), { name: 'InvalidRequest' })
    await assert.rejects(put('a', { Body: 'b' }), { name: 'BadDigest' })
    await assert.rejects(put('a', { ChecksumAlgorithm: 'CRC32' }), { name: 'NotImplemented' })
  })

  test('keeps former versions, and what is held', async (t) => {
    const { put, client, double } = await start(t, { versioning: true })
    await put('a')
    await put('a')
    await client.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'a' }))
    assert.deepEqual([double.objects.size, double.versions.get('a')?.length], [0, 2])
    double.habits.versioning = false
    await put('a')
    double.habits.locked = (key) => key === 'a'
    await assert.rejects(put('a'), { name: 'AccessDenied' })
    await assert.rejects(client.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'a' })), { name: 'AccessDenied' })
  })

  test('shows changes in listings only after a while', async (t) => {
    const { put, keys, client, double } = await start(t)
    await put('old')
    double.habits.lag = 3_600_000
    await put('new')
    await client.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'old' }))
    assert.deepEqual(await keys(), [])
    double.habits.lag = 0
    assert.deepEqual(await keys(), ['new'])
  })

  test('lets a PUT take effect after it was given up', async (t) => {
    let arrived = (): void => undefined
    const there = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let release = (): void => undefined
    const { put, double } = await start(t, {
      delay: async () => {
        arrived()
        await new Promise<void>((resolve) => {
          release = resolve
        })
      },
    })
    const stop = new AbortController()
    const late = put('late', {}, stop.signal)
    await there
    stop.abort()
    await assert.rejects(late, { name: 'AbortError' })
    assert.equal(double.objects.size, 0)
    release()
    await double.quiet()
    assert.deepEqual([...double.objects.keys()], ['late'])
  })

  test('refuses strangers, other regions, other buckets and other clocks', async (t) => {
    const { put, double } = await start(t, { accessKeyId: 'OTHER' })
    await assert.rejects(put('a'), { name: 'InvalidAccessKeyId' })
    await assert.rejects((await start(t, { region: 'eu-west-1' })).put('a'), { name: 'AuthorizationHeaderMalformed' })
    await assert.rejects((await start(t, { bucket: 'other' })).put('a'), { name: 'NoSuchBucket' })
    await assert.rejects((await start(t, { ahead: -3_600_000 })).put('a'), { name: 'RequestTimeTooSkewed' })
    assert.equal(double.objects.size, 0)
  })
})
