/** The real program, killed or short of room while it writes the twin: the old twin stays whole, and the next run makes the whole one. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { editImage } from '../../simulator/edit.ts'
import type { Bytes, World } from '../../simulator/world.ts'
import { albumNode, folder, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { filesBelow } from '../support/lab.ts'
import { realDisk } from '../support/real-disk.ts'
import { openScene, type Running } from './harness.ts'

const [blue, red] = await Promise.all(
  ['#24a', '#a42'].map(
    async (background): Promise<Bytes> => ({
      kind: 'inline',
      data: await sharp({ create: { width: 600, height: 400, channels: 3, background } })
        .jpeg()
        .toBuffer(),
    }),
  ),
)

const photos = (album: string, year: number) =>
  Array.from({ length: 20 }, (_, n) =>
    photo(`${album} ${n}`, {
      bytes: (n === 0 ? blue : n === 1 ? red : undefined) ?? { kind: 'seeded', seed: `${album} ${n}`, size: 4000 + n },
      capturedLocal: `${year}-02-01T10:00:${String(n).padStart(2, '0')}`,
    }),
  )
const first = photos('one', 2020)
const world: World = {
  ...smallWorld(),
  root: [folder('Far', [albumNode('One', first), albumNode('Two', photos('two', 2021))]), albumNode('Three', photos('three', 2022))],
}

const twinIn = (vault: string) => filesBelow(vault, (path) => /(^|\/)index\.html$|^404\.html$|^twin\.files\//.test(path))

/** Each page leads to files that stand there, and the index of the data leads only to files that do. */
function assertWhole(vault: string): void {
  const data = join(vault, 'twin.files/data')
  const names = existsSync(data) ? readdirSync(data).join('\n') : ''
  // Its partial file has its name in it.
  if (existsSync(join(data, 'index.js')))
    for (const hash of readFileSync(join(data, 'index.js'), 'utf8').match(/[0-9a-f]{10}/g) ?? []) assert.ok(names.includes(hash), hash)
  for (const page of twinIn(vault).keys()) {
    if (!page.endsWith('index.html')) continue
    const text = readFileSync(join(vault, page), 'utf8')
    assert.match(text, /<\/html>\s*$/, `${page} is whole`)
    for (const [, url = ''] of text.matchAll(/<(?:img|a)[^>]*(?:src|href)="([^"#?:]+)/g)) {
      // The pages of a first twin come folder by folder: a page that is not there yet is no half one.
      const path = join(dirname(page), decodeURIComponent(url))
      if (!path.endsWith('index.html') && !path.endsWith('explore.html'))
        assert.ok(existsSync(join(vault, path)), `${page} leads to ${path}`)
    }
  }
}

/** The instants at which the program is killed: once it has said this, or this stands in the vault. */
const MOMENTS: readonly (readonly [name: string, (running: Running, vault: string) => Promise<unknown>])[] = [
  ['as it begins', (running) => running.says(/"event":"run\.started"|"event":"progress"/)],
  ['as its memory is made', (running, vault) => running.until(() => existsSync(join(vault, '.smugmug-backup/twin.sqlite')))],
  ['as thumbnails begin', (running) => running.says(/making thumbnails/)],
  ['in the middle of the thumbnails', (running) => running.says(/"done":30,"total"/)],
  ['as the data comes', (running, vault) => running.until(() => existsSync(join(vault, 'twin.files/data')))],
  ['as the first page comes', (running, vault) => running.until(() => existsSync(join(vault, 'index.html')))],
]

describe('kill -9 of twin', { concurrency: 1 }, () => {
  test('at several instants leaves no half page, and the next run makes what an undisturbed one makes', async (t) => {
    const scene = await openScene(t, { world })
    await scene.backup()
    assert.equal((await scene.json(['twin'])).code, 0)
    const undisturbed = twinIn(scene.vault)
    for (const [name, moment] of MOMENTS) {
      assert.equal((await scene.json(['twin', '--remove'])).code, 0, name)
      assert.deepEqual([...twinIn(scene.vault).keys()], [], name)
      const running = scene.start(['--json', 'twin'])
      await moment(running, scene.vault)
      running.kill('SIGKILL')
      await running.ended
      assertWhole(scene.vault)
      const { code, summary } = await scene.json(['twin'])
      assert.equal(code, 0, `${name}: ${summary.message}`)
      assert.deepEqual(twinIn(scene.vault), undisturbed, name)
      assert.deepEqual([...filesBelow(scene.vault, (path) => path.endsWith('.part')).keys()], [], name)
    }
    assert.equal((await scene.json(['verify'])).code, 0)
  })

  test('over an older twin leaves that one whole', async (t) => {
    const scene = await openScene(t, { world, env: { SMGMG_BK_TWIN: 'true' } })
    await scene.backup()
    scene.simulator.setWorld(first.reduce((now, { key }, n) => editImage(now, key, { caption: `After ${n}` }), world))
    await scene.backup(['--full'], { env: { SMGMG_BK_TWIN: 'false' } })
    const before = twinIn(scene.vault)
    const running = scene.start(['--json', 'twin'])
    await running.says(/"event":"progress"/)
    running.kill('SIGKILL')
    await running.ended
    assertWhole(scene.vault)
    const left = twinIn(scene.vault)
    const gone = [...before.keys()].filter((path) => !left.has(path))
    assert.equal((await scene.json(['twin'])).code, 0)
    // A fast disk may have had all of the new twin before the kill: only then do files of the old one go.
    const isComplete = [...twinIn(scene.vault)].every(([path, hash]) => left.get(path) === hash)
    assert.ok(gone.length === 0 || isComplete, `of the old twin went too early: ${gone.join(', ')}`)
    assert.match(readFileSync(join(scene.vault, 'Far/One/index.html'), 'utf8'), /After 7/)
  })
})

describe('a full disk', () => {
  test('under the twin ends in plain words, loses nothing, and the next run with room makes it whole', async (t) => {
    const disk = realDisk(t, 'tmpfs')
    if (disk === undefined) return
    const scene = await openScene(t, { world })
    const env = { SMGMG_BK_DESTINATION: disk }
    assert.equal((await scene.backup([], { env })).code, 0)
    const held = filesBelow(disk, (path) => path.endsWith('.jpg'))
    const filler = join(disk, 'filler')
    for (const room of [0, 40, 400, 2000]) {
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M'])
      truncateSync(filler, statSync(filler).size - room * 1024)
      const { code, summary, lines } = await scene.json(['twin'], { env })
      assert.equal(code, 5, `${room} kB: ${summary.message}`)
      assert.match(JSON.stringify([summary, ...lines]), /is full|no space|room/i)
      assert.deepEqual(
        filesBelow(disk, (path) => path.endsWith('.jpg') && !path.startsWith('twin.files')),
        held,
      )
      assertWhole(disk)
      rmSync(filler)
    }
    assert.equal((await scene.json(['twin'], { env })).code, 0)
    assertWhole(disk)
    assert.ok(existsSync(join(disk, 'Three/index.html')))
  })
})
