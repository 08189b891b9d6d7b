import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { faultyStorage } from '../../test/support/faulty-storage.ts'
import { fc } from '../../test/support/properties.ts'
import { putAside } from './aside.ts'
import { inFolder, layout } from './layout.ts'
import { foldName } from './naming/safe-path.ts'
import { type Relocation, relocate } from './relocate.ts'
import { appendTo, moveEntry, pruneFolders, setMtime } from './storage/abilities.ts'
import { openFolder } from './storage/folder.ts'
import { openMemory } from './storage/memory.ts'
import { type Entry, type Storage, StorageError } from './storage/storage.ts'

/** A disk that takes `a` and `A` for one name, and remembers how it was spelt last. */
const caseBlind = (): Storage => {
  const memory = openMemory()
  const spelt = new Map<string, string>()
  const fold = (path: string): string => path.toUpperCase()
  const note = (path: string): string => {
    spelt.set(fold(path), path.slice(path.lastIndexOf('/') + 1))
    return fold(path)
  }
  const named = (folder: string, entry: Entry): Entry => ({ ...entry, name: spelt.get(inFolder(fold(folder), entry.name)) ?? entry.name })
  return {
    location: 'a case-blind disk',
    list: async (folder) => (await memory.list(fold(folder))).map((entry) => named(folder, entry)),
    stat: (path) => memory.stat(fold(path)),
    read: (path, options) => memory.read(fold(path), options),
    put: (path, bytes, options) => memory.put(note(path), bytes, options),
    rename: async (from, to) => {
      if (fold(from) !== fold(to)) await moveEntry(memory, fold(from), fold(to))
      note(to)
    },
    copy: (from, to) => memory.copy(fold(from), note(to)),
    append: (path, text) => appendTo(memory, note(path), text),
    remove: (path) => memory.remove(fold(path)),
    pruneFolders: (folder) => pruneFolders(memory, fold(folder)),
    setMtime: (path, mtime) => setMtime(memory, fold(path), mtime),
    close: () => memory.close(),
  }
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const contentOf = async (storage: Storage, path: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Every file of a storage by path, our journal aside. */
const contents = async (storage: Storage, folder = ''): Promise<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const entry of await storage.list(folder)) {
    const path = inFolder(folder, entry.name)
    if (entry.kind === 'folder') Object.assign(found, await contents(storage, path))
    else if (entry.name !== 'history.jsonl') found[path] = await contentOf(storage, path)
  }
  return found
}

const fill = async (storage: Storage, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) await storage.put(path, text(content))
}

/** Moves, as a run does: an entry in the way goes to history. Returns the arrivals. */
const run = async (storage: Storage, relocations: readonly Relocation[], arrived: Relocation[] = []): Promise<readonly Relocation[]> => {
  await relocate(storage, relocations, {
    clear: async (path) => void (await putAside(storage, path, { place: 'history', now: 0, reason: { why: 'in the way' } })),
    moved: (relocation) => void arrived.push(relocation),
    failed: (_, error) => assert.fail(error),
  })
  return arrived
}

const pairs = (text: string): readonly Relocation[] =>
  text.split(' ').map((pair) => {
    const [from = '', to = ''] = pair.split('>')
    return { from, to }
  })

const aside = (path: string): string => `${layout.history}/1970-01-01/${path}`

