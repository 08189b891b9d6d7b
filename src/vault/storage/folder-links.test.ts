import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { appendTo, linkFile, moveEntry, pruneFolders, setMtime, sweep } from './abilities.ts'
import { openFolder } from './folder.ts'

const temporaryFolder = (t: TestContext): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'folder-links-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const refused = { name: 'StorageError', code: 'ELOOP' }

describe('links to folders', () => {
  test('outside the vault are folders, at every depth', async (t) => {
    const [root, elsewhere] = [temporaryFolder(t), temporaryFolder(t)]
    mkdirSync(join(root, 'Trips'))
    symlinkSync(elsewhere, join(root, 'Trips/Paris'))
    const storage = openFolder(root)
    assert.equal((await storage.list('Trips'))[0]?.kind, 'folder')
    assert.equal((await storage.stat('Trips/Paris'))?.kind, 'folder')
    await storage.put('Trips/Paris/sub/one.jpg', text('1'))
    assert.equal(readFileSync(join(elsewhere, 'sub/one.jpg'), 'utf8'), '1')
    assert.equal((await storage.list('Trips/Paris/sub'))[0]?.name, 'one.jpg')
  })

  for (const [what, target] of [
    ['into the vault', 'album'],
    ['to the vault itself', '.'],
    ['above the vault', '..'],
    ['nowhere', 'nothing/here'],
    ['to a device', '/dev/zero'],
    ['to itself', 'link'],
  ] as const) {
    test(`that lead ${what} are other, and nothing is done behind them`, async (t) => {
      const root = join(temporaryFolder(t), 'vault')
      mkdirSync(join(root, 'album'), { recursive: true })
      writeFileSync(join(root, 'album/photo'), 'x')
      symlinkSync(target, join(root, 'link'))
      const storage = openFolder(root)
      assert.equal((await storage.list('')).find((entry) => entry.name === 'link')?.kind, 'other')
      assert.equal((await storage.stat('link'))?.kind, 'other')
      const calls: ReadonlyArray<() => Promise<unknown>> = [
        () => storage.list('link'),
        () => storage.stat('link/photo'),
        () => storage.read('link/photo')[Symbol.asyncIterator]().next(),
        () => storage.put('link/new', text('x')),
        () => appendTo(storage, 'link/new', 'x'),
        () => moveEntry(storage, 'album/photo', 'link/new'),
        () => moveEntry(storage, 'link/photo', 'new'),
        () => linkFile(storage, 'album/photo', 'link/new'),
        () => storage.remove('link/photo'),
        () => setMtime(storage, 'link/photo', 0),
        () => sweep(storage, 'link'),
      ]
      for (const call of calls) await assert.rejects(call, refused, String(call))
      assert.deepEqual(readdirSync(join(root, 'album')), ['photo'])
      assert.ok(!existsSync(join(root, 'new')))
    })
  }

  test('below .smugmug-backup are never followed', async (t) => {
    const [root, elsewhere] = [temporaryFolder(t), temporaryFolder(t)]
    mkdirSync(join(root, '.smugmug-backup'))
    mkdirSync(join(elsewhere, '2019-08-04'))
    symlinkSync(elsewhere, join(root, '.smugmug-backup/trash'))
    const storage = openFolder(root)
    assert.equal((await storage.list('.smugmug-backup'))[0]?.kind, 'other')
    await assert.rejects(storage.list('.smugmug-backup/trash'), refused)
    await assert.rejects(pruneFolders(storage, '.smugmug-backup/trash/2019-08-04'), refused)
    await assert.rejects(storage.put('.smugmug-backup/trash/new', text('x')), refused)
    assert.deepEqual(readdirSync(elsewhere), ['2019-08-04'])
  })

  test('that lead round in circles outside end at the second time round', async (t) => {
    const [root, one, two] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)]
    symlinkSync(one, join(root, 'album'))
    symlinkSync(two, join(one, 'to two'))
    symlinkSync(one, join(two, 'to one'))
    const storage = openFolder(root)
    assert.equal((await storage.stat('album/to two'))?.kind, 'folder')
    assert.equal((await storage.stat('album/to two/to one'))?.kind, 'other')
  })

  test('that lead to one folder are followed once, the other one when the first is gone', async (t) => {
    const [root, elsewhere] = [temporaryFolder(t), temporaryFolder(t)]
    mkdirSync(join(elsewhere, 'in it'))
    symlinkSync(elsewhere, join(root, 'one'))
    const storage = openFolder(root)
    await storage.put('one/photo', text('x'))
    for (const target of [elsewhere, join(elsewhere, 'in it')]) {
      symlinkSync(target, join(root, 'two'))
      assert.deepEqual((await storage.list('')).map(({ name, kind }) => `${name} ${kind}`).sort(), ['one folder', 'two other'])
      await assert.rejects(storage.list('two'), { ...refused, message: /a folder that one leads to as well/ })
      rmSync(join(root, 'two'))
    }
    symlinkSync(elsewhere, join(root, 'two'))
    await storage.remove('one')
    assert.equal((await storage.list('two')).length, 2)
  })

  test('that say their way from where they lie lead to the same folder after a move', async (t) => {
    const outer = temporaryFolder(t)
    const root = join(outer, 'vault')
    for (const folder of ['vault/Trips', 'disk/Paris']) mkdirSync(join(outer, folder), { recursive: true })
    symlinkSync('../../disk/Paris', join(root, 'Trips/Paris'))
    const storage = openFolder(root)
    await storage.put('Trips/Paris/one.jpg', text('1'))
    await moveEntry(storage, 'Trips/Paris', 'Far/away/Paris')
    assert.equal((await storage.stat('Far/away/Paris/one.jpg'))?.size, 1)
    assert.deepEqual(readdirSync(join(root, 'Trips')), [])
    assert.equal(readFileSync(join(outer, 'disk/Paris/one.jpg'), 'utf8'), '1')
  })
})
