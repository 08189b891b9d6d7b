import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { QUICK } from '../../../test/support/quick.ts'
import { withGeneration } from '../generations.ts'
import { layout } from '../layout.ts'
import { openFolder } from './folder.ts'
import { withoutGenerations } from './folder-generations.ts'
import type { Storage } from './storage.ts'

const [OLD, NEW] = ['20261126T023011Z-1a2b3c4d-0000009', '20261126T023012Z-00000000-0000001']

function copiedFolder(t: TestContext): string {
  const folder = mkdtempSync(join(QUICK, 'smugmug-copied-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write(layout.state, 'oldest')
  for (const generation of [OLD, NEW])
    for (const path of [layout.state, `${layout.sha256sums}.age`, layout.historyJournal, `${layout.versions}/2026/1.jsonl.gz`])
      write(withGeneration(path, generation), generation)
  write(withGeneration(`${layout.catalogueCopy}/1.sqlite.gz`, NEW), 'copy')
  write('Travel/a.jpg', 'photo')
  return folder
}

async function textOf(storage: Storage, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a folder that was copied from a bucket is read under its plain names, and nothing in it changes', async (t) => {
  const folder = copiedFolder(t)
  const before = readdirSync(folder, { recursive: true }).toSorted()
  const storage = await withoutGenerations(openFolder(folder), 'read')
  assert.equal(await textOf(storage, layout.state), NEW)
  assert.equal((await storage.stat(layout.historyJournal))?.size, NEW.length)
  assert.equal(await textOf(storage, 'Travel/a.jpg'), 'photo')
  assert.deepEqual((await storage.list('.smugmug-backup')).map(({ name }) => name).toSorted(), [
    'SHA256SUMS.age',
    'catalogue',
    'history',
    'state.json',
    'versions',
  ])
  assert.deepEqual(
    (await storage.list(`${layout.versions}/2026`)).map(({ name }) => name),
    ['1.jsonl.gz'],
  )
  assert.deepEqual(readdirSync(folder, { recursive: true }).toSorted(), before)
})

test('a folder that was copied from a bucket has plain names once it is opened to be written', async (t) => {
  const folder = copiedFolder(t)
  await withoutGenerations(openFolder(folder), 'write')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.deepEqual(files.map(({ name }) => name).toSorted(), ['1.jsonl.gz', 'SHA256SUMS.age', 'a.jpg', 'history.jsonl', 'state.json'])
  assert.equal(readFileSync(join(folder, layout.state), 'utf8'), NEW)
  assert.ok(!existsSync(join(folder, layout.catalogueCopy)))
})

test('a folder without such names is left as it is', async (t) => {
  const folder = mkdtempSync(join(QUICK, 'smugmug-plain-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const storage = openFolder(folder)
  assert.equal(await withoutGenerations(storage, 'write'), storage)
  writeFileSync(join(folder, '.smugmug-backup'), 'a file in the place of our folder')
  assert.equal(await withoutGenerations(storage, 'read'), storage)
})