describe('relocate', () => {
  const cases: Readonly<Record<string, readonly [files: string, moves: string, after: Readonly<Record<string, string>>]>> = {
    'one file': ['a', 'a>b', { b: 'a' }],
    'into another folder': ['F/a', 'F/a>G/H/a', { 'G/H/a': 'F/a' }],
    'a chain': ['a b c', 'a>b b>c c>d', { b: 'a', c: 'b', d: 'c' }],
    'a chain told from its end': ['a b c', 'c>d b>c a>b', { b: 'a', c: 'b', d: 'c' }],
    'a swap': ['a b', 'a>b b>a', { b: 'a', a: 'b' }],
    'a ring of three, with a chain that leads to nobody': ['a b c d', 'a>b b>c c>a d>e', { b: 'a', c: 'b', a: 'c', e: 'd' }],
    'two swaps': ['a b c d', 'a>b b>a c>d d>c', { b: 'a', a: 'b', d: 'c', c: 'd' }],
    'another case only': ['img.JPG', 'img.JPG>IMG.jpg', { 'IMG.jpg': 'img.JPG' }],
    'a swap of names that differ in case': ['a.jpg b.jpg', 'a.jpg>B.jpg b.jpg>A.jpg', { 'B.jpg': 'a.jpg', 'A.jpg': 'b.jpg' }],
    'to where it is': ['a', 'a>a', { a: 'a' }],
    'what is in the way and has no part goes aside': ['a b', 'a>b', { b: 'a', [aside('b')]: 'b' }],
    'what is in the way and is gone is not in the way': ['a', 'a>b b>c', { b: 'a' }],
    'one that is gone stays so, and what stands at its target': ['b', 'a>b', { b: 'b' }],
    'nothing at all': ['a', '', { a: 'a' }],
  }
  for (const [storageName, open] of [
    ['memory', openMemory],
    ['case-blind', caseBlind],
  ] as const) {
    for (const [name, [files, moves, after]] of Object.entries(cases)) {
      test(`${name} (${storageName})`, async () => {
        const storage = open()
        const standing = files.split(' ')
        await fill(storage, Object.fromEntries(standing.map((path) => [path, path])))
        const relocations = moves === '' ? [] : pairs(moves)
        const arrived = await run(storage, relocations)
        const found = await contents(storage)
        if (storageName === 'memory') assert.deepEqual(found, after)
        // It knows only names of its own that it was given; folders are in capitals.
        else assert.deepEqual(folded(found), folded(after))
        assert.deepEqual(new Set(arrived), new Set(relocations.filter((each) => standing.includes(each.from))))
        assert.equal(await storage.stat(layout.moving), undefined)
      })
    }
  }

  const folded = (files: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([path, content]) => [path.toUpperCase(), content]))

  test('another case only, on a disk that is blind to it', async () => {
    const storage = caseBlind()
    await fill(storage, { 'img.JPG': 'x' })
    await run(storage, pairs('img.JPG>IMG.jpg'))
    assert.deepEqual(await contents(storage), { 'IMG.jpg': 'x' })
  })

  test('folders, with all that is in them', async () => {
    const storage = openMemory()
    await fill(storage, { 'A/1': 'a', 'A/B/2': 'ab', 'C/1': 'c' })
    const arrived = await run(storage, pairs('A>C C>A'))
    assert.deepEqual(await contents(storage), { 'C/1': 'a', 'C/B/2': 'ab', 'A/1': 'c' })
    assert.equal(arrived.length, 2)
  })

  test('each arrival is reported at once, before the next one moves', async () => {
    const faulty = faultyStorage(openMemory())
    await fill(faulty.storage, { a: 'a', b: 'b', c: 'c' })
    const told: string[] = []
    await relocate(faulty.storage, pairs('a>b b>c c>d'), {
      clear: () => assert.fail('nothing is in the way'),
      moved: ({ to }) => void told.push(`${to} after ${faulty.calls('rename')}`),
      failed: (_, error) => assert.fail(error),
    })
    assert.deepEqual(told, ['d after 1', 'c after 2', 'b after 3'])
  })

  test('a photo put in front of many shifts all of them, in a number of steps that grows with them', { timeout: 60_000 }, async () => {
    const standing = new Map(Array.from({ length: 100_000 }, (_, n) => [`a/${n}.jpg`, n]))
    const storage: Storage = {
      ...openMemory(),
      location: 'a disk that keeps up with anything',
      stat: async (path) => (standing.has(path) ? { name: path, kind: 'file', size: 1, mark: '0', mtime: 0 } : undefined),
      rename: async (from, to) => {
        assert.ok(!standing.has(to))
        standing.set(to, standing.get(from) ?? -1)
        standing.delete(from)
      },
      pruneFolders: async () => {},
    }
    const relocations = [...standing].map(([from, n]) => ({ from, to: `a/${n + 1}.jpg` }))
    let turns = 0
    const others = setInterval(() => (turns += 1), 1)
    assert.equal((await run(storage, relocations)).length, 100_000)
    clearInterval(others)
    assert.ok(turns > 1, 'others have their turn meanwhile')
    for (const [path, n] of standing) assert.equal(path, `a/${n + 1}.jpg`)
  })

  test('what is moved is never cleared away for itself, on a disk that takes its new spelling for another file', async () => {
    const memory = openMemory()
    await memory.put('Trips/Paris/one.jpg', text('1'))
    const blind: Storage = {
      ...memory,
      location: 'a case-blind disk with inode numbers by spelling',
      list: (folder) => memory.list(folder.replace('PARIS', 'Paris')),
      stat: (path) => memory.stat(path.replace('PARIS', 'Paris')),
      rename: async (_, path) => {
        throw new StorageError('taken', { code: 'EEXIST', path })
      },
      pruneFolders: async () => {},
    }
    const clear = async () => assert.fail('it would be gone')
    const failed: string[] = []
    const hooks = { clear, moved: () => {}, failed: (_: Relocation, error: StorageError) => void failed.push(error.code) }
    await relocate(blind, [{ from: 'Trips/Paris', to: 'Trips/PARIS' }], hooks)
    assert.deepEqual(failed, ['EEXIST'])
  })

  test('what is wrong with a move is not hidden', async () => {
    const faulty = faultyStorage(openMemory(), [{ method: 'rename', error: Object.assign(new Error('disk'), { code: 'EIO' }) }])
    await fill(faulty.storage, { a: 'a' })
    const arrived: Relocation[] = []
    await assert.rejects(run(faulty.storage, pairs('a>b'), arrived), /disk/)
    assert.deepEqual(arrived, [])
  })

  test('what stays in the way although it was asked to go is a failure of the one, and nothing is overwritten', async () => {
    const storage = openMemory()
    await fill(storage, { a: 'a', b: 'b', c: 'c' })
    assert.deepEqual(await refused(storage, pairs('a>b c>d')), ['a>b EEXIST'])
    assert.deepEqual(await contents(storage), { a: 'a', b: 'b', d: 'c' })
  })

  test('what cannot leave keeps its path, and all that waited for it stays', async () => {
    const { storage } = faultyStorage(openMemory(), [{ method: 'rename', path: (path) => path === 'c', error: refusal }])
    await fill(storage, { a: 'a', b: 'b', c: 'c', e: 'e' })
    assert.deepEqual(await refused(storage, pairs('a>b b>c c>d e>f')), ['c>d EBUSY', 'b>c EBUSY', 'a>b EBUSY'])
    assert.deepEqual(await contents(storage), { a: 'a', b: 'b', c: 'c', f: 'e' })
  })

  test('in a cycle that breaks, the parked one comes back', async () => {
    const { storage } = faultyStorage(openMemory(), [{ method: 'rename', path: (path) => path === 'b', error: refusal }])
    await fill(storage, { a: 'a', b: 'b' })
    assert.deepEqual(await refused(storage, pairs('a>b b>a')), ['b>a EBUSY', 'a>b EBUSY'])
    assert.deepEqual(await contents(storage), { a: 'a', b: 'b' })
  })

  test('a disk that refuses what it has done is believed by what stands there', async () => {
    const { storage } = faultyStorage(openMemory(), [{ method: 'rename', call: 1, when: 'after', error: refusal }])
    await fill(storage, { a: 'a', b: 'b' })
    assert.deepEqual(await refused(storage, pairs('a>b b>a')), [])
    assert.deepEqual(await contents(storage), { a: 'b', b: 'a' })
  })
})

