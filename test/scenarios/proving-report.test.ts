import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { addImage, changeAlbum, removeImage, renameAlbum } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runHistory, runStatus } from '../../src/app/app.ts'
import type { Report } from '../../src/operations/backup/report/report.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'

const poison = photo('poison')
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', [photo('a'), photo('b')])]),
    albumNode('Troubles', [video('pending', { processing: true }), photo('impossible', { offers: 'none' }), poison, photo('fine')]),
    albumNode('Empty', []),
  ],
}
const faults = { faults: [{ on: 'original', match: poison.key, does: { kind: 'wrongBytes' } }] } as const

/** Reads the newest report in the vault. */
function newest(lab: Lab): { readonly json: Report; readonly page: string } {
  const names = [...lab.ours('reports').keys()].toSorted()
  const read = (ending: string): string =>
    readFileSync(lab.at(`.smugmug-backup/reports/${names.filter((name) => name.endsWith(ending)).at(-1)}`), 'utf8')
  return { json: JSON.parse(read('.json')), page: read('.txt') }
}

describe('the report of a run', { concurrency: 4 }, () => {
  test('has for each album the count of SmugMug and the items held and proven, and each exception by name and reason', async (t) => {
    const lab = await openLab(t, world, { behaviour: faults })
    const told = await lab.backup({ settings: { maxRetries: 0 } })
    assert.equal(told.exitCode, 3)
    const { json, page } = newest(lab)
    const albums = Object.fromEntries(json.albums.map(({ album, counted, held }) => [album, [counted, held]]))
    assert.deepEqual(albums, { '/Travel/Norway': [2, 2], '/Troubles': [4, 1], '/Empty': [0, 0] })
    for (const [kind, name] of [
      ['pending', 'pending.mp4'],
      ['impossible', 'impossible.jpg'],
      ['failed', 'poison.jpg'],
    ] as const) {
      const problem = json.problems.find((each) => each.kind === kind)
      assert.deepEqual([problem?.album, problem?.name], ['/Troubles', name])
      assert.ok((problem?.reason.length ?? 0) > 10)
      assert.ok(page.includes(name) && page.includes(problem?.reason ?? '?'), `${name} is on the page`)
    }
    assert.equal(json.exitCode, 3)
    assert.match(json.message, /^[A-Z].*\.$/)
    assert.ok(page.includes(json.message))
    assert.match(page, /1 \/ 4 +\/Troubles/)
    assert.deepEqual(json.totals.items, 6)
  })

  test('names what came, changed, moved and went; history shows it, and an unchanged night names nothing', async (t) => {
    const lab = await openLab(t, { ...world, root: world.root.slice(0, 1) })
    await lab.complete()
    const first = newest(lab)
    const names = (json: Report & { changes?: Record<string, readonly { album: string; name?: string }[]> }, what: string) =>
      json.changes?.[what]?.map(({ album, name }) => `${album}/${name}`)
    assert.deepEqual(names(first.json, 'came'), ['/Travel/Norway/a.jpg', '/Travel/Norway/b.jpg'])
    assert.match(first.page, /^Came\n-+\n\/Travel\/Norway \(2\): a\.jpg, b\.jpg$/m)
    lab.change(
      (w) => removeImage(w, albumKey(w, 'Norway'), photo('a').key),
      (w) => addImage(w, albumKey(w, 'Norway'), photo('c')),
    )
    await lab.complete()
    const second = newest(lab)
    assert.deepEqual(names(second.json, 'came'), ['/Travel/Norway/c.jpg'])
    assert.deepEqual(names(second.json, 'went'), ['/Travel/Norway/a.jpg'])
    lab.change((w) => renameAlbum(w, albumKey(w, 'Norway'), 'Norge'))
    await lab.complete()
    const third = newest(lab)
    assert.match(
      third.page,
      /^Moved\n-+\n\/Travel\/Norge \(2\): b\.jpg \(from Travel\/Norway\/b\.jpg\), c\.jpg \(from Travel\/Norway\/c\.jpg\)$/m,
    )
    const { full } = await runHistory({ ...lab.work(), run: '2' })
    assert.deepEqual(
      full?.changes.came?.map(({ name }) => name),
      ['c.jpg'],
    )
    assert.deepEqual(
      full?.changes.went?.map(({ name }) => name),
      ['a.jpg'],
    )
    await lab.complete()
    const quiet = newest(lab)
    for (const what of ['came', 'changed', 'moved', 'went']) assert.deepEqual(names(quiet.json, what), [])
    assert.doesNotMatch(quiet.page, /^(?:Came|Changed|Moved|No longer)/m)
  })

  test('of a run that is complete says so in one sentence; status shows it', async (t) => {
    const lab = await openLab(t, { ...world, root: world.root.slice(0, 1) })
    await lab.complete()
    const { json } = newest(lab)
    assert.match(json.message, /^Complete: all 2 items in 1 album are held and proven\.$/)
    const status = await runStatus(lab.work())
    assert.equal(status.lastRun?.message, json.message)
    assert.equal(status.lastRun?.exitCode, 0)
    assert.deepEqual([status.held.items, status.held.files, status.problems], [2, 2, []])
    assert.equal(status.lastFullyProven, undefined)
    assert.ok((status.nextDue ?? 0) > Date.now())
  })

  test('numbers hold in every run: the items are the sum of their outcomes, also in skipped albums', async (t) => {
    const lab = await openLab(t, world, { behaviour: faults, settings: { maxRetries: 0 } })
    const sums: number[] = []
    for (const change of [
      undefined,
      undefined,
      (w: World) => addImage(w, albumKey(w, 'Norway'), photo('c')),
      (w: World) => removeImage(w, albumKey(w, 'Norway'), photo('a').key),
      undefined,
    ]) {
      if (change !== undefined) lab.change(change)
      const { totals } = await lab.backup()
      const { stored, adopted, copied, moved, kept, replaced, failed, impossible, pending } = totals
      assert.equal(totals.items, stored + adopted + copied + moved + kept + replaced + failed + impossible + pending)
      sums.push(totals.items)
    }
    assert.deepEqual(sums, [6, 6, 7, 6, 6])
  })

  test('an impossible item is named in every run, also when its album is not listed', async (t) => {
    const lab = await openLab(t, { ...world, root: [albumNode('Odd', [photo('impossible', { offers: 'none' }), photo('fine')])] })
    for (let night = 0; night < 3; night += 1) {
      const told = await lab.complete()
      assert.deepEqual([told.totals.impossible, told.totals.items], [1, 2])
      assert.deepEqual(
        told.problems.map(({ kind, name }) => [kind, name]),
        [['impossible', 'impossible.jpg']],
      )
    }
  })

  test('of a dry run is none, and its counts are those of the next real run', async (t) => {
    const lab = await openLab(t, world, { behaviour: faults, settings: { maxRetries: 0 } })
    await lab.backup()
    lab.sim.setBehaviour({})
    lab.change(
      (w) => addImage(w, albumKey(w, 'Norway'), photo('c')),
      (w) => removeImage(w, albumKey(w, 'Norway'), photo('a').key),
    )
    const reports = lab.ours('reports')
    const dry = await lab.backup({ dryRun: true })
    assert.deepEqual(lab.ours('reports'), reports)
    const real = await lab.backup()
    const counts = ({ totals }: typeof dry) => ({ ...totals, durationMs: 0, apiCalls: 0 })
    assert.deepEqual(counts(dry), counts(real))
  })

  test('counts that disagree are on the page with both numbers', async (t) => {
    const lab = await openLab(t, world)
    lab.change((w) => changeAlbum(w, albumKey(w, 'Norway'), (each) => ({ ...each, fields: { ImageCount: 9 } })))
    assert.equal((await lab.backup()).exitCode, 3)
    const { page } = newest(lab)
    assert.match(page, /2 \/ 9 +\/Travel\/Norway/)
    assert.match(page, /counts 9 items and lists 2/)
  })

  test('status after a failed run names each missing item and its reason', async (t) => {
    const lab = await openLab(t, world, { behaviour: faults, settings: { maxRetries: 0 } })
    await lab.backup()
    const status = await runStatus(lab.work())
    assert.match(status.message, /1 item failed/)
    assert.deepEqual(
      status.problems.filter(({ kind }) => kind === 'failed').map(({ name }) => name),
      ['poison.jpg'],
    )
  })
})
