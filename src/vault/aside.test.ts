import assert from 'node:assert/strict'
import { linkSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
import { prune, putAside } from './aside.ts'
import { inFolder, layout } from './layout.ts'
import { openFolder } from './storage/folder.ts'
import { openMemory } from './storage/memory.ts'
import type { Storage } from './storage/storage.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 10, 3, 23, 59, 59)
const reason = { why: 'replaced on SmugMug', album: '/Travel', imageKey: 'x' }

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const fill = async (storage: Storage, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) await storage.put(path, text(content))
}

const contentOf = async (storage: Storage, path: string): Promise<string> => {
  let content = ''
  for await (const chunk of storage.read(path)) content += Buffer.from(chunk).toString()
  return content
}

const pathsIn = async (storage: Storage, folder = ''): Promise<readonly string[]> => {
  const paths: string[] = []
  for (const entry of await storage.list(folder)) {
    const path = inFolder(folder, entry.name)
    if (entry.kind === 'folder') paths.push(...(await pathsIn(storage, path)))
    else paths.push(path)
  }
  return paths.toSorted()
}

const journalOf = async (storage: Storage): Promise<readonly unknown[]> =>
  (await contentOf(storage, layout.historyJournal))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'aside-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('putting aside', () => {
  test('into history, by date, with its path and a line that tells why', async () => {
    const storage = openMemory()
    await fill(storage, { 'Travel/a.jpg': 'old' })
    const to = await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason })
    assert.equal(to, '.smugmug-backup/history/2026-11-03/Travel/a.jpg')
    assert.deepEqual(await pathsIn(storage), [to, layout.historyJournal])
    assert.equal(await contentOf(storage, to), 'old')
    assert.deepEqual(await journalOf(storage), [{ at: '2026-11-03T23:59:59.000Z', from: 'Travel/a.jpg', to, ...reason }])
  })

  test('into the trash; the line is in the same journal', async () => {
    const storage = openMemory()
    await fill(storage, { 'a.jpg': 'old' })
    const to = await putAside(storage, 'a.jpg', { place: 'trash', now, reason })
    assert.equal(to, '.smugmug-backup/trash/2026-11-03/a.jpg')
    assert.equal((await journalOf(storage)).length, 1)
  })

  test('kept, the name stays where it is for the same bytes', async (t) => {
    const folder = folderOf(t)
    const storage = openFolder(folder)
    await fill(storage, { 'Travel/a.jpg': 'old' })
    const to = await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason, keep: true })
    assert.ok(to !== undefined)
    assert.equal(statSync(join(folder, to)).ino, statSync(join(folder, 'Travel/a.jpg')).ino)
    // What replaces the one does not touch the other.
    await fill(storage, { 'Travel/a.jpg': 'new' })
    assert.deepEqual([await contentOf(storage, to), await contentOf(storage, 'Travel/a.jpg')], ['old', 'new'])
  })

  test('several of one name on one day all stay', async () => {
    const storage = openMemory()
    const went: (string | undefined)[] = []
    for (const content of ['1', '2', '3']) {
      await fill(storage, { 'T/a.b.jpg': content, 'T/.hidden': content, 'T/none': content })
      for (const name of ['a.b.jpg', '.hidden', 'none']) went.push(await putAside(storage, `T/${name}`, { place: 'history', now, reason }))
    }
    const day = `${layout.history}/2026-11-03/T`
    const names = ['a.b.jpg', '.hidden', 'none', 'a.b-2.jpg', '.hidden-2', 'none-2', 'a.b-3.jpg', '.hidden-3', 'none-3']
    assert.deepEqual(
      went,
      names.map((name) => `${day}/${name}`),
    )
    for (const [index, path] of went.entries()) assert.equal(await contentOf(storage, path ?? ''), String(Math.floor(index / 3) + 1))
    assert.equal((await journalOf(storage)).length, 9)
  })

  test('a file where a folder of that name went before', async () => {
    const storage = openMemory()
    await fill(storage, { 'Travel/a.jpg': 'in it' })
    await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason })
    await storage.pruneFolders('Travel')
    await fill(storage, { Travel: 'the file' })
    assert.equal(await putAside(storage, 'Travel', { place: 'history', now, reason }), `${layout.history}/2026-11-03/Travel-2`)
  })

  for (const [name, open] of [
    ['memory', () => openMemory()],
    ['folder', (t: TestContext) => openFolder(folderOf(t))],
  ] as const) {
    test(`a file of a folder where a file of that name went before (${name})`, async (t) => {
      const storage = open(t)
      await fill(storage, { Travel: 'the file' })
      await putAside(storage, 'Travel', { place: 'history', now, reason })
      await fill(storage, { 'Travel/a.jpg': 'in it' })
      const to = await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason })
      assert.equal(await contentOf(storage, to ?? ''), 'in it')
      assert.equal(await storage.stat('Travel/a.jpg'), undefined)
    })
  }

  test('where nothing stands, or no file, nothing is done', async (t) => {
    const folder = folderOf(t)
    const storage = openFolder(folder)
    await fill(storage, { 'Travel/a.jpg': 'x' })
    symlinkSync('a.jpg', join(folder, 'Travel/link'))
    for (const path of ['none', 'Travel/none', 'Travel', 'Travel/link']) {
      assert.equal(await putAside(storage, path, { place: 'history', now, reason }), undefined)
    }
    assert.deepEqual(await pathsIn(storage), ['Travel/a.jpg', 'Travel/link'])
  })

  test('when it cannot be moved it stays, and nothing is told of it', async () => {
    const storage = openMemory()
    await fill(storage, { 'a.jpg': 'old' })
    const faulty = faultyStorage(storage, [{ method: 'move', error: new Error('disk') }])
    await assert.rejects(putAside(faulty.storage, 'a.jpg', { place: 'history', now, reason }), /disk/)
    assert.deepEqual(await pathsIn(storage), ['a.jpg'])
  })

  test('the journal holds any name on one line', async () => {
    const storage = openMemory()
    const path = 'T/a\n"b"\u2028.jpg'
    await fill(storage, { [path]: 'x' })
    const to = await putAside(storage, path, { place: 'history', now, reason: { why: 'a\nb' } })
    assert.deepEqual(await journalOf(storage), [{ at: '2026-11-03T23:59:59.000Z', from: path, to, why: 'a\nb' }])
  })
})

