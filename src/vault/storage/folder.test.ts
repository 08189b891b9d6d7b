import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { storageContract } from '../../../test/contracts/storage.contract.ts'
import { DestinationError } from '../../errors.ts'
import { appendTo, linkFile, moveEntry, pruneFolders, setMtime, sweep } from './abilities.ts'
import { openFolder } from './folder.ts'
import { isPartialName } from './partial-name.ts'
import { resumableAbove, StorageError } from './storage.ts'

const megabyte = 1024 * 1024
const validator = '0123456789abcdef0123456789abcdef'

const temporaryFolder = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'folder-storage-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function* bytes(size: number, piece = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= piece) yield Buffer.alloc(Math.min(left, piece), 7)
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

/** Every file below a folder, relative, hidden ones too. */
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

/** A small disk of its own, where this process may mount one. */
const mountedDisk = (t: TestContext, size: string): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'folder-storage-'))
  // Hooks run in the order they were registered.
  const unmount: (() => void)[] = []
  t.after(() => {
    for (const each of unmount) each()
    rmSync(folder, { recursive: true, force: true })
  })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    t.skip('mounting a disk is not permitted here')
    return undefined
  }
  unmount.push(() => execFileSync('umount', [folder]))
  return folder
}

const destinationError =
  (message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof DestinationError, `not a DestinationError: ${error}`)
    assert.match(error.message, message)
    assert.ok(error.hint)
    return true
  }

storageContract('folder storage', (t) => {
  const folder = temporaryFolder(t)
  return { storage: openFolder(folder), reopen: () => openFolder(folder) }
})

describe('folder storage: what it leaves on the disk', () => {
  test('media files are made 0666 and folders 0777, less the umask', async (t) => {
    if (process.platform === 'win32') return t.skip('no modes here')
    const root = temporaryFolder(t)
    const storage = openFolder(root)
    await storage.put('a/small', text('x'))
    await storage.put('a/large', bytes(3 * megabyte))
    const umask = process.umask()
    assert.equal(statSync(join(root, 'a')).mode & 0o777, 0o777 & ~umask)
    assert.equal(statSync(join(root, 'a/small')).mode & 0o777, 0o666 & ~umask)
    assert.equal(statSync(join(root, 'a/large')).mode & 0o777, 0o666 & ~umask)
  })

  test('a link is a hard link', async (t) => {
    const root = temporaryFolder(t)
    const storage = openFolder(root)
    await storage.put('one', text('x'))
    assert.equal(await linkFile(storage, 'one', 'a/two'), 'linked')
    assert.equal(statSync(join(root, 'one')).ino, statSync(join(root, 'a/two')).ino)
    await storage.copy('one', 'a/three')
    assert.notEqual(statSync(join(root, 'one')).ino, statSync(join(root, 'a/three')).ino)
  })

  test('a partial file is hidden, ends in .part, and stands beside its target', async (t) => {
    const root = temporaryFolder(t)
    const storage = openFolder(root)
    const cut = async function* () {
      yield* bytes(resumableAbove + 5)
      throw new Error('cut')
    }
    await assert.rejects(storage.put('a/film.mp4', cut(), { resumable: { validator, from: 0 } }))
    const [partial = '', ...others] = filesBelow(root)
    assert.match(partial, new RegExp(`^a/\\.film\\.mp4~[0-9a-f]{16}\\.${validator}\\.part$`))
    assert.deepEqual(others, [])
  })

  test('sweeping removes what a killed run left, and nothing else', async (t) => {
    const root = temporaryFolder(t)
    const leave = (name: string, size: number) => {
      writeFileSync(join(root, name), '')
      truncateSync(join(root, name), size)
    }
    leave('.photo.jpg.0badcafe.part', 20 * megabyte)
    leave(`.small.${validator}.part`, resumableAbove)
    leave(`.large.${validator}.part`, resumableAbove + 1)
    const others = ['.photo.part', 'photo.part', '.part', 'photo.0badcafe.part', '.photo.0BADCAFE.part', '.photo.0badcafe.part.jpg']
    for (const name of others) leave(name, 3)
    mkdirSync(join(root, '.folder.0badcafe.part'))
    symlinkSync('photo.part', join(root, '.link.0badcafe.part'))

    const storage = openFolder(root)
    assert.equal(await storage.partials?.find('small'), undefined)
    assert.equal(await sweep(storage, ''), 2)
    assert.deepEqual(filesBelow(root), [...others, `.large.${validator}.part`, '.link.0badcafe.part'].sort())
    assert.ok(existsSync(join(root, '.folder.0badcafe.part')))
    assert.deepEqual(await storage.partials?.find('large'), { size: resumableAbove + 1, validator })
    assert.equal(await storage.partials?.find('small'), undefined)
    assert.equal(await sweep(storage, ''), 0)
  })

  test('a partial file of a killed run is removed with the success of another version, when the folder was read', async (t) => {
    const root = temporaryFolder(t)
    writeFileSync(join(root, `.film.${validator}.part`), '')
    truncateSync(join(root, `.film.${validator}.part`), resumableAbove + 1)
    const storage = openFolder(root)
    await storage.list('')
    await storage.put('film', text('new version'))
    assert.deepEqual(filesBelow(root), ['film'])
  })

  test('folders with litter in them stay, and the litter too', async (t) => {
    const root = temporaryFolder(t)
    const storage = openFolder(root)
    mkdirSync(join(root, 'a/b/@eaDir/photo.jpg'), { recursive: true })
    for (const name of ['a/.DS_Store', 'a/b/Thumbs.db', 'a/b/._photo.jpg', 'a/b/@eaDir/photo.jpg/SYNOPHOTO_THUMB_M.jpg'])
      writeFileSync(join(root, name), 'x')
    const before = filesBelow(root)
    await pruneFolders(storage, 'a/b')
    assert.deepEqual(filesBelow(root), before)
  })

  test('litter beside something else stays', async (t) => {
    const root = temporaryFolder(t)
    const storage = openFolder(root)
    mkdirSync(join(root, 'a'))
    writeFileSync(join(root, 'a/.DS_Store'), 'x')
    writeFileSync(join(root, 'a/.hidden'), 'x')
    await pruneFolders(storage, 'a')
    assert.deepEqual(readdirSync(join(root, 'a')).sort(), ['.DS_Store', '.hidden'])
  })
})

