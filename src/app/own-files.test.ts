import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'

/** Puts own-files.ts where the package has it: with the pieces of the program in dist/program. */
async function packaged(t: TestContext): Promise<{ readonly root: string; readonly own: typeof import('./own-files.ts') }> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'own-files-')))
  t.after(() => rm(root, { recursive: true }))
  mkdirSync(join(root, 'dist/program'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  copyFileSync(new URL('./own-files.ts', import.meta.url), join(root, 'dist/program/own-files.ts'))
  return { root, own: await import(pathToFileURL(join(root, 'dist/program/own-files.ts')).href) }
}

describe('The files of the program itself', () => {
  test('are found in a package as in a checkout', async (t) => {
    const { root, own } = await packaged(t)
    mkdirSync(join(root, 'simulator/demo'), { recursive: true })
    writeFileSync(join(root, 'simulator/demo/account.json'), 'demo')
    assert.equal(Buffer.from(own.ownFile('simulator/demo/account.json')).toString(), 'demo')
    assert.deepEqual(own.ownNames('simulator/demo'), ['account.json'])
    assert.equal(own.ownFolder(), root)
    assert.equal(own.moduleToFork('pictures-child'), join(root, 'dist/program/pictures-child.ts'))
  })

  test('are named where an incomplete installation lacks them', async (t) => {
    const { own } = await packaged(t)
    assert.throws(() => own.ownFile('dist/places.txt.br'), /places\.txt\.br is missing: install the program again/)
    assert.throws(() => own.ownNames('dist/twin'), /twin is missing: install the program again/)
    assert.throws(() => own.loadBeside('sharp'), { code: 'MODULE_NOT_FOUND' })
  })
})
