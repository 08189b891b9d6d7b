/** The handover to Immich: its script is run against a server that knows as much of Immich's API as it uses. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { World } from '../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../simulator/worlds/make.ts'
import { startImmich } from './support/fake-immich.ts'
import { checkScript, handOver, isInstalled, linesOf, readSidecar, runImport as run } from './support/handover.ts'
import { filesBelow, openLab } from './support/lab.ts'

const skip = isInstalled('curl', '--version') && isInstalled('jq', '--version') ? false : 'curl or jq is not installed'
const KEY = 'key-of-immich'
const HOSTILE = `'; touch INJECTED; "$(touch INJECTED)" \`touch INJECTED\` \u202E`

const harbour = photo('harbour', {
  title: HOSTILE,
  caption: `<b>Bergen</b> &amp; more\n${HOSTILE}`,
  keywords: ['Places|Norway', 'a;b'],
  latitude: '60.39',
  longitude: '5.32',
  capturedLocal: '2024-06-14T05:02:11',
})
const long = `${'x'.repeat(251)}.jpg`
const withRaw = photo('both', {
  components: [{ fileName: 'both.CR2', bytes: { kind: 'seeded', seed: 'raw', size: 30_000, starts: 'none' } }],
})
const theWorld = (): World => ({
  nickName: 'simon',
  name: 'Simon',
  keys: KEYS,
  root: [
    folder('Travel', [
      albumNode(
        `Norway ${HOSTILE}`,
        [harbour, photo('hidden', { hidden: true }), video('ferry'), photo('long', { fileName: long }), withRaw],
        {
          urlName: 'Norway',
          description: `Two <i>weeks</i>\n${HOSTILE}`,
        },
      ),
    ]),
    albumNode('Best', [
      collected(harbour),
      photo('dash', { fileName: '-rf $(touch INJECTED);x.jpg' }),
      photo('twin one', { fileName: 'same.jpg' }),
      photo('twin two', { fileName: 'same.jpg' }),
    ]),
    folder('Home', [albumNode('Best', [photo('home')], { key: 'HomeBest', nodeId: 'nHome' })]),
    albumNode('Empty', []),
  ],
})

const sha1 = (path: string): string => createHash('sha1').update(readFileSync(path)).digest('hex')

describe('handover immich', () => {
  test('lists albums, items and sidecars, and leaves the vault as it is', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, () => true)
    const { exitCode, message, problems, totals, folder: place, read } = await handOver(t, lab, { target: 'immich' })
    assert.deepEqual([exitCode, problems, totals.items], [0, [], 10], message)
    checkScript(join(place, 'import.sh'))
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
    )
    const names = linesOf(read('albums.jsonl')).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['Best (/Best)', 'Best (/Home/Best)', 'Empty', `Norway ${HOSTILE}`].toSorted())
    for (const { file, sidecar, key } of linesOf(read('items.jsonl'))) {
      assert.ok(existsSync(lab.at(file)), file)
      assert.equal(readSidecar(read(sidecar)).ImageKey, key)
    }
    const own = filesBelow(place, (path) => !/^(sidecars|\.smugmug)/.test(path))
    assert.deepEqual([...own.keys()], ['README.txt', 'albums.jsonl', 'import.sh', 'items.jsonl', 'vault.txt'])
  })

  test('the script brings everything over, and a second time nothing', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const immich = await startImmich(t, KEY)
    const { folder: place, read } = await handOver(t, lab, { target: 'immich' })
    const env = { IMMICH_INSTANCE_URL: immich.url, IMMICH_API_KEY: KEY }
    const dry = await run(place, env)
    assert.deepEqual([dry.code, immich.asked.size], [0, 0], dry.said)
    assert.match(dry.said, /10 photos and videos, 0 of them missing/)
    const first = await run(place, env, '--run')
    assert.equal(first.code, 0, first.said)
    assert.equal(immich.assets.length, 10, 'the collected photo is one, and a RAW file is another')
    const items = linesOf(read('items.jsonl'))
    for (const { album, file, name, sidecar, taken, hidden } of items) {
      const asset = immich.assets.find((each) => each.sha1 === sha1(lab.at(file)))
      assert.ok(asset, file)
      const note = readFileSync(join(place, 'imported', album), 'utf8').trim()
      assert.ok(immich.albums.find(({ id }) => id === note)?.assets.includes(asset.id), `${file} is in its album`)
      assert.deepEqual([asset.fields.filename, asset.fields.visibility], [asset.name, hidden ? 'archive' : 'timeline'])
      assert.equal(asset.fields.fileCreatedAt, taken)
      if (!file.endsWith('harbour.jpg')) assert.deepEqual([asset.name, asset.sidecar], [name, read(sidecar)])
    }
    const stacked = immich.stacks.map((ids) => ids.map((id) => immich.assets.find((asset) => asset.id === id)?.name))
    assert.deepEqual(stacked, [['both.jpg', 'both.CR2']], 'the photo itself is the first of the stack')
    const norway = immich.albums.find(({ albumName }) => albumName.startsWith('Norway'))
    assert.deepEqual([norway?.albumName, norway?.description], [`Norway ${HOSTILE}`, `Two weeks\n${HOSTILE}`])
    assert.ok(!spawnSync('find', [place, lab.root, '-name', 'INJECTED*']).stdout.length, 'a name is never a command')
    assert.ok(!filesBelow(place, () => true).has('key') && !read('import.sh').includes(KEY))
    const counts = [immich.assets.length, immich.albums.map(({ assets }) => assets.length)]
    const second = await run(place, env, '--run')
    assert.equal(second.code, 0, second.said)
    assert.deepEqual([immich.assets.length, immich.albums.map(({ assets }) => assets.length)], counts)
    assert.equal((await handOver(t, lab, { target: 'immich', folder: place })).exitCode, 0)
    assert.ok(existsSync(join(place, 'imported')), 'the notes of the script stay')
  })

  test('the script names what fails, goes on, and stops for a wrong key or no answer', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const immich = await startImmich(t, KEY)
    const { folder: place } = await handOver(t, lab, { target: 'immich' })
    const env = { IMMICH_INSTANCE_URL: `${immich.url}/api/`, IMMICH_API_KEY: KEY }
    assert.equal((await run(place, { ...env, IMMICH_API_KEY: 'wrong' }, '--run')).code, 4)
    assert.equal((await run(place, { ...env, IMMICH_INSTANCE_URL: 'http://127.0.0.1:1' }, '--run')).code, 3)
    assert.equal((await run(place, {}, '--run')).code, 2)
    assert.equal((await run(place, env, '--what')).code, 2)
    immich.broken = 'same.jpg'
    const broken = await run(place, env, '--run')
    assert.deepEqual([broken.code, immich.assets.length], [3, 9], broken.said)
    assert.match(broken.said, /Failed: Best\/same\.jpg \(500\)/)
    immich.broken = undefined
    assert.equal((await run(place, env, '--run')).code, 0)
    assert.deepEqual([immich.assets.length, immich.albums.length], [10, 4])
  })

  test('the imitation refuses what Immich would: no sidecar, a wrong checksum, no date, a place that it does not know', async (t) => {
    const immich = await startImmich(t, KEY)
    const day = '2024-06-14T05:02:11Z'
    const right = { checksum: createHash('sha1').update('photo').digest('hex'), sidecar: 'a.jpg.xmp', day, visibility: 'timeline' }
    const send = async ({ checksum, sidecar, day: at, visibility }: typeof right) => {
      const form = new FormData()
      form.set('assetData', new Blob(['photo']), 'a.jpg')
      form.set('sidecarData', new Blob(['<x/>']), sidecar)
      for (const [name, value] of Object.entries({ fileCreatedAt: at, fileModifiedAt: at, visibility })) form.set(name, value)
      const headers = { 'x-api-key': KEY, 'x-immich-checksum': checksum }
      return (await fetch(`${immich.url}/api/assets`, { method: 'POST', body: form, headers })).status
    }
    for (const wrong of [{ checksum: 'x' }, { sidecar: 'a.txt' }, { day: 'June' }, { visibility: 'public' }]) {
      assert.equal(await send({ ...right, ...wrong }), 400, JSON.stringify(wrong))
    }
    assert.equal(await send(right), 201)
  })

  test('works with a vault whose folder has a hostile name', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const immich = await startImmich(t, KEY)
    const { folder: place } = await handOver(t, lab, { target: 'immich' })
    const [vault, moved] = [join(lab.root, '..', `v ";$(touch INJECTED),'\\`), join(place, '..', `-o "$(touch INJECTED)";,\\`)]
    renameSync(lab.root, vault)
    renameSync(place, moved)
    const { code, said } = await run(moved, { IMMICH_INSTANCE_URL: immich.url, IMMICH_API_KEY: KEY, VAULT: vault }, '--run')
    assert.deepEqual([code, immich.assets.length], [0, 10], said)
    renameSync(vault, lab.root)
  })

  test('names what is not held, and hands over the rest', async (t) => {
    const lab = await openLab(t, theWorld(), { settings: { collected: 'skip' } })
    await lab.complete()
    rmSync(lab.at('Best/same.jpg'))
    const { exitCode, problems, totals, read } = await handOver(t, lab, { target: 'immich' })
    assert.deepEqual([exitCode, totals.kept, problems.map(({ kind, name }) => [kind, name])], [3, 9, [['missing', 'same.jpg']]])
    const best = linesOf(read('items.jsonl')).find(({ key, file }) => key === harbour.key && file.includes('Norway'))
    assert.ok(best, 'a collected photo that is not copied is found where it is')
    writeFileSync(lab.at('Best/album.json'), '{')
    const second = await handOver(t, lab, { target: 'immich' })
    assert.deepEqual([second.exitCode, second.problems.map(({ name }) => name)], [3, ['Best/album.json']])
    chmodSync(lab.root, 0o755)
  })

  test('names what SmugMug itself does not have, and ends well', async (t) => {
    const world: World = { ...theWorld(), root: [albumNode('Films', [photo('still'), video('stuck', { processing: true })])] }
    const lab = await openLab(t, world)
    await lab.complete()
    const { exitCode, problems, totals } = await handOver(t, lab, { target: 'immich' })
    assert.deepEqual([exitCode, problems.map(({ kind }) => kind)], [0, ['pending']])
    assert.deepEqual([totals.items, totals.kept, totals.pending], [2, 1, 1])
  })

  test('--sidecars writes them beside the photos, keeps the words of a person, and nothing else', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, (path) => !path.startsWith('.smugmug-backup/'))
    const mine =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Mine</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
    writeFileSync(lab.at('Travel/Norway/harbour.jpg.xmp'), mine)
    writeFileSync(lab.at('Best/harbour.jpg.xmp'), 'no XMP')
    const dry = await handOver(t, lab, { target: 'immich', sidecars: true, dryRun: true })
    assert.ok(!existsSync(lab.at('Travel/Norway/ferry.MOV.xmp')), dry.message)
    const { exitCode, problems } = await handOver(t, lab, { target: 'immich', sidecars: true })
    const [first] = problems.filter(({ reason }) => !/could not be written/.test(reason))
    assert.equal(exitCode, 3)
    assert.equal(first?.name, 'harbour.jpg')
    assert.equal(readFileSync(lab.at('Best/harbour.jpg.xmp'), 'utf8'), 'no XMP')
    assert.ok(readFileSync(lab.at('Travel/Norway/harbour.jpg.xmp'), 'utf8').includes('Mine'))
    const after = filesBelow(lab.root, (path) => !path.startsWith('.smugmug-backup/') && !path.endsWith('.xmp'))
    assert.deepEqual(after, before)
    assert.equal((await lab.backup()).exitCode, 0)
    assert.equal((await lab.verify()).exitCode, 0)
  })
})