describe('folder storage: symbolic links', () => {
  test('to files are listed as other, and neither read, written through nor replaced', async (t) => {
    const root = temporaryFolder(t)
    const outside = join(temporaryFolder(t), 'outside')
    writeFileSync(outside, 'outside')
    symlinkSync(outside, join(root, 'link'))
    const storage = openFolder(root)
    assert.equal((await storage.list(''))[0]?.kind, 'other')
    assert.equal((await storage.stat('link'))?.kind, 'other')
    const before = statSync(outside).mtimeMs
    await setMtime(storage, 'link', 1000)
    assert.equal(statSync(outside).mtimeMs, before)
    await assert.rejects(storage.put('link', text('inside')), { name: 'StorageError', code: 'ELOOP' })
    await assert.rejects(appendTo(storage, 'link', 'more'), { name: 'StorageError', code: 'ELOOP' })
    await assert.rejects(storage.read('link')[Symbol.asyncIterator]().next(), { name: 'StorageError', code: 'ELOOP' })
    await assert.rejects(storage.copy('link', 'copy'), { name: 'StorageError', code: 'ELOOP' })
    assert.ok(lstatSync(join(root, 'link')).isSymbolicLink())
    assert.equal(readFileSync(outside, 'utf8'), 'outside')
  })

  test('to folders are followed, and not pruned', async (t) => {
    const root = temporaryFolder(t)
    const elsewhere = temporaryFolder(t)
    symlinkSync(elsewhere, join(root, 'album'))
    const storage = openFolder(root)
    await storage.put('album/photo', text('x'))
    assert.equal(readFileSync(join(elsewhere, 'photo'), 'utf8'), 'x')
    await storage.remove('album/photo')
    await pruneFolders(storage, 'album')
    assert.ok(existsSync(join(root, 'album')))
  })

  test('nothing is moved onto one, even when it leads nowhere', async (t) => {
    const root = temporaryFolder(t)
    symlinkSync('nowhere', join(root, 'link'))
    const storage = openFolder(root)
    await storage.put('photo', text('x'))
    await assert.rejects(moveEntry(storage, 'photo', 'link'), { code: 'EEXIST' })
    await assert.rejects(linkFile(storage, 'photo', 'link'), { code: 'EEXIST' })
    await assert.rejects(storage.copy('photo', 'link'), { code: 'EEXIST' })
  })
})

