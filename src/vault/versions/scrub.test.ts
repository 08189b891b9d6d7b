import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { dyingStorage } from '../../../test/support/dying-storage.ts'
import { putAside } from '../aside.ts'
import { Catalogue } from '../catalogue/catalogue.ts'
import { layout } from '../layout.ts'
import { findDue } from '../prune-aside.ts'
import { openMemory } from '../storage/memory.ts'
import type { Storage } from '../storage/storage.ts'
import { keepSecretsOut } from './scrub.ts'
import { packedLines } from './version-text.ts'

const now = Date.UTC(2026, 10, 26)
const COMMENTS = [{ Text: 'hello', Email: 'HUSH@example.com' }]

const ITEM = {
  ...{ imageKey: 'i', position: 3, name: 'i.jpg', fileName: 'i.jpg', collected: false, state: 'held', files: [] },
  ...{ title: '', caption: '', keywords: '', keywordArray: [], isVideo: false },
}

const record = (password: string): string => `{
"format": "smugmug-backup/album/1",
"album": ${JSON.stringify({ key: 'k', name: 'A', urlPath: '/A', folder: 'A', smugmug: { Password: password, Name: 'A' } })},
"items": [
${JSON.stringify({ ...ITEM, comments: COMMENTS, smugmug: { UploadKey: '7' } })}
]
}
`
const version = (run: number, password: string): Uint8Array =>
  packedLines([
    JSON.stringify({ format: 'smugmug-backup/versions/1', run, at: new Date(now).toISOString() }),
    JSON.stringify({ album: 'k', op: 'head', set: { 'smugmug.Password': password, comments: COMMENTS } }),
    JSON.stringify({ album: 'k', op: 'of a newer program' }),
  ])
const versionAt = (run: number): string => `${layout.versions}/2026/${run}.jsonl.gz`

async function put(storage: Storage, path: string, content: string | Uint8Array): Promise<string> {
  await storage.put(
    path,
    (async function* () {
      yield typeof content === 'string' ? Buffer.from(content) : content
    })(),
  )
  return path
}

async function aside(storage: Storage, path: string, content: string | Uint8Array): Promise<string> {
  await put(storage, path, content)
  return (await putAside(storage, path, { place: 'history', now, reason: { why: 'test' } })) ?? assert.fail()
}

async function textOf(storage: Storage, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return (path.endsWith('.gz') ? gunzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks)).toString()
}

function open(t: { after(done: () => void): void }, storage = openMemory()) {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  const troubles: string[] = []
  return {
    storage,
    troubles,
    out: (keepSecrets = false) =>
      keepSecretsOut({ catalogue, storage }, { keepSecrets, now, warn: (trouble) => void troubles.push(trouble) }),
  }
}

test('passwords and addresses leave the versions and everything of them that was put aside; all else stays', async (t) => {
  const { storage, troubles, out } = open(t)
  const standing = await put(storage, versionAt(1), version(1, 'HUSH'))
  const changed = [standing]
  for (let n = 0; n < 2; n += 1) {
    changed.push(await aside(storage, 'A/album.json', record('HUSH')))
    changed.push(await aside(storage, versionAt(2), version(2, 'HUSH')))
  }
  const foreign = await aside(storage, 'A/album.json', '{"Password": "my own HUSH"}')
  await out()
  assert.deepEqual(troubles, [])
  for (const path of changed) {
    const text = await textOf(storage, path)
    assert.doesNotMatch(text, /HUSH/, path)
    assert.match(text, /withheld/)
    assert.match(text, path.endsWith('.gz') ? /"op":"of a newer program"/ : /"position":3,.*"UploadKey":"7"/)
  }
  assert.match(await textOf(storage, foreign), /HUSH/)
  // Also what was written anew is removed when its days are over.
  const later = { place: 'history', days: 7, now: now + 30 * 86_400_000, warn: assert.fail } as const
  assert.deepEqual((await findDue(storage, later)).map(({ path }) => path).toSorted(), [...changed.slice(1), foreign].toSorted())
})

test('a file that cannot be read hinders no other, and is named each time until it is mended', async (t) => {
  const { storage, troubles, out } = open(t)
  await put(storage, versionAt(9), 'no such file')
  const torn = await aside(storage, 'A/album.json', record('HUSH').slice(0, -20))
  const [version1, record1] = [await put(storage, versionAt(1), version(1, 'HUSH')), await aside(storage, 'B/album.json', record('HUSH'))]
  await out()
  for (const path of [version1, record1]) assert.doesNotMatch(await textOf(storage, path), /HUSH/)
  assert.match(troubles.join(), /9\.jsonl\.gz is damaged/)
  await storage.remove(versionAt(9))
  await out()
  assert.match(troubles[1] ?? '', new RegExp(`^${torn}: `))
  await storage.remove(torn)
  await out()
  await put(storage, versionAt(1), version(1, 'HUSH'))
  await out()
  assert.equal(troubles.length, 2)
  assert.match(await textOf(storage, version1), /HUSH/, 'it is not read again')
  await out(true)
  await out()
  assert.doesNotMatch(await textOf(storage, version1), /HUSH/)
})

test('a run that is killed between any two steps leaves no file in the history that is never removed', async (t) => {
  const later = { place: 'history', days: 7, now: now + 30 * 86_400_000, warn: assert.fail } as const
  for (const when of ['dies before', 'dies after'] as const) {
    for (let at = 0; ; at += 1) {
      const storage = openMemory()
      const paths = [await aside(storage, 'A/album.json', record('HUSH')), await aside(storage, versionAt(2), version(2, 'HUSH'))]
      let calls = 0
      const dying = dyingStorage(() => (calls++ === at ? when : 'alive'))
      await open(t, dying.wrap(storage))
        .out()
        .catch((error: Error) => assert.match(error.message, /The power is gone/))
      await open(t, storage).out()
      assert.deepEqual((await findDue(storage, later)).map(({ path }) => path).toSorted(), paths.toSorted(), `${when} call ${at}`)
      if (!dying.isDead()) break
    }
  }
})
