import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addImage, removeImage } from '../../simulator/edit.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runAdopt, runHistory, runRebuild } from '../../src/app/app.ts'
import { itemText } from '../../src/cli/reporters/history.ts'
import { Catalogue } from '../../src/vault/catalogue/catalogue.ts'
import { albumKey, openLab } from '../support/lab.ts'
import { assertAddsUp, assertCode, openScene, snapshot } from './harness.ts'

const world = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [photo('a'), photo('b'), photo('c')])])],
}

describe('history', { concurrency: 2 }, () => {
  test('every run is listed with its own name, and keeps its number through a rebuild', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const gone = photo('b').key
    lab.change(
      (w) => removeImage(w, albumKey(w, 'Norway'), gone),
      (w) => addImage(w, albumKey(w, 'Norway'), photo('d')),
    )
    await lab.backup({ settings: { album: ['Travel/**'] } })
    await lab.verify({ sample: 0.5 })
    await runAdopt({ ...lab.work(), folder: lab.at('Travel') })
    const before = await runHistory(lab.work())
    assert.deepEqual(
      before.runs.map(({ run, operation, came, went, exitCode }) => [run, operation, came, went, exitCode]),
      [
        [4, 'adopt', 0, 0, 0],
        [3, 'verify', 0, 0, 0],
        [2, 'backup', 1, 0, 0],
        [1, 'backup', 3, 0, 0],
      ],
    )
    assert.deepEqual(before.runs[1]?.selection, { sample: '50%' })
    assert.deepEqual(before.runs[2]?.selection, { album: ['Travel/**'] })
    const rebuilding = lab.work()
    await runRebuild(rebuilding)
    const progress = rebuilding.events.flatMap((event) => (event.event === 'progress' && event.unit === 'items' ? [event] : []))
    assert.ok(progress.length > 0 && progress.every(({ done, total }) => total !== undefined && total >= done))
    const after = await runHistory(lab.work())
    assert.deepEqual(
      after.runs.map(({ run, operation }) => [run, operation]),
      [
        [5, 'rebuild'],
        [4, 'adopt'],
        [3, 'verify'],
        [2, 'backup'],
        [1, 'backup'],
      ],
    )
    assert.deepEqual(after.runs[3], before.runs[2])
  })

  test('one run in full, by number and by day; its report may be gone', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, albumKey(w, 'Norway'), photo('b').key))
    await lab.backup()
    const second = await runHistory({ ...lab.work(), run: '2' })
    assert.deepEqual(second.full?.changes.went, [
      { album: '/Travel/Norway', name: 'b.jpg', imageKey: photo('b').key, note: 'no longer on SmugMug; its file is kept' },
    ])
    assert.equal(second.full?.reportState, 'read')
    const today = new Date()
    const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
    assert.equal((await runHistory({ ...lab.work(), run: day })).runs[0]?.run, 2)
    rmSync(lab.at('.smugmug-backup/reports'), { recursive: true })
    const bare = await runHistory({ ...lab.work(), run: '2' })
    assert.equal(bare.full?.reportState, 'removed')
    assert.equal(bare.full?.changes.went?.length, 1, 'the catalogue has noted it')
    for (const run of ['9', '2001-01-01', 'yesterday', '2026-02-30'])
      await assert.rejects(runHistory({ ...lab.work(), run }), { name: 'ConfigurationError', exitCode: 2 })
  })

  test('the life of an item, by its path in the vault, at SmugMug, or on the disk', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) => removeImage(w, albumKey(w, 'Norway'), photo('b').key))
    await lab.backup({ settings: { onVanished: 'trash' } })
    for (const path of ['Travel/Norway/b.jpg', '/travel/norway/B.JPG', lab.at('Travel/Norway/b.jpg')]) {
      const { items = [] } = await runHistory({ ...lab.work(), item: path })
      assert.equal(items.length, 1, path)
      const texts = items[0]?.facts.map(({ run, text }) => `${run ?? ''} ${text}`) ?? []
      assert.ok(
        texts.some((text) => /^2 vanished: no longer on SmugMug/.test(text)),
        texts.join('\n'),
      )
      assert.ok(
        texts.some((text) => /put aside: vanished from SmugMug.*trash/.test(text)),
        texts.join('\n'),
      )
    }
    const gone = async () => (await runHistory({ ...lab.work(), item: 'Travel/Norway/b.jpg' })).items?.[0] ?? assert.fail()
    const inTrash = await gone()
    assert.match(itemText(inTrash, undefined), /Now {7}put aside: \.smugmug-backup\/trash\/.*b\.jpg; no longer on SmugMug/)
    rmSync(lab.at(inTrash.aside ?? ''))
    assert.match(itemText(await gone(), undefined), /Now {7}no longer held; no longer on SmugMug/)
    const { items = [] } = await runHistory({ ...lab.work(), item: 'Travel/Norway/a.jpg' })
    assert.deepEqual([items[0]?.grade, items[0]?.sha256?.length], ['original', 64])
    assert.deepEqual(
      items[0]?.facts.map(({ run, text }) => [run, text]),
      [[1, 'came']],
    )
    await assert.rejects(runHistory({ ...lab.work(), item: 'Travel/Norway/none.jpg' }), { name: 'ConfigurationError' })
  })

  test('thousands of runs are listed at once', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const catalogue = Catalogue.open({ path: lab.at('.smugmug-backup/catalogue.sqlite'), mode: 'write' })
    for (let n = 0; n < 5000; n += 1) catalogue.runs.begin('backup', Date.UTC(2020, 0, 1) + n * 86_400_000)
    catalogue.close()
    const { runs, runsInAll, message } = await runHistory(lab.work())
    assert.deepEqual([runs.length, runs[0]?.run, runs[0]?.state, runsInAll], [30, 5001, 'unfinished', 5001])
    assert.equal(message, 'The last 30 of 5,001 runs.')
  })

  test('at the command line it only reads, and --json has an event a run', async (t) => {
    const scene = await openScene(t)
    assertCode(await scene.run(['history']), 5)
    await scene.backup()
    const before = await snapshot(scene.vault)
    const { code, stdout } = await scene.run(['history'])
    assert.equal(code, 0)
    assert.match(stdout, /^Run +Begun .*Ended\n +1 +\d{4}-\d\d-\d\d \d\d:\d\d +backup .*well\n\n1 run\.\n$/)
    const { lines, summary } = await scene.json(['history'])
    assertAddsUp(summary)
    const [run] = lines.filter(({ event }) => event === 'run')
    assert.deepEqual([run?.run, run?.exitCode, run?.changed, run?.went], [1, 0, 0, 0])
    assert.ok(run?.came > 0 && Math.abs(Date.parse(run?.at ?? '') - Date.now()) < 600_000)
    const full = await scene.run(['history', '1'])
    assert.match(full.stdout, /^Run 1: backup\nBegun .*ended: well\nComplete: /)
    for (const wrong of [['2'], ['x'], ['--limit', '0'], ['1', '--all'], ['1', '2'], ['--item', 'none.jpg']])
      assertCode(await scene.run(['history', ...wrong]), 2)
    assert.deepEqual(await snapshot(scene.vault), before)
  })
})
