import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { storageContract } from '../../../../test/contracts/storage.contract.ts'
import { bareStorage } from '../../../../test/support/bare-storage.ts'
import { appendTo, hashFile, moveEntry, storedFile } from '../abilities.ts'
import { openFolder } from '../folder.ts'
import { openMemory } from '../memory.ts'
import { type Storage, StorageError, UNREADABLE } from '../storage.ts'
import { makeKey } from './age.ts'
import { SealIndex } from './seal-index.ts'
import type { SealedOptions } from './sealed-files.ts'
import { sealed } from './sealed-storage.ts'

const key = await makeKey()

const hashOf = (hash: 'md5' | 'sha256', bytes: Uint8Array): string => createHash(hash).update(bytes).digest('hex')

const temporary = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sealed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const sealedOver = (base: Storage, index: string, more: Partial<SealedOptions> = {}): Storage =>
  sealed(base, {
    recipients: [key.recipient],
    identities: [key.identity],
    index: more.index ?? SealIndex.open(index),
    isRecord: (path) => path.startsWith('log'),
    isClear: (path) => path === 'README.txt',
    mayWrite: true,
    ...more,
  })

const PLAIN = { resumes: false }
storageContract('sealed storage in memory', (t) => ({ storage: sealedOver(openMemory(), join(temporary(t), 'sealed.sqlite')) }), PLAIN)
const overCore = (t: TestContext) => ({ storage: sealedOver(bareStorage(openMemory()), join(temporary(t), 'sealed.sqlite')) })
storageContract('sealed storage in memory with the core alone', overCore, PLAIN)
const inFolder = (t: TestContext) => {
  const [folder, home] = [temporary(t), temporary(t)]
  const reopen = () => sealedOver(openFolder(folder), join(home, 'sealed.sqlite'))
  return { storage: reopen(), reopen }
}
storageContract('sealed storage in a folder', inFolder, PLAIN)

