import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { lookAtFolder, makeFolder, meantPath } from './new-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'smugmug-backup-'))
after(() => rmSync(root, { recursive: true }))
const trial = { trial: true }

describe('meantPath', () => {
  const meant = (typed: string) => meantPath(typed, { home: '/home/jane', cwd: '/jobs' }, 'linux')
  for (const [typed, path] of [
    ['/mnt/photos', '/mnt/photos'],
    ['~', '/home/jane'],
    ['~/Pictures/SmugMug/', '/home/jane/Pictures/SmugMug'],
    ['photos', '/jobs/photos'],
    ['../photos', '/photos'],
    ['  "/mnt/my photos" ', '/mnt/my photos'],
    ["'/mnt/my photos'", '/mnt/my photos'],
    ['/Volumes/My\\ Disk', '/Volumes/My Disk'],
    ['~jane', '/jobs/~jane'],
  ] as const)
    test(`${typed} is ${path}`, () => assert.equal(meant(typed), path))
  for (const typed of ['', '  ', '""', 's3://bucket/photos', 'https://example.com/', '/mnt/a\u0007b'])
    test(`${JSON.stringify(typed)} is none`, () => assert.equal(meant(typed), undefined))
  test('without a home or a working folder only a whole path is one', () => {
    const nowhere = { home: undefined, cwd: undefined }
    assert.equal(meantPath('~/a', nowhere, 'linux'), undefined)
    assert.equal(meantPath('a', nowhere, 'linux'), undefined)
    assert.equal(meantPath('/a', nowhere, 'linux'), '/a')
  })
})

describe('lookAtFolder', () => {
  test('a folder that can be used is left as it is', async () => {
    const folder = join(root, 'usable')
    mkdirSync(folder)
    writeFileSync(join(folder, 'a.jpg'), 'x')
    const state = await lookAtFolder(folder, trial)
    assert.ok(state.kind === 'usable' && state.entries === 1 && (state.disk.freeBytes ?? 0) > 0)
    assert.ok(folder.startsWith(state.disk.mount))
    assert.deepEqual(readdirSync(folder), ['a.jpg'])
    const before = statSync(folder).mtimeMs
    await lookAtFolder(folder, { trial: false })
    assert.equal(statSync(folder).mtimeMs, before)
  })

  test('one that is not there lies on the disk of the nearest folder above', async () => {
    const state = await lookAtFolder(join(root, 'a', 'b', 'c'), trial)
    assert.ok(state.kind === 'absent' && !state.unmounted && root.startsWith(state.disk.mount))
  })

  test('one on a disk that reports no numbers has no free bytes, and not none', { skip: !existsSync('/proc/self') }, async () => {
    const state = await lookAtFolder('/proc/no-such-folder', { trial: false })
    assert.ok(state.kind === 'absent')
    assert.equal(state.disk.freeBytes, undefined)
  })

  test('one where no disk is mounted is called so', { skip: existsSync('/mnt/no-such-disk') }, async () => {
    const state = await lookAtFolder('/mnt/no-such-disk/photos', trial)
    assert.ok(state.kind === 'absent' && state.unmounted)
  })

  test('a file, what lies below one, a link in a circle, and a disk that takes nothing are refused', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    symlinkSync(join(root, 'circle'), join(root, 'circle'))
    for (const [path, reason] of [
      [file, /a file/],
      [join(file, 'below'), /below a file/],
      [join(root, 'circle'), /circle/],
      ['/proc', /cannot be used|may not be used|read/],
    ] as const) {
      const state = await lookAtFolder(path, trial)
      assert.ok(state.kind === 'refused', path)
      assert.match(state.reason, reason)
    }
  })
})

describe('makeFolder', () => {
  test('makes those above it too, and one that is there stays', async () => {
    const folder = join(root, 'x', 'y', 'z')
    assert.equal(await makeFolder(folder), undefined)
    assert.ok(statSync(folder).isDirectory())
    assert.equal(await makeFolder(folder), undefined)
    assert.deepEqual(readdirSync(dirname(folder)), ['z'])
  })
  test('gives the reason where it cannot, and comes to an end', { skip: !existsSync('/proc') }, async () => {
    assert.match((await makeFolder('/proc/nothing/here')) ?? '', /cannot be used|may not be used/)
    assert.match((await makeFolder(join(root, 'file', 'here'))) ?? '', /below a file/)
  })
})
