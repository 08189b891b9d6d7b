/** The addresses of the local page: those of SmugMug lead on, what a browser has is not sent again, and a run elsewhere is named. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { openVaultAt } from '../../src/app/app.ts'
import { openLab } from '../support/lab.ts'
import { openLocal } from '../support/local-page.ts'
import { colour } from '../support/twin-browser.ts'

const world = async (): Promise<World> => ({
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [{ ...photo('fjord', { key: 'FJORD1' }), bytes: await colour('blue') }])])],
})

test('the addresses of albums, folders and photos at SmugMug lead to their pages', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const { get } = await openLocal(t, lab)
  const leads = async (path: string): Promise<readonly [number, string | null]> => {
    const { status, headers } = await get(path)
    return [status, headers.get('location')]
  }
  assert.deepEqual(await leads('/Travel'), [302, '/Travel/'])
  assert.deepEqual(await leads('/Travel/Norway'), [302, '/Travel/Norway/'])
  assert.deepEqual(await leads('/Travel/Norway/i-FJORD1'), [302, '/Travel/Norway/#i-FJORD1'])
  assert.deepEqual(await leads('/Travel/Norway/i-FJORD1/A'), [302, '/Travel/Norway/#i-FJORD1'])
  for (const path of ['/Sweden', '/Travel/Sweden/i-FJORD1', '/i-FJORD1', '/Travel/Norway/none/'])
    assert.deepEqual(await leads(path), [404, null], path)
})

test('what the browser has is not sent again, in whatever form it names it', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const { get } = await openLocal(t, lab)
  const page = await (await get('/Travel/Norway/index.html')).text()
  const thumbnail = / src="\.\.\/\.\.\/(twin\.files\/thumbs\/[^"]+)"/.exec(page)?.[1] ?? assert.fail(page)
  for (const path of ['/twin.files/twin.js', '/twin.files/data/index.js', `/${thumbnail}`, '/Travel/Norway/fjord.jpg']) {
    const first = await get(path)
    const etag = first.headers.get('etag') ?? assert.fail(path)
    assert.equal(first.status, 200, path)
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': header })
      assert.deepEqual([again.status, await again.text()], [304, ''], `${path} ${header}`)
    }
    assert.equal((await get(path, { 'if-none-match': '"other"' })).status, 200, path)
  }
})

test('a run that was started elsewhere is named in words', async (t) => {
  const lab = await openLab(t, await world())
  await lab.complete()
  const { origin, headers } = await openLocal(t, lab)
  const wish = async (body: object): Promise<readonly [number, string | undefined, string | undefined]> => {
    const answer = await fetch(`${origin}/api/tasks`, { method: 'POST', headers, body: JSON.stringify(body) })
    const { refused, elsewhere } = (await answer.json()) as {
      readonly refused?: string
      readonly elsewhere?: { readonly texts: { readonly status: string } }
    }
    return [answer.status, refused, elsewhere?.texts.status]
  }
  for (const [operation, began, noun] of [
    ['adopt', 'An adoption', 'adoption'],
    ['verify', 'A verification', 'verification'],
    ['leave', 'A last look', 'last look'],
    ['prune', 'A thinning out of the past', 'thinning out of the past'],
    ['constructor', 'A run', 'run'],
  ] as const) {
    const vault = await openVaultAt(lab.root, { mode: 'write', operation })
    const underWay = `${began} is under way`
    assert.deepEqual(await wish({ start: 'backup' }), [
      409,
      `${began} that was started elsewhere is under way: wait for its end.`,
      underWay,
    ])
    assert.deepEqual(await wish({ cancel: 1 }), [409, `The ${noun} was started elsewhere: stop it there.`, underWay])
    await vault.close()
  }
})
