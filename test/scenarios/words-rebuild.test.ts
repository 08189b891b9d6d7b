/** Every word survives: the catalogue made anew from the records, and the recorded answers of the service through the writers and back. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { editImage, removeAlbum, removeImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { demoWorld } from '../../simulator/worlds/demo.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { nastyWorld } from '../../simulator/worlds/nasty.ts'
import { runRebuild } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { Problem } from '../../src/events.ts'
import type { JsonObject } from '../../src/model.ts'
import { decodeAlbum, decodeItem, entriesOf } from '../../src/smugmug/reading/decode.ts'
import type { AlbumRow, ItemRow } from '../../src/vault/catalogue/rows.ts'
import { albumHead, itemLine, itemWords, renderAlbumRecord } from '../../src/vault/record/album-record.ts'
import { type ReadItem, readAlbumRecord } from '../../src/vault/record/read-album-record.ts'
import { withoutSecrets } from '../../src/vault/record/secrets.ts'
import { cameraJpeg } from '../support/camera-file.ts'
import { albumKey, filesBelow, type Lab, openLab, type Rows } from '../support/lab.ts'
import { type Loose, recordsIn, violations } from '../support/records.ts'

const CATALOGUE = '.smugmug-backup/catalogue.sqlite'
const shared = photo('shared', {
  comments: [{ Comment: 'everywhere', Email: 'x@example.com' }],
  bytes: cameraJpeg(1, '2019:08:04 11:28:12', '-04:00'),
})
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode(
        'Norway',
        [
          shared,
          photo('raw', { components: [{ fileName: 'raw.NEF', bytes: { kind: 'seeded', seed: 'nef', size: 9000, starts: 'none' } }] }),
          photo('going', {
            caption: 'soon gone',
            components: [{ fileName: 'going.NEF', bytes: { kind: 'seeded', seed: 'going', size: 9000, starts: 'none' } }],
          }),
          video('clip', { capturedLocal: '2022-03-04T05:06:07' }),
          video('never', { noRendition: true }),
          video('later', { processing: true }),
          photo('less', { offers: 'largest' }),
        ],
        { comments: [{ Comment: 'an album', Name: 'Eve', Email: 'eve@example.com' }], securityType: 'Password', password: 'secret' },
      ),
    ]),
    albumNode('Best', [collected(shared)]),
    albumNode('Leaving', [photo('l1'), photo('l2')]),
    albumNode('Empty', [], { description: 'nothing' }),
  ],
}

const SETTINGS: Readonly<Record<string, Partial<Settings>>> = {
  'everything asked for': {
    comments: true,
    imageMetadata: true,
    sidecars: ['xmp'],
    writeCsv: true,
    useMetadataTimes: true,
    keepSecrets: true,
  },
  'nothing asked for, collected = skip': { collected: 'skip' },
  'what vanished trashed': { comments: true, onVanished: 'trash' },
}

/** Makes a vault with a history of changes. */
async function lived(t: Parameters<typeof openLab>[0], settings: Partial<Settings>): Promise<Lab> {
  const lab = await openLab(t, world, { settings })
  await lab.backup()
  lab.change(
    (w) => removeImage(w, albumKey(w, 'Norway'), photo('going').key),
    (w) => removeAlbum(w, albumKey(w, 'Leaving')),
    (w) => editImage(w, photo('raw').key, { fileName: 'renamed.jpg', title: 'New words' }),
  )
  await lab.backup()
  return lab
}

/** Returns everything of the vault that a person would miss. */
const worth = (lab: Lab): ReadonlyMap<string, string> =>
  filesBelow(lab.root, (path) => !/^\.smugmug-backup\/(catalogue|reports|lock|state)/.test(path))

interface Plan {
  readonly counts: unknown
  readonly problems: readonly Problem[]
  readonly exitCode: number
  readonly items: readonly unknown[]
}

