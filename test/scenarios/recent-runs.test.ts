/** The runs of a vault as the service judges them. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { albumsOf, removeImage } from '../../simulator/edit.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { runRecentRuns } from '../../src/app/app.ts'
import { DAY, FakeClock } from '../../src/flow/clock.ts'
import type { Account } from '../../src/smugmug/account.ts'
import { type Lab, openLab } from '../support/lab.ts'

/** Changes a byte in the middle of a file. */
function spoil(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

const newest = async (lab: Lab) => (await runRecentRuns(lab.work()))[0]

/** Runs a verification, and returns the damage that is noted of it. */
const damageOf = async (lab: Lab) => {
  await lab.verify()
  return (await newest(lab))?.damage
}

describe('the service learns of the runs of a vault', { concurrency: 4 }, () => {
  test('that damage which a backup could not mend is none that is new', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    const media = lab.media()
    // Bytes that no other photo has: the vault cannot mend them itself.
    const isAlone = (path: string): boolean => [...media.values()].filter((md5) => md5 === media.get(path)).length === 1
    const [first, second] = [...media.keys()].filter((path) => path.endsWith('.jpg') && isAlone(path))
    const row = lab.rows().files.find(({ name }) => first?.endsWith(name)) ?? assert.fail('no file')
    lab.change((world) => removeImage(world, row.albumKey, row.imageKey))
    await lab.complete()
    assert.equal(await damageOf(lab), undefined)
    spoil(lab.at(first ?? ''))
    assert.deepEqual(await damageOf(lab), { isNew: true, isOwn: false })
    await lab.backup()
    assert.deepEqual(await damageOf(lab), { isNew: false, isOwn: false }, 'SmugMug has it no more')
    spoil(lab.at(second ?? ''))
    assert.deepEqual(await damageOf(lab), { isNew: true, isOwn: false })
    await lab.backup()
    assert.deepEqual(await damageOf(lab), { isNew: false, isOwn: false })
  })

  test("that records are damaged, which the vault's counts know nothing of", async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    for (const time of ['once', 'and once more after it was right']) {
      writeFileSync(lab.at('tree.json'), '{')
      assert.deepEqual(await damageOf(lab), { isNew: true, isOwn: true }, time)
      await lab.complete()
      assert.equal(await damageOf(lab), undefined)
    }
  })

  test('all of a run also if the clock is set back meanwhile', async (t) => {
    const lab = await openLab(t, smallWorld())
    const clock = new FakeClock({ patient: false })
    const account = (base: Account): Account =>
      new Proxy(base, {
        get: (_, name: keyof Account) => {
          if (name === 'albums') clock.set(-DAY)
          const value = base[name]
          return typeof value === 'function' ? value.bind(base) : value
        },
      })
    const { totals, message } = await lab.backupWith({ clock, account })
    assert.ok(totals.durationMs >= 0, `${totals.durationMs}`)
    const run = await newest(lab)
    assert.deepEqual([run?.came, run?.message], [totals.stored + totals.copied, message])
    assert.ok((run?.finishedAt ?? 0) >= (run?.startedAt ?? 0))
  })

  test('how many items a backup found held that failed with others; of one that reached nothing there are none', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    lab.sim.setBehaviour({ faults: [{ on: 'any', does: { kind: 'status', status: 503 } }] })
    assert.equal((await lab.backup()).exitCode, 3)
    assert.equal((await newest(lab))?.kept ?? 0, 0)
    const { key } = albumsOf(lab.world)[0] ?? assert.fail('no album')
    lab.sim.setBehaviour({ faults: [{ on: 'images', match: key, does: { kind: 'status', status: 500 } }] })
    assert.equal((await lab.backup({ full: true })).exitCode, 3)
    assert.ok(((await newest(lab))?.kept ?? 0) > 0)
  })
})
