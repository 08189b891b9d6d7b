/** The handover to Piwigo: its script is run against a server that knows as much of Piwigo's API as it uses. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { World } from '../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo, video } from '../simulator/worlds/make.ts'
import { type FakePiwigo, startPiwigo } from './support/fake-piwigo.ts'
import { checkScript, handOver, isInstalled, linesOf, runImport as run } from './support/handover.ts'
import { filesBelow, type Lab, openLab } from './support/lab.ts'

const skip = isInstalled('curl', '--version') && isInstalled('jq', '--version') ? false : 'curl or jq is not installed'
const USER = { name: 'o\'boss & "co"', password: `p'a"ss $(touch INJECTED) &=+%;\\` }
const HOSTILE = `'; touch INJECTED; "$(touch INJECTED)" \`touch INJECTED\` \\ <3 </script> 🏔`
/** The same, as Piwigo's database has to hold it. */
const STORED = `'; touch INJECTED; "$(touch INJECTED)" \`touch INJECTED\` \\ &lt;3 &lt;/script&gt; &#x1f3d4;`

const harbour = photo('harbour', {
  title: HOSTILE,
  caption: `<b>Bergen</b> &amp; more\n${HOSTILE}`,
  keywords: ['Places|Norway', 'Oslo, the city', 'Ål', 'al', '🏔', '🌊', HOSTILE],
  capturedLocal: '2024-06-14T05:02:11',
})
const withRaw = photo('both', {
  keywords: ['norway'],
  components: [{ fileName: 'both.CR2', bytes: { kind: 'seeded', seed: 'raw', size: 30_000, starts: 'none' } }],
})
const norway = albumNode(
  `Norway ${HOSTILE}`,
  [photo('boat', { title: 'The boat' }), harbour, photo('hidden', { hidden: true }), video('ferry'), withRaw],
  {
    urlName: 'Norway',
    description: `Two <i>weeks</i>\n${HOSTILE}`,
    fields: { HighlightAlbumImageUri: `/api/v2/highlight/x/image/${harbour.key}-0` },
  },
)
const theWorld = (): World => ({
  nickName: 'simon',
  name: 'Simon',
  keys: KEYS,
  root: [
    folder('Travel', [norway, albumNode('Alps', [photo('peak')], { privacy: 'Unlisted' })], { description: 'Far & <b>near</b>' }),
    folder('Clients', [albumNode('Wedding', [photo('rings')])], { privacy: 'Private' }),
    albumNode('Best', [collected(harbour), photo('odd', { fileName: `-rf $(touch INJECTED);🏔 'x' & y.jpg` })]),
    albumNode('Empty', []),
  ],
})

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

/** The variables of the script. */
const signIn = ({ url }: FakePiwigo) => ({ PIWIGO_URL: url, PIWIGO_USER: USER.name, PIWIGO_PASSWORD: USER.password })

/** A Piwigo that takes all files. */
async function openPiwigo(t: Parameters<typeof startPiwigo>[0]): Promise<FakePiwigo> {
  const piwigo = await startPiwigo(t, USER)
  return Object.assign(piwigo, { types: `${piwigo.types},mp4`, keepsFormats: true })
}

/** The photos of an album by its beginning, in the order of their ranks. */
const inAlbum = ({ categories, images }: FakePiwigo, name: string): readonly (string | undefined)[] => {
  const ranks = categories.find((category) => category.name.startsWith(name))?.ranks ?? new Map<number, number>()
  return [...ranks].toSorted(([, a], [, b]) => a - b).map(([id]) => images.find((image) => image.id === id)?.name)
}

const NORWAY = ['The boat', STORED, 'hidden', 'ferry', 'both']

/** All that a second run could spoil. */
const stateOf = ({ images, categories, tags }: FakePiwigo) => structuredClone({ images, categories, tags })

const untouched = (lab: Lab, place: string) =>
  assert.ok(!spawnSync('find', [place, lab.root, '-name', 'INJECTED*']).stdout.length, 'a name is never a command')