const refusal = new StorageError('it is open in another program', { code: 'EBUSY', path: 'x' })

/** Moves, where no entry in the way goes. Returns the refusals. */
const refused = async (storage: Storage, relocations: readonly Relocation[]): Promise<readonly string[]> => {
  const failed: string[] = []
  await relocate(storage, relocations, {
    clear: async () => undefined,
    moved: () => undefined,
    failed: ({ from, to }, error) => void failed.push(`${from}>${to} ${error.code}`),
  })
  return failed
}

/** Some files, each with its own content, and where those that take part go. */
interface Scene {
  readonly files: Readonly<Record<string, string>>
  readonly relocations: readonly Relocation[]
}

/** Few names, so that chains, swaps, rings and namesakes by case are many. */
const anyPath = fc.constantFrom(...['a', 'A', 'b', 'B', 'c', 'd', 'e', 'ß', 'SS', 'F/a', 'F/b', 'f/c', 'G/a', 'G/H/a', 'k.jpg', 'K.jpg'])
const anyScene: fc.Arbitrary<Scene> = fc
  .record({
    from: fc.uniqueArray(anyPath, { selector: foldName, maxLength: 10 }),
    to: fc.uniqueArray(anyPath, { selector: foldName, minLength: 0, maxLength: 12 }),
    bystanders: fc.uniqueArray(anyPath, { selector: foldName, maxLength: 3 }),
    gone: fc.uniqueArray(fc.nat(9), { maxLength: 2 }),
  })
  .map(({ from, to, bystanders, gone }) => {
    const relocations = from.flatMap((path, index) => (to[index] === undefined ? [] : [{ from: path, to: to[index] }]))
    const taken = new Set(from.map(foldName))
    const standing = [
      ...relocations.map((each) => each.from).filter((_path, index) => !gone.includes(index)),
      ...bystanders.filter((path) => !taken.has(foldName(path))),
    ]
    return { files: Object.fromEntries(standing.map((path) => [path, `content of ${path}`])), relocations }
  })

