import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

test('a disk is asked by effect whether it takes a size, and nothing stays behind', { skip: process.platform === 'win32' }, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'limits-'))
  t.after(() => rmSync(root, { recursive: true }))
  const program = `
    const { openFolder } = await import(${JSON.stringify(new URL('folder.ts', import.meta.url).href)})
    const storage = openFolder(${JSON.stringify(root)})
    process.on('SIGXFSZ', () => undefined)
    console.log(await storage.takesSize(400_000), await storage.takesSize(40_000_000), await storage.longestName())
  `
  // The limit of a process stands for the limit of a disk: both answer EFBIG. 1000 blocks are at most a megabyte.
  const script = `ulimit -f 1000; exec "$0" --input-type=module -e "$1"`
  const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, program], { encoding: 'utf8' })
  assert.equal(stdout, 'true false 255\n', stderr)
  assert.deepEqual(readdirSync(root), [])
})
