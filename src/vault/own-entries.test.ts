import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { OwnEntries } from './own-entries.ts'

/** A vault with one photo, and a place beside it. */
const places = (t: TestContext) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'own-entries-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [vault, other] = [join(folder, 'vault'), join(folder, 'other')]
  mkdirSync(join(vault, 'Album'), { recursive: true })
  mkdirSync(join(vault, '.smugmug-backup'))
  mkdirSync(other)
  writeFileSync(join(vault, 'Album/a.jpg'), 'a')
  writeFileSync(join(vault, '.smugmug-backup/catalogue.sqlite'), 'catalogue')
  return { folder, vault, other }
}

describe("a vault's own entries", () => {
  test('are its folder, what lies in it, and what it lies in; not a folder beside it', (t) => {
    const { folder, vault, other } = places(t)
    const own = new OwnEntries(vault)
    for (const path of [vault, join(vault, 'Album'), folder]) assert.ok(own.isPartOrHolder(path), path)
    assert.ok(!own.isPartOrHolder(other))
  })

  test('are the same through a link, on either side', (t) => {
    const { folder, vault, other } = places(t)
    symlinkSync(vault, join(other, 'link'))
    assert.ok(new OwnEntries(vault).isPartOrHolder(join(other, 'link/Album')))
    assert.ok(new OwnEntries(join(other, 'link')).isPartOrHolder(vault))
    symlinkSync(join(vault, 'Album'), join(folder, 'album'))
    assert.ok(new OwnEntries(vault).isOwn(join(folder, 'album/a.jpg'), 'Album/a.jpg'))
  })

  test('are not further names of the same bytes in a folder elsewhere: hard links', (t) => {
    const { vault, other } = places(t)
    linkSync(join(vault, 'Album/a.jpg'), join(other, 'a.jpg'))
    linkSync(join(vault, 'Album/a.jpg'), join(vault, 'Album/b.jpg'))
    const own = new OwnEntries(vault)
    assert.ok(!own.isOwn(join(other, 'a.jpg'), 'Album/a.jpg'))
    symlinkSync(join(vault, 'Album'), join(other, 'album'))
    assert.deepEqual(
      ['a.jpg', 'b.jpg'].map((name) => own.isOwn(join(other, 'album', name), 'Album/a.jpg')),
      [true, true],
    )
  })

  test('are the same through a bind mount', (t) => {
    const { vault, other } = places(t)
    if (spawnSync('mount', ['--bind', join(vault, 'Album'), other]).status !== 0) {
      t.skip('mounting is not permitted here')
      return
    }
    try {
      const own = new OwnEntries(vault)
      assert.ok(own.isOwn(join(other, 'a.jpg'), 'Album/a.jpg'))
      assert.ok(!own.isOwn(join(other, 'b.jpg'), 'Album/a.jpg'))
    } finally {
      spawnSync('umount', [other])
    }
  })

  test('are not those of a copy of the vault, be it whole and with its times', (t) => {
    const { vault, other } = places(t)
    cpSync(vault, other, { recursive: true, preserveTimestamps: true })
    const own = new OwnEntries(vault)
    assert.ok(!own.isPartOrHolder(other))
    assert.ok(!own.isOwn(join(other, 'Album/a.jpg'), 'Album/a.jpg'))
  })
})
