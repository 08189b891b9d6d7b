import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { makeFolders, makeFoldersSync } from './make-folders.ts'

const place = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'make-folders-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Calls of both kinds, as the asynchronous one. */
const kinds: Readonly<Record<string, typeof makeFolders>> = {
  makeFolders,
  makeFoldersSync: async (folder, mode) => makeFoldersSync(folder, mode),
}

for (const [name, make] of Object.entries(kinds)) {
  describe(name, () => {
    test('makes what is missing, and returns the highest folder that it made', async (t) => {
      const root = place(t)
      assert.equal(await make(join(root, 'a/b/c')), join(root, 'a'))
      assert.equal(await make(join(root, 'a/b/c/d')), join(root, 'a/b/c/d'))
      assert.equal(await make(join(root, 'a/b/c/d')), undefined)
      assert.equal(await make(root), undefined)
    })

    test('gives each the mode', { skip: platform() === 'win32' }, async (t) => {
      const root = place(t)
      await make(join(root, 'a/b'), 0o700)
      for (const path of ['a', 'a/b']) assert.equal(statSync(join(root, path)).mode & 0o777, 0o700)
    })

    test('goes through a link to a folder', { skip: platform() === 'win32' }, async (t) => {
      const root = place(t)
      mkdirSync(join(root, 'real'))
      symlinkSync('real', join(root, 'link'))
      assert.equal(await make(join(root, 'link')), undefined)
      await make(join(root, 'link/a/b'))
      assert.ok(existsSync(join(root, 'real/a/b')))
    })

    test('fails where something else stands, and leaves it', { skip: platform() === 'win32' }, async (t) => {
      const root = place(t)
      writeFileSync(join(root, 'file'), 'theirs')
      symlinkSync('nothing', join(root, 'link'))
      await assert.rejects(make(join(root, 'file')), { code: 'EEXIST' })
      await assert.rejects(make(join(root, 'file/a/b')), { code: 'ENOTDIR' })
      await assert.rejects(make(join(root, 'link')), { code: 'EEXIST' })
      await assert.rejects(make(join(root, 'link/a')), { code: 'EEXIST' })
      assert.ok(!existsSync(join(root, 'nothing')))
    })

    test('comes to an end below /proc', { skip: !existsSync('/proc/self') }, async () => {
      await assert.rejects(make('/proc/nothing/here/at/all'), { syscall: 'mkdir', path: '/proc/nothing' })
    })
  })
}

test('several at once make the same folders', async (t) => {
  const folder = join(place(t), 'a/b/c/d')
  await Promise.all(Array.from({ length: 8 }, () => makeFolders(folder)))
  assert.ok(statSync(folder).isDirectory())
})
