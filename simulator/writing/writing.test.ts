import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { albumsOf, placementsOf } from '../edit.ts'
import { startSimulator } from '../simulator.ts'
import { ownerOf } from '../test-client.ts'
import type { Behaviour, Writing } from '../world.ts'
import { smallWorld } from '../worlds/small.ts'

const world = smallWorld()
const [norway] = albumsOf(world)
assert.ok(norway)

const open = async (t: TestContext, writing: Writing = {}, behaviour: Behaviour = {}) => {
  const simulator = await startSimulator(world, { ...behaviour, writing: { permission: 'Modify', ...writing } })
  t.after(() => simulator.close())
  const owner = ownerOf(simulator, world)
  const root = (await owner.get('/api/v2!authuser?_verbosity=1')).Response.User.Uris.Node as string
  const make = (body: Record<string, unknown>) => owner.change('POST', `${root}!children`, body)
  const makeAlbum = async (Name: string): Promise<string> => {
    const { json } = await make({ Type: 'Album', Name, Privacy: 'Private' })
    return json.Response.Node.Uris.Album.slice('/api/v2/album/'.length)
  }
  const namesIn = async (key: string): Promise<readonly string[]> =>
    ((await owner.get(`/api/v2/album/${key}!images?_verbosity=1`)).Response.AlbumImage ?? []).map(
      (item: { FileName: string }) => item.FileName,
    )
  const countOf = async (key: string): Promise<number> => (await owner.get(`/api/v2/album/${key}?_verbosity=1`)).Response.Album.ImageCount
  return { simulator, owner, root, make, makeAlbum, namesIn, countOf }
}

const PHOTO = Buffer.from('a photo of some bytes')
const md5 = (bytes: Buffer): string => hash('md5', bytes)

describe('permissions', () => {
  test('reading is not enough to add, adding is not enough to change', async (t) => {
    for (const [permission, made, changed] of [
      ['Read', 401, 401],
      ['Add', 201, 401],
      ['Modify', 201, 200],
    ] as const) {
      const { owner, make } = await open(t, { permission })
      assert.equal((await make({ Type: 'Folder', Name: 'New' })).status, made)
      const patched = await owner.change('PATCH', `/api/v2/album/${norway.key}`, { Description: 'x' })
      assert.equal(patched.status, changed)
      if (changed === 401) assert.match(patched.json.Message, /has not granted the required permissions/)
    }
  })
})

describe('new nodes', () => {
  test('are private, unlisted or public as asked, and found at once', async (t) => {
    const { make, owner, root } = await open(t)
    const { json } = await make({ Type: 'Album', Name: 'Beach Trip', Privacy: 'Private' })
    assert.deepEqual([json.Code, json.Response.Node.UrlName, json.Response.Node.Privacy], [201, 'Beach-Trip', 'Private'])
    assert.equal((await make({ Name: 'Plain' })).json.Response.Node.Privacy, 'Unlisted')
    const names = (await owner.get(`${root}!children?_verbosity=1`)).Response.Node.map((node: { Name: string }) => node.Name)
    assert.ok(names.includes('Beach Trip') && names.includes('Plain'))
  })

  test('of a wrong or a taken address are refused by name', async (t) => {
    const { make } = await open(t)
    const wrong = await make({ Name: 'x', UrlName: '2019-trip' })
    assert.deepEqual([wrong.status, wrong.json.Options.Parameters.POST[0].Problems], [400, ['Must start with a letter']])
    assert.equal((await make({ Name: '2016-08' })).json.Response.Node.UrlName, '2016-08')
    assert.equal((await make({ Name: '2016-08' })).status, 409)
    assert.equal((await make({ Name: '2016-08', AutoRename: true })).json.Response.Node.UrlName, '2016-08-1')
    assert.equal((await make({ Type: 'Folder' })).status, 400)
  })

  test('nest as deep as SmugMug allows', async (t) => {
    const { owner, root } = await open(t, { folderDepth: 2 })
    let parent = root
    const statuses: number[] = []
    for (const Name of ['One', 'Two', 'Three']) {
      const { status, json } = await owner.change('POST', `${parent}!children`, { Type: 'Folder', Name })
      statuses.push(status)
      parent = json.Response?.Node?.Uri ?? parent
    }
    assert.deepEqual(statuses, [201, 201, 400])
    assert.equal((await owner.change('POST', `${parent}!children`, { Type: 'Album', Name: 'Deep' })).status, 201)
  })
})

