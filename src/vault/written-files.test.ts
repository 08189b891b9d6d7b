import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { QUICK } from '../../test/support/quick.ts'
import { openFolder } from './storage/folder.ts'
import type { TextFile } from './text-file.ts'
import { WrittenFiles } from './written-files.ts'

const fileOf = (path: string, text: string): TextFile => {
  const bytes = Buffer.from(text)
  return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function* stream(text: string, error?: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
  if (error !== undefined) throw error
}

function room(t: TestContext) {
  const root = mkdtempSync(join(QUICK, 'written-files-'))
  const storage = openFolder(root)
  const files = WrittenFiles.open(storage, ':memory:')
  t.after(async () => {
    files.close()
    await storage.close()
    rmSync(root, { recursive: true })
  })
  const refused: string[] = []
  const at = (path: string): string => join(root, path)
  const write = (...all: readonly TextFile[]): Promise<number> => files.write(all, (path, reason) => refused.push(`${path}: ${reason}`))
  return { files, at, write, refused, text: (path: string): string => readFileSync(at(path), 'utf8') }
}

const NAMED_BY_HASH = `thumbs/ab/${'ab'.repeat(16)}.webp`

describe('A file of the twin', () => {
  test('is written once, and again when its text is another', async (t) => {
    const { write, files, text } = room(t)
    assert.equal(await write(fileOf('a/index.html', 'one'), fileOf('b/index.html', 'two')), 2)
    assert.equal(await write(fileOf('a/index.html', 'one'), fileOf('b/index.html', 'two')), 0)
    assert.equal(await write(fileOf('a/index.html', 'other'), fileOf('b/index.html', 'two')), 1)
    assert.equal(text('a/index.html'), 'other')
    assert.ok(files.isCurrent('a/index.html', fileOf('', 'other').sha256) && !files.isCurrent('a/index.html', fileOf('', 'one').sha256))
  })

  test('that is equal already is taken for its own, and not written', async (t) => {
    const { write, files, at } = room(t)
    writeFileSync(at('index.html'), 'same')
    assert.equal(await write(fileOf('index.html', 'same')), 0)
    assert.ok(files.isOurs('index.html'))
  })

  test('with another time is the same', async (t) => {
    const { write, at } = room(t)
    await write(fileOf('index.html', 'one'))
    utimesSync(at('index.html'), 1, 1)
    assert.equal(await write(fileOf('index.html', 'one')), 0)
  })

  test('that is missing, empty, or damaged and named by a hash, is written anew', async (t) => {
    const { write, refused, at, text } = room(t)
    const all = [fileOf('a.html', 'a'), fileOf('b.html', 'b'), fileOf(NAMED_BY_HASH, 'picture')]
    await write(...all)
    unlinkSync(at('a.html'))
    writeFileSync(at('b.html'), '')
    writeFileSync(at(NAMED_BY_HASH), 'rot')
    assert.deepEqual([await write(...all), refused], [3, []])
    assert.deepEqual(
      all.map(({ path }) => text(path)),
      ['a', 'b', 'picture'],
    )
  })

  test('that a renamed folder took along is replaced', async (t) => {
    const { write, refused, at } = room(t)
    await write(fileOf('old/index.html', 'page'))
    mkdirSync(at('new'))
    writeFileSync(at('new/index.html'), 'page')
    assert.deepEqual([await write(fileOf('new/index.html', 'new page')), refused], [1, []])
  })
})

describe("A person's file", () => {
  for (const [what, put] of [
    ['that stood there first', (path: string) => writeFileSync(path, 'mine')],
    ['that is a folder', (path: string) => mkdirSync(path)],
  ] as const)
    test(`${what} is named, and the others are written`, async (t) => {
      const { write, refused, at } = room(t)
      put(at('index.html'))
      assert.equal(await write(fileOf('index.html', 'ours'), fileOf('404.html', 'ours')), 1)
      assert.match(refused.join(), /^index\.html: a file that is not of the twin stands there/)
    })

  test("that was the twin's before it was changed is not replaced and not removed", async (t) => {
    const { write, files, refused, at, text } = room(t)
    await write(fileOf('index.html', 'ours'))
    writeFileSync(at('index.html'), 'mine now')
    assert.equal(await write(fileOf('index.html', 'ours, later')), 0)
    assert.equal(refused.length, 1)
    assert.equal(await files.remove('index.html'), false)
    assert.equal(text('index.html'), 'mine now')
  })

  test('is not removed where the twin never wrote', async (t) => {
    const { files, at } = room(t)
    writeFileSync(at('index.html'), 'mine')
    assert.equal(await files.remove('index.html'), false)
    assert.ok(existsSync(at('index.html')))
  })
})

describe('A file is removed', () => {
  test('with the folders that are empty then, and forgotten', async (t) => {
    const { write, files, at } = room(t)
    await write(fileOf('a/b/index.html', 'page'), fileOf('a/index.html', 'page'))
    assert.equal(await files.remove('a/b/index.html'), true)
    assert.ok(!existsSync(at('a/b')) && existsSync(at('a/index.html')))
    assert.ok(!files.isOurs('a/b/index.html'))
  })

  test('from the memory also where somebody removed it', async (t) => {
    const { write, files, at } = room(t)
    await write(fileOf('index.html', 'page'))
    unlinkSync(at('index.html'))
    assert.equal(await files.remove('index.html'), true)
    assert.ok(files.isEmpty())
  })
})

describe('A copy', () => {
  const { path, sha256 } = fileOf('photo.jpg', 'photo')

  test('whose bytes end in an error leaves nothing, and is in doubt', async (t) => {
    const { files, at } = room(t)
    await assert.rejects(
      files.copy({ path, sha256 }, () => stream('pho', new Error('cut')), assert.fail),
      /cut/,
    )
    assert.ok(!existsSync(at(path)))
    assert.ok(!files.isCurrent(path, sha256))
    assert.deepEqual(files.brokenOff(), [path])
    assert.equal(await files.copy({ path, sha256 }, () => stream('photo'), assert.fail), true)
    assert.deepEqual(files.brokenOff(), [])
  })

  test('that stands is not read again, and has the time that it was given', async (t) => {
    const { files, at } = room(t)
    await files.copy({ path, sha256, mtime: async () => 1_000_000_000_000 }, () => stream('photo'), assert.fail)
    const mtime = () => assert.fail('its source is looked at')
    assert.equal(await files.copy({ path, sha256, mtime }, () => assert.fail('it is read'), assert.fail), true)
    assert.ok(existsSync(at(path)))
  })
})

describe('The memory', () => {
  test('lists its paths in pages, of a folder or besides one, while they are forgotten', async (t) => {
    const { write, files } = room(t)
    await write(
      ...Array.from({ length: 1001 }, (_, n) => fileOf(`in/${String(n).padStart(4, '0')}`, 'x')),
      fileOf('in-between', 'x'),
      fileOf('out', 'x'),
    )
    assert.deepEqual([...files.paths({ besides: 'in' })], ['in-between', 'out'])
    let removed = 0
    for (const path of files.paths({ below: 'in' })) removed += (await files.remove(path)) ? 1 : 0
    assert.equal(removed, 1001)
    assert.deepEqual([...files.paths()], ['in-between', 'out'])
  })

  test('names what is missing, and what may have changed', async (t) => {
    const { write, files, at } = room(t)
    await write(fileOf('same', 'x'), fileOf('missing', 'x'), fileOf('longer', 'x'), fileOf('touched', 'x'))
    unlinkSync(at('missing'))
    writeFileSync(at('longer'), 'xx')
    utimesSync(at('touched'), 1, 1)
    const found: string[] = []
    for await (const { path, state } of files.differences(files.paths())) found.push(`${path} ${state}`)
    assert.deepEqual(found.toSorted(), ['longer touched', 'missing missing', 'touched touched'])
  })
})

test('An error in the middle of the notes leaves none of them, and does not spoil the next ones', async (t) => {
  const { write, files } = room(t)
  const odd = { ...fileOf('b.html', 'two'), sha256: {} as string }
  await assert.rejects(write(fileOf('a.html', 'one'), odd), TypeError)
  assert.deepEqual(files.brokenOff(), [])
  assert.equal(await write(fileOf('a.html', 'one')), 1)
})
