import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { removeAlbum, removeImage, replaceImage } from '../../simulator/edit.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runStatus } from '../../src/app/app.ts'
import { problemLines } from '../../src/cli/reporters/summary.ts'
import { albumKey, openLab } from '../support/lab.ts'

const photosOf = (name: string, count: number) => Array.from({ length: count }, (_, n) => photo(`${name}-${n + 1}`))
const gone = photosOf('gone', 25)
const some = photosOf('some', 12)
const world = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Weddings', [albumNode('Gone', gone), albumNode('Some', some)])],
}

describe('the brake names albums and photos', () => {
  for (const dryRun of [false, true]) {
    test(`that would vanish${dryRun ? ', in a dry run' : ', on the terminal, in events, report and status'}`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      const key = albumKey(world, 'Some')
      lab.change(
        (w) => removeAlbum(w, albumKey(world, 'Gone')),
        (w) => some.slice(0, 9).reduce((each, { key: image }) => removeImage(each, key, image), w),
      )
      const { exitCode, problems, totals, events, ...more } = await lab.backup({ dryRun })
      assert.equal(exitCode, 7)
      assert.equal(totals.vanished, 0, 'nothing has vanished yet')
      const would = problems.filter(({ kind }) => kind === 'would-vanish')
      assert.equal(would.length, 34)
      assert.equal(events.filter((event) => event.event === 'problem' && event.problem.kind === 'would-vanish').length, 34)
      const lines = problemLines({ command: 'backup', problems, quiet: true, columns: 120 }).join('\n')
      assert.match(lines, /Would vanish \(34\)/)
      assert.match(lines, /\/Weddings\/Gone: all 25 photos gone from SmugMug \(gone-1 … gone-25\)/)
      assert.match(lines, /\/Weddings\/Some: 9 photos gone from SmugMug \(some-1 … some-9\)/)
      if (dryRun) return
      const { path = '' } = more as { readonly path?: string }
      for (const each of [path, path.replace(/txt$/, 'json')]) {
        const report = readFileSync(lab.at(each), 'utf8')
        for (const { name = '?' } of would) assert.ok(report.includes(name), `${name} is in ${each}`)
      }
      const status = await runStatus(lab.work())
      assert.equal(status.problems.filter(({ kind }) => kind === 'would-vanish').length, 34)
    })
  }

  test('that would be replaced', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    lab.change((w) =>
      gone
        .slice(0, 22)
        .reduce((each, { key }) => replaceImage(each, key, { kind: 'seeded', seed: `new ${key}`, size: 310, starts: 'jpg' }), w),
    )
    const { exitCode, problems } = await lab.backup()
    assert.equal(exitCode, 7)
    const lines = problemLines({ command: 'backup', problems, quiet: false }).join('\n')
    assert.match(lines, /\/Weddings\/Gone: 22 photos changed on SmugMug \(gone-1 … gone-22\)/)
  })
})
