/**
 * A sealed copy in a bucket follows a vault that changes, night after night. It is killed, its server fails or is away, a stranger seals the first vault, and
 * empties it. After each night the copy proves itself, and nothing that was ever in it is lost. In the end it becomes the destination.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Decrypter } from 'age-encryption'
import type { World } from '../../simulator/world.ts'
import { makeKey } from '../../src/app/app.ts'
import { type EndedJson, md5s, openScene, promisedBy, type Scene, snapshot } from '../scenarios/harness.ts'
import { lacks, type S3Server, startServer } from '../servers/servers.ts'
import { type S3Request, startS3Double } from '../support/s3-double.ts'
import { type ProxyTrouble, type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts'
import { edited, firstAccount } from './account.ts'
import { type Chance, chanceOf, IS_QUICK, SEED } from './chance.ts'

type Night = keyof typeof nights

/** The nights of a whole campaign; a quick one has the hardest once. */
const ALL: readonly Night[] = [
  ...(['quiet', 'killed', 'killed', 'killed', 'killed', 'killed', 'busy', 'busy', 'busy', 'broken', 'broken', 'broken'] as const),
  ...(['away', 'away', 'away', 'gone', 'late', 'late', 'sealed by a stranger', 'emptied by a stranger'] as const),
]
const QUICK_NIGHTS: readonly Night[] = ['killed', 'broken', 'late', 'sealed by a stranger', 'emptied by a stranger']

const BUCKET = 'photos'
const [key, paper] = [await makeKey(), await makeKey()]

const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

/** A vault in a folder, and its copy in a bucket behind a proxy that makes trouble. */
interface Kept {
  readonly scene: Scene
  readonly proxy: S3Proxy
  readonly bucket: Bucket
  readonly chance: Chance
  /** The private key of the copy, for the night in which a person needs it. */
  readonly withKey: Readonly<Record<string, string>>
  /** The settings once the copy is the destination. */
  readonly promoted: Readonly<Record<string, string>>
  world: World
}

/** The objects of the copy, opened as a stranger with a private key would. */
interface Bucket {
  keys(): Promise<readonly string[]>
  bytes(key: string): Promise<Buffer>
  /** Returns the MD5 of every photo, by its key: in its place, in the history, or left by a kill. */
  photos(): Promise<ReadonlyMap<string, string>>
}

async function startAnyServer(t: TestContext): Promise<S3Server> {
  const why = lacks('radosgw')
  if (why === false) return await startServer('radosgw')
  t.diagnostic(`Against the double, and no real server: ${why}`)
  const double = await startS3Double({ bucket: BUCKET })
  t.after(() => double.stop())
  return { name: 'the double', endpoint: double.endpoint, region: 'us-east-1', accessKeyId: 'DOUBLE', secretAccessKey: 'a secret' }
}

async function openObjects(t: TestContext, { endpoint, region, accessKeyId, secretAccessKey }: S3Server): Promise<Bucket> {
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  t.after(() => client.destroy())
  if (accessKeyId !== 'DOUBLE') await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const known = new Map<string, string | undefined>()
  const list = async () => {
    const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'copy/' }))
    assert.equal(IsTruncated ?? false, false, 'one page has all')
    return Contents.map(({ Key = '', ETag = '' }) => ({ name: Key.slice('copy/'.length), etag: ETag }))
  }
  const bytes = async (name: string): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: `copy/${name}` }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  return {
    keys: async () => (await list()).map(({ name }) => name),
    bytes,
    photos: async () => {
      const found = new Map<string, string>()
      for (const { name, etag } of await list()) {
        if (!name.endsWith('.age')) continue
        if (!known.has(etag)) {
          const decrypter = new Decrypter()
          decrypter.addIdentity(key.identity)
          const opened = await decrypter.decrypt(await bytes(name))
          known.set(etag, opened[0] === 0xff && opened[1] === 0xd8 ? md5Of(opened) : undefined)
        }
        const md5 = known.get(etag)
        if (md5 !== undefined) found.set(name, md5)
      }
      return found
    },
  }
}