describe('handover piwigo', () => {
  test('lists folders, albums, tags and items, and leaves the vault as it is', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const before = filesBelow(lab.root, () => true)
    const { exitCode, message, problems, totals, folder: place, read } = await handOver(t, lab, { target: 'piwigo' })
    assert.deepEqual([exitCode, problems, totals.items], [0, [], 9], message)
    checkScript(join(place, 'import.sh'))
    assert.deepEqual(
      filesBelow(lab.root, () => true),
      before,
    )
    const albums = linesOf(read('albums.jsonl'))
    const pathOf = (id: string | undefined) => albums.find((album) => album.id === id)?.path
    assert.deepEqual(
      albums.map((album) => [pathOf(album.parent), album.path, album.private]),
      [
        [undefined, '/Travel', false],
        ['/Travel', '/Travel/Norway', false],
        ['/Travel', '/Travel/Alps', true],
        [undefined, '/Clients', true],
        ['/Clients', '/Clients/Wedding', true],
        [undefined, '/Best', false],
        [undefined, '/Empty', false],
      ],
    )
    for (const { file, md5: sum } of linesOf(read('items.jsonl'))) assert.equal(md5(readFileSync(lab.at(file))), sum, file)
    const own = filesBelow(place, (path) => !path.startsWith('.smugmug'))
    assert.deepEqual([...own.keys()], ['README.txt', 'albums.jsonl', 'import.sh', 'items.jsonl', 'tags.jsonl', 'vault.txt'])
  })

  test('the script brings everything over, and a second time nothing', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const piwigo = await openPiwigo(t)
    // A tag and a photo that were there before.
    piwigo.tags.push({ id: 1000, name: 'PLACES ' })
    const { folder: place, read } = await handOver(t, lab, { target: 'piwigo' })
    const dry = await run(place, signIn(piwigo))
    assert.deepEqual([dry.code, piwigo.asked.size], [0, 0], dry.said)
    assert.match(dry.said, /1\t\/Travel\/Alps {2}\(private\)/)
    assert.match(dry.said, /takes \.mp4 files only after a change of its settings.*: 1 of them/)
    assert.match(dry.said, /RAW files.*: 1 of them\n9 photos and videos, 0 of them missing/)
    const first = await run(place, signIn(piwigo), '--run')
    assert.equal(first.code, 0, first.said)

    assert.deepEqual(
      piwigo.categories.map(({ name, status }) => [name, status]),
      [
        ['Travel', 'public'],
        [`Norway ${STORED}`, 'public'],
        ['Alps', 'private'],
        ['Clients', 'private'],
        ['Wedding', 'private'],
        ['Best', 'public'],
        ['Empty', 'public'],
      ],
      'in the order of SmugMug, with its privacy',
    )
    const [travel, inNorway] = piwigo.categories
    assert.deepEqual([travel?.comment, inNorway?.comment, inNorway?.parent], ['Far &amp; near', `Two weeks\n${STORED}`, travel?.id])
    assert.equal(piwigo.images.length, 8, 'the collected photo is one')
    assert.deepEqual(inAlbum(piwigo, 'Norway'), NORWAY)
    assert.deepEqual(inAlbum(piwigo, 'Best'), [STORED, "-rf $(touch INJECTED);&#x1f3d4; 'x' &amp; y"])
    const named = (name: string) => piwigo.images.find((image) => image.name === name)
    const shown = named(STORED)
    assert.deepEqual([shown?.comment, shown?.taken], [`Bergen &amp; more\n${STORED}`, '2024-06-14 05:02:11'])
    assert.equal(inNorway?.cover, shown?.id)
    assert.deepEqual(
      shown?.tags.map((id) => piwigo.tags.find((tag) => tag.id === id)?.name),
      ['PLACES ', 'Norway', 'Oslo, the city', 'Ål', '&#x1f3d4;', '&#x1f30a;', STORED],
    )
    assert.deepEqual(named('both')?.tags, shown?.tags.slice(1, 2), 'capitals make no tag of their own')
    assert.deepEqual(
      piwigo.images.map(({ name, level }) => [name, level]).filter(([, level]) => level !== 0),
      [['hidden', 8]],
    )
    assert.deepEqual(
      named('both')?.formats.map(({ ext, bytes }) => [ext, md5(bytes)]),
      [['cr2', md5(readFileSync(lab.at('Travel/Norway/both.CR2')))]],
    )
    for (const { file } of piwigo.images) assert.doesNotMatch(file, /[\\&]/)
    untouched(lab, place)
    assert.ok(!read('import.sh').includes(USER.password))

    const before = stateOf(piwigo)
    piwigo.asked.clear()
    const second = await run(place, signIn(piwigo), '--run')
    assert.equal(second.code, 0, second.said)
    assert.match(second.said, /9 photos and videos are in Piwigo with their albums \(9 files were there already\), 0 failed/)
    assert.deepEqual(stateOf(piwigo), before)
    assert.ok(!piwigo.asked.has('pwg.images.uploadAsync') && !piwigo.asked.has('pwg.images.upload'))
    assert.equal((await handOver(t, lab, { target: 'piwigo', folder: place })).exitCode, 0)
    assert.ok(existsSync(join(place, 'imported')), 'the notes of the script stay')
  })

  test('a photo that was there before keeps its words, and what a person takes out stays out', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const piwigo = await openPiwigo(t)
    const { folder: place } = await handOver(t, lab, { target: 'piwigo' })
    const bytes = readFileSync(lab.at('Best/harbour.jpg'))
    const mine = { name: 'Mine', comment: 'my words', taken: undefined, level: 0, tags: [] }
    piwigo.images.push({ id: 1, file: 'mine.jpg', md5: md5(bytes), bytes, formats: [], ...mine })
    assert.equal((await run(place, signIn(piwigo), '--run')).code, 0)
    assert.equal(piwigo.images.length, 8)
    const { name, comment, taken, level, tags } = piwigo.images[0] ?? {}
    assert.deepEqual({ name, comment, taken, level, tags }, mine)
    assert.deepEqual(inAlbum(piwigo, 'Best')[0], 'Mine')
    piwigo.categories.find((category) => category.name === 'Best')?.ranks.clear()
    const [empty] = piwigo.categories.splice(-1)
    assert.equal((await run(place, signIn(piwigo), '--run')).code, 0)
    assert.deepEqual(inAlbum(piwigo, 'Best'), [])
    assert.deepEqual(piwigo.categories.at(-1)?.name, empty?.name, 'an album that is gone is made again')
  })

  test('the script names what Piwigo refuses, and brings it once Piwigo takes it', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const piwigo = await startPiwigo(t, USER)
    const { folder: place } = await handOver(t, lab, { target: 'piwigo' })
    piwigo.broken = 'boat.jpg'
    const first = await run(place, signIn(piwigo), '--run')
    assert.equal(first.code, 3, first.said)
    assert.match(first.said, /Failed: Travel\/Norway\/boat\.jpg \(Internal Server Error, HTTP 500\)/)
    assert.match(first.said, /Failed: Travel\/Norway\/ferry\.mp4 \(this Piwigo takes no \.mp4 files: see README\.txt\)/)
    assert.match(first.said, /Failed: Travel\/Norway\/both\.CR2 \(this Piwigo keeps no RAW files: see README\.txt\)/)
    assert.match(first.said, /7 photos and videos are in Piwigo.*3 failed/)
    assert.deepEqual(inAlbum(piwigo, 'Norway'), [STORED, 'hidden', 'both'])
    Object.assign(piwigo, { broken: undefined, types: 'jpg,mp4', keepsFormats: true })
    const second = await run(place, signIn(piwigo), '--run')
    assert.equal(second.code, 0, second.said)
    assert.deepEqual(inAlbum(piwigo, 'Norway'), NORWAY)
  })

  test('the script says what is wrong with the address, the name, the password or the rights', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const piwigo = await openPiwigo(t)
    const { folder: place } = await handOver(t, lab, { target: 'piwigo' })
    const env = signIn(piwigo)
    const ends = async (code: number, said: RegExp, ...[changed, ...args]: readonly [Readonly<Record<string, string>>, ...string[]]) => {
      const ended = await run(place, changed, ...args)
      assert.equal(ended.code, code, ended.said)
      assert.match(ended.said, said)
    }
    await ends(4, /refused the name or the password \(Invalid username\/password\)/, { ...env, PIWIGO_PASSWORD: 'wrong' }, '--run')
    await ends(3, /Piwigo did not answer at/, { ...env, PIWIGO_URL: 'http://127.0.0.1:1' }, '--run')
    await ends(3, /There is no Piwigo at .*\(Not Found, HTTP 404\)/, { ...env, PIWIGO_URL: `${piwigo.url}/elsewhere` }, '--run')
    await ends(2, /PIWIGO_URL/, {}, '--run')
    await ends(2, /Usage/, env, '--what')
    piwigo.status = 'normal'
    await ends(4, /only administrators/, env, '--run')
    assert.deepEqual([piwigo.images.length, piwigo.categories.length], [0, 0])
    piwigo.status = 'admin'
    // PHP warns before each answer.
    piwigo.warning = '<br />\n<b>Warning</b>:  {"stat": on line 1<br />\n'
    await ends(0, /0 failed/, { ...env, PIWIGO_URL: `${piwigo.url}/ws.php` }, '--run')
  })

  test('an interrupted run goes on where it was', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const piwigo = await openPiwigo(t)
    piwigo.pieceSize = 8
    const { folder: place } = await handOver(t, lab, { target: 'piwigo' })
    const codes: number[] = []
    for (let runs = 0; codes.at(-1) !== 0 && runs < 20; runs++) {
      piwigo.hangsUpAfter = 40
      const { code, said } = await run(place, signIn(piwigo), '--run')
      codes.push(code)
      if (code !== 0) assert.match(said, /did not answer.*Run it again/)
    }
    assert.deepEqual([codes.at(-1), codes.includes(3)], [0, true], String(codes))
    assert.deepEqual([piwigo.images.length, piwigo.categories.length], [8, 7], 'nothing is there twice')
    assert.deepEqual(inAlbum(piwigo, 'Norway'), NORWAY)
    for (const { md5: sum, bytes, name } of piwigo.images) assert.equal(md5(bytes), sum, name)
    assert.equal(
      md5(piwigo.images.find(({ name }) => name === 'both')?.formats[0]?.bytes ?? Buffer.alloc(0)),
      md5(readFileSync(lab.at('Travel/Norway/both.CR2'))),
    )
  })

  test('large files go in pieces of the size that Piwigo wants', { skip }, async (t) => {
    const size = 2_500_000
    const film = video('film', { bytes: { kind: 'seeded', seed: 'film', size, starts: 'mp4' } })
    const lab = await openLab(t, { ...theWorld(), root: [albumNode('Films', [film])] })
    await lab.complete()
    const piwigo = await openPiwigo(t)
    const { folder: place, read } = await handOver(t, lab, { target: 'piwigo' })
    const [{ md5: sum }] = linesOf(read('items.jsonl')) as [{ readonly md5: string }]
    // An earlier merge was cut off.
    piwigo.pieces.set(`${sum}.merged`, Buffer.alloc(0))
    const stuck = await run(place, signIn(piwigo), '--run')
    assert.equal(stuck.code, 3)
    assert.match(stuck.said, /Failed: Films\/film\.mp4 \(Piwigo did not put its pieces together: empty its folder upload\/buffer/)
    piwigo.pieces.clear()
    piwigo.asked.clear()
    assert.equal((await run(place, signIn(piwigo), '--run')).code, 0)
    assert.deepEqual([piwigo.asked.get('pwg.images.uploadAsync'), piwigo.images[0]?.bytes.length], [Math.ceil(size / 512_000), size])
    assert.equal(md5(piwigo.images[0]?.bytes ?? Buffer.alloc(0)), sum)
  })

  test('works with a vault whose folder has a hostile name', { skip }, async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    const piwigo = await openPiwigo(t)
    const { folder: place } = await handOver(t, lab, { target: 'piwigo' })
    const [vault, moved] = [join(lab.root, '..', `v ";$(touch INJECTED),'\\`), join(place, '..', `-o "$(touch INJECTED)";,\\`)]
    renameSync(lab.root, vault)
    renameSync(place, moved)
    const { code, said } = await run(moved, { ...signIn(piwigo), VAULT: vault }, '--run')
    assert.deepEqual([code, piwigo.images.length], [0, 8], said)
    renameSync(vault, lab.root)
    untouched(lab, moved)
  })

  test('the imitation refuses what Piwigo would', async (t) => {
    const piwigo = await startPiwigo(t, USER)
    let cookie = ''
    const ask = async (method: string, fields: Readonly<Record<string, string>>, file?: string) => {
      const body = new FormData()
      for (const [name, value] of Object.entries({ method, ...fields })) body.set(name, value)
      if (file !== undefined) body.set('file', new Blob([file]), 'piece')
      const answer = await fetch(`${piwigo.url}/ws.php?format=json`, { method: 'POST', body, headers: { cookie } })
      cookie = answer.headers.get('set-cookie') ?? cookie
      return await answer.text()
    }
    const photo = {
      username: USER.name,
      chunk: '0',
      chunks: '1',
      chunk_sum: md5(Buffer.from('photo')),
      original_sum: md5(Buffer.from('photo')),
      filename: 'a.jpg',
    }
    assert.match(await ask('pwg.tags.getAdminList', {}), /Access denied/)
    await ask('pwg.session.login', { username: USER.name, password: USER.password })
    for (const [method, fields, said] of [
      ['pwg.categories.add', { name: 'x'.repeat(256) }, /Data too long/],
      ['pwg.categories.add', { name: '🏔' }, /Incorrect string value/],
      ['pwg.categories.add', { name: '<b> </b>' }, /must not be empty/],
      ['pwg.tags.add', { name: '🏔' }, /Incorrect string value/],
      ['pwg.images.uploadAsync', { ...photo, username: '' }, /Missing parameters: username/],
      ['pwg.images.uploadAsync', { ...photo, chunk_sum: 'x' }, /chunk file mismatched/],
      ['pwg.images.uploadAsync', { ...photo, original_sum: 'x' }, /merged file mismatched/],
      ['pwg.images.uploadAsync', { ...photo, filename: 'a.mov' }, /forbidden file type/],
      ['pwg.images.uploadAsync', { ...photo, date_creation: '' }, /Incorrect datetime/],
      ['pwg.images.uploadAsync', { ...photo, comment: '🏔' }, /Incorrect string value/],
      ['pwg.images.upload', { format_of: '1', name: 'a.cr2' }, /Invalid security token/],
    ] as const) {
      assert.match(await ask(method, fields, 'photo'), said, method)
    }
    assert.equal(piwigo.images.length, 0)
    assert.match(await ask('pwg.images.uploadAsync', photo, 'photo'), /"ok"/)
  })

  test('without the tree every album is private, and stands in no folder', async (t) => {
    const lab = await openLab(t, theWorld())
    await lab.complete()
    writeFileSync(lab.at('tree.json'), '{')
    const { exitCode, problems, read } = await handOver(t, lab, { target: 'piwigo' })
    assert.deepEqual([exitCode, problems.map(({ kind, name }) => [kind, name])], [3, [['damaged', 'tree.json']]])
    const albums = linesOf(read('albums.jsonl'))
    assert.deepEqual([albums.length, albums.every((album) => album.private && album.parent === undefined)], [5, true])
  })
})
