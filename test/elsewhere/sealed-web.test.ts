/** The local page of a vault whose photos it cannot open. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addImage } from '../../simulator/edit.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { albumKey } from '../support/lab.ts'
import { openLocal } from '../support/local-page.ts'
import { ALL, a, openSealedLab } from '../support/sealed-lab.ts'

describe('the local page of a sealed vault', () => {
  test('has the words without a private key, a tile for each photo, and says why there is no picture', async (t) => {
    const { lab } = await openSealedLab(t)
    await lab.complete()
    const { get } = await openLocal(t, lab)
    assert.match(await (await get('/health.html')).text(), new RegExp(`${ALL} items`))
    const page = await (await get('/Travel/Norway/index.html')).text()
    assert.match(page, /Verysecretcaption/)
    const thumbs = [...page.matchAll(/\.\.\/\.\.\/(twin\.files\/thumbs\/[^"]+\.webp)/g)].map(([, path]) => path)
    assert.ok(thumbs.length >= 3, page)
    const tile = await get(`/${thumbs[0]}`)
    assert.equal(tile.headers.get('content-type'), 'image/svg+xml')
    assert.match(await tile.text(), />\w+\.jpg<.*>sealed</)
    const photo = await get('/Travel/Norway/a.jpg')
    assert.equal(photo.status, 404)
    assert.match(await photo.text(), /This photo is not shown here.*are sealed.*checkout/)
    assert.match(await (await get('/Travel/Sweden/a.jpg')).text(), /This page is not here/)
  })

  test('gives no photo the name of another one with the same bytes', async (t) => {
    const { lab } = await openSealedLab(t)
    lab.change((world) => addImage(world, albumKey(world, 'Top'), photo('twice', { bytes: a.bytes })))
    await lab.complete()
    const { get } = await openLocal(t, lab)
    const names: string[] = []
    for (const path of ['Travel/Norway', 'Top']) {
      const page = await (await get(`/${path}/index.html`)).text()
      for (const [, thumb, alt] of page.matchAll(/(twin\.files\/thumbs\/[^"]+\.webp)"[^>]* alt="([^"]*)"/g)) {
        const [, name] = />([^<>]+\.jpg)</.exec(await (await get(`/${thumb}`)).text()) ?? []
        names.push(`${alt}: ${name ?? 'no name'}`)
      }
    }
    assert.deepEqual(names, ['Verysecretcaption: no name', 'b.jpg: b.jpg', 'c.jpg: c.jpg', 't1.jpg: t1.jpg', 'twice.jpg: no name'])
  })
})
