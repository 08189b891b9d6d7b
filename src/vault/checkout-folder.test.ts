import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { ConfigurationError } from '../errors.ts'
import { checkoutFolder } from './checkout-folder.ts'
import { openMemory } from './storage/memory.ts'

const SUBJECT = { vault: 'v', run: 1, part: '' }

/** A vault that does not lie on this computer, its home there, and a folder for a checkout. */
async function places(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-folder-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [home, out] = [join(folder, 'state', 'home'), join(folder, 'out')]
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'catalogue.sqlite'), 'catalogue')
  const storage = openMemory()
  await storage.put('Travel/a.jpg', text('bytes of a'))
  return { vault: { storage, home, folders: [home] }, home, out }
}

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const wanted = (content: string) => {
  const hash = (kind: string): string => createHash(kind).update(content).digest('hex')
  return { size: content.length, md5: hash('md5'), sha256: hash('sha256') }
}

describe('A checkout of a vault that does not lie on this computer', () => {
  test('copies, where links were wished for too; wrong and missing bytes are other bytes', async (t) => {
    const { vault, out } = await places(t)
    const folder = await checkoutFolder(out, vault, SUBJECT)
    assert.equal(await folder.way(true), 'copies')
    const bring = (from: string, content: string) => folder.bring({ from, to: `B/${content}.jpg`, links: false }, wanted(content))
    assert.deepEqual(await bring('Travel/a.jpg', 'bytes of a'), { end: 'brought' })
    assert.deepEqual(await bring('Travel/a.jpg', 'bytes of b'), { end: 'other bytes' })
    assert.deepEqual(await bring('Travel/none.jpg', 'bytes of a'), { end: 'other bytes' })
    await folder.finish()
    await folder.close()
    assert.deepEqual([readdirSync(out), readdirSync(join(out, 'B'))], [['B'], ['bytes of a.jpg']])
    assert.equal(readFileSync(join(out, 'B/bytes of a.jpg'), 'utf8'), 'bytes of a')
  })

  test('does not lie in the home of the vault, nor around it', async (t) => {
    const { vault, home } = await places(t)
    const before = readdirSync(home)
    await assert.rejects(checkoutFolder(join(home, 'out'), vault, SUBJECT), ConfigurationError)
    await assert.rejects(checkoutFolder(join(home, '..'), vault, SUBJECT), ConfigurationError)
    assert.deepEqual(readdirSync(home), before)
  })
})
