import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { albumsOf } from './edit.ts'
import { patch } from './faults.ts'
import { startSimulator } from './simulator.ts'
import { authorization, type Loose, ownerOf, type RawAnswer, send } from './test-client.ts'
import type { Fault } from './world.ts'
import { smallWorld } from './worlds/small.ts'

const world = smallWorld()
const simulator = await startSimulator(world)
test.after(() => simulator.close())
const owner = ownerOf(simulator, world)
const [norway, kitchen] = albumsOf(world)
assert.ok(norway && kitchen)
const images = `/api/v2/album/${norway.key}!images`
const [item, ...others]: Loose[] = (await owner.get(images)).Response.AlbumImage
const original: string = item.ArchivedUri
const whole = (await send(original)).body

const USER = '/api/v2!authuser'
const on = (fault: Omit<Fault, 'on'> & { readonly on?: string }): void => simulator.setBehaviour({ faults: [{ on: 'original', ...fault }] })
const outcome = (answer: Promise<RawAnswer>): Promise<string> =>
  answer.then(
    ({ status, body, whole: complete }) => `${status} ${body.length} ${complete ? 'whole' : 'cut'}`,
    (error: NodeJS.ErrnoException) => `error ${error.code}`,
  )

describe('each fault does what it says', () => {
  test('status, with headers, body and the time to wait', async () => {
    on({ on: 'authuser', does: { kind: 'status', status: 503, retryAfter: 7, body: '{"Code":503}', headers: { 'X-Note': 'a' } } })
    const answer = await owner.raw(USER)
    assert.deepEqual(
      [answer.status, answer.headers['retry-after'], answer.headers['x-note'], answer.headers['content-type'], answer.body.toString()],
      [503, '7', 'a', 'application/json', '{"Code":503}'],
    )
    on({ does: { kind: 'status', status: 404 } })
    assert.equal(await outcome(send(original)), '404 0 whole')
  })

  test('reset: at once, and in the middle', async () => {
    on({ does: { kind: 'reset' } })
    assert.equal(await outcome(send(original)), 'error ECONNRESET')
    on({ does: { kind: 'reset', after: 5000 } })
    assert.equal(await outcome(send(original)), '200 5000 cut')
    on({ on: 'authuser', does: { kind: 'reset' } })
    assert.equal(await outcome(owner.raw(USER)), 'error ECONNRESET')
  })

  test('truncate: cut off, or announced as if it were all', async () => {
    on({ does: { kind: 'truncate', at: 5000, clean: false } })
    const cut = await send(original)
    assert.deepEqual([cut.headers['content-length'], cut.body.length, cut.whole], ['20000', 5000, false])
    on({ does: { kind: 'truncate', at: 5000, clean: true } })
    const clean = await send(original)
    assert.deepEqual([clean.headers['content-length'], clean.body.length, clean.whole], ['5000', 5000, true])
    assert.deepEqual(clean.body, whole.subarray(0, 5000))
  })

  test('truncate counts from the start of a range', async () => {
    on({ does: { kind: 'truncate', at: 10, clean: false } })
    const part = await send(original, { headers: { Range: 'bytes=100-199' } })
    assert.deepEqual([part.status, part.body], [206, whole.subarray(100, 110)])
  })

  test('stall: for a while, until a promise, and for ever', async () => {
    on({ does: { kind: 'stall', after: 100, ms: 80 } })
    const start = performance.now()
    assert.equal(await outcome(send(original)), '200 20000 whole')
    assert.ok(performance.now() - start >= 79)
    for (const after of [undefined, 100]) {
      const { promise, resolve } = Promise.withResolvers<void>()
      on({ match: '?held', does: { kind: 'stall', ...(after !== undefined && { after }), until: promise } })
      let isOver = false
      const held = outcome(send(`${original}?held`)).finally(() => {
        isOver = true
      })
      assert.equal(await outcome(send(original)), '200 20000 whole')
      assert.equal(isOver, false)
      resolve()
      assert.equal(await held, '200 20000 whole')
    }
    on({ does: { kind: 'stall', after: 100 } })
    const stalled = await fetch(original)
    const reader = stalled.body?.getReader()
    assert.equal((await reader?.read())?.value?.length, 100)
    const next = reader?.read().then(() => 'more')
    assert.equal(await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 50, 'silence'))]), 'silence')
    const gone = reader?.cancel()
    await Promise.allSettled([gone, next])
  })

  test('wrong bytes: as many as right', async () => {
    on({ does: { kind: 'wrongBytes' } })
    const { body } = await send(original)
    assert.equal(body.length, whole.length)
    assert.notDeepEqual(body, whole)
    assert.deepEqual(body.subarray(0, 100), whole.subarray(0, 100))
  })

  test('html, empty, badJson, redirect', async () => {
    on({ on: 'authuser', does: { kind: 'html' } })
    const html = await owner.raw(USER)
    assert.deepEqual(
      [html.status, html.headers['content-type'], html.body.toString().startsWith('<!DOCTYPE html>')],
      [200, 'text/html', true],
    )
    on({ on: 'authuser', does: { kind: 'empty' } })
    assert.equal(await outcome(owner.raw(USER)), '200 0 whole')
    on({ on: 'authuser', does: { kind: 'badJson' } })
    const bad = await owner.raw(USER)
    assert.equal(bad.headers['content-type'], 'application/json')
    assert.throws(() => JSON.parse(bad.body.toString()), SyntaxError)
    on({ does: { kind: 'redirect', location: 'http://example.com/x' } })
    const moved = await send(original)
    assert.deepEqual([moved.status, moved.headers.location], [302, 'http://example.com/x'])
    on({ does: { kind: 'redirect', location: '/y', status: 307 } })
    assert.equal((await send(original)).status, 307)
  })

  test('patch: deep, null removes, numbers change single items', async () => {
    on({
      on: 'images',
      does: {
        kind: 'patch',
        response: { Pages: { Total: 99, NextPage: '/x' }, AlbumImage: { 0: { ArchivedMD5: 'x', Title: null }, 5: null } },
      },
    })
    const { Response } = await owner.get(images)
    assert.deepEqual([Response.Pages.Total, Response.Pages.Count, Response.Pages.NextPage], [99, 6, '/x'])
    assert.deepEqual([Response.AlbumImage.length, Response.AlbumImage[0].ArchivedMD5, Response.AlbumImage[0].Title], [5, 'x', undefined])
    assert.equal(Response.AlbumImage[1].ArchivedMD5, others[0].ArchivedMD5)
    on({ on: 'images', does: { kind: 'patch', response: { AlbumImage: null } } })
    assert.equal((await owner.get(images)).Response.AlbumImage, undefined)
    assert.deepEqual(patch({ a: [1, 2, 3] }, { a: [9] }), { a: [9] })
  })

  test('delay, together with another fault', async () => {
    simulator.setBehaviour({
      faults: [
        { on: 'file', does: { kind: 'delay', ms: 70 } },
        { on: 'original', does: { kind: 'status', status: 500 } },
      ],
    })
    const start = performance.now()
    assert.equal(await outcome(send(original)), '500 0 whole')
    assert.ok(performance.now() - start >= 69)
  })
})

