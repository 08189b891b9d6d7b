import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { lookAtVaultFolder } from './vault-folder.ts'

/** Makes a vault inside another one, with what is around. */
function makeFolders(t: TestContext) {
  const top = mkdtempSync(join(tmpdir(), 'vault-folder-'))
  t.after(() => rmSync(top, { recursive: true, force: true }))
  const at = (...path: readonly string[]): string => join(top, ...path)
  for (const path of [at('vault', '.smugmug-backup'), at('vault', 'Bob', '.smugmug-backup'), at('.smgmg'), at('free')])
    mkdirSync(path, { recursive: true })
  for (const path of [at('vault'), at('vault', 'Bob')]) writeFileSync(join(path, '.smugmug-backup', 'catalogue.sqlite'), '')
  symlinkSync(at('vault'), at('link'))
  const look = (path: string) =>
    lookAtVaultFolder(path, { trial: true, env: { XDG_STATE_HOME: at('state') }, config: at('.smgmg', 'config.toml') })
  return { at, look }
}

const reasonOf = (state: Awaited<ReturnType<typeof lookAtVaultFolder>>): string => (state.kind === 'refused' ? state.reason : state.kind)

describe('a folder for a vault', () => {
  test('may be free, absent, a vault, and a vault that stands in another one', async (t) => {
    const { at, look } = makeFolders(t)
    assert.equal(reasonOf(await look(at('free'))), 'usable')
    assert.equal(reasonOf(await look(at('free', 'new'))), 'absent')
    assert.equal(reasonOf(await look(at('vault'))), 'usable')
    assert.equal(reasonOf(await look(at('vault', 'Bob'))), 'usable')
  })

  test('may not begin inside a vault, also by a link or where nothing is yet', async (t) => {
    const { at, look } = makeFolders(t)
    for (const path of [
      at('vault', 'new'),
      at('vault', 'a', 'b'),
      at('link', 'new'),
      at('vault', 'Bob', 'c'),
      at('vault', '.smugmug-backup'),
    ])
      assert.match(reasonOf(await look(path)), /lies inside another vault \(.*vault/, path)
  })

  test('may not be the root, nor a folder of the program', async (t) => {
    const { at, look } = makeFolders(t)
    assert.match(reasonOf(await look('/')), /root of this computer/)
    for (const path of [at('.smgmg'), at('.smgmg', 'x'), at('state', 'smugmug-backup', 'y'), join(import.meta.dirname, 'z')])
      assert.match(reasonOf(await look(path)), /belongs to the program itself/, path)
  })
})
