import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
import { putAside, takeBack } from './aside.ts'
import { inFolder, layout } from './layout.ts'
import { pruneFolders } from './storage/abilities.ts'
import { openFolder } from './storage/folder.ts'
import { openMemory } from './storage/memory.ts'
import { type Storage, StorageError } from './storage/storage.ts'

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
  test('two at once, of which one is a file where the other needs a folder: both come', async (t) => {
    const orders = [
      ['M/A', 'M/A-2/x.jpg'],
      ['M/A-2/x.jpg', 'M/A'],
    ] as const
    for (const order of orders)
      for (const storage of [openMemory(), openFolder(folderOf(t))]) {
        await fill(storage, { 'M/A': 'first' })
        await putAside(storage, 'M/A', { place: 'history', now, reason })
        await fill(storage, { 'M/A': 'second', 'M/A-2/x.jpg': 'other' })
        const paths = await Promise.all(order.map((path) => putAside(storage, path, { place: 'history', now, reason })))
        const contents = await Promise.all(paths.map((path) => contentOf(storage, path ?? '')))
        assert.deepEqual(contents.toSorted(), ['other', 'second'])
      }
  })

  test('into history, by date, with its path and a line that says why', async () => {
    const storage = openMemory()
    await fill(storage, { 'Travel/a.jpg': 'old' })
    const to = await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason })
    assert.equal(to, '.smugmug-backup/history/2026-11-03/Travel/a.jpg')
    assert.deepEqual(await pathsIn(storage), [to, layout.historyJournal])
    assert.equal(await contentOf(storage, to), 'old')
    assert.deepEqual(await journalOf(storage), [{ at: '2026-11-03T23:59:59.000Z', from: 'Travel/a.jpg', to, size: 3, ...reason }])
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
    // Bytes that replace the one do not touch the other.
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

  test('several at once whose names lead to one: all stay, each under its own', async (t) => {
    const storage = openFolder(folderOf(t))
    const files = Object.fromEntries(['a.jpg', 'a-2.jpg', 'A-2.jpg', 'a-2-2.jpg'].map((name) => [`T/${name}`, name]))
    await fill(storage, { ...files, [`${layout.history}/2026-11-03/T/a.jpg`]: 'before' })
    const went = await Promise.all(
      Object.keys(files).map((path, n) => putAside(storage, path, { place: 'history', now, reason, keep: n % 2 === 0 })),
    )
    const contents = await Promise.all(went.map((path) => contentOf(storage, path ?? '')))
    assert.deepEqual(contents, Object.values(files))
    assert.equal(new Set(went.map((path) => path?.toLowerCase())).size, 4)
  })

  test('a file where a folder of that name went before', async () => {
    const storage = openMemory()
    await fill(storage, { 'Travel/a.jpg': 'in it' })
    await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason })
    await pruneFolders(storage, 'Travel')
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

  test('when it cannot be moved it stays, and the journal has no line of it', async () => {
    const storage = openMemory()
    await fill(storage, { 'a.jpg': 'old' })
    const faulty = faultyStorage(storage, [{ method: 'rename', error: new Error('disk') }])
    await assert.rejects(putAside(faulty.storage, 'a.jpg', { place: 'history', now, reason }), /disk/)
    assert.deepEqual(await pathsIn(storage), ['a.jpg'])
  })

  test('the journal holds any name on one line', async () => {
    const storage = openMemory()
    const path = 'T/a\n"b"\u2028.jpg'
    await fill(storage, { [path]: 'x' })
    const to = await putAside(storage, path, { place: 'history', now, reason: { why: 'a\nb' } })
    assert.deepEqual(await journalOf(storage), [{ at: '2026-11-03T23:59:59.000Z', from: path, to, size: 1, why: 'a\nb' }])
  })
})

describe('a file that was put aside under a second name', () => {
  const twice = async (storage: Storage): Promise<string> => {
    await fill(storage, { 'Travel/a.jpg': 'before' })
    return (await putAside(storage, 'Travel/a.jpg', { place: 'history', now, reason, keep: true })) ?? ''
  }

  test('loses it again where it was not replaced', async () => {
    const storage = openMemory()
    const aside = await twice(storage)
    assert.equal(await takeBack(storage, 'Travel/a.jpg', aside), true)
    assert.equal(await storage.stat(aside), undefined)
    assert.equal(await contentOf(storage, 'Travel/a.jpg'), 'before')
  })

  test('keeps it where other bytes of the same size stand at its path, nothing does, or one of the two cannot be read', async () => {
    const storage = openMemory()
    const aside = await twice(storage)
    await storage.put('Travel/a.jpg', text('behind'))
    assert.equal(await takeBack(storage, 'Travel/a.jpg', aside), false)
    await storage.remove('Travel/a.jpg')
    assert.equal(await takeBack(storage, 'Travel/a.jpg', aside), false)
    await storage.put('Travel/a.jpg', text('before'))
    const error = new StorageError('Could not read it (EIO)', { code: 'EIO', path: aside })
    assert.equal(await takeBack(faultyStorage(storage, [{ method: 'read', error }]).storage, 'Travel/a.jpg', aside), false)
    assert.equal(await contentOf(storage, aside), 'before')
  })
})