describe('each fault hits whom it names', () => {
  test('the n-th such request, counted by name and text', async () => {
    const statuses = async (paths: readonly string[]): Promise<number[]> => {
      const found: number[] = []
      for (const path of paths) found.push((await owner.raw(path)).status)
      return found
    }
    const other = `/api/v2/album/${kitchen.key}!images`
    on({ on: 'images', nth: [1, 3], does: { kind: 'status', status: 500 } })
    assert.deepEqual(await statuses([USER, images, images, other, images]), [200, 500, 200, 500, 200])
    on({ on: 'images', match: kitchen.key, nth: 1, does: { kind: 'status', status: 500 } })
    assert.deepEqual(await statuses([images, other, other]), [200, 500, 200])
    on({ on: 'any', nth: 2, does: { kind: 'status', status: 500 } })
    assert.deepEqual(await statuses([USER, images, images]), [200, 500, 200])
  })

  test('kinds of files are told apart', async () => {
    const film = others.at(-1)
    const { LargestVideo } = (await owner.get(film.Uris.LargestVideo.Uri)).Response
    simulator.setBehaviour({ faults: [{ on: 'video', does: { kind: 'status', status: 500 } }] })
    assert.deepEqual(
      await Promise.all([send(original), send(film.ArchivedUri), send(LargestVideo.Url)].map(async (answer) => (await answer).status)),
      [200, 200, 500],
    )
    simulator.setBehaviour({ faults: [{ on: 'still', does: { kind: 'status', status: 500 } }] })
    assert.deepEqual([(await send(original)).status, (await send(film.ArchivedUri)).status], [200, 500])
  })

  test('a fault does not spare a wrong signature its 401, and spends the nonce', async () => {
    on({ on: 'authuser', nth: 1, does: { kind: 'status', status: 500 } })
    const url = `${simulator.apiUrl}${USER}`
    const header = authorization(url, owner.secrets)
    assert.equal((await send(url, { headers: { Authorization: header } })).status, 500)
    assert.equal((await send(url, { headers: { Authorization: header } })).status, 401)
  })
})
