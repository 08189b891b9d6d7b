/** Disks as people have them, mounted for real where that is possible; the tests are skipped, visibly, where it is not. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { realDisk } from '../../../test/support/real-disk.ts'
import { type Relocation, relocate } from '../relocate.ts'
import { appendTo, linkFile, moveEntry } from './abilities.ts'
import { openFolder } from './folder.ts'
import { longestNameOf } from './storage.ts'

const temporaryFolder = (t: TestContext): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'odd-disks-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

describe('exFAT, blind to case and with an inode number for each spelling', () => {
  test('renames files and folders by case alone, and puts nothing aside', async (t) => {
    const disk = realDisk(t, 'exfat')
    if (disk === undefined) return
    const storage = openFolder(disk)
    await storage.put('Trips/Paris/one.jpg', text('1'))
    await storage.put('Trips/Paris/two.jpg', text('2'))
    const clear = async (path: string) => assert.fail(`${path} is the thing itself`)
    const moved: string[] = []
    const failed = (_: Relocation, error: Error) => assert.fail(error)
    const go = (from: string, to: string) => relocate(storage, [{ from, to }], { clear, moved: (each) => void moved.push(each.to), failed })
    await go('Trips/Paris/one.jpg', 'Trips/Paris/One.JPG')
    await go('Trips/Paris', 'Trips/PARIS')
    await go('Trips', 'TRIPS')
    assert.deepEqual(moved, ['Trips/Paris/One.JPG', 'Trips/PARIS', 'TRIPS'])
    assert.deepEqual(filesBelow(disk), ['TRIPS/PARIS/One.JPG', 'TRIPS/PARIS/two.jpg'])
    await moveEntry(storage, 'TRIPS/PARIS', 'Trips/Paris')
    assert.deepEqual(filesBelow(disk), ['Trips/Paris/One.JPG', 'Trips/Paris/two.jpg'])
    await moveEntry(storage, 'Trips/Paris/one.JPG', 'TRIPS/PARIS/One.JPG')
    await assert.rejects(moveEntry(storage, 'TRIPS/PARIS/One.JPG', 'TRIPS/PARIS/TWO.jpg'), { code: 'EEXIST' })
    assert.equal(readFileSync(join(disk, 'TRIPS/PARIS/two.jpg'), 'utf8'), '2')
    await storage.close()
  })
})

describe('an encrypted folder, whose names are short', () => {
  test('says how long they may be, and takes those', async (t) => {
    const disk = realDisk(t, 'encfs')
    if (disk === undefined) return
    const storage = openFolder(disk)
    const longest = await longestNameOf(storage)
    assert.ok(longest > 100 && longest < 255, `${longest}`)
    assert.deepEqual(
      readdirSync(disk),
      ['.encfs6.xml'].filter((name) => readdirSync(disk).includes(name)),
    )
    await storage.put('x'.repeat(longest), text('x'))
    let fetched = false
    const bytes = async function* () {
      yield Buffer.from('x')
      fetched = true
    }
    await assert.rejects(storage.put('y'.repeat(longest + 1), bytes()), { name: 'StorageError', code: 'ENAMETOOLONG', permanent: true })
    assert.equal(fetched, false)
    await storage.close()
  })

  test('an ordinary disk takes 255 bytes', async (t) => {
    const root = temporaryFolder(t)
    assert.equal(await longestNameOf(openFolder(root)), 255)
    assert.deepEqual(readdirSync(root), [])
  })
})

describe('special files', () => {
  const kinds: Readonly<Record<string, (path: string) => unknown>> = {
    'a pipe': (path) => execFileSync('mkfifo', [path]),
    'a link to a device that never ends': (path) => symlinkSync('/dev/zero', path),
    'a link to nowhere': (path) => symlinkSync('nowhere', path),
    'a folder': (path) => mkdirSync(path),
    'a socket': (path) =>
      new Promise((ready) =>
        createServer()
          .listen(path, () => ready(undefined))
          .unref(),
      ),
  }
  for (const [what, make] of Object.entries(kinds)) {
    test(`${what} in the place of a file is neither waited for, nor read, nor written`, { timeout: 20_000 }, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const root = temporaryFolder(t)
      await make(join(root, 'odd'))
      writeFileSync(join(root, 'photo'), 'x')
      const storage = openFolder(root)
      const refused = { name: 'StorageError', message: /^odd is .*, where a file should be; it is left as it is: move it away$/ }
      const kind = statSync(join(root, 'odd'), { throwIfNoEntry: false })?.isDirectory() ? 'folder' : 'other'
      assert.equal((await storage.stat('odd'))?.kind, kind)
      await assert.rejects(storage.read('odd')[Symbol.asyncIterator]().next(), refused)
      await assert.rejects(appendTo(storage, 'odd', 'x'), refused)
      await assert.rejects(storage.put('odd', text('x')), refused)
      await assert.rejects(linkFile(storage, 'odd', 'copy'), refused)
      await assert.rejects(storage.copy('odd', 'copy'), refused)
      await assert.rejects(moveEntry(storage, 'photo', 'odd'), { code: 'EEXIST' })
      assert.deepEqual(readdirSync(root).sort(), ['odd', 'photo'])
      await storage.close()
    })
  }

  test('what stands in the way of an item can be put aside, a link as the link it is', async (t) => {
    const root = temporaryFolder(t)
    symlinkSync('/dev/zero', join(root, 'photo.jpg'))
    const storage = openFolder(root)
    await moveEntry(storage, 'photo.jpg', 'aside/photo.jpg')
    await storage.put('photo.jpg', text('x'))
    assert.equal((await storage.stat('aside/photo.jpg'))?.kind, 'other')
  })
})

describe('an album on another disk', () => {
  const onTwoDisks = (t: TestContext, kind: 'tmpfs' | 'bind' = 'tmpfs'): { readonly root: string; readonly disk: string } | undefined => {
    const disk = realDisk(t, kind)
    if (disk === undefined) return undefined
    const root = temporaryFolder(t)
    symlinkSync(disk, join(root, 'Far'))
    return { root, disk }
  }

  test('moves to the vault’s own disk with all that is in it, and back', async (t) => {
    const place = onTwoDisks(t)
    if (place === undefined) return
    const storage = openFolder(place.root)
    await storage.put('Far/Paris/one.jpg', text('1'), { mtime: 1_600_000_000_123 })
    await storage.put('Far/Paris/sub/two.jpg', text('2'))
    symlinkSync('one.jpg', join(place.disk, 'Paris/link'))
    await moveEntry(storage, 'Far/Paris', 'Near/Paris')
    assert.deepEqual(filesBelow(join(place.root, 'Near')), ['Paris/link', 'Paris/one.jpg', 'Paris/sub/two.jpg'])
    assert.deepEqual(readdirSync(place.disk), [])
    assert.equal((await storage.stat('Near/Paris/one.jpg'))?.mtime, 1_600_000_000_123)
    await moveEntry(storage, 'Near/Paris', 'Far/away/Paris')
    assert.deepEqual(filesBelow(place.disk), ['away/Paris/link', 'away/Paris/one.jpg', 'away/Paris/sub/two.jpg'])
    assert.deepEqual(readdirSync(join(place.root, 'Near')), [])
  })

  test('is not copied again, nor taken for a stranger, after a move that was broken off', async (t) => {
    const place = onTwoDisks(t)
    if (place === undefined) return
    const storage = openFolder(place.root)
    for (const name of ['one', 'two', 'three']) await storage.put(`Far/Paris/${name}`, text(name))
    // Copied whole, and killed while the first was removed.
    for (const name of ['one', 'two', 'three']) await storage.put(`Near/${name}`, text(name))
    await storage.remove('Far/Paris/one')
    const before = statSync(join(place.root, 'Near/two')).ino
    await moveEntry(storage, 'Far/Paris', 'Near')
    assert.equal(statSync(join(place.root, 'Near/two')).ino, before)
    assert.deepEqual(readdirSync(place.disk), [])
    await storage.put('Far/file', text('same'))
    await storage.put('file', text('same'))
    await moveEntry(storage, 'Far/file', 'file')
    assert.deepEqual(readdirSync(place.disk), [])
  })

  test('may be the same disk, mounted again', async (t) => {
    const place = onTwoDisks(t, 'bind')
    if (place === undefined) return
    const storage = openFolder(place.root)
    await storage.put('Paris/one', text('one'))
    await moveEntry(storage, 'Paris', 'Far/Paris')
    assert.deepEqual(filesBelow(place.disk), ['Paris/one'])
    // As after a move that was killed before it removed anything.
    await storage.put('Paris/one', text('one'))
    await moveEntry(storage, 'Paris', 'Far/Paris')
    assert.deepEqual(filesBelow(place.disk), ['Paris/one'])
    assert.deepEqual(readdirSync(place.root), ['Far'])
  })

  for (const [what, from] of [
    ['the vault', ''],
    ['a folder of the vault', 'Trips'],
    ['the folder that holds the vault', '..'],
  ] as const) {
    test(`may not be ${what}, mounted inside of itself`, async (t) => {
      const place = mkdtempSync(join(tmpdir(), 'odd-disks-'))
      const root = join(place, 'vault')
      mkdirSync(join(root, 'Trips/Paris'), { recursive: true })
      writeFileSync(join(root, 'one'), 'one')
      const disk = realDisk(t, 'bind', join(root, 'Trips/Paris'), join(root, from))
      // Afterwards: the disk is unmounted first.
      t.after(() => rmSync(place, { recursive: true, force: true }))
      if (disk === undefined) return
      const storage = openFolder(root)
      const refused = { name: 'StorageError', code: 'ELOOP', message: /mounted once more/ }
      await assert.rejects(storage.list('Trips/Paris'), refused)
      await assert.rejects(storage.stat('Trips/Paris/one'), refused)
      await assert.rejects(storage.put('Trips/Paris/two', text('two')), refused)
      assert.deepEqual(
        (await storage.list('Trips')).map(({ name }) => name),
        ['Paris'],
      )
      assert.equal((await storage.stat('one'))?.kind, 'file')
    })
  }

  test('stays when something else stands at its new place', async (t) => {
    const place = onTwoDisks(t)
    if (place === undefined) return
    const storage = openFolder(place.root)
    await storage.put('Far/Paris/one', text('one'))
    await storage.put('Near/one', text('two'))
    await assert.rejects(moveEntry(storage, 'Far/Paris', 'Near'), { code: 'EEXIST' })
    assert.equal(readFileSync(join(place.root, 'Near/one'), 'utf8'), 'two')
    assert.deepEqual(filesBelow(place.disk), ['Paris/one'])
  })

  test('stays when there is no room for it, and moves when there is', async (t) => {
    const place = onTwoDisks(t)
    if (place === undefined) return
    const storage = openFolder(place.root)
    for (const name of ['one', 'two', 'three']) writeFileSync(join(place.root, name), Buffer.alloc(3_000_000, name))
    mkdirSync(join(place.root, 'album'))
    for (const name of ['one', 'two', 'three']) await moveEntry(storage, name, `album/${name}`)
    await assert.rejects(moveEntry(storage, 'album', 'Far/album'), { name: 'DestinationError' })
    assert.equal(readdirSync(join(place.root, 'album')).length, 3)
    await storage.remove('album/three')
    await moveEntry(storage, 'album', 'Far/album')
    assert.deepEqual(filesBelow(place.disk).filter((path) => path.startsWith('album/')).length, 2)
    assert.equal(await storage.stat('album'), undefined)
  })
})

test('partial files of versions before are gone on with', async (t) => {
  const root = temporaryFolder(t)
  const validator = '0123456789abcdef0123456789abcdef'
  const size = 9 * 1024 * 1024
  const former = join(root, `.film.mp4.${validator}.part`)
  writeFileSync(former, Buffer.alloc(size, 7))
  const storage = openFolder(root)
  assert.deepEqual(await storage.partials?.find('film.mp4'), { size, validator })
  await storage.put('film.mp4', text('end'), { resumable: { validator, from: size } })
  assert.deepEqual(readdirSync(root), ['film.mp4'])
  assert.equal((await storage.stat('film.mp4'))?.size, size + 3)
})
