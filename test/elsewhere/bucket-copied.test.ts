/** A bucket that was copied into a folder, and a record that came late. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { editImage, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runRebuild } from '../../src/app/app.ts'
import { openLabOfBucket, syncInto } from '../support/bucket-lab.ts'

const [a, b] = [photo('a'), photo('b')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b]), albumNode('Italy', [photo('i1')])])],
}
const ALL = 3
const RECORD = 'vault/Travel/Norway/album.json'

test('a folder that was copied from a bucket is proven by strangers, and a vault that goes on', async (t) => {
  const { lab, double, place } = await openLabOfBucket(t, world)
  await lab.complete()
  lab.change((w) => editImage(w, a.key, { caption: 'Fjord' }))
  await lab.complete()
  const root = join(place, 'copied')
  mkdirSync(root)
  syncInto(double, root)
  const ours = join(root, '.smugmug-backup')
  assert.ok(!existsSync(join(ours, 'SHA256SUMS')))
  for (const [program, sums] of [
    ['sha256sum', 'SHA256SUMS'],
    ['md5sum', 'MD5SUMS'],
  ]) {
    const said = execFileSync('sh', ['-c', `${program} -c "$(ls .smugmug-backup/${sums}* | tail -n 1)"`], { cwd: root, encoding: 'utf8' })
    assert.equal(said.match(/: OK$/gm)?.length, ALL)
  }
  const settings = { destination: root }
  const pretended = await lab.complete({ settings, dryRun: true })
  assert.deepEqual([pretended.downloads, pretended.totals.kept], [0, ALL])
  assert.ok(!existsSync(join(ours, 'state.json')), 'a dry run changes nothing')
  const { downloads, totals } = await lab.complete({ settings })
  assert.deepEqual([downloads, totals.kept], [0, ALL])
  assert.deepEqual(
    readdirSync(ours).filter((name) => /^(MD5|SHA256)SUMS|^state|^catalogue/.test(name)),
    ['MD5SUMS', 'SHA256SUMS', 'catalogue.sqlite', 'state.json'],
  )
  assert.equal((await lab.verify({ root })).exitCode, 0)
})

test('a record that came late is named by rebuild, and not believed', async (t) => {
  const { lab, double, place } = await openLabOfBucket(t, world)
  await lab.complete()
  const late = double.objects.get(RECORD)
  assert.ok(late)
  lab.change(
    (w) => editImage(w, b.key, { caption: 'Midnight sun' }),
    // Of the same size: only a hash shows the difference.
    (w) => replaceImage(w, a.key, photo('z').bytes),
  )
  await lab.complete()
  const right = double.objects.get(RECORD)
  assert.ok(right && right.etag !== late.etag)
  double.objects.set(RECORD, late)
  const elsewhere = { settings: { stateFolder: join(place, 'other machine') } }
  const rebuilt = await runRebuild(lab.work(elsewhere))
  assert.equal(rebuilt.exitCode, 0)
  assert.deepEqual(
    rebuilt.problems.map(({ kind, name }) => [kind, name]),
    [['notice', 'Travel/Norway/album.json']],
  )
  const { downloads, totals } = await lab.complete(elsewhere)
  assert.deepEqual([downloads, totals.items, totals.failed], [0, ALL, 0])
  assert.equal(double.objects.get(RECORD)?.bytes.toString(), right.bytes.toString())
  const untouched = await runRebuild(lab.work({ settings: { stateFolder: join(place, 'third machine') } }))
  assert.deepEqual(untouched.problems, [])
})

test('a record that came late is written anew by the next run of a machine that has the catalogue', async (t) => {
  const { lab, double } = await openLabOfBucket(t, world)
  await lab.complete()
  const late = double.objects.get(RECORD)
  lab.change((w) => editImage(w, b.key, { caption: 'Midnight sun' }))
  await lab.complete()
  const right = double.objects.get(RECORD)
  assert.ok(late && right && right.etag !== late.etag)
  double.objects.set(RECORD, late)
  const { downloads } = await lab.complete()
  assert.equal(downloads, 0)
  assert.equal(double.objects.get(RECORD)?.etag, right.etag)
})