async function openKept(t: TestContext): Promise<Kept> {
  const server = await startAnyServer(t)
  const proxy = await startS3Proxy(server.endpoint)
  t.after(() => proxy.stop())
  const recipients = `${key.recipient}, ${paper.recipient}`
  const env = {
    ...{ SMGMG_BK_ON_VANISHED: 'trash', SMGMG_BK_SERVICE_VERIFY_DAYS: '3', SMGMG_BK_SIDECARS: 'xmp' },
    ...{ SMGMG_BK_S3_ENDPOINT: proxy.endpoint, SMGMG_BK_S3_REGION: server.region },
    ...{ SMGMG_BK_S3_ACCESS_KEY_ID: server.accessKeyId, SMGMG_BK_S3_SECRET_ACCESS_KEY: server.secretAccessKey },
    ...{ SMGMG_BK_COPY_CLOUD_DESTINATION: `s3://${BUCKET}/copy`, SMGMG_BK_COPY_CLOUD_ENCRYPTION_RECIPIENTS: recipients },
  }
  const scene = await openScene(t, { world: firstAccount, env })
  const identity = join(scene.folder, 'key.txt')
  writeFileSync(identity, `${key.identity}\n`, { mode: 0o600 })
  const promoted = {
    ...{ SMGMG_BK_COPY_CLOUD_DESTINATION: '', SMGMG_BK_COPY_CLOUD_ENCRYPTION_RECIPIENTS: '' },
    ...{ SMGMG_BK_DESTINATION: `s3://${BUCKET}/copy`, SMGMG_BK_ENCRYPTION_RECIPIENTS: recipients },
  }
  const withKey = { SMGMG_BK_COPY_CLOUD_ENCRYPTION_IDENTITY_FILE: identity }
  return { scene, proxy, bucket: await openObjects(t, server), chance: chanceOf(SEED), withKey, promoted, world: firstAccount }
}

const why = ({ summary, stderr, lines }: EndedJson): string =>
  `${summary.exitCode} ${summary.message}\n${stderr}\n${lines
    .filter(({ event }) => event === 'problem')
    .map(({ problem }) => JSON.stringify(problem))
    .join('\n')}`

function ends(ended: EndedJson, codes: readonly number[], what: string): EndedJson {
  assert.ok(codes.includes(ended.summary.exitCode), `${what}: ${why(ended)}`)
  return ended
}

const backup = (kept: Kept, ...args: readonly string[]): Promise<EndedJson> => kept.scene.backup(['--accept-changes', ...args])

const AWAY: ProxyTrouble = { status: 403, code: 'AccessDenied' }
const BUSY: ProxyTrouble = { status: 503, code: 'SlowDown' }

/** Strikes about one request in eight. */
const strike = ({ proxy, chance }: Kept, troubles: readonly ProxyTrouble[]): void => {
  proxy.trouble = () => (chance.upTo(8) === 0 ? chance.of(troubles) : undefined)
}

const READING: readonly S3Request[] = ['get', 'head', 'list', 'uploads']

/** Kills the copying at a request that changes the bucket: before it, in its midst, or when it has taken effect. */
async function killCopy({ scene, proxy, chance }: Kept): Promise<void> {
  const [at, cut] = [1 + chance.upTo(chance.of([6, 12, 25, 50])), chance.of(['before', 'body', 'after'] as const)]
  const running = scene.start(['copy', 'cloud'])
  let changes = 0
  proxy.trouble = ({ kind }) => (READING.includes(kind) || ++changes < at ? undefined : { cut: changes === at ? cut : 'before' })
  proxy.onCut = () => running.kill('SIGKILL')
  const { code, signal, stdout, stderr } = await running.ended
  proxy.onCut = () => undefined
  assert.ok(signal === 'SIGKILL' || code === 0, `request ${at}, cut ${cut}: exit code ${code}\n${stdout}\n${stderr}`)
}

