/**
 * A vault in a bucket of a real server, while its account changes: the program is killed at chosen requests, or a request or its answer goes wrong. No byte
 * that was ever in the bucket is lost and no other comes, in the end the vault is the account, and another computer goes on from there without a download.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import type { World } from '../../simulator/world.ts'
import { openScene, promisedBy, type Scene, snapshot } from '../scenarios/harness.ts'
import { lacks, startServer } from '../servers/servers.ts'
import { type ProxyCall, type ProxyTrouble, type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts'
import { edited, firstAccount } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'
import { assertWholeFolder } from './whole.ts'

const KILLS = IS_QUICK ? 4 : 150
const FAULTS = IS_QUICK ? 8 : 300
/** The number of troubles before the vault is verified, and another computer goes on with it. */
const ROUND = 5
const PREFIX = 'vault/'
const BACKUP = ['backup', '--accept-changes']

/** A scene whose vault lies in a bucket; `scene.vault` is a plain copy of it, as `aws s3 sync` makes it. */
class BucketScene {
  readonly scene: Scene
  readonly proxy: S3Proxy
  readonly #client: S3Client
  readonly #bucket: string
  readonly #copied = new Map<string, string>()
  /** MD5s of all photos that were ever in the account, and of those that were ever in the vault. */
  readonly #known = new Set<string>()
  #held: ReadonlySet<string> = new Set()
  /** The environment of the computer that changed the vault last: from then on it is the one that goes on. */
  computer: Readonly<Record<string, string>> = {}
  world: World = firstAccount

  constructor(parts: { readonly scene: Scene; readonly proxy: S3Proxy; readonly client: S3Client; readonly bucket: string }) {
    this.scene = parts.scene
    this.proxy = parts.proxy
    this.#client = parts.client
    this.#bucket = parts.bucket
    this.change(0, chanceOf(0))
  }

  /** Changes the account. */
  change(times: number, chance: Chance): void {
    for (let n = 0; n < times; n += 1) this.world = edited(this.world, chance)
    this.scene.simulator.setWorld(this.world)
    for (const { md5 } of promisedBy(this.world)) this.#known.add(md5)
  }

  /** Another computer, or this one after it lost its state; five minutes later, when the locks of the dead have ended. */
  async elsewhere(): Promise<Readonly<Record<string, string>>> {
    for (const { Key = '' } of await this.#objects(`${PREFIX}.smugmug-backup/locks/`)) await this.#remove(Key)
    return { SMGMG_BK_STATE_FOLDER: mkdtempSync(join(this.scene.folder, 'computer-')) }
  }

  async #remove(Key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key }))
  }

