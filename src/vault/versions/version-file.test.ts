import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { appendTo } from '../storage/abilities.ts'
import { openMemory } from '../storage/memory.ts'
import type { Storage } from '../storage/storage.ts'
import { listVersions, readVersion, VersionWriter, versionPath } from './version-file.ts'
import { packedLines, VersionError } from './version-text.ts'

const HEAD = { run: 7, at: Date.UTC(2026, 10, 26) }
const PATH = versionPath(HEAD.run, HEAD.at)
const came = (row: string) => ({ op: 'came', row }) as const

const linesIn = async (storage: Storage) => {
  const lines = []
  for await (const line of readVersion(storage, PATH)) lines.push('head' in line ? line.head.run : `${line.record} ${line.change.op}`)
  return lines
}

const bytesIn = async (storage: Storage): Promise<Buffer> => {
  const found: Uint8Array[] = []
  for await (const piece of storage.read(PATH)) found.push(piece)
  return Buffer.concat(found)
}

test('changes of several records at once stand one after the other, the head first, and zcat reads them', async () => {
  const storage = openMemory()
  const writer = new VersionWriter(storage, HEAD, { isPrivate: false })
  await Promise.all(['a', 'b', 'c'].map((record) => writer.add(record, [came('1'), came('2')])))
  await writer.add('d', [])
  assert.deepEqual(await linesIn(storage), [7, 'a came', 'a came', 'b came', 'b came', 'c came', 'c came'])
  assert.equal(
    gunzipSync(await bytesIn(storage))
      .toString()
      .trim()
      .split('\n').length,
    7,
  )
  assert.deepEqual(await listVersions(storage), [{ run: 7, path: PATH, size: (await bytesIn(storage)).length }])
})

test('a piece that was cut off is taken out before the next one is added', async () => {
  const real = openMemory()
  let isFull = false
  const storage: Storage = new Proxy(real, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (name === 'append' && isFull) {
        return async (path: string, bytes: Uint8Array) => {
          await appendTo(real, path, bytes.subarray(0, 20))
          throw new Error('full')
        }
      }
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const writer = new VersionWriter(storage, HEAD, { isPrivate: false })
  await writer.add('a', [came('1')])
  isFull = true
  await assert.rejects(writer.add('b', [came('1')]), /full/)
  assert.deepEqual(await linesIn(storage), [7, 'a came'])
  isFull = false
  await writer.add('c', [came('1')])
  assert.deepEqual(await linesIn(storage), [7, 'a came', 'c came'])
})

test('a file that a kill cut off is read as far as it goes, a damaged one is an error', async () => {
  const whole = Buffer.concat([
    packedLines(['{"format":"smugmug-backup/versions/1","run":7,"at":"2026-11-26T00:00:00Z"}']),
    packedLines(['{"album":"a","op":"new"}']),
  ])
  for (let size = 1; size < whole.length; size += 1) {
    const storage = openMemory()
    await appendTo(storage, PATH, whole.subarray(0, size))
    const lines = await linesIn(storage)
    assert.ok(lines.length <= 2, String(size))
  }
  for (const text of ['', 'no json\n', '{"format":"other"}\n', '[1]\n']) {
    const storage = openMemory()
    await appendTo(storage, PATH, gzipSync(text))
    if (text === '') assert.deepEqual(await linesIn(storage), [])
    else await assert.rejects(linesIn(storage), VersionError, text)
  }
  const storage = openMemory()
  await appendTo(storage, PATH, Buffer.from('no gzip at all'))
  await assert.rejects(linesIn(storage), VersionError)
})
