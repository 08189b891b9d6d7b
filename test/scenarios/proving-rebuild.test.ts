/** The catalogue is deleted and made anew from the vault: it is the same row by row, and every command answers as before. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  addAlbum,
  addImage,
  collectImage,
  editImage,
  moveImage,
  removeAlbum,
  removeImage,
  renameAlbum,
  renameFolder,
  replaceImage,
} from '../../simulator/edit.ts'
import { idFrom } from '../../simulator/lookup.ts'
import type { Behaviour, World } from '../../simulator/world.ts'
import { album, albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runBackup, runExport, runHistory, runRebuild, runStatus } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'

const [a, b] = [photo('a', { capturedLocal: '2024-06-14T05:02:11' }), photo('b')]
const gone = photo('gone')
const pending = video('pending', { processing: true })
const impossible = photo('impossible', { offers: 'none' })
const fallback = photo('fallback', { offers: 'largest' })
const poison = photo('poison')
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode('Norway', [a, b, video('clip'), gone]),
      albumNode('Twins', [photo('t1', { fileName: 'T.jpg' }), photo('t2', { fileName: 't.jpg' }), photo('t3', { fileName: 'T.jpg' })]),
    ]),
    albumNode('Troubles', [pending, impossible, fallback, poison]),
    albumNode('Best', [collected(a)]),
    albumNode('Empty', []),
    albumNode('Leaving', [photo('l1'), photo('l2')]),
  ],
}
const faults: Behaviour = { faults: [{ on: 'original', match: poison.key, does: { kind: 'wrongBytes' } }] }
const key = (name: string): string => albumKey(world, name)

/** Events in the vault before its catalogue was lost. */
const histories: Readonly<Record<string, (lab: Lab) => Promise<void>>> = {
  'one run': async (lab) => {
    await lab.backup()
  },
  'several runs without a change': async (lab) => {
    await lab.backup()
    await lab.backup()
    await lab.backup({ full: true })
  },
  'renames and moves': async (lab) => {
    await lab.backup()
    lab.change(
      (w) => renameFolder(w, idFrom('node Travel', 6), 'Journeys'),
      (w) => renameAlbum(w, key('Best'), 'The best'),
      (w) => editImage(w, a.key, { fileName: 'b.jpg', title: 'A' }),
      (w) => editImage(w, b.key, { fileName: 'a.jpg' }),
      (w) => moveImage(w, photo('t1').key, key('Twins'), key('Empty')),
    )
    await lab.backup()
  },
  'vanished items and albums, kept': async (lab) => {
    await lab.backup()
    lab.change(
      (w) => removeImage(w, key('Norway'), gone.key),
      (w) => removeAlbum(w, key('Leaving')),
    )
    await lab.backup()
    await lab.backup({ full: true })
  },
  'vanished items and albums, trashed': async (lab) => {
    await lab.backup()
    lab.change(
      (w) => removeImage(w, key('Norway'), gone.key),
      (w) => removeAlbum(w, key('Leaving')),
    )
    await lab.backup({ settings: { onVanished: 'trash' } })
  },
  'vanished and come back': async (lab) => {
    await lab.backup()
    lab.change((w) => removeImage(w, key('Norway'), gone.key))
    await lab.backup()
    lab.change((w) => addImage(w, key('Norway'), gone))
    await lab.backup()
  },
  replacements: async (lab) => {
    await lab.backup()
    lab.change((w) => replaceImage(w, a.key, { kind: 'seeded', seed: 'new a', size: 21_000, starts: 'jpg' }))
    await lab.backup()
    lab.change((w) => replaceImage(w, b.key, b.bytes))
    await lab.backup()
  },
  'a new album at the path of one that vanished': async (lab) => {
    await lab.backup()
    lab.change((w) => removeAlbum(w, key('Leaving')))
    await lab.backup()
    lab.change((w) => addAlbum(w, album('Leaving', [photo('n1')], { key: 'NewKey', nodeId: 'NewNod' })))
    await lab.backup()
  },
  'collected more and less': async (lab) => {
    await lab.backup()
    lab.change((w) => collectImage(w, b.key, key('Best')))
    await lab.backup()
    lab.change((w) => removeImage(w, key('Best'), a.key))
    await lab.backup()
  },
  'damage found by verify, not yet healed': async (lab) => {
    await lab.backup()
    rmSync(lab.at('Travel/Norway/a.jpg'))
    // One bit, which a survey of names and sizes cannot see.
    const path = lab.at('Travel/Norway/b.jpg')
    const { atime, mtime } = statSync(path)
    const bytes = readFileSync(path)
    bytes[5000] = (bytes[5000] ?? 0) ^ 1
    writeFileSync(path, bytes)
    utimesSync(path, atime, mtime)
    assert.equal((await lab.verify()).exitCode, 3)
  },
  'a verify that proved everything': async (lab) => {
    await lab.backup()
    assert.equal((await lab.verify()).exitCode, 0)
  },
  'a verify in slices': async (lab) => {
    await lab.backup()
    await lab.verify({ maxDuration: 0 })
  },
  'a brake that holds': async (lab) => {
    await lab.backup()
    lab.change(
      (w) => ({ ...w, nickName: 'bob' }),
      (w) => removeImage(w, key('Norway'), gone.key),
    )
    await lab.backup()
  },
  'an interrupted run': async (lab) => {
    await lab.backup()
    lab.change(
      (w) => addImage(w, key('Norway'), photo('x1')),
      (w) => addImage(w, key('Twins'), photo('x2')),
    )
    const stop = new AbortController()
    await runBackup({
      ...lab.work({ signal: stop.signal }),
      emit: (event) => (event.event === 'item' && event.outcome === 'stored' ? stop.abort() : undefined),
    })
  },
}