  async #objects(prefix = PREFIX) {
    const { Contents = [], IsTruncated } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix }))
    assert.ok(!IsTruncated, 'one page is all')
    return Contents
  }

  /** Brings the plain copy up to date. Fails if bytes of a photo are lost, or no photo's. Returns the photos' MD5s. */
  async copyOut(what: string): Promise<ReadonlySet<string>> {
    const objects = await this.#objects()
    const keys = new Set(objects.map(({ Key }) => Key))
    for (const { Key = '', ETag = '' } of objects) {
      const path = join(this.scene.vault, Key.slice(PREFIX.length))
      if (this.#copied.get(Key) === ETag) continue
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key }))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, (await Body?.transformToByteArray()) ?? '')
      this.#copied.set(Key, ETag)
    }
    for (const key of [...this.#copied.keys()].filter((each) => !keys.has(each))) {
      rmSync(join(this.scene.vault, key.slice(PREFIX.length)))
      this.#copied.delete(key)
    }
    const photos = [...(await snapshot(this.scene.vault))].filter(([path, { kind }]) => kind === 'file' && path.endsWith('.jpg'))
    for (const [path, { md5 }] of photos) assert.ok(this.#known.has(md5), `${what}: ${path} was never a photo of the account`)
    const now = new Set(photos.map(([, { md5 }]) => md5))
    for (const md5 of this.#held) assert.ok(now.has(md5), `${what}: bytes are lost`)
    this.#held = now
    return now
  }

  /** Runs a backup to its end, on the computer of before or another one. Fails unless the vault is the account, and only bytes were fetched that the vault did not hold. */
  async finish(what: string, env = this.computer): Promise<void> {
    const { simulator } = this.scene
    const before = await this.copyOut(what)
    const missing = new Set(promisedBy(this.world).flatMap(({ md5 }) => (before.has(md5) ? [] : [md5])))
    simulator.resetCounters()
    const { summary, stderr } = await this.scene.backup(['--accept-changes'], { env })
    this.computer = env
    assert.equal(summary.exitCode, 0, `${what}: ${summary.message}\n${stderr}`)
    assert.ok(simulator.counters.cdn <= missing.size, `${what}: ${simulator.counters.cdn} files were fetched, ${missing.size} were missing`)
    await this.copyOut(what)
    await assertWholeFolder(this.scene.vault, this.world, what)
  }

  /** Fails unless the vault proves itself, and another computer has nothing to fetch. */
  async prove(what: string): Promise<void> {
    const { summary, lines } = await this.scene.json(['verify'], { env: this.computer })
    const problems = lines.filter(({ event }) => event === 'problem').map(({ problem }) => JSON.stringify(problem))
    assert.deepEqual([summary.exitCode, problems], [0, []], `${what}: ${summary.message}`)
    await this.finish(`${what}; on another computer`, await this.elsewhere())
  }
}

async function openBucketScene(t: TestContext, atOnce: number): Promise<BucketScene> {
  const { endpoint, region, accessKeyId, secretAccessKey } = await startServer('radosgw')
  const bucket = `campaign-${randomUUID()}`
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const proxy = await startS3Proxy(endpoint)
  t.after(() => {
    proxy.stop()
    client.destroy()
  })
  const env = {
    ...{ SMGMG_BK_DESTINATION: `s3://${bucket}/vault`, SMGMG_BK_S3_ENDPOINT: proxy.endpoint, SMGMG_BK_S3_REGION: region },
    ...{ SMGMG_BK_S3_ACCESS_KEY_ID: accessKeyId, SMGMG_BK_S3_SECRET_ACCESS_KEY: secretAccessKey },
    ...{ SMGMG_BK_SIDECARS: 'xmp', SMGMG_BK_WRITE_CSV: 'true', SMGMG_BK_ON_VANISHED: 'trash' },
    // One thing at a time: then the n-th request is the same one in each repetition.
    ...{ SMGMG_BK_CONCURRENT_ALBUMS: String(atOnce), SMGMG_BK_CONCURRENT_DOWNLOADS: String(atOnce) },
  }
  const scene = await openScene(t, { world: firstAccount, env })
  return new BucketScene({ scene, proxy, client, bucket })
}

/** A run asks for a dozen things, one with many changes for a hundred. */
const anyRequest = (chance: Chance): number => 1 + chance.upTo(chance.of([8, 20, 60, 120]))

const shown = ({ kind, key }: ProxyCall): string => `${kind} ${key}`

/** Kills a run at the request that chance chooses; changes the account and tries again until one was killed before its end. */
async function kill(bucket: BucketScene, chance: Chance): Promise<string> {
  const { scene, proxy } = bucket
  for (;;) {
    bucket.change(chance.upTo(4), chance)
    const at = anyRequest(chance)
    const cut = chance.of(['before', 'body', 'after'] as const)
    const first = proxy.requests
    let struck = ''
    proxy.trouble = (call) => {
      if (call.nth !== first + at) return undefined
      struck = `request ${at} (${shown(call)}), ${cut}`
      return { cut }
    }
    const running = scene.start(BACKUP, { env: bucket.computer })
    proxy.onCut = () => running.kill('SIGKILL')
    const { code, signal, stderr } = await running.ended
    proxy.trouble = () => undefined
    proxy.onCut = () => undefined
    if (signal === 'SIGKILL') return struck
    assert.equal(code, 0, `a run that was not killed ended with ${code}\n${stderr}`)
  }
}

for (const atOnce of [1, 3]) {
  test(`${KILLS / 2} kills, ${atOnce} at once`, { skip: lacks('radosgw') }, async (t) => {
    const chance = chanceOf(SEED + atOnce)
    const bucket = await openBucketScene(t, atOnce)
    for (let n = 1; n <= KILLS / 2; n += 1) {
      const what = `kill ${n}, ${await kill(bucket, chance)}`
      await bucket.finish(what, chance.upTo(3) === 0 ? await bucket.elsewhere() : bucket.computer)
      if (n % ROUND === 0 || n === KILLS / 2) await bucket.prove(what)
    }
  })
}

const TROUBLES: readonly ProxyTrouble[] = [
  ...(['before', 'body', 'after'] as const).map((cut) => ({ cut })),
  { status: 500, code: 'InternalError' },
  { status: 503, code: 'SlowDown' },
  { status: 503, code: 'SlowDown', retryAfter: 1 },
  { stall: 2000 },
  ...(['html', 'truncated', 'shortened', 'wrong ETag', 'without newest', 'repeats'] as const),
]

/** The kinds of requests that a trouble can meet. */
const kindsFor = (trouble: ProxyTrouble): RegExp => {
  if (trouble === 'truncated' || trouble === 'shortened') return /^get$/
  if (trouble === 'without newest' || trouble === 'repeats') return /^list$/
  return trouble === 'wrong ETag' ? /^(?:get|head|put|list)$/ : /./
}

test(`${FAULTS} faults`, { skip: lacks('radosgw') }, async (t) => {
  const chance = chanceOf(SEED)
  const bucket = await openBucketScene(t, 3)
  await bucket.finish('at first')
  for (let n = 1; n <= FAULTS; n += 1) {
    bucket.change(chance.upTo(4), chance)
    const args = chance.upTo(4) === 0 ? ['verify'] : BACKUP
    const trouble = TROUBLES[(SEED + n) % TROUBLES.length] as ProxyTrouble
    // Requests of its kind, from the one on at which it begins, and how many of them it meets.
    const [from, times] = [1 + chance.upTo(chance.of([2, 5, 20])), chance.of([1, 1, 3])]
    const kinds = kindsFor(trouble)
    let met = 0
    const struck: string[] = []
    bucket.proxy.trouble = (call) => {
      if (!kinds.test(call.kind)) return undefined
      met += 1
      if (met < from || met >= from + times) return undefined
      struck.push(shown(call))
      return trouble
    }
    const { code, stdout, stderr } = await bucket.scene.run(args, { env: bucket.computer })
    bucket.proxy.trouble = () => undefined
    const what = `fault ${n}, ${args[0]}, ${JSON.stringify(trouble)} at ${struck.join(', ') || 'nothing'}`
    assert.ok(code === 0 || code === 3 || code === 5, `${what}: exit code ${code}\n${stdout}${stderr}`)
    await bucket.copyOut(what)
    if (n % 2 === 0 || n === FAULTS) await bucket.finish(what)
    if (n % ROUND === 0 || n === FAULTS) await bucket.prove(what)
  }
})