const plan = async (lab: Lab): Promise<Plan> => {
  const { totals, problems, events, exitCode } = await lab.backup({ dryRun: true })
  const { durationMs: _d, apiCalls: _a, ...counts } = totals
  return { counts, problems, exitCode, items: events.filter(({ event }) => event === 'item' || event === 'album.skipped') }
}

/** Returns a plan as a new catalogue makes it: only the catalogue knew what the last run had named, so that everything is new. */
const withoutMemory = ({ problems, ...more }: Plan): Plan => ({
  ...more,
  problems: problems.map(({ asBefore: _asBefore, ...problem }) => problem),
})

/** Leaves out the times of listings. */
const unlisted = ({ albums, ...rest }: Rows): Rows => ({ ...rest, albums: albums.map((row) => ({ ...row, listedAt: undefined })) })

describe('a catalogue made anew', { concurrency: 4 }, () => {
  for (const [what, settings] of Object.entries(SETTINGS)) {
    test(`is the one that was deleted, row by row, and plans the same (${what})`, async (t) => {
      const lab = await lived(t, settings)
      const [rows, files, planned] = [lab.rows(), worth(lab), await plan(lab)]
      assert.ok(rows.files.some(({ component }) => component !== ''))
      assert.ok(planned.problems.some(({ asBefore }) => asBefore === true))
      assert.ok(rows.items.some(({ vanishedAt }) => vanishedAt !== undefined))
      if (settings.collected === 'skip') assert.ok(rows.items.some(({ state }) => state === 'elsewhere'))
      rmSync(lab.at(CATALOGUE))
      assert.equal((await runRebuild(lab.work())).exitCode, 0)
      assert.deepEqual(lab.rows(), rows)
      assert.deepEqual(await plan(lab), withoutMemory(planned))
      lab.sim.resetCounters()
      const told = await lab.backup()
      assert.deepEqual([told.downloads, told.totals.vanished], [0, 0])
      assert.deepEqual(worth(lab), files)
      assert.deepEqual(unlisted(lab.rows()), unlisted(rows))
    })

    test(`from album.json alone: no state, no reports, no sums, no tree (${what})`, async (t) => {
      const lab = await lived(t, settings)
      const [rows, files] = [lab.rows(), worth(lab)]
      const others = ['state.json', 'reports', 'MD5SUMS', 'SHA256SUMS'].map((name) => `.smugmug-backup/${name}`)
      for (const path of [CATALOGUE, ...others, 'tree.json', 'metadata.csv']) rmSync(lab.at(path), { recursive: true, force: true })
      assert.equal((await runRebuild(lab.work())).exitCode, 0)
      assert.deepEqual(unlisted(lab.rows()), unlisted(rows))
      const told = await lab.backup()
      assert.deepEqual([told.downloads, told.totals.vanished], [0, 0])
      // The past says that the folders were lost. The rebuild took the number 3.
      const last = [...lab.ours('versions').keys()].find((path) => path.endsWith('/4.jsonl.gz')) ?? assert.fail()
      const lines = gunzipSync(readFileSync(lab.at(`.smugmug-backup/versions/${last}`)))
        .toString()
        .trim()
        .split('\n')
      assert.deepEqual(lines.slice(1), ['{"tree":true,"op":"lost"}'])
      rmSync(lab.at(`.smugmug-backup/versions/${last}`))
      assert.deepEqual(worth(lab), files)
    })
  }

  test('of the nasty account is the one that was deleted, and so is the vault after the next run', async (t) => {
    const lab = await openLab(t, nastyWorld(), { settings: { comments: true, imageMetadata: true, writeCsv: true } })
    await lab.complete()
    const [rows, files] = [lab.rows(), worth(lab)]
    rmSync(lab.at(CATALOGUE))
    assert.equal((await runRebuild(lab.work())).exitCode, 0)
    assert.deepEqual(lab.rows(), rows)
    assert.equal((await lab.complete({ full: true })).downloads, 0)
    assert.deepEqual(worth(lab), files)
  })

  test('of the demo account: the records are valid, whole, and give the same catalogue', async (t) => {
    const lab = await openLab(t, demoWorld(), {
      settings: { comments: true, imageMetadata: true, sidecars: ['xmp'], useMetadataTimes: true },
    })
    await lab.backup()
    for (const [path, record] of recordsIn(lab.root)) assert.deepEqual(violations(record), [], path)
    const [rows, files] = [lab.rows(), worth(lab)]
    assert.ok(rows.items.length > 40)
    rmSync(lab.at(CATALOGUE))
    await runRebuild(lab.work())
    assert.deepEqual(lab.rows(), rows)
    await lab.backup()
    assert.deepEqual(worth(lab), files)
  })
})