describe('the uploader', () => {
  test('takes a file with its words, last in the album', async (t) => {
    const { owner, makeAlbum, simulator, countOf } = await open(t)
    const key = await makeAlbum('New')
    const { json } = await owner.upload(key, PHOTO, {
      'X-Smug-FileName': 'Gr%C3%B6%C3%9Fe.jpg',
      'X-Smug-Caption': 'one%0Atwo',
      'X-Smug-Keywords': 'a; b c',
      'X-Smug-Hidden': 'true',
      'Content-MD5': Buffer.from(md5(PHOTO), 'hex').toString('base64'),
    })
    assert.equal(json.stat, 'ok')
    const { Image } = (await owner.get(`${json.Image.ImageUri}?_verbosity=1`)).Response
    assert.deepEqual(
      [Image.FileName, Image.Caption, Image.KeywordArray, Image.Hidden, Image.ArchivedMD5],
      ['Größe.jpg', 'one\ntwo', ['a', 'b c'], true, md5(PHOTO)],
    )
    assert.equal(await countOf(key), 1)
    assert.equal(placementsOf(albumsOf(simulator.world).find((album) => album.key === key) ?? assert.fail()).length, 1)
  })

  test('refuses with a code and status 200', async (t) => {
    const { owner, makeAlbum } = await open(t, { albumLimit: 1 })
    const key = await makeAlbum('New')
    const codeOf = async (album: string, name: string, body = PHOTO, more: Record<string, string> = {}): Promise<number> => {
      const { status, json } = await owner.upload(album, body, { 'X-Smug-FileName': name, ...more })
      assert.equal(status, 200)
      return json.code
    }
    assert.equal(await codeOf('nowhere', 'a.jpg'), 5)
    assert.equal(await codeOf(key, 'a.jpg', PHOTO, { 'Content-MD5': md5(Buffer.from('other')) }), 5)
    assert.equal(await codeOf(key, 'a.NEF'), 6)
    assert.equal(await codeOf(key, 'a.txt'), 64)
    assert.equal(await codeOf(key, 'a.mov'), 72)
    assert.equal((await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'a.jpg' })).json.stat, 'ok')
    assert.equal(await codeOf(key, 'b.jpg'), 63)
  })

  test('takes the same file twice, or refuses the name', async (t) => {
    for (const [sameName, second] of [
      ['accept', 200],
      ['refuse', 409],
    ] as const) {
      const { owner, makeAlbum } = await open(t, { sameName })
      const key = await makeAlbum('New')
      await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'a.jpg' })
      assert.equal((await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'a.jpg' })).status, second)
    }
  })

  test('may change the bytes, and takes its time over videos', async (t) => {
    const { owner, makeAlbum } = await open(t, { changesBytes: (name) => name === 'turned.jpg', processingReads: 2 })
    const key = await makeAlbum('New')
    const read = async (uri: string) => (await owner.get(`${uri}?_verbosity=1`)).Response.Image
    const turned = (await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'turned.jpg' })).json.Image.ImageUri
    assert.notEqual((await read(turned)).ArchivedMD5, md5(PHOTO))
    const film = (await owner.upload(key, Buffer.alloc(500), { 'X-Smug-FileName': 'film.mov' })).json.Image.ImageUri
    assert.deepEqual([(await read(film)).Processing, (await read(film)).Processing, (await read(film)).Processing], [true, true, false])
  })

  test('may have taken a file although the answer is lost, unless the fault says otherwise', async (t) => {
    const lost = { on: 'upload', does: { kind: 'status', status: 503 } } as const
    for (const [fault, count] of [
      [lost, 1],
      [{ ...lost, unapplied: true }, 0],
      [{ on: 'upload', does: { kind: 'status', status: 429 } }, 0],
    ] as const) {
      const { owner, makeAlbum, countOf } = await open(t, {}, { faults: [fault] })
      const key = await makeAlbum('New')
      await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'a.jpg' }).catch(() => undefined)
      assert.equal(await countOf(key), count)
    }
  })
})

