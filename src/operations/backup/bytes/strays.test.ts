import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Source } from '../../../model.ts'
import { Catalogue } from '../../../vault/catalogue/catalogue.ts'
import { openFolder } from '../../../vault/storage/folder.ts'
import { defaultBounds } from '../run/bounds.ts'
import { Holdings } from '../run/holdings.ts'
import { provenStrays } from './strays.ts'

/** Files of ten bytes in a vault where they belong to nobody; pages of three. */
function seekerOver(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'strays-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    catalogue.strays.see({ path, size: text.length, mark: String(Math.round(statSync(join(root, path)).mtimeMs)) }, 1)
  }
  const vault = {
    home: root,
    location: root,
    folders: [root],
    mode: 'write',
    storage: openFolder(root),
    catalogue,
    id: 'v',
    isNew: false,
    close: async () => {},
  } as const
  let hashed = 0
  const emit = (): void => {
    hashed += 1
  }
  const seeker = {
    vault,
    holdings: new Holdings(),
    signal: new AbortController().signal,
    emit,
    bounds: { ...defaultBounds, strays: 3 },
    loadedAs: 'stored',
  } as const
  return { seeker, root, catalogue, hashes: () => hashed }
}

const sourceOf = (text: string): Source => ({
  url: '',
  grade: 'original',
  size: text.length,
  md5: createHash('md5').update(text).digest('hex'),
})

const many = (folder: string): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: 11 }, (_, n) => [
      `${folder}/${String(n).padStart(4, '0')}.tif`,
      `${folder.slice(-3)}${String(n).padStart(7, '0')}`,
    ]),
  )

test('the file at the very path is tried first, however many are of its size', async (t) => {
  const { seeker, hashes } = seekerOver(t, { ...many('aaa'), 'zzz/mine.tif': 'the bytes!' })
  const [found] = await provenStrays(seeker, sourceOf('the bytes!'), 'zzz/mine.tif')
  assert.equal(found?.path, 'zzz/mine.tif')
  assert.equal(hashes(), 1)
})

test('then those in its folder, then all others, beyond the first page', async (t) => {
  const { seeker, hashes } = seekerOver(t, { ...many('aaa'), ...many('bbb'), ...many('zzz') })
  assert.equal((await provenStrays(seeker, sourceOf('bbb0000009'), 'bbb/new.tif'))[0]?.path, 'bbb/0009.tif')
  assert.equal(hashes(), 10)
  assert.equal((await provenStrays(seeker, sourceOf('zzz0000010'), 'bbb/new.tif'))[0]?.path, 'zzz/0010.tif')
  assert.equal(hashes(), 33)
  assert.equal((await provenStrays(seeker, sourceOf('aaa0000010'), 'x.tif'))[0]?.path, 'aaa/0010.tif')
  assert.equal(hashes(), 33, 'a file is hashed once')
})

test('one that has gone since the survey is passed over, and not asked again', async (t) => {
  const { seeker, root, catalogue, hashes } = seekerOver(t, { 'a/one.tif': 'the bytes!', 'b/one.tif': 'the bytes!' })
  rmSync(join(root, 'a/one.tif'))
  for (let n = 0; n < 2; n += 1) assert.equal((await provenStrays(seeker, sourceOf('the bytes!'), 'c.tif'))[0]?.path, 'b/one.tif')
  assert.equal(catalogue.strays.get('a/one.tif'), undefined)
  assert.equal(hashes(), 1)
})

test('one that another item hashes in the meantime is found all the same', async (t) => {
  const { seeker, catalogue } = seekerOver(t, { 'a/other.tif': 'other byte', 'z/mine.tif': 'the bytes!' })
  const { md5 = '' } = sourceOf('the bytes!')
  const emit = (): void => catalogue.strays.setHash('z/mine.tif', { md5, sha256: 'known' })
  assert.equal((await provenStrays({ ...seeker, emit }, sourceOf('the bytes!'), 'a/new.tif'))[0]?.path, 'z/mine.tif')
})
