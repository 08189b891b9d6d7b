import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { editImage, renameAlbum } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { openVaultAt } from '../../src/app/app.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { copyVault } from '../../src/operations/copy/copy.ts'
import { firstAccount } from '../campaigns/account.ts'
import { type DyingStorage, dyingStorage } from '../support/dying-storage.ts'
import { albumKey, openLab } from '../support/lab.ts'
import { checkoutOf, recordsIn, recordsOf } from '../support/past.ts'

const rules = {
  ...({ maxVanished: 0.1, keepReplaced: 'forever', keepVersions: 'forever' } as const),
  keepSecrets: false,
  writeCsv: false,
  verifyDays: 0,
} as const

// A kill at a call that only reads leaves the disk as the one before it did.
test('a kill while a copy takes the past of the first vault in place of its own leaves no false past, and the next copying goes on', async (t) => {
  const lab = await openLab(t, firstAccount)
  const caption = (n: number, text: string) => (world: World) => editImage(world, photo(`h${n}`).key, { caption: text })
  await lab.complete()
  lab.change(caption(0, 'first'), caption(1, 'first'))
  await lab.complete()
  const second = recordsOf(lab)
  const [copy, original] = [lab.at('../copy'), lab.at('../original')]
  cpSync(lab.root, original, { recursive: true })
  const other = { settings: { destination: original } }
  lab.change(caption(0, 'other third'), caption(2, 'other third'))
  await lab.complete(other)
  lab.change(caption(1, 'third'), (world) => renameAlbum(world, albumKey(world, 'Best'), 'Better'))
  await lab.complete()
  const third = recordsOf(lab)
  const copying = async (storage: DyingStorage, acceptChanges: boolean) => {
    const to = await openVaultAt(copy, { mode: 'write', operation: 'copy' })
    const from = await openVaultAt(lab.root, { mode: 'pretend', operation: 'copy' })
    const facts = { name: 'usb', rules, acceptChanges, emit: () => undefined, clock: systemClock, signal: new AbortController().signal }
    try {
      return await copyVault({ ...facts, from, to: { ...to, storage: storage.wrap(to.storage) } })
    } finally {
      await from.close()
      await to.close()
    }
  }
  const asOf = async (run: number) => {
    const { out, files, exitCode } = await checkoutOf(lab, run, { settings: { ...lab.work().settings, destination: copy } })
    return exitCode === 0 ? recordsIn(out, files.keys()) : 'refused'
  }
  let [kills, refused] = [0, 0]
  for (let at = 0; ; at += 1) {
    rmSync(copy, { recursive: true, force: true })
    cpSync(original, copy, { recursive: true })
    let changes = 0
    const dying = dyingStorage((method) =>
      /^(put|move|remove|link|copy|append)$/.test(method) && changes++ === at ? 'dies before' : 'alive',
    )
    const done = await copying(dying, true).catch(() => undefined)
    if (done !== undefined) {
      assert.equal(done.exitCode, 0, done.message)
      assert.deepEqual([await asOf(2), await asOf(3)], [second, third])
      break
    }
    kills += 1
    const seen = await asOf(2).catch(() => 'refused' as const)
    if (seen === 'refused') refused += 1
    else assert.deepEqual(seen, second, `killed at change ${at}`)
    const again = await copying(
      dyingStorage(() => 'alive'),
      false,
    )
    assert.equal(again.exitCode, 0, again.message)
    assert.deepEqual([await asOf(2), await asOf(3)], [second, third], `after a kill at change ${at}`)
  }
  assert.ok(kills >= 10 && refused >= 3, `${kills} kills, ${refused} refused`)
})
