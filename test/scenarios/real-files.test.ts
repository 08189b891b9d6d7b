import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readBytes } from '../../simulator/bytes.ts'
import { folderWorld } from '../../simulator/worlds/folder.ts'
import { assertAddsUp, assertHolds, mediaIn, openScene, snapshot, write } from './harness.ts'

const MEDIA = join(import.meta.dirname, '..', '..', 'simulator', 'demo', 'media')

describe('real files', { concurrency: 2 }, () => {
  test('photos, clips, a GIF and a PNG with their EXIF, IPTC and XMP are held byte for byte', async (t) => {
    const world = folderWorld(MEDIA)
    const scene = await openScene(t, { world })
    const { summary } = await scene.backup()
    assertAddsUp(summary)
    const files = readdirSync(MEDIA)
    assert.deepEqual([summary.exitCode, summary.stored + summary.copied], [0, files.length])
    await assertHolds(scene.vault, world)
    const [album = ''] = readdirSync(scene.vault).filter((name) => name !== 'README.txt' && name !== 'tree.json' && !name.startsWith('.'))
    for (const file of files) assert.ok(readFileSync(join(scene.vault, album, file)).equals(readFileSync(join(MEDIA, file))), file)
  })

  test('a tree of files of all sizes and spellings is held in its folders', async (t) => {
    const source = mkdtempSync(join(tmpdir(), 'smugmug-backup-source-'))
    t.after(() => rmSync(source, { recursive: true }))
    const seeded = (seed: string, size: number) => readBytes({ kind: 'seeded', seed, size, starts: 'jpg' }).toString('latin1')
    const put = (path: string, size: number): string => write(join(source, path), seeded(path, size))
    put('2023/Été à Nîmes/DSC_0001.JPG', 1)
    put('2023/Été à Nîmes/DSC_0002.JPG', 65_535)
    put('2023/Été à Nîmes/Zoë & Ömer, 50 %.jpeg', 65_536)
    put('2023/日本/桜 #1.jpg', 65_537)
    put('2023/日本/emoji 📷.png', 300_000)
    put('Large/eight megabytes.tif', 8 * 1024 * 1024)
    put('Large/and one.tif', 8 * 1024 * 1024 + 1)
    put('Large/more.mp4', 20_000_000)
    put('Raw scans/scan+01=final;v2.jpg', 5)
    cpSync(join(MEDIA, 'sailing.mp4'), join(source, '2023', '日本', 'sailing.mp4'))
    const world = folderWorld(source)
    const scene = await openScene(t, { world })
    const { summary } = await scene.backup()
    assert.deepEqual([summary.exitCode, summary.stored], [0, 10], summary.message)
    await assertHolds(scene.vault, world)
    const originals = new Map(
      [...(await snapshot(source))].filter(([, { kind }]) => kind === 'file').map(([path, { md5 }]) => [path.split('/').at(-1), md5]),
    )
    for (const [path, { md5 }] of await mediaIn(scene.vault)) assert.equal(md5, originals.get(path.split('/').at(-1)), path)
  })
})
