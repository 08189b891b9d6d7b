/** The program as a user starts it, with a vault in a bucket. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Decrypter } from 'age-encryption'
import { md5Of, mediaOf } from '../../simulator/bytes.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { makeKey } from '../../src/app/app.ts'
import { openScene } from '../scenarios/harness.ts'
import { lacks, type S3Server, startServer } from '../servers/servers.ts'
import { startS3Double } from '../support/s3-double.ts'
import { startS3Proxy } from '../support/s3-proxy.ts'

const film = video('film', { bytes: { kind: 'seeded', seed: 'film', size: 20_000_000, starts: 'mp4' } })
const world: World = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Norway', [photo('a'), film])] }

/** The settings of a vault in a bucket. */
const settingsOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server, destination = 's3://photos/vault') => ({
  ...{ SMGMG_BK_DESTINATION: destination, SMGMG_BK_S3_ENDPOINT: endpoint, SMGMG_BK_S3_REGION: region },
  ...{ SMGMG_BK_S3_ACCESS_KEY_ID: accessKeyId, SMGMG_BK_S3_SECRET_ACCESS_KEY: secretAccessKey },
})

async function startDouble(t: TestContext) {
  const double = await startS3Double()
  t.after(() => double.stop())
  const keys = { region: 'us-east-1', accessKeyId: 'DOUBLE', secretAccessKey: 'a secret' }
  return { double, server: { name: 'the double', endpoint: double.endpoint, ...keys } satisfies S3Server }
}

const servers: readonly { readonly name: string; readonly skip: string | false; start(t: TestContext): Promise<S3Server> }[] = [
  { name: 'the double', skip: false, start: async (t) => (await startDouble(t)).server },
  { name: 'radosgw', skip: lacks('radosgw'), start: async () => await startServer('radosgw') },
]

for (const { name, skip, start } of servers) {
  // Nobody knows the MD5 of sealed bytes before they are sent: large files are sent in parts.
  test(`the parts that a killed run left at ${name} are removed by the next one, and no others`, { skip }, async (t) => {
    const server = await start(t)
    const { endpoint, region, ...credentials } = server
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials })
    const proxy = await startS3Proxy(endpoint)
    t.after(() => {
      client.destroy()
      proxy.stop()
    })
    const Bucket = name === 'radosgw' ? `killed-${process.pid}` : 'photos'
    if (name === 'radosgw') await client.send(new CreateBucketCommand({ Bucket }))
    const unfinished = async () => ((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).map(({ Key }) => Key)
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'elsewhere/other' }))
    const { identity, recipient } = await makeKey()
    const settings = settingsOf({ ...server, endpoint: proxy.endpoint }, `s3://${Bucket}/vault`)
    const scene = await openScene(t, { world, env: { ...settings, SMGMG_BK_ENCRYPTION_RECIPIENTS: recipient } })
    const running = scene.start(['backup'])
    proxy.trouble = ({ kind }) => (kind === 'part' && proxy.counts.get('part') === 2 ? { cut: 'after' } : undefined)
    proxy.onCut = () => running.kill('SIGKILL')
    assert.equal((await running.ended).signal, 'SIGKILL')
    proxy.trouble = () => undefined
    assert.deepEqual(await unfinished(), ['elsewhere/other', 'vault/Norway/film.mp4.age'])
    assert.equal((await scene.backup()).summary.exitCode, 0)
    assert.deepEqual(await unfinished(), ['elsewhere/other'])
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'vault/Norway/film.mp4.age' }))
    const opener = new Decrypter()
    opener.addIdentity(identity)
    const held = await opener.decrypt((await Body?.transformToByteArray()) ?? new Uint8Array())
    assert.equal(createHash('md5').update(held).digest('hex'), md5Of(mediaOf(film)))
  })
}

test('setup looks ahead at a bucket, which has room for everything', async (t) => {
  const { server } = await startDouble(t)
  const scene = await openScene(t, { world, env: settingsOf(server) })
  const { code, stdout, stderr } = await scene.run(['setup'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /Dry run: 2 items in 1 album to fetch/)
  const none = await scene.run(['setup'], { env: { SMGMG_BK_DESTINATION: 's3://no-such-bucket/vault' } })
  assert.deepEqual([none.code, /There is no bucket "no-such-bucket"/.test(none.stderr)], [5, true], none.stderr)
})

const withoutOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

describe('an endpoint with a certificate of its own', { skip: withoutOpenssl }, () => {
  test('is not trusted, which a sentence says; with NODE_EXTRA_CA_CERTS it is', async (t) => {
    const { double, server } = await startDouble(t)
    const scene = await openScene(t, { world, apart: true })
    const [key, cert] = [join(scene.folder, 'key.pem'), join(scene.folder, 'cert.pem')]
    const names = ['-subj', '/CN=bucket', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', ...made, ...names], { stdio: 'ignore' })
    const proxy = await startS3Proxy(double.endpoint, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') })
    t.after(() => proxy.stop())
    const env = settingsOf({ ...server, endpoint: proxy.endpoint })
    const { summary: stranger } = await scene.backup([], { env })
    assert.equal(stranger.exitCode, 5)
    assert.match(
      stranger.message,
      /^The connection to 127\.0\.0\.1:\d+ is not safe: its certificate is signed by nobody whom this computer trusts \(DEPTH_ZERO_SELF_SIGNED_CERT\)\.$/,
    )
    assert.match(stranger.hint ?? '', /NODE_EXTRA_CA_CERTS/)
    assert.deepEqual([proxy.requests, double.objects.size], [0, 0])
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: cert }
    const otherName = { ...trusting, SMGMG_BK_S3_ENDPOINT: proxy.endpoint.replace('127.0.0.1', 'localhost') }
    assert.match((await scene.backup([], { env: otherName })).summary.message, /is not safe: its certificate is for another name/)
    assert.equal((await scene.backup([], { env: trusting })).summary.exitCode, 0)
    assert.equal((await scene.json(['verify'], { env: trusting })).summary.exitCode, 0)
    assert.ok(double.objects.has('vault/Norway/film.mp4'))
  })
})

test('a bucket is named on the command line as in the settings', async (t) => {
  const { server } = await startDouble(t)
  const scene = await openScene(t, { world, env: settingsOf(server, 's3://photos/other') })
  assert.equal((await scene.json(['backup', '--destination', 's3://photos/vault'])).summary.exitCode, 0)
  const { summary } = await scene.json(['status', '--destination', 's3://photos/vault'])
  assert.deepEqual([summary.exitCode, summary.items], [0, 2])
  assert.equal((await scene.json(['status'])).summary.exitCode, 5, 'the one of the settings is empty')
})

test('the service of a vault in a bucket says why it has no page', async (t) => {
  const { server } = await startDouble(t)
  const scene = await openScene(t, { world, env: { ...settingsOf(server), SMGMG_BK_WEB_PASSWORD: 'a password', SMGMG_BK_WEB_PORT: '0' } })
  const running = scene.start(['service', '--every', 'never'])
  await running.says(/runs without a page; .*this one lies in a bucket/)
  running.kill('SIGTERM')
  await running.ended
})