/** Seals every file of the first vault, as extortioners do, some under another name; the catalogue too, or not. */
async function sealFirst({ scene: { vault }, chance }: Kept): Promise<void> {
  const also = chance.upTo(2) === 0
  for (const [path, { kind }] of await snapshot(vault)) {
    if (kind !== 'file' || (!also && /sqlite/.test(path)) || /lock/.test(path)) continue
    const file = join(vault, path)
    writeFileSync(
      file,
      readFileSync(file).map((byte) => byte ^ 0x5a),
    )
    if (chance.upTo(2) === 0) renameSync(file, `${file}.locked`)
  }
}

/** Empties the first vault: all of it, or the photos alone. */
function emptyFirst({ scene: { vault }, chance }: Kept): void {
  const also = chance.upTo(2) === 0
  for (const name of readdirSync(vault)) if (also || name !== '.smugmug-backup') rmSync(join(vault, name), { recursive: true })
}

/** Lets the ruined first vault have its night, then makes it whole as a person would. The private key of the copy saves every download. */
async function healFirst(kept: Kept, held: ReadonlySet<string>): Promise<void> {
  const { scene, withKey } = kept
  ends(await scene.json(['copy', 'cloud']), [0, 2, 3, 5, 7], 'a copy of the ruined vault')
  await lostNothing(kept, held, 'after a copy of the ruined vault')
  ends(await scene.backup(), [0, 3, 5, 7], 'the night of the ruined vault')
  await lostNothing(kept, held, 'after the night of the ruined vault')
  rmSync(scene.vault, { recursive: true })
  mkdirSync(scene.vault)
  ends(await scene.json(['copy', 'cloud', '--accept-changes']), [5], 'a copy of nothing, though a person accepts it')
  await lostNothing(kept, held, 'after a copy of nothing')
  const anew = ends(await scene.backup(['--accept-changes', '--no-copies'], { env: withKey }), [0], 'a new first vault')
  assert.deepEqual([anew.summary.bytes, anew.summary.stored], [0, 0], `the copy has all of it: ${why(anew)}`)
  ends(await scene.json(['copy', 'cloud']), [2], 'the copy of the former vault')
  ends(await scene.json(['copy', 'cloud', '--accept-changes']), [0], 'the copy of the new vault')
}

/** Lets the note of the copy be days older. */
function age(kept: Kept, days: number): void {
  const note = join(kept.scene.vault, '.smugmug-backup/copies/cloud.json')
  const facts = JSON.parse(readFileSync(note, 'utf8'))
  facts.current.at -= days * 86_400_000
  writeFileSync(note, JSON.stringify(facts))
}

const nights = {
  quiet: async (kept) => void ends(await backup(kept), [0], 'a quiet night'),
  killed: async (kept) => {
    ends(await backup(kept, '--no-copies'), [0], 'the backup')
    await killCopy(kept)
  },
  busy: async (kept) => {
    strike(kept, [BUSY])
    ends(await backup(kept), [0], 'a server that is busy')
  },
  broken: async (kept) => {
    strike(kept, [{ cut: 'before' }, { cut: 'body' }, { cut: 'after' }, BUSY])
    ends(await backup(kept), [0], 'a line that breaks')
  },
  away: async (kept) => {
    kept.proxy.trouble = () => AWAY
    const away = ends(await backup(kept), [0], 'a bucket that is away')
    assert.match(JSON.stringify(away.lines.filter(({ event }) => event === 'warning')), /The copy cloud: /, why(away))
  },
  gone: async (kept) => {
    kept.proxy.trouble = () => ({ cut: 'before' })
    ends(await backup(kept), [0], 'a server that cannot be reached')
  },
  late: async (kept) => {
    age(kept, 8)
    kept.proxy.trouble = () => AWAY
    const late = ends(await backup(kept), [3], 'a bucket that is away for too long')
    assert.match(late.summary.message, /The copy cloud is \d+ days behind/, why(late))
    ends(await kept.scene.json(['status']), [3], 'the status meanwhile')
  },
  'sealed by a stranger': async (kept, held) => {
    await sealFirst(kept)
    await healFirst(kept, held)
  },
  'emptied by a stranger': async (kept, held) => {
    emptyFirst(kept)
    await healFirst(kept, held)
  },
} as const satisfies Readonly<Record<string, (kept: Kept, held: ReadonlySet<string>) => Promise<void>>>

