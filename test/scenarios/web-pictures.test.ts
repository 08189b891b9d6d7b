/** The pictures of the local page: thumbnails and posters that are made when they are looked at, and files that browsers cannot show. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, video } from '../../simulator/worlds/make.ts'
import { isShowable } from '../../src/twin/formats.ts'
import { openLab } from '../support/lab.ts'
import { openLocal } from '../support/local-page.ts'
import { colour } from '../support/twin-browser.ts'

const world = async (): Promise<World> => ({
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Summer', [video('film', { still: await colour('blue') })])],
})

const posterIn = (page: string): string => / src="\.\.\/(twin\.files\/posters\/[^"]+)"/.exec(page)?.[1] ?? assert.fail(page)

test('the poster of a video is fetched from SmugMug once, and kept', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const { get } = await openLocal(t, lab)
  const asked = (): number => lab.sim.counters.byEndpoint.still ?? 0
  const path = posterIn(await (await get('/Summer/index.html')).text())
  for (let n = 0; n < 3; n++) assert.equal((await get(`/${path}`)).headers.get('content-type'), 'image/jpeg')
  assert.equal(asked(), 1)
  assert.ok(existsSync(lab.at(path.replace('twin.files', '.smugmug-backup/twin-thumbs'))))
  assert.equal((await get(`/${path.replace('posters', 'thumbs').replace('.jpg', '.webp')}`)).status, 404, 'a video has a poster alone')
})

test('without a still, an answer or a sign-in a video is a tile with its name, and SmugMug is left alone', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const asked = (): number => lab.sim.counters.byEndpoint.still ?? 0
  for (const [settings, status, most] of [
    [{}, 404, 1],
    [{}, 500, 1],
    [{ userToken: undefined }, 200, 0],
  ] as const) {
    lab.sim.setBehaviour({ faults: status === 200 ? [] : [{ on: 'still', does: { kind: 'status', status } }] })
    const before = asked()
    const { get } = await openLocal(t, lab, { settings })
    const path = posterIn(await (await get('/Summer/index.html')).text())
    for (let n = 0; n < 3; n++) {
      const answer = await get(`/${path}`)
      assert.equal(answer.headers.get('content-type'), 'image/svg+xml', `${status}`)
      assert.match(await answer.text(), /film\.mp4/)
    }
    assert.equal(asked() - before, most, `${status}`)
  }
})

test('a poster of the twin is shown by who is not signed in', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const first = await openLocal(t, lab)
  const path = posterIn(await (await first.get('/Summer/index.html')).text())
  await (await first.get(`/${path}`)).arrayBuffer()
  await first.close()
  mkdirSync(lab.at(path.replace(/[^/]+$/, '')), { recursive: true })
  copyFileSync(lab.at(path.replace('twin.files', '.smugmug-backup/twin-thumbs')), lab.at(path))
  const { get } = await openLocal(t, lab, { settings: { userToken: undefined } })
  assert.equal((await get(`/${path}`)).headers.get('content-type'), 'image/jpeg')
})

test('a file that browsers cannot show is handed over, and one that they show is shown', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const { get } = await openLocal(t, lab)
  for (const name of ['a.HEIC', 'b.heif', 'c.TIF', 'd.tiff', 'e.avi', 'f.mpg', 'g.NEF', 'h.jpg', 'i.PNG', 'k.mp4', 'l.MOV']) {
    writeFileSync(lab.at(`Summer/${name}`), 'x')
    const isShown = isShowable(name, /mp4|mov|avi|mpg/i.test(name))
    const disposition = (await get(`/Summer/${name}`)).headers.get('content-disposition')
    assert.equal(disposition?.split(';')[0], isShown ? undefined : 'attachment', name)
  }
})
