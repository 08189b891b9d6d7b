import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EntryIndex, pathOnDisk } from './entry-index.ts'
import { openMemory } from './storage/memory.ts'

const indexOf = (...names: readonly string[]) => new EntryIndex(names.map((name) => ({ name, kind: 'file', size: 1, mark: '0', mtime: 0 })))

describe('the entry that stands for a name', () => {
  const composed = 'Köln.jpg'.normalize('NFC')
  const decomposed = composed.normalize('NFD')
  for (const [what, names, wanted, found] of [
    ['is the very name', ['a.jpg', 'A.JPG'], 'a.jpg', 'a.jpg'],
    ['may be decomposed', [decomposed, 'a.jpg'], composed, decomposed],
    ['may be composed', [composed], decomposed, composed],
    ['is the very name rather than another form of it', [decomposed, composed], composed, composed],
    ['may differ in capitals', ['A.JPG'], 'a.jpg', 'A.JPG'],
    ['is none of several that differ in capitals', ['A.JPG', 'A.jpg'], 'a.jpg', undefined],
    ['is not another name', ['ab.jpg'], 'a.jpg', undefined],
  ] as const) {
    test(what, () => assert.equal(indexOf(...names).find(wanted)?.name, found))
  }
})

test('a path is found as the disk spells it, folder by folder', async () => {
  const storage = openMemory()
  const composed = 'Été/Köln/a.jpg'.normalize('NFC')
  await storage.put(composed.normalize('NFD').replace('a.jpg', 'A.JPG'), (async function* () {})())
  assert.equal(await pathOnDisk(storage, composed), composed.normalize('NFD').replace('a.jpg', 'A.JPG'))
  assert.equal(await pathOnDisk(storage, 'Été/none.jpg'), 'Été/none.jpg')
  await storage.put(composed, (async function* () {})())
  assert.equal(await pathOnDisk(storage, composed), composed)
})
