import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { faultyStorage, type StorageMethod } from '../../../test/support/faulty-storage.ts'
import { fc } from '../../../test/support/properties.ts'
import { appendTo, linkFile, moveEntry, pruneFolders, setMtime, sweep } from './abilities.ts'
import { openMemory } from './memory.ts'
import { pretend } from './pretend.ts'
import { type Storage, StorageError } from './storage.ts'

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const contentOf = async (storage: Storage, path: string): Promise<string> => {
  let content = ''
  for await (const chunk of storage.read(path)) content += Buffer.from(chunk).toString()
  return content
}

const made = async (...paths: readonly string[]): Promise<{ readonly real: Storage; readonly storage: Storage }> => {
  const real = openMemory()
  for (const path of paths) await real.put(path, text(`content of ${path}`), { mtime: 1000 })
  return { real, storage: pretend(real) }
}

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof StorageError, `not a StorageError: ${String(error)}`)
  assert.equal(error.code, code)
  return true
}

const changing: readonly StorageMethod[] = [
  'put',
  'partials.drop',
  'partials.sweep',
  'rename',
  'link',
  'copy',
  'append',
  'remove',
  'pruneFolders',
  'setMtime',
]

describe('pretending', () => {
  test('nothing that would change anything is ever asked of the real storage', async () => {
    const faulty = faultyStorage((await made('a', 'b', 'F/c')).real)
    const storage = pretend(faulty.storage)
    await storage.put('n', text('x'), { size: 1 })
    await moveEntry(storage, 'a', 'G/a')
    await linkFile(storage, 'b', 'H/b')
    await appendTo(storage, 'journal', 'line\n')
    await storage.remove('F/c')
    await pruneFolders(storage, 'F')
    await setMtime(storage, 'b', 5)
    await storage.partials?.drop('b')
    assert.equal(await sweep(storage, ''), 0)
    assert.equal(await storage.partials?.find('b'), undefined)
    for (const method of changing) assert.equal(faulty.calls(method), 0, method)
    await storage.close()
    assert.equal(faulty.calls('close'), 1)
  })

  test('what is stored seems to be there', async () => {
    const { real, storage } = await made()
    await storage.put('F/a', text('abc'), { size: 3, mtime: 77 })
    assert.deepEqual(await storage.stat('F/a'), { name: 'a', kind: 'file', size: 3, mark: 'pretended', mtime: 77 })
    assert.equal(await real.stat('F/a'), undefined)
  })

  test('what is moved seems to be there and not here, with its bytes, as often as it is moved', async () => {
    const { storage } = await made('F/a')
    await moveEntry(storage, 'F/a', 'G/b')
    assert.equal(await storage.stat('F/a'), undefined)
    assert.deepEqual(await storage.stat('G/b'), { name: 'b', kind: 'file', size: 'content of F/a'.length, mark: '1000', mtime: 1000 })
    await moveEntry(storage, 'G/b', 'c')
    assert.equal(await storage.stat('G/b'), undefined)
    assert.equal(await contentOf(storage, 'c'), 'content of F/a')
    await moveEntry(storage, 'c', 'F/a')
    assert.equal(await contentOf(storage, 'F/a'), 'content of F/a')
  })

  test('what is linked seems to be here and there', async () => {
    const { storage } = await made('a')
    assert.equal(await linkFile(storage, 'a', 'b'), 'linked')
    assert.deepEqual([await contentOf(storage, 'a'), await contentOf(storage, 'b')], ['content of a', 'content of a'])
    await storage.remove('a')
    assert.equal(await storage.stat('a'), undefined)
    assert.equal(await contentOf(storage, 'b'), 'content of a')
  })

  test('moves and links refuse what the real ones refuse', async () => {
    const { storage } = await made('a', 'b', 'c')
    await assert.rejects(moveEntry(storage, 'a', 'b'), refused('EEXIST'))
    await assert.rejects(linkFile(storage, 'a', 'b'), refused('EEXIST'))
    await assert.rejects(moveEntry(storage, 'none', 'd'), refused('ENOENT'))
    await assert.rejects(linkFile(storage, 'none', 'd'), refused('ENOENT'))
    await storage.remove('c')
    await assert.rejects(moveEntry(storage, 'c', 'd'), refused('ENOENT'))
    await moveEntry(storage, 'a', 'c')
    await assert.rejects(moveEntry(storage, 'b', 'c'), refused('EEXIST'))
    await moveEntry(storage, 'b', 'b')
    assert.ok(await storage.stat('b'))
  })

  test('the listing has the entries that really stand there', async () => {
    const { storage } = await made('F/a')
    await moveEntry(storage, 'F/a', 'F/b')
    assert.deepEqual(
      (await storage.list('F')).map((entry) => entry.name),
      ['a'],
    )
    assert.equal(storage.location, 'memory')
  })

  test('what is gone cannot be read', async () => {
    const { storage } = await made('a', 'b')
    await moveEntry(storage, 'a', 'c')
    await storage.remove('b')
    await assert.rejects(contentOf(storage, 'a'), refused('ENOENT'))
    await assert.rejects(contentOf(storage, 'b'), refused('ENOENT'))
  })

  test('a folder moves with all that is in it', async () => {
    const { storage } = await made('F/a', 'F/G/b', 'Fa')
    await moveEntry(storage, 'F', 'H')
    assert.equal((await storage.stat('H'))?.kind, 'folder')
    assert.equal((await storage.stat('H/G/b'))?.size, 'content of F/G/b'.length)
    assert.equal(await contentOf(storage, 'H/a'), 'content of F/a')
    assert.equal(await storage.stat('F/a'), undefined)
    assert.ok(await storage.stat('Fa'))
    await moveEntry(storage, 'H/a', 'F/a')
    assert.equal(await contentOf(storage, 'F/a'), 'content of F/a')
  })
})