/** Returns every answer that a person or a script can get of a vault. */
async function answers(lab: Lab, settings: Partial<Settings>) {
  const status = await runStatus(lab.work({ settings }))
  const exported: Record<string, string> = {}
  for (const format of ['csv', 'jsonl'] as const) {
    const write = async (text: string): Promise<void> => {
      exported[format] = (exported[format] ?? '') + text
    }
    await runExport({ ...lab.work({ settings }), format, write })
  }
  const plan = await lab.backup({ dryRun: true, settings })
  const { durationMs: _ms, apiCalls: _calls, ...totals } = plan.totals
  const { durationMs: _duration, ...known } = status.totals
  // The runs of other operations have no report to be read from.
  const { nextDue: _next, runs: _runs, days: _days, ...standing } = status
  return {
    status: { ...standing, totals: known },
    exported,
    plan: {
      exitCode: plan.exitCode,
      message: plan.message,
      totals,
      problems: plan.problems,
    },
    listings: plan.listings,
  }
}

describe('a catalogue rebuilt after', { concurrency: 6 }, () => {
  for (const [what, history] of Object.entries(histories)) {
    for (const collectedAs of ['link', 'skip'] as const) {
      if (collectedAs === 'skip' && !/collected|one run|replacements/.test(what)) continue
      test(`${what}${collectedAs === 'skip' ? ', collected = skip' : ''}`, async (t) => {
        const settings = { collected: collectedAs, maxRetries: 0 }
        const lab = await openLab(t, world, { behaviour: faults, settings })
        await history(lab)
        const [rows, before, names] = [lab.rows(), await answers(lab, {}), lab.media()]
        const records = [...names.keys()].length
        assert.ok(rows.items.length > 5 && records > 5, 'there is something to lose')
        rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
        const rebuilt = await runRebuild(lab.work())
        assert.equal(rebuilt.exitCode, 0, JSON.stringify(rebuilt.problems))
        const now = lab.rows()
        assert.deepEqual(now.albums, rows.albums)
        assert.deepEqual(now.items, rows.items)
        assert.deepEqual(now.files, rows.files)
        // Only the catalogue knew what the last run had named: after a rebuild all of it is new.
        const problems = before.plan.problems.map(({ asBefore: _asBefore, ...problem }) => problem)
        assert.deepEqual(await answers(lab, {}), { ...before, plan: { ...before.plan, problems } })
        assert.deepEqual(lab.media(), names)
        lab.sim.setBehaviour({})
        const told = await lab.backup({ acceptChanges: true, full: true })
        assert.equal(told.exitCode, 0, JSON.stringify(told.problems))
        assert.equal((await lab.verify()).exitCode, 0)
      })
    }
  }
})

test('a rebuilt catalogue is the same again: twice is once', async (t) => {
  const lab = await openLab(t, world)
  await lab.backup()
  await runRebuild(lab.work())
  const once = lab.rows()
  await runRebuild(lab.work())
  assert.deepEqual(lab.rows(), once)
})

test('runs that wrote no report are in the history of a catalogue made anew, in their places', async (t) => {
  const lab = await openLab(t, world)
  await lab.backup()
  await lab.verify()
  await lab.backup()
  await lab.verify({ sample: 0.5 })
  const past = async () => (await runHistory({ ...lab.work(), limit: 100 })).runs.toReversed()
  const before = await past()
  assert.deepEqual(
    before.map(({ operation }) => operation),
    ['backup', 'verify', 'backup', 'verify'],
  )
  rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
  await runRebuild(lab.work())
  assert.deepEqual((await past()).slice(0, 4), before)
  await lab.backup()
  rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
  await runRebuild(lab.work())
  assert.deepEqual(
    (await past()).map(({ run, operation }) => `${run} ${operation}`),
    ['1 backup', '2 verify', '3 backup', '4 verify', '5 rebuild', '6 backup', '7 rebuild'],
  )
})

test('every field of an album and an item that SmugMug gave is in album.json, in album order', async (t) => {
  const lab = await openLab(t, world)
  await lab.backup()
  const record = JSON.parse(readFileSync(lab.at('Travel/Norway/album.json'), 'utf8'))
  assert.deepEqual(
    record.items.map((item: { imageKey: string }) => item.imageKey),
    [a.key, b.key, video('clip').key, gone.key],
  )
  for (const [index, item] of record.items.entries()) {
    assert.equal(item.position, index)
    for (const field of [
      'ImageKey',
      'FileName',
      'ArchivedMD5',
      'DateTimeUploaded',
      'Uris',
      'Latitude',
      'KeywordArray',
      'Caption',
      'Title',
    ]) {
      if (field === 'ArchivedMD5' && item.isVideo) continue
      assert.ok(field in item.smugmug, `${field} of ${item.fileName}`)
    }
  }
  for (const field of ['AlbumKey', 'UrlPath', 'Name', 'SortMethod', 'ImageCount', 'Uris']) assert.ok(field in record.album.smugmug, field)
})
