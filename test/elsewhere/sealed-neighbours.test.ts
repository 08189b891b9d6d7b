/** Other files and vaults in and around a sealed vault: named, and left alone. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { runCheckout, runStatus, runTwin } from '../../src/app/app.ts'
import { filesBelow } from '../support/lab.ts'
import { ALL, openSealedLab } from '../support/sealed-lab.ts'

describe('a sealed vault', () => {
  test('names files that are not sealed, and leaves them alone', async (t) => {
    const { lab } = await openSealedLab(t)
    await lab.complete()
    assert.deepEqual((await lab.backup()).problems, [])
    const clear = ['Travel/Norway/mine.jpg', 'note.txt', 'Top/deep/er/old.jpg', 'Travel/Norway/a.jpg']
    mkdirSync(lab.at('Top/deep/er'), { recursive: true })
    for (const path of clear) writeFileSync(lab.at(path), `in clear: ${path}`)
    for (const path of ['Travel/.DS_Store', 'Top/Thumbs.db']) writeFileSync(lab.at(path), 'litter')
    const names = (problems: readonly { readonly kind: string; readonly name?: string }[]) =>
      problems.map(({ kind, name }) => `${kind} ${name}`).toSorted()
    const verified = await lab.verify()
    assert.equal(verified.exitCode, 0, verified.message)
    assert.deepEqual(names(verified.problems), clear.map((path) => `foreign ${path}`).toSorted())
    assert.match(verified.message, /4 foreign files/)
    const backedUp = await lab.complete()
    assert.deepEqual(names(backedUp.problems), clear.map((path) => `notice ${path}`).toSorted())
    assert.deepEqual(names((await runStatus(lab.work())).problems), clear.map((path) => `notice ${path}`).toSorted())
    for (const path of clear) assert.equal(readFileSync(lab.at(path), 'utf8'), `in clear: ${path}`)
  })

  for (const [what, inner, outer] of [
    ['sealed one in a plain one', true, false],
    ['plain one in a sealed one', false, true],
    ['sealed one in a sealed one', true, true],
  ] as const) {
    test(`in a folder of another vault is that one's own: a ${what}`, async (t) => {
      const { lab, withKey } = await openSealedLab(t, { sidecars: [], writeCsv: false })
      const plain = { encryptionRecipients: [] }
      const nested = join(lab.root, 'Copies/mine')
      const settingsOf = (isSealed: boolean, destination: string) => ({ destination, ...(isSealed ? {} : plain) })
      const outerRun = { settings: { ...withKey.settings, ...settingsOf(outer, lab.root) } }
      const innerRun = { settings: settingsOf(inner, nested) }
      await lab.complete(outerRun)
      mkdirSync(nested, { recursive: true })
      await lab.complete(innerRun)
      const before = filesBelow(nested, () => true)
      // A photo of the outer vault is gone: the bytes of the inner one are not taken for it.
      rmSync(lab.at(`Travel/Norway/a.jpg${outer ? '.age' : ''}`))
      const again = await lab.complete(outerRun)
      assert.deepEqual([again.downloads, again.totals.kept, again.problems], [1, ALL - 1, []])
      const verified = await lab.backup({ ...outerRun, full: true })
      assert.deepEqual(verified.problems, [])
      assert.deepEqual(
        filesBelow(nested, () => true),
        before,
      )
      assert.equal((await lab.complete(innerRun)).downloads, 0)
    })
  }

  test('refuses a folder in itself for a checkout and a twin', async (t) => {
    const { lab, withKey } = await openSealedLab(t)
    await lab.complete()
    for (const folder of [lab.at('out'), lab.at('Travel/out')]) {
      await assert.rejects(runTwin({ ...lab.work(withKey), folder }), { exitCode: 2, message: /part of a vault/ })
      await assert.rejects(runCheckout({ ...lab.work(withKey), when: '1', folder }), { exitCode: 2 })
    }
    // Also the other one's, that it is not made of.
    const plain = join(dirname(lab.root), 'plain')
    mkdirSync(plain)
    const plainRun = { settings: { destination: plain, encryptionRecipients: [] } }
    await lab.complete(plainRun)
    await assert.rejects(runTwin({ ...lab.work(plainRun), folder: lab.at('out') }), { exitCode: 2, message: /part of a vault/ })
    await assert.rejects(runCheckout({ ...lab.work(plainRun), when: '1', folder: lab.at('out') }), { exitCode: 2 })
  })
})