describe('pruning', () => {
  const day = (date: string, place: string = layout.trash): Record<string, string> => ({
    [`${place}/${date}/T/a.jpg`]: 'x',
    [`${place}/${date}/b.jpg`]: 'x',
  })

  test('removes what was put aside longer ago than so many days', async () => {
    const storage = openMemory()
    await fill(storage, { ...day('2026-11-03'), ...day('2026-10-04'), ...day('2026-10-03'), ...day('1999-12-31') })
    assert.equal(await prune(storage, 'trash', { days: 30, now }), 4)
    assert.deepEqual((await storage.list(layout.trash)).map((entry) => entry.name).toSorted(), ['2026-10-04', '2026-11-03'])
    assert.equal(await prune(storage, 'trash', { days: 30, now }), 0)
    assert.equal(await prune(storage, 'trash', { days: 30, now: now + DAY }), 2)
  })

  test('0 days keeps what was put aside today', async () => {
    const storage = openMemory()
    await fill(storage, { ...day('2026-11-03'), ...day('2026-11-02') })
    assert.equal(await prune(storage, 'trash', { days: 0, now }), 2)
    assert.equal((await storage.list(layout.trash)).length, 1)
  })

  test('leaves the other place, the journal, and what is no day of ours', async () => {
    const storage = openMemory()
    const kept = {
      ...day('1999-12-31', layout.history),
      [`${layout.trash}/2020`]: 'a file',
      [`${layout.trash}/old/a.jpg`]: 'x',
      [`${layout.trash}/2020-01-01 kept/a.jpg`]: 'x',
      [layout.historyJournal]: '{}',
      'T/a.jpg': 'x',
    }
    await fill(storage, kept)
    assert.equal(await prune(storage, 'trash', { days: 1, now }), 0)
    assert.deepEqual(await pathsIn(storage), Object.keys(kept).toSorted())
    assert.equal(await prune(storage, 'history', { days: 1, now }), 2)
    assert.ok((await storage.stat(layout.historyJournal)) !== undefined)
  })

  test('nothing put aside is nothing to remove', async () => {
    assert.equal(await prune(openMemory(), 'history', { days: 1, now }), 0)
  })

  test('takes away names, not what has another one elsewhere, and follows no link', async (t) => {
    const folder = folderOf(t)
    const storage = openFolder(folder)
    await fill(storage, { 'T/a.jpg': 'x', ...day('2020-01-01') })
    linkSync(join(folder, 'T/a.jpg'), join(folder, layout.trash, '2020-01-01/T/same.jpg'))
    symlinkSync(join(folder, 'T'), join(folder, layout.trash, '2020-01-01/link'))
    assert.equal(await prune(storage, 'trash', { days: 1, now }), 4)
    assert.deepEqual(await pathsIn(storage), ['T/a.jpg'])
  })

  test('any number of days will do', async () => {
    const storage = openMemory()
    await fill(storage, day('2020-01-01'))
    for (const days of [1_000_000, Number.MAX_SAFE_INTEGER]) assert.equal(await prune(storage, 'trash', { days, now }), 0)
  })
})