async function* once(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const textOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const keyless = { identities: [] }
const unreadable = (error: unknown): boolean => error instanceof StorageError && error.code === UNREADABLE

/** A vault's folder, and the index of a machine that has no private key. */
const places = (t: TestContext) => {
  const [folder, home] = [temporary(t), temporary(t)]
  const index = join(home, 'sealed.sqlite')
  return { folder, index, open: (more: Partial<SealedOptions> = keyless) => sealedOver(openFolder(folder), index, more) }
}

describe('a sealed storage without a private key', () => {
  test('names sizes and hashes of what is in its files, and knows them again wherever they lie', async (t) => {
    const { folder, open } = places(t)
    const bytes = randomBytes(200_000)
    const digest = { size: 200_000, md5: hashOf('md5', bytes), sha256: hashOf('sha256', bytes) }
    const storage = open()
    await storage.put('a/photo.jpg', once(bytes))
    assert.deepEqual(readdirSync(join(folder, 'a')), ['photo.jpg.age'])
    assert.deepEqual(await hashFile(storage, 'a/photo.jpg'), digest)
    await storage.close()

    renameSync(join(folder, 'a/photo.jpg.age'), join(folder, 'moved.jpg.age'))
    utimesSync(join(folder, 'moved.jpg.age'), 1, 1)
    const next = open()
    assert.deepEqual(
      (await next.list('')).map(({ name, size }) => ({ name, size })),
      [
        { name: 'a', size: 0 },
        { name: 'moved.jpg', size: 200_000 },
      ],
    )
    assert.deepEqual(await hashFile(next, 'moved.jpg'), digest)
    assert.equal(await next.stat('a/photo.jpg'), undefined)
    await assert.rejects(textOf(next.read('moved.jpg')), unreadable)
    await next.close()
  })

  test('finds a flipped bit, a missing end, and bytes of somebody else', async (t) => {
    const { folder, open } = places(t)
    const storage = open()
    for (const name of ['flipped', 'cut', 'foreign']) await storage.put(name, once(randomBytes(100_000)))
    const at = (name: string): string => join(folder, `${name}.age`)
    const whole = readFileSync(at('flipped'))
    whole[50_000] = (whole[50_000] ?? 0) ^ 1
    writeFileSync(at('flipped'), whole)
    truncateSync(at('cut'), 60_000)
    writeFileSync(at('foreign'), 'no sealed bytes at all')
    for (const name of ['flipped', 'cut', 'foreign']) await assert.rejects(hashFile(storage, name), unreadable, name)
    await storage.close()
  })

  test('what was stored before a power cut took its note is known by its bytes', async (t) => {
    const { folder, index, open } = places(t)
    const storage = open()
    await storage.put('photo.jpg', once('bytes'))
    await storage.close()
    const known = SealIndex.open(index)
    known.movedFile('photo.jpg', 'elsewhere')
    known.close()
    const next = open()
    assert.equal((await next.stat('photo.jpg'))?.size, 5)
    assert.equal((await hashFile(next, 'photo.jpg')).sha256, hashOf('sha256', Buffer.from('bytes')))
    await next.close()
    assert.deepEqual(readdirSync(folder), ['photo.jpg.age'])
  })

  test('goes on with its own records, and no word of them lies in the folder', async (t) => {
    const { folder, open } = places(t)
    const storage = open()
    const text = 'A caption that nobody shall read. '.repeat(20_000)
    await storage.put('log/album.json', once(text))
    await storage.close()
    const next = open()
    assert.equal(await textOf(next.read('log/album.json')), text)
    assert.equal(await textOf(next.read('log/album.json', { start: text.length - 5 })), 'ead. ')
    assert.ok(!readFileSync(join(folder, 'log/album.json.age')).includes('caption'))
    utimesSync(join(folder, 'log/album.json.age'), 1, 1)
    assert.equal(await textOf(next.read('log/album.json')), text)
    await next.put('log/album.json', once('other words'))
    assert.equal(await textOf(next.read('log/album.json')), 'other words')
    writeFileSync(join(folder, 'log/album.json.age'), 'damaged')
    await assert.rejects(textOf(next.read('log/album.json')), unreadable)
    await next.close()
  })

  test('a journal grows in the index, and is sealed with all of it at the end, after a kill, and before it is moved', async (t) => {
    const { folder, index, open } = places(t)
    const killed = open()
    await appendTo(killed, 'log/journal', 'one\n')
    await appendTo(killed, 'log/journal', 'two\n')
    const opened = async (path: string) => await textOf(sealedOver(openFolder(folder), ':memory:').read(path))
    assert.equal(await opened('log/journal'), 'one\n')
    assert.equal((await killed.stat('log/journal'))?.size, 8)

    const next = open()
    assert.equal(await textOf(next.read('log/journal')), 'one\ntwo\n')
    await next.close()
    assert.equal(await opened('log/journal'), 'one\ntwo\n')

    const last = open()
    await appendTo(last, 'log/journal', 'three\n')
    await moveEntry(last, 'log', 'logs')
    assert.equal((await last.stat('logs/journal'))?.size, 14)
    await moveEntry(last, 'logs', 'log')
    await last.copy('log/journal', 'log/copy')
    assert.equal(await opened('log/copy'), 'one\ntwo\nthree\n')
    await appendTo(last, 'log/journal', 'x'.repeat(100_000))
    assert.equal((await opened('log/journal')).length, 100_014)
    await last.close()
    const notes = SealIndex.open(index)
    assert.deepEqual(notes.withAdded(), [])
    notes.close()
  })

  test('files of other names are not seen, and a page for strangers lies open', async (t) => {
    const { folder, open } = places(t)
    const storage = open()
    writeFileSync(join(folder, 'plain.jpg'), 'plain')
    await storage.put('README.txt', once('how to open'))
    assert.deepEqual(
      (await storage.list('')).map(({ name }) => name),
      ['README.txt'],
    )
    assert.equal(readFileSync(join(folder, 'README.txt'), 'utf8'), 'how to open')
    assert.equal(await textOf(storage.read('README.txt')), 'how to open')
    assert.equal(await storage.stat('plain.jpg'), undefined)
    await storage.close()
  })

  test('names a file for strangers with the sum of its sealed bytes', async (t) => {
    const { folder, open } = places(t)
    const storage = open()
    await storage.put('a/photo.jpg', once('bytes'))
    const stored = await storedFile(storage, { path: 'a/photo.jpg', size: 5, md5: '', sha256: '' })
    assert.deepEqual([stored?.path, stored?.sha256], ['a/photo.jpg.age', hashOf('sha256', readFileSync(join(folder, 'a/photo.jpg.age')))])
    await storage.close()
  })

  test('looks without a change to its notes', async (t) => {
    const { index, open } = places(t)
    const storage = open()
    await storage.put('photo.jpg', once('bytes'))
    await appendTo(storage, 'log/journal', 'one\n')
    await appendTo(storage, 'log/journal', 'two\n')
    await storage.seal?.digest('photo.jpg')
    const looking = open({ ...keyless, mayWrite: false, index: SealIndex.open(index, 'read') })
    assert.equal((await looking.stat('photo.jpg'))?.size, 5)
    assert.equal(await textOf(looking.read('log/journal')), 'one\ntwo\n')
    assert.equal((await hashFile(looking, 'log/journal')).size, 8)
    await looking.close()
    assert.equal((await storage.stat('log/journal'))?.size, 8)
    await storage.close()
  })

  test('what a killed run has sealed stands once, whether it was added or took the place of what was added', async (t) => {
    const { index, open } = places(t)
    const path = 'log/journal'
    const looking = async (): Promise<string> => {
      const storage = open({ ...keyless, mayWrite: false, index: SealIndex.open(index, 'read') })
      const text = await textOf(storage.read(path))
      assert.deepEqual([(await storage.stat(path))?.size, (await hashFile(storage, path)).size], [text.length, text.length])
      await storage.close()
      return text
    }
    const killed = async (last: (storage: Storage) => Promise<void>): Promise<void> => {
      const storage = open()
      const kill = t.mock.method(SealIndex.prototype, 'stands', () => {
        throw new Error('killed')
      })
      await assert.rejects(last(storage), /killed/)
      kill.mock.restore()
    }
    const first = open()
    await first.put(path, once('one\n'))
    for (const line of ['two\n', 'three\n']) await appendTo(first, path, line)

    await killed((storage) => storage.close())
    assert.equal(await looking(), 'one\ntwo\nthree\n')
    const next = open()
    await appendTo(next, path, 'four\n')
    assert.equal(await looking(), 'one\ntwo\nthree\nfour\n')
    await next.close()
    assert.equal(await looking(), 'one\ntwo\nthree\nfour\n')

    const last = open()
    await appendTo(last, path, 'five\n')
    await killed((storage) => storage.put(path, once('anew\n')))
    assert.equal(await looking(), 'anew\n')
    await appendTo(last, path, 'six\n')
    await last.close()
    assert.equal(await looking(), 'anew\nsix\n')
  })

  test('a file that a killed run could not finish takes nothing from what was added', async (t) => {
    const { folder, index, open } = places(t)
    const storage = open()
    await storage.put('log/journal', once('one\n'))
    await appendTo(storage, 'log/journal', 'two\n')
    // The sealed bytes are noted, and never get their name.
    const base = openFolder(folder)
    base.put = async (path, bytes) => {
      for await (const _chunk of bytes);
      throw new StorageError('killed', { code: 'EIO', path })
    }
    await assert.rejects(sealedOver(base, index, keyless).close(), /killed/)
    assert.equal(await textOf(storage.read('log/journal')), 'one\ntwo\n')
    await appendTo(storage, 'log/journal', 'three\n')
    await storage.close()
    const next = open()
    assert.equal(await textOf(next.read('log/journal')), 'one\ntwo\nthree\n')
    await next.close()
  })

  test('words are never taken for those of a file that another computer put there later, of whatever size', async (t) => {
    const { folder, index, open } = places(t)
    const one = open(keyless)
    const there = sealedOver(openFolder(folder), join(temporary(t), 'sealed.sqlite'))
    await one.put('log/state', once('mine'))
    await one.copy('log/state', 'log/second')
    await there.put('log/state', once('thee'))
    await there.put('log/second', once('thou'))
    for (const path of ['log/state', 'log/second']) await assert.rejects(textOf(one.read(path)), { code: UNREADABLE })
    await one.close()
    const withKey = open({ index: SealIndex.open(index) })
    assert.deepEqual([await textOf(withKey.read('log/state')), await textOf(withKey.read('log/second'))], ['thee', 'thou'])
    await withKey.close()
    await there.close()
  })

  test('what was added is not lost where another computer wrote the file anew', async (t) => {
    const { folder, index, open } = places(t)
    const path = 'log/journal'
    const killed = open(keyless)
    await killed.put(path, once('one\n'))
    await appendTo(killed, path, 'two\n')
    const there = sealedOver(openFolder(folder), join(temporary(t), 'sealed.sqlite'))
    await there.put(path, once('one\nother\n'))
    await there.close()
    const withKey = open({ index: SealIndex.open(index) })
    await appendTo(withKey, path, 'three\n')
    assert.equal(await textOf(withKey.read(path)), 'one\nother\ntwo\nthree\n')
    await withKey.close()
    const next = open(keyless)
    const text = await textOf(next.read(path))
    assert.deepEqual([text, (await next.stat(path))?.size], ['one\nother\ntwo\nthree\n', text.length])
    await next.close()
  })

  test('a record that is written anew while it is read is read to its end', async (t) => {
    const { index, open } = places(t)
    const storage = open()
    const looking = open({ ...keyless, mayWrite: false, index: SealIndex.open(index, 'read') })
    const text = randomBytes(500_000).toString('hex')
    await storage.put('log/album.json', once(text))
    await appendTo(storage, 'log/album.json', 'and more')
    let read = ''
    for await (const chunk of looking.read('log/album.json')) {
      if (read === '') await storage.put('log/album.json', once('other words'))
      read += Buffer.from(chunk).toString()
    }
    assert.equal(read, `${text}and more`)
    assert.equal(await textOf(looking.read('log/album.json')), 'other words')
    await looking.close()
    await storage.close()
  })

  test("a file that somebody removed is in nobody's way", async (t) => {
    for (const [path, other, gone] of [
      ['a', 'a/photo.jpg', 'a.age'],
      ['a/photo.jpg', 'a', 'a'],
    ] as const) {
      const { folder, open } = places(t)
      const storage = open()
      await storage.put(path, once('bytes'))
      await assert.rejects(storage.put(other, once('others')), (error) => error instanceof StorageError && error.inTheWay)
      rmSync(join(folder, gone), { recursive: true })
      await storage.put(other, once('others'))
      assert.equal((await storage.stat(other))?.size, 6)
      await assert.rejects(storage.put(path, once('bytes')), (error) => error instanceof StorageError && error.inTheWay)
      await storage.close()
    }
  })

  test('what was added to a file that somebody removed ends no later run', async (t) => {
    const { folder, index, open } = places(t)
    const storage = open()
    await storage.put('log/journal', once('one\n'))
    await appendTo(storage, 'log/journal', 'two\n')
    rmSync(join(folder, 'log'), { recursive: true })
    const next = open()
    await next.close()
    const notes = SealIndex.open(index)
    assert.deepEqual(notes.withAdded(), [])
    notes.close()
  })
})