/** Fails if bytes are gone that were in the copy. Returns all that are there. */
async function lostNothing({ bucket }: Kept, held: ReadonlySet<string>, what: string): Promise<ReadonlySet<string>> {
  const now = new Set((await bucket.photos()).values())
  for (const md5 of held) assert.ok(now.has(md5), `${what}: bytes are lost`)
  return now
}

/** Fails unless the copy holds the account as it is, and proves itself. */
async function proves({ scene, bucket, world, promoted }: Kept, what: string): Promise<void> {
  const photos = [...(await bucket.photos())].filter(([name]) => !name.startsWith('.smugmug-backup')).map(([, md5]) => md5)
  assert.deepEqual(photos.toSorted(), md5s(promisedBy(world)), what)
  ends(await scene.json(['verify'], { env: promoted }), [0], `${what}: the copy by itself`)
}

function shuffled<T>(list: readonly T[], chance: Chance): readonly T[] {
  const rest = [...list]
  return list.map(() => rest.splice(chance.upTo(rest.length), 1)[0] as T)
}

const planned = IS_QUICK ? QUICK_NIGHTS : ALL

test(`${planned.length} nights`, async (t) => {
  const kept = await openKept(t)
  const { scene, chance, proxy } = kept
  ends(await backup(kept), [0], 'the first night')
  let held = await lostNothing(kept, new Set(), 'the first night')
  for (const [n, night] of shuffled(planned, chance).entries()) {
    const what = `night ${n + 1} (${night})`
    t.diagnostic(what)
    if (!night.endsWith('stranger')) for (let edits = 3 + chance.upTo(6); edits > 0; edits -= 1) kept.world = edited(kept.world, chance)
    scene.simulator.setWorld(kept.world)
    await nights[night](kept, held)
    proxy.trouble = () => undefined
    held = await lostNothing(kept, held, what)
    ends(await scene.json(['copy', 'cloud']), [0, 3], `${what}: the copy after it`)
    ends(await scene.json(['copy', 'cloud']), [0], `${what}: the copy once more`)
    held = await lostNothing(kept, held, what)
    await proves(kept, what)
  }
  rmSync(scene.vault, { recursive: true })
  const last = ends(await scene.backup(['--full'], { env: kept.promoted }), [0], 'the copy as destination')
  assert.deepEqual([last.summary.bytes, last.summary.stored, last.summary.items], [0, 0, promisedBy(kept.world).length], why(last))
  await lostNothing(kept, held, 'the copy as destination')
  await proves(kept, 'the copy as destination')
  await opensWithAge(t, kept)
})

/** Fails unless Debian's age opens every file of the copy, the photos to the bytes of SmugMug. */
async function opensWithAge(t: TestContext, { scene, bucket, world }: Kept): Promise<void> {
  if (!existsSync('/usr/bin/age')) return t.diagnostic('age is not installed: its files were opened by the library alone')
  const [path, identity] = [join(scene.folder, 'one.age'), join(scene.folder, 'key.txt')]
  const opened: string[] = []
  for (const name of (await bucket.keys()).filter((each) => each.endsWith('.age'))) {
    writeFileSync(path, await bucket.bytes(name))
    opened.push(md5Of(execFileSync('/usr/bin/age', ['-d', '-i', identity, path], { maxBuffer: 1e9 })))
  }
  for (const md5 of md5s(promisedBy(world))) assert.ok(opened.includes(md5), 'age opens each photo')
}
