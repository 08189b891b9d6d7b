/** Accounts whose answers have keywords only as a text. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { albumsOf, placementsOf } from '../simulator/edit.ts'
import { albumNode, photo } from '../simulator/worlds/make.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { handOver, readSidecar } from './support/handover.ts'
import { filesBelow, openLab } from './support/lab.ts'
import { openTarget } from './support/restored.ts'

const KEYWORDS = ['maker; faire', 'fjord']

test('a keyword with a semicolon in it stays one, in every handover and restore, and can be asked for', async (t) => {
  const world = { ...smallWorld(), root: [albumNode('Boats', [photo('boat', { keywords: KEYWORDS })])] }
  const asText = { on: 'images', does: { kind: 'patch', response: { AlbumImage: { 0: { KeywordArray: null } } } } } as const
  const lab = await openLab(t, world, { behaviour: { faults: [asText] } })
  await lab.complete({ settings: { keyword: ['fjord'] } })
  assert.deepEqual([...lab.media().keys()], ['Boats/boat.jpg'])
  assert.deepEqual(JSON.parse(readFileSync(lab.at('Boats/album.json'), 'utf8')).items[0].keywordArray, [])

  const photoprism = await handOver(t, lab, { target: 'photoprism' })
  assert.match(photoprism.read('sidecar/Boats/boat.yml'), /"maker; faire, fjord"/)
  const lightroom = await handOver(t, lab, { target: 'lightroom' })
  const [sidecar = ''] = filesBelow(lightroom.folder, (path) => path.endsWith('.xmp')).keys()
  assert.deepEqual(
    readSidecar(lightroom.read(sidecar)).subject,
    [...KEYWORDS, 'SmugMug', 'Boats'].map((word) => ['', word]),
  )

  const { target, restore } = await openTarget(t, lab)
  const outcome = await restore()
  assert.deepEqual([outcome.exitCode, outcome.problems], [0, []])
  assert.deepEqual(placementsOf(albumsOf(target.world)[0] ?? assert.fail())[0]?.image.keywords, KEYWORDS)
})
