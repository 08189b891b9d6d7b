import assert from 'node:assert/strict'
import fs, { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { OwnTimes } from './own-times.ts'
import { RootFolder } from './root-folder.ts'

test('a copy that the disk makes and then cannot look at is made by hand, under its name', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'draft-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'photo.jpg'), 'bytes')
  const { fstat } = fs
  let failures = 0
  const failing = (fd: number, done: (error: Error | null, found?: fs.Stats) => void): void => {
    if (++failures > 1) fstat(fd, done)
    else done(Object.assign(new Error('EIO: i/o error, fstat'), { code: 'EIO', errno: -5, syscall: 'fstat' }))
  }
  t.mock.method(fs, 'fstat', failing as typeof fstat)
  syncBuiltinESMExports()
  const { Draft } = await import('./draft.ts')
  t.mock.restoreAll()
  syncBuiltinESMExports()

  const root = new RootFolder(folder)
  const draft = new Draft({ root, path: '.draft', target: 'copy.jpg', from: 0, isPrivate: false, makeFolder: () => undefined })
  await draft.copy('photo.jpg')
  assert.equal(failures, 1)
  closeSync(await draft.finish(undefined, new OwnTimes()))
  assert.equal(draft.size, 5)
  assert.equal(readFileSync(draft.file, 'utf8'), 'bytes')
})