const SAMPLES = join(import.meta.dirname, '../samples')

/** A recorded answer's payload, whatever it is called there. */
function payload(file: string, locator: string): readonly JsonObject[] {
  const parsed = JSON.parse(readFileSync(join(SAMPLES, file), 'utf8'))
  return parsed.Response === undefined ? [] : (entriesOf(parsed.Response, locator) as readonly JsonObject[])
}

const row: AlbumRow = {
  key: 'K',
  nodeId: undefined,
  name: 'n',
  urlPath: '/n',
  folder: 'n',
  imageCount: undefined,
  lastUpdated: undefined,
  imagesLastUpdated: undefined,
  listedAt: undefined,
  vanishedAt: undefined,
}

describe('recorded answers, written down and read back', { concurrency: 4 }, () => {
  const names = readdirSync(SAMPLES)

  for (const file of names.filter((name) => /^(album\.images|image\.(search|expand|public))/.test(name))) {
    test(`items of ${file}`, async () => {
      const images = ['AlbumImage', 'Image']
        .flatMap((locator) => payload(file, locator))
        .filter((image) => image.ImageKey !== undefined || image.Uri !== undefined)
      const lines = images.flatMap((image, position) => {
        const item = decodeItem(image, { albumKey: 'K', position, forceVideo: false })
        if (item === undefined) return []
        const itemRow: ItemRow = {
          ...item,
          serial: item.serial,
          state: 'failed',
          reason: undefined,
          wanted: item.fileName,
          name: item.fileName,
          vanishedAt: undefined,
        }
        return [itemLine(itemWords(item), itemRow, [], { raw: item.raw, extras: undefined })]
      })
      assert.equal(lines.length, images.length)
      const text = [...renderAlbumRecord(albumHead(row, {}), lines)].join('')
      assert.deepEqual(violations(JSON.parse(text)), [])
      const read: ReadItem[] = []
      async function* bytes(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(text)
      }
      for await (const part of readAlbumRecord(bytes())) if ('record' in part) read.push(part)
      assert.deepEqual(
        read.map(({ raw }) => JSON.parse(raw ?? '')),
        images,
      )
    })
  }

  for (const file of names.filter((name) => /^(album\.|albumlist|user\.albums)/.test(name) && !/images|download/.test(name))) {
    test(`albums of ${file}`, () => {
      for (const raw of payload(file, 'Album')) {
        const album = decodeAlbum(raw)
        if (album === undefined) continue
        const text = [...renderAlbumRecord(albumHead({ ...row, name: album.name, key: album.key }, withoutSecrets(raw)), [])].join('')
        const record = JSON.parse(text)
        assert.deepEqual(violations(record), [])
        const { Password: _p, UploadKey: _u, DownloadPassword: _d, ...said }: Loose = raw
        const { Password, UploadKey, DownloadPassword, ...told } = record.album.smugmug
        assert.deepEqual(told, said)
        for (const secret of [Password, UploadKey, DownloadPassword]) assert.ok([undefined, '', '(withheld)'].includes(secret), secret)
      }
    })
  }
})