describe('lists and counts', () => {
  test('a listing may lag while the count is right', async (t) => {
    let now = Date.now()
    const { owner, makeAlbum, namesIn, countOf } = await open(t, { listingLagMs: 150 }, { now: () => now })
    const key = await makeAlbum('New')
    await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'a.jpg' })
    assert.deepEqual([await namesIn(key), await countOf(key)], [[], 1])
    now += 151
    assert.deepEqual(await namesIn(key), ['a.jpg'])
  })

  test('a count may lag as well', async (t) => {
    let now = Date.now()
    const { owner, makeAlbum, countOf } = await open(t, { countLagMs: 150 }, { now: () => now })
    const key = await makeAlbum('New')
    await owner.upload(key, PHOTO, { 'X-Smug-FileName': 'a.jpg' })
    assert.equal(await countOf(key), 0)
    now += 151
    assert.equal(await countOf(key), 1)
  })
})

describe('changes', () => {
  test('touch the named fields alone, and some are ignored', async (t) => {
    const { owner } = await open(t, { ignoredFields: ['Protected'] })
    const uri = `/api/v2/album/${norway.key}`
    const before = (await owner.get(`${uri}?_verbosity=1`)).Response.Album
    await owner.change('PATCH', uri, { Description: 'new', Protected: true, EXIF: false, Privacy: 'Private', AlbumKey: 'x' })
    const after = (await owner.get(`${uri}?_verbosity=1`)).Response.Album
    assert.deepEqual(
      { ...after, LastUpdated: 0, WebUri: '' },
      { ...before, Description: 'new', EXIF: false, Privacy: 'Private', LastUpdated: 0, WebUri: '' },
    )
  })

  test('of an image need its present serial', async (t) => {
    const { owner } = await open(t)
    const { image } = norway.placement(0)
    const uri = `/api/v2/image/${image.key}-${image.serial ?? 0}`
    assert.equal((await owner.change('PATCH', `/api/v2/image/${image.key}-99`, { Title: 'x' })).status, 301)
    assert.equal((await owner.change('PATCH', uri, { Title: 'x', Keywords: 'a; "b c"', Hidden: true })).status, 200)
    const { Image } = (await owner.get(`${uri}?_verbosity=1`)).Response
    assert.deepEqual([Image.Title, Image.KeywordArray, Image.Hidden], ['x', ['a', 'b c'], true])
  })

  test('collecting passes over what is there, and names what it refuses', async (t) => {
    const { owner, makeAlbum, namesIn } = await open(t)
    const key = await makeAlbum('New')
    const { image } = norway.placement(0)
    const uri = `/api/v2/image/${image.key}-${image.serial ?? 0}`
    const collect = (...uris: string[]) => owner.change('POST', `/api/v2/album/${key}!collectimages`, { CollectUris: uris.join(',') })
    const partly = await collect('/api/v2/image/Nowhere-0', uri)
    assert.equal(partly.status, 400)
    assert.deepEqual(partly.json.Options.Parameters.POST[0].UriProblems, { '/api/v2/image/Nowhere-0': ['Not found'] })
    assert.equal((await collect(uri)).status, 200)
    assert.equal((await namesIn(key)).length, 1)
  })
})