describe('files and folders moved, linked, stored and removed seem to be where they would be', () => {
  const files = ['a', 'b', 'F/a', 'F/b', 'F/S/c', 'G/a', 'G/S/c']
  const path = fc.constantFrom(...files)
  const folder = fc.constantFrom('F', 'G', 'H', 'I/J')
  const folderStep = fc.record({ kind: fc.constant('move' as const), from: folder, to: folder })
  const fileStep = fc.oneof(
    fc.record({ kind: fc.constant('move' as const), from: path, to: path }),
    fc.record({ kind: fc.constant('link' as const), from: path, to: path }),
    fc.record({ kind: fc.constant('remove' as const), from: path }),
    fc.record({ kind: fc.constant('put' as const), from: path, size: fc.nat(9) }),
  )
  const standing = ['a', 'F/a', 'F/S/c', 'G/a']

  // Folders first, as in a run.
  const steps = fc.tuple(fc.array(folderStep, { maxLength: 4 }), fc.array(fileStep, { maxLength: 10 }))

  test('after any steps', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async ([folders, then]) => {
        const { real: untouched, storage } = await made(...standing)
        const { real } = await made(...standing)
        const stored = new Set<string>()
        for (const each of [...folders, ...then]) {
          const { kind, from } = each
          // Nobody asks for these, and the two refuse them each in its way.
          if ('to' in each && (each.to === from || each.to.startsWith(`${from}/`))) continue
          if (kind === 'put') stored.add(from)
          assert.equal(await done(storage, each), await done(real, each), JSON.stringify(each))
        }
        for (const each of [...files, 'H/a', 'H/S/c', 'I/J/a', 'I/J/S/c']) {
          const [seems, is] = [await storage.stat(each), await real.stat(each)]
          assert.deepEqual([seems?.kind, seems?.size], [is?.kind, is?.size], each)
          if (is !== undefined && stored.size === 0) assert.equal(await contentOf(storage, each), await contentOf(real, each))
        }
        for (const each of standing) assert.equal(await contentOf(untouched, each), `content of ${each}`)
      }),
      { numRuns: 250 },
    )
  })

  const done = async (one: Storage, step: { kind: string; from: string; to?: string; size?: number }): Promise<string> => {
    const { kind, from, to = '', size = 0 } = step
    try {
      if (kind === 'move') await moveEntry(one, from, to)
      else if (kind === 'link') await linkFile(one, from, to)
      else if (kind === 'remove') await one.remove(from)
      else await one.put(from, text('x'.repeat(size)), { size })
      return 'done'
    } catch (error) {
      assert.ok(error instanceof StorageError, String(error))
      return error.code
    }
  }
})
