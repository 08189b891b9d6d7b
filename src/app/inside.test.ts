import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathInside } from './inside.ts'

test('a path stays inside its folder, and away from what begins with a dot, also through links', async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'inside-')))
  t.after(() => rmSync(folder, { recursive: true }))
  const root = join(folder, 'vault')
  for (const path of [root, join(root, 'A'), join(root, '.ours'), join(folder, 'vault-b')]) mkdirSync(path)
  for (const path of ['vault/A/a.jpg', 'vault/.ours/b', 'vault-b/c.jpg']) writeFileSync(join(folder, path), '')
  symlinkSync('a.jpg', join(root, 'A', 'inside.jpg'))
  symlinkSync(join(folder, 'vault-b', 'c.jpg'), join(root, 'A', 'outside.jpg'))
  symlinkSync(join(root, '.ours'), join(root, 'ours'))
  symlinkSync('loop', join(root, 'loop'))
  symlinkSync(root, join(folder, 'link'))
  assert.equal(await pathInside(root, ['A', 'a.jpg']), join(root, 'A', 'a.jpg'))
  assert.equal(await pathInside(join(folder, 'link'), ['A', 'inside.jpg']), join(root, 'A', 'a.jpg'))
  for (const segments of [
    ['A', 'outside.jpg'],
    ['ours', 'b'],
    ['.ours', 'b'],
    ['..', 'vault-b', 'c.jpg'],
    ['loop'],
    ['A', 'none'],
    [''],
    ['A/a.jpg'],
    [],
  ])
    assert.equal(await pathInside(root, segments), undefined, segments.join('/'))
})