const sorted = (files: Readonly<Record<string, string>>): readonly string[] => Object.values(files).toSorted()

/** Checks that every entry has arrived and was reported once, that nothing is lost, and that nothing is left on the way. */
const check = async (storage: Storage, { files, relocations }: Scene, arrived: readonly Relocation[]): Promise<void> => {
  const found = await contents(storage)
  assert.deepEqual(sorted(found), sorted(files))
  const moved = relocations.filter(({ from }) => files[from] !== undefined)
  assert.deepEqual(arrived.toSorted(byFrom), moved.toSorted(byFrom))
  for (const { from, to } of moved) assert.equal(await contentOf(storage, to), files[from])
  assert.ok(Object.keys(found).every((path) => !path.toUpperCase().startsWith(layout.moving.toUpperCase())))
  assert.equal(await storage.stat(layout.moving), undefined)
}

const byFrom = (a: Relocation, b: Relocation): number => (a.from < b.from ? -1 : 1)

describe('relocating any files to any places', () => {
  test('all arrive and nothing is lost, in memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyScene, async (scene) => {
        const storage = openMemory()
        await fill(storage, scene.files)
        await check(storage, scene, await run(storage, scene.relocations))
      }),
      { numRuns: 300 },
    )
  })

  test('all arrive and nothing is lost, on a case-blind disk', async () => {
    await fc.assert(
      fc.asyncProperty(anyScene, async (scene) => {
        const storage = caseBlind()
        await fill(storage, scene.files)
        await check(storage, scene, await run(storage, scene.relocations))
      }),
      { numRuns: 300 },
    )
  })

  test('all arrive and nothing is lost, in a folder', async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'relocate-'))
    t.after(() => rmSync(root, { recursive: true, force: true }))
    await fc.assert(
      fc.asyncProperty(anyScene, async (scene) => {
        const storage = openFolder(mkdtempSync(join(root, 'vault-')))
        await fill(storage, scene.files)
        await check(storage, scene, await run(storage, scene.relocations))
      }),
      { numRuns: 15 },
    )
  })

  for (const when of ['before', 'after'] as const) {
    test(`a crash ${when} any step loses nothing, and the next run brings home whom the catalogue still knows where they are`, async () => {
      let crashes = 0
      await fc.assert(
        fc.asyncProperty(
          anyScene,
          fc.constantFrom('rename', 'stat', 'append', 'pruneFolders'),
          fc.integer({ min: 1, max: 12 }),
          async (scene, method, call) => {
            const storage = openMemory()
            await fill(storage, scene.files)
            const crash = new Error('crash')
            const faulty = faultyStorage(storage, [{ method, call, when, error: crash }])
            const arrived: Relocation[] = []
            await run(faulty.storage, scene.relocations, arrived).catch((error: unknown) => assert.equal(error, crash))
            if (faulty.unstruck().length === 0) crashes += 1
            assert.deepEqual(sorted(await contents(storage)), sorted(scene.files))
            for (const { from, to } of arrived) assert.equal((await contents(storage))[to], scene.files[from])

            await run(
              storage,
              scene.relocations.filter(({ from }) => arrived.every((each) => each.from !== from)),
            )
            assert.deepEqual(sorted(await contents(storage)), sorted(scene.files))
          },
        ),
        { numRuns: 300 },
      )
      assert.ok(crashes > 30, `only ${crashes} crashes`)
    })
  }
})

test('a sidecar is seen to be one while it waits in moving/', async () => {
  const memory = openMemory()
  const swap = [
    { from: 'a.jpg.xmp', to: 'b.jpg.xmp' },
    { from: 'b.jpg.xmp', to: 'a.jpg.xmp' },
  ]
  for (const { from } of swap) await memory.put(from, text(from))
  const moves: string[] = []
  await relocate(memory, swap, {
    clear: async () => assert.fail('nothing is in the way'),
    moved: () => undefined,
    failed: (_, error) => assert.fail(error),
    move: async (_, now, to) => {
      moves.push(to)
      await moveEntry(memory, now, to)
    },
  })
  assert.match(moves[0] ?? '', new RegExp(`^${layout.moving}/[^/]+\\.xmp$`))
})