describe('folder storage: another disk inside the vault', () => {
  test('moves and links across it become copies', async (t) => {
    const disk = mountedDisk(t, '4m')
    if (disk === undefined) return
    const root = temporaryFolder(t)
    symlinkSync(disk, join(root, 'disk'))
    const storage = openFolder(root)
    await storage.put('photo', text('x'), { mtime: 1_600_000_000_123 })
    assert.equal(await linkFile(storage, 'photo', 'disk/a/linked'), 'copied')
    await moveEntry(storage, 'photo', 'disk/b/moved')
    for (const path of ['disk/a/linked', 'disk/b/moved']) {
      assert.equal(readFileSync(join(root, path), 'utf8'), 'x')
      assert.equal((await storage.stat(path))?.mtime, 1_600_000_000_123)
    }
    assert.deepEqual(filesBelow(disk), ['a/linked', 'b/moved'])
    assert.equal(await storage.stat('photo'), undefined)
  })
})

describe('folder storage: a destination that cannot be used', () => {
  test('must exist, and be a folder', (t) => {
    const root = temporaryFolder(t)
    assert.throws(() => openFolder(join(root, 'none')), destinationError(/^The destination .*none does not exist\.$/))
    assert.ok(!existsSync(join(root, 'none')))
    writeFileSync(join(root, 'file'), '')
    assert.throws(() => openFolder(join(root, 'file')), destinationError(/is not a folder/))
  })

  for (const [how, replace] of [
    ['has vanished', () => {}],
    ['was replaced by an empty folder, as under an unmounted disk', (root: string) => mkdirSync(root)],
  ] as const) {
    test(`that ${how} is noticed by everything, and nothing is made there`, async (t) => {
      const parent = temporaryFolder(t)
      const root = join(parent, 'vault')
      mkdirSync(root)
      const storage = openFolder(root)
      await storage.put('a/one', text('x'))
      renameSync(root, join(parent, 'away'))
      replace(root)
      const gone = destinationError(/is gone \(unmounted\?\)/)
      await assert.rejects(storage.put('a/two', text('x')), gone)
      await assert.rejects(storage.put('b/c/three', bytes(3 * megabyte)), gone)
      await assert.rejects(storage.put('top', text('x')), gone)
      await assert.rejects(appendTo(storage, 'journal', 'x'), gone)
      await assert.rejects(storage.list('a'), gone)
      await assert.rejects(storage.stat('a/one'), gone)
      await assert.rejects(moveEntry(storage, 'a/one', 'b/one'), gone)
      await assert.rejects(linkFile(storage, 'a/one', 'b/one'), gone)
      await assert.rejects(storage.remove('a/one'), gone)
      await assert.rejects(sweep(storage, 'a'), gone)
      await assert.rejects(async () => {
        for await (const _ of storage.read('a/one'));
      }, gone)
      await storage.close()
      if (existsSync(root)) assert.deepEqual(filesBelow(root), [])
      assert.equal(existsSync(root), how !== 'has vanished')
    })
  }

  test('that is full is reported, with the file and its size; nothing half is left', async (t) => {
    const root = mountedDisk(t, '12m')
    if (root === undefined) return
    const storage = openFolder(root)
    await storage.put('a/whole', bytes(2 * megabyte))
    const full = destinationError(/is full: there was no room to store a\/large \(20\.0 MB\)/)
    await assert.rejects(storage.put('a/large', bytes(20_000_000), { size: 20_000_000 }), full)
    await assert.rejects(storage.put('a/large', bytes(20_000_000), { size: 20_000_000, resumable: { validator, from: 0 } }), full)
    assert.deepEqual(filesBelow(root), ['a/whole'])
    const many = await Promise.allSettled(Array.from({ length: 40 }, (_, index) => storage.put(`b/${index}`, bytes(500_000))))
    assert.ok(many.every((result) => result.status === 'fulfilled' || result.reason instanceof DestinationError))
    const stored = many.flatMap((result, index) => (result.status === 'fulfilled' ? [`b/${index}`] : []))
    assert.ok(stored.length > 10 && stored.length < 40)
    assert.deepEqual(filesBelow(root), ['a/whole', ...stored].sort())
    for (const path of stored) assert.equal(statSync(join(root, path)).size, 500_000)
    await assert.rejects(storage.copy('a/whole', 'a/copy'), destinationError(/full/))
    assert.ok(!filesBelow(root).some(isPartialName))
    await storage.remove(stored[0] ?? '')
    await storage.remove(stored[1] ?? '')
    await storage.put('a/again', bytes(500_000))
  })

  test('that is read-only is reported', async (t) => {
    const root = mountedDisk(t, '4m')
    if (root === undefined) return
    const storage = openFolder(root)
    await storage.put('a/one', text('x'))
    execFileSync('mount', ['-o', 'remount,ro', root])
    const readOnly = destinationError(/is read-only/)
    await assert.rejects(storage.put('a/two', text('x')), readOnly)
    await assert.rejects(storage.put('b/two', text('x')), readOnly)
    await assert.rejects(moveEntry(storage, 'a/one', 'a/two'), readOnly)
    await assert.rejects(storage.remove('a/one'), readOnly)
    await assert.rejects(appendTo(storage, 'a/one', 'x'), readOnly)
    assert.equal((await storage.list('a')).length, 1)
  })

  test('that may not be written is reported; one folder that may not is its files’ own trouble', async (t) => {
    const root = temporaryFolder(t)
    mkdirSync(join(root, 'closed'))
    chmodSync(join(root, 'closed'), 0o555)
    // Permissions mean nothing to root, unless it has no powers.
    const [file = '', ...powers] = [
      ...(process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : []),
      process.execPath,
    ]
    const attempt = async () => {
      const program = `
        const { openFolder } = await import(${JSON.stringify(new URL('folder.ts', import.meta.url).href)})
        await openFolder(${JSON.stringify(root)}).put('closed/photo', (async function* () { yield Buffer.from('x') })())
      `
      const script = `try { ${program} } catch (error) { console.log(error.name, error.code, error.message) }`
      const child = spawn(file, [...powers, '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
      let output = ''
      child.stdout.on('data', (chunk) => {
        output += chunk
      })
      await once(child, 'close')
      return output
    }
    assert.match(await attempt(), /^StorageError EACCES Could not store closed\/photo: permission denied \(EACCES\)/)
    chmodSync(root, 0o555)
    assert.match(await attempt(), /^DestinationError undefined The destination .* may not be written/)
    chmodSync(root, 0o777)
    chmodSync(join(root, 'closed'), 0o777)
  })
})

describe('folder storage: a run that is killed', () => {
  test('leaves no half file under a real name, and every file reported as stored is stored', async (t) => {
    const content = (path: string, size: number) => Buffer.alloc(size, path)
    const sizeOf = (index: number) => (index % 10 === 0 ? 3_000_000 : 50_000 + index)
    for (const lifetime of [20, 60, 150]) {
      const root = temporaryFolder(t)
      // Names are stored a second time: an old file must be whole until the new one is.
      const program = `
        const { openFolder } = await import(${JSON.stringify(new URL('folder.ts', import.meta.url).href)})
        const storage = openFolder(${JSON.stringify(root)})
        const sizeOf = ${sizeOf}
        async function* pieces(path, size) {
          const bytes = Buffer.alloc(size, path)
          for (let start = 0; start < size; start += 65536) yield bytes.subarray(start, start + 65536)
        }
        let next = 0
        const work = async () => {
          for (;;) {
            const index = next++
            const path = 'album ' + (index % 3) + '/photo ' + (index % 400)
            await storage.put(path, pieces(path, sizeOf(index % 400)), { resumable: { validator: '${validator}', from: 0 } })
            console.log(path)
          }
        }
        await Promise.all(Array.from({ length: 8 }, work))
      `
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
      const told = new Set<string>()
      for await (const line of createInterface(child.stdout)) {
        told.add(line)
        if (told.size === lifetime) child.kill('SIGKILL')
      }
      assert.ok(told.size >= lifetime)

      const found = filesBelow(root)
      for (const path of told) assert.ok(found.includes(path), `${path} was stored and is not there`)
      for (const path of found) {
        if (isPartialName(path.slice(path.lastIndexOf('/') + 1))) continue
        const index = Number(path.slice(path.lastIndexOf(' ') + 1))
        assert.ok(readFileSync(join(root, path)).equals(content(path, sizeOf(index))), `${path} is not whole`)
      }
      const next = openFolder(root)
      for (const folder of readdirSync(root)) await sweep(next, folder)
      assert.ok(!filesBelow(root).some((path) => path.endsWith('.part')))
    }
  })
})

test('a refusal names the file, and what is wrong with it', async (t) => {
  const root = temporaryFolder(t)
  const storage = openFolder(root)
  await storage.put('folder/file', text('x'))
  await assert.rejects(storage.put('folder', text('x')), (error) => {
    assert.ok(error instanceof StorageError)
    assert.equal(error.path, 'folder')
    assert.match(error.message, /^folder is a folder, where a file should be; it is left as it is: move it away$/)
    return true
  })
})
