import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { readXmp } from '../../vault/record/xmp-read.ts'
import type { Recorded } from './export.ts'
import { xmpOf } from './xmp.ts'

const album = { key: 'kT9qz', name: 'Norway', urlPath: '/Travel/Norway', folder: 'Travel/Norway', smugmug: {} }
const item: Recorded['item'] = {
  imageKey: 'x7Kp2',
  position: 0,
  name: 'a.jpg',
  fileName: 'a.jpg',
  state: 'held',
  title: 'Opera & roof',
  caption: '',
  keywords: '',
  keywordArray: [],
  isVideo: false,
  collected: false,
  dateTimeOriginal: '2019-08-04T18:28:12+00:00',
  files: [{ name: 'a.jpg', size: 1, md5: '', sha256: '', grade: 'original', captured: '2019-08-04T11:28:12-04:00' }],
}

async function* given(...names: readonly string[]): AsyncGenerator<Recorded> {
  for (const name of names) yield { album, folder: album.folder, item: { ...item, name } }
}

const written = async (items: AsyncIterable<Recorded>): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of xmpOf(items)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const aboutOf = (document: string) => readXmp(document)?.descriptions.map(({ about }) => decodeURIComponent(about?.value ?? ''))

describe('the RDF document', () => {
  test('is whole without items', async () => assert.deepEqual(aboutOf(await written(given())), []))

  test('describes each file by its path, in order', async () => {
    const document = await written(given('a.jpg', 'b c#1.jpg', '100%.jpg', 'æ:ø?.jpg'))
    assert.deepEqual(
      aboutOf(document),
      ['a.jpg', 'b c#1.jpg', '100%.jpg', 'æ:ø?.jpg'].map((name) => `Travel/Norway/${name}`),
    )
    assert.match(document, /rdf:about="Travel\/Norway\/b%20c%231\.jpg"/)
  })

  test('tells of an item what its sidecar does', async () => {
    const [only] = readXmp(await written(given('a.jpg')))?.descriptions ?? []
    const values = Object.fromEntries(only?.properties.map(({ name, value }) => [/[^/]+$/.exec(name)?.[0], value]) ?? [])
    const time = '2019-08-04T11:28:12-04:00'
    assert.deepEqual(values, {
      title: [['x-default', 'Opera & roof']],
      DateCreated: time,
      DateTimeOriginal: time,
      CreateDate: time,
      ImageKey: 'x7Kp2',
      AlbumKey: 'kT9qz',
      AlbumPath: '/Travel/Norway',
      FileName: 'a.jpg',
    })
  })

  test('holds any name', async () => {
    const name = fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.replaceAll('/', '_').concat('\uD800'))
    await fc.assert(
      fc.asyncProperty(fc.array(name), async (names) => {
        const expected = names.map((each) => `Travel/Norway/${each.toWellFormed()}`)
        assert.deepEqual(aboutOf(await written(given(...names))), expected)
      }),
    )
  })

  test('is written as it is taken', async () => {
    let asked = 0
    async function* counted(): AsyncGenerator<Recorded> {
      for await (const each of given('a.jpg', 'b.jpg')) {
        asked += 1
        yield each
      }
    }
    const chunks = xmpOf(counted())
    await chunks.next()
    assert.equal(asked, 0)
    await chunks.next()
    assert.equal(asked, 1)
    await chunks.return(undefined)
  })
})
