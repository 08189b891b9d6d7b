import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Problem } from '../../events.ts'
import { Catalogue } from '../../vault/catalogue/catalogue.ts'
import { openMemory } from '../../vault/storage/memory.ts'
import type { Storage } from '../../vault/storage/storage.ts'
import { readAlbum } from './read-album.ts'

const HEAD = '{"format":"smugmug-backup/album/1","album":{"key":"K","name":"N","urlPath":"/N","folder":"N","smugmug":{}},\n"items": [\n'

const line = (imageKey: string, more = ''): string =>
  `{"imageKey":"${imageKey}","position":0,"name":"a.jpg","fileName":"a.jpg","collected":false,"state":"held","title":"","caption":"","keywords":"","keywordArray":[],"isVideo":false${more},"files":[]}`

/** A vault whose album `N` has this record, in pieces of a few bytes as from a disk. `open` counts the records that are open. */
async function vaultWith(t: TestContext, record: string) {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  const base = openMemory()
  await base.put(
    'N/album.json',
    (async function* () {
      yield Buffer.from(record)
    })(),
  )
  const counts = { open: 0 }
  const read: Storage['read'] = async function* (path) {
    counts.open += 1
    try {
      for await (const chunk of base.read(path)) for (let at = 0; at < chunk.length; at += 64) yield chunk.subarray(at, at + 64)
    } finally {
      counts.open -= 1
    }
  }
  const problems: Problem[] = []
  const storage: Storage = Object.assign(Object.create(base), { read })
  return { counts, problems, run: { vault: { catalogue, storage }, report: (problem: Problem) => problems.push(problem) } }
}

test('a record of which only the head is wanted is closed: a vault has thousands', async (t) => {
  const { run, counts, problems } = await vaultWith(t, `${HEAD}${line('a')},\n${line('b')}\n]\n}\n`)
  const keys: string[] = []
  assert.equal(await readAlbum(run, { folder: 'N' }, async ({ head }) => void keys.push(head.key)), true)
  assert.deepEqual([keys, counts.open, problems], [['K'], 0, []])
})

test('items that are gone from SmugMug are left out', async (t) => {
  const { run } = await vaultWith(t, `${HEAD}${line('a')},\n${line('gone', ',"vanishedAt":"2026-01-01T00:00:00Z"')},\n${line('b')}\n]\n}\n`)
  assert.deepEqual(await keysOf(run, false), [true, ['a', 'b']])
})

test('a damaged item ends the reading, or is left out; it is named in either case', async (t) => {
  const { run, problems, counts } = await vaultWith(t, `${HEAD}${line('a')},\n{"imageKey":\n${line('b')}\n]\n}\n`)
  assert.deepEqual(await keysOf(run, false), [false, ['a']])
  assert.deepEqual(await keysOf(run, true), [false, ['a', 'b']])
  assert.deepEqual(
    problems.map(({ kind, name }) => [kind, name]),
    [
      ['damaged', 'N/album.json'],
      ['damaged', 'N/album.json'],
    ],
  )
  assert.equal(counts.open, 0)
})

async function keysOf(run: Parameters<typeof readAlbum>[0], skips: boolean): Promise<readonly [boolean, readonly string[]]> {
  const keys: string[] = []
  const isWhole = await readAlbum(run, { folder: 'N', skips }, async ({ items }) => {
    for await (const { imageKey } of items) keys.push(imageKey)
  })
  return [isWhole, keys]
}
