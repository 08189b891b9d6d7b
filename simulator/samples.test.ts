import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { startSimulator } from './simulator.ts'
import { authorization, type Loose, ownerOf, send } from './test-client.ts'
import type { World } from './world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from './worlds/make.ts'

function sample(name: string): Loose {
  return JSON.parse(readFileSync(new URL(`../test/samples/${name}.json`, import.meta.url), 'utf8'))
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Returns every key of the recorded value that ours lacks or has with another type, as paths. Lists are compared by their first item. */
function differences(recorded: Loose, ours: Loose, path = ''): string[] {
  if (typeOf(recorded) !== typeOf(ours)) return [`${path}: ${typeOf(recorded)} was recorded, ours is ${typeOf(ours)}`]
  if (Array.isArray(recorded)) return recorded.length === 0 || ours.length === 0 ? [] : differences(recorded[0], ours[0], `${path}[]`)
  if (typeOf(recorded) !== 'object') return []
  return Object.keys(recorded).flatMap((name) => differences(recorded[name], ours[name], `${path}.${name}`))
}

function assertSameShape(recorded: Loose, ours: Loose, knownAbsent: readonly string[] = []): void {
  const found = differences(recorded, ours).filter((line) => !knownAbsent.some((name) => line.startsWith(`${name}:`)))
  assert.deepEqual(found, [])
}

const details = {
  keywords: ['Car', 'maker faire'],
  caption: 'c',
  capturedLocal: '2019-08-04T11:28:12',
  comments: [{ Comment: 'Great shot!' }],
}
const shown = photo('sw6', { ...details, components: [{ fileName: 'sw6.rw2', bytes: { kind: 'seeded', seed: 'raw', size: 5000 } }] })
const film = video('film', details)
const world: World = {
  nickName: 'owneruser',
  name: 'Owner User',
  keys: KEYS,
  root: [
    folder('Family', [
      albumNode('Photos', [shown, film]),
      albumNode('Best', [collected(shown)]),
      albumNode('Empty', []),
      albumNode('Locked', [photo('locked')], { securityType: 'Password', password: 'x' }),
    ]),
  ],
}
const albumKey = (name: string): string => {
  const [family] = world.root
  const found = family?.type === 'Folder' ? family.children.find((node) => node.type === 'Album' && node.album.name === name) : undefined
  return found?.type === 'Album' ? found.album.key : ''
}

const simulator = await startSimulator(world)
const owner = ownerOf(simulator, world)
const anybody = async (path: string): Promise<Loose> => {
  const answer = await send(`${simulator.apiUrl}${path}${path.includes('?') ? '&' : '?'}APIKey=${world.keys.apiKey}`, {
    headers: { Accept: 'application/json' },
  })
  return JSON.parse(answer.body.toString())
}

describe('objects have everything that was recorded, with the same types', () => {
  test('AlbumImage, its owner looking', async () => {
    const ours = (await owner.get(`/api/v2/album/${albumKey('Photos')}!images`)).Response
    assertSameShape(sample('album.images.owner-2025').Response, ours)
    assert.deepEqual([ours.AlbumImage[0].Keywords, ours.AlbumImage[0].KeywordArray], ['Car; "maker faire"', ['Car', 'maker faire']])
    assert.deepEqual(ours.AlbumImage[0].DateTimeOriginal, '2019-08-04T18:28:12+00:00')
    assertSameShape(sample('album.images.videos.owner').Response.AlbumImage[0], ours.AlbumImage[1])
  })

  test('AlbumImage of a collected image', async () => {
    const ours = (await owner.get(`/api/v2/album/${albumKey('Best')}!images`)).Response
    assertSameShape(sample('album.images.collected.public').Response, ours, ['.AlbumImage[].ComponentFileTypes'])
    assert.equal(ours.AlbumImage[0].CollectedFrom, 'Photos')
    assert.equal(ours.AlbumImage[0].Uris.ImageAlbum.Uri, `/api/v2/album/${albumKey('Photos')}`)
  })

  test('AlbumImage, anybody looking', async () => {
    const ours = (await anybody(`/api/v2/album/${albumKey('Photos')}!images`)).Response
    assertSameShape(sample('album.images.page1').Response, ours, ['.Timing'])
    assert.equal(ours.AlbumImage[0].Uris.ImageDownload, undefined)
    assert.deepEqual(ours.AlbumImage[0].ComponentFileTypes, [])
  })

  test('Image, with its metadata', async () => {
    const ours = await owner.get(`/api/v2/image/${shown.key}-0?_expand=ImageMetadata`)
    const recorded = sample('image.expand-metadata.owner')
    assertSameShape(recorded.Response, ours.Response, ['.DocUri', '.Image.Uris.ImageAlbum.DocUri', '.Image.Uris.WatermarkImage'])
    const [expansion] = Object.entries<Loose>(recorded.Expansions).filter(([uri]) => uri.endsWith('!metadata'))
    const mine = ours.Expansions[ours.Response.Image.Uris.ImageMetadata.Uri]
    const withoutCoordinates = (metadata: Loose): Loose => ({ ...metadata, ImageMetadata: { ...metadata.ImageMetadata } })
    assertSameShape(withoutCoordinates(expansion?.[1]), mine)
    assert.equal(mine.ImageMetadata.DateTimeCreated, '2019-08-04T11:28:12')
  })

  test('sizes, video, download, comments, components, upload limits', async () => {
    const get = async (path: string): Promise<Loose> => (await owner.get(path)).Response
    assertSameShape(sample('image.largestvideo').Response, await get(`/api/v2/image/${film.key}-0!largestvideo?_verbosity=2`))
    assertSameShape(sample('image.download').Response, await get(`/api/v2/album/${albumKey('Photos')}/image/${shown.key}-0!download`))
    assertSameShape(sample('comments.one').Response, await get(`/api/v2/image/${shown.key}-0!comments`))
    assertSameShape(sample('image.components.raw').Response, await get(`/api/v2/library/asset/${shown.key}!components`))
    assertSameShape(sample('user.uploadlimits').Response, await get('/api/v2/user/owneruser!uploadlimits'))
    const [details] = Object.values<Loose>(sample('image.expand-sizedetails').Expansions)
    assertSameShape(details, await get(`/api/v2/image/${shown.key}-0!sizedetails`))
  })

  test('Album: its owner, anybody, and a stranger before a locked one', async () => {
    const uri = `/api/v2/album/${albumKey('Photos')}`
    assertSameShape(sample('album.owner-level').Response, (await owner.get(uri)).Response, ['.DocUri'])
    assertSameShape(sample('album.public.with-options').Response, (await anybody(uri)).Response, [
      '.DocUri',
      '.Timing',
      '.Album.Uris.AddSamplePhotos',
    ])
    const locked = (await anybody(`/api/v2/album/${albumKey('Locked')}`)).Response
    assertSameShape(sample('album.password-locked.anonymous').Response, locked, ['.DocUri'])
    assert.deepEqual(
      [locked.Album.ResponseLevel, locked.Album.ImageCount, locked.Album.Password, locked.Album.Uris.AlbumImages],
      ['Password', undefined, undefined, undefined],
    )
    assert.equal((await anybody(`/api/v2/album/${albumKey('Locked')}!images`)).Response.AlbumImage, undefined)
  })

  test('Node and User: owner and anybody', async () => {
    const [family] = world.root
    const nodeId = family?.type === 'Folder' ? family.nodeId : ''
    const children = (await owner.get(`/api/v2/node/${nodeId}!children`)).Response
    const ownersFields = [
      'HideOwner',
      'Password',
      'Privacy',
      'SmugSearchable',
      'WorldSearchable',
      'EffectivePrivacy',
      'EffectiveSecurityType',
    ]
    assert.deepEqual(
      ownersFields.filter((name) => !Object.hasOwn(children.Node[0], name)),
      [],
    )
    assert.deepEqual(
      [children.Node[0].ResponseLevel, children.Node[0].HasChildren, children.Node[0].Uris.ChildNodes],
      ['Full', false, undefined],
    )
    assertSameShape(sample('node.children.albums').Response, (await anybody(`/api/v2/node/${nodeId}!children?count=1`)).Response)
    assertSameShape(
      sample('node.root').Response,
      (await anybody((await owner.get('/api/v2!authuser')).Response.User.Uris.Node.Uri)).Response,
    )
    assertSameShape(sample('node.parents').Response, (await anybody(children.Node[0].Uris.ParentNodes.Uri)).Response, ['.Timing'])
    assertSameShape(sample('authuser.public-level').Response, (await owner.get('/api/v2!authuser')).Response, ['.DocUri'])
    assertSameShape(sample('user.public').Response, (await anybody('/api/v2/user/owneruser')).Response, ['.DocUri'])
  })
})

describe('envelopes and errors are those that were recorded', () => {
  const filter = '_filter=ImageKey%2CTitle%2CDateTime%2CUris&_filteruri=LargestVideo%2CAlbum'

  test('verbosity 1: links are strings, and nothing is described', async () => {
    const recorded = sample('album.images.2026.page1.verbosity1')
    const ours = await owner.get(`/api/v2/album/${albumKey('Photos')}!images?count=1&${filter}&_verbosity=1&_expand=LargestVideo`)
    assert.deepEqual(Object.keys(ours), Object.keys(recorded))
    assert.deepEqual(Object.keys(ours.Response), Object.keys(recorded.Response))
    assert.equal(ours.Response.Uri, `/api/v2/album/${albumKey('Photos')}!images?count=1&${filter}`)
    assert.deepEqual(ours.Response.AlbumImage, [{ Title: '', ImageKey: shown.key, Uris: { Album: `/api/v2/album/${albumKey('Photos')}` } }])
    assertSameShape(recorded.Response.Pages, ours.Response.Pages)
  })

  test('NextPage loses verbosity and expansions: its links are objects and an Options block appears', async () => {
    const recorded = sample('album.images.2026.page2.via-nextpage')
    const first = await owner.get(`/api/v2/album/${albumKey('Photos')}!images?count=1&${filter}&_verbosity=1&_expand=LargestVideo`)
    const ours = await owner.get(first.Response.Pages.NextPage)
    assert.deepEqual(Object.keys(ours), Object.keys(recorded))
    assert.deepEqual(Object.keys(ours.Response), Object.keys(recorded.Response))
    const { NextPage: _, ...recordedPages } = recorded.Response.Pages
    assertSameShape(recordedPages, ours.Response.Pages)
    assertSameShape(recorded.Response.AlbumImage[0].Uris, ours.Response.AlbumImage[0].Uris)
    assert.deepEqual(Object.keys(ours.Response.AlbumImage[0]), ['Title', 'ImageKey', 'Uris'])
  })

  test('a locked album, filtered: ResponseLevel and Uris come all the same', async () => {
    const ours = await anybody(`/api/v2/album/${albumKey('Locked')}?_filter=Uri%2CAlbumKey%2CSecurityType&_verbosity=1`)
    assertSameShape(sample('album.locked.2026'), ours)
    assert.deepEqual(Object.keys(ours.Response.Album).sort(), Object.keys(sample('album.locked.2026').Response.Album).sort())
  })

  test('an expanded highlight is found under the very string of its link', async () => {
    const uri = '/api/v2/user/owneruser!albums?count=100&_filteruri=HighlightImage,Folder&_expand=HighlightImage&_verbosity=1'
    const ours = await owner.get(uri)
    const link = ours.Response.Album[0].Uris.HighlightImage
    assert.match(link, /^\/api\/v2\/highlight\/node\/\w+\?_shorturis=$/)
    const [recorded] = Object.values<Loose>(sample('user.albums.2026.public').Expansions)
    assertSameShape(recorded, ours.Expansions[link], ['.Image.ComponentFileTypes'])
  })

  test('empty lists have no key, and a last page before the beginning', async () => {
    const empty = albumKey('Empty')
    const ours = await owner.get(`/api/v2/album/${empty}!images?_verbosity=2`)
    const recorded = JSON.parse(JSON.stringify(sample('album.images.empty')).replaceAll('EMPTY1', empty))
    assert.deepEqual({ ...ours, Request: { ...ours.Request, Uri: recorded.Request.Uri } }, recorded)
    assert.deepEqual((await owner.get(`/api/v2/image/${film.key}-0!comments?_verbosity=1`)).Response.Comment?.length, 1)
    const none = (await owner.get(`/api/v2/album/${empty}!comments`)).Response
    assert.deepEqual(Object.keys(none), Object.keys(sample('comments.empty').Response))
  })

  test('404 and 401', async () => {
    const recorded = sample('error.404.api')
    const missing = await owner.raw('/api/v2/user/someone@example.com!albums?count=500&start=1&_verbosity=1')
    assert.deepEqual([missing.status, JSON.parse(missing.body.toString())], [404, recorded])
    const url = `${simulator.apiUrl}/api/v2!authuser`
    const wrong = await send(url, { headers: { Authorization: authorization(url, { ...owner.secrets, tokenSecret: 'wrong' }) } })
    assert.equal(wrong.status, 401)
    assertSameShape(sample('error.401.signature'), JSON.parse(wrong.body.toString()))
    const { Message, Response } = JSON.parse(wrong.body.toString())
    assert.equal(Response, undefined)
    assert.match(
      decodeURIComponent(Message),
      /^oauth_problem=signature_invalid&debug_sbs=GET&http%3A%2F%2F127\.0\.0\.1%3A\d+%2Fapi%2Fv2%21authuser&oauth_/,
    )
    const replayed = authorization(url, owner.secrets)
    await send(url, { headers: { Authorization: replayed } })
    const again = await send(url, { headers: { Authorization: replayed } })
    assert.deepEqual([again.status, JSON.parse(again.body.toString())], [401, sample('error.401.nonce_used')])
  })
})

test.after(() => simulator.close())
