import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { removeImage, replaceImage } from '../../simulator/edit.ts'
import type { Fault, World } from '../../simulator/world.ts'
import { album, albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import type { Event } from '../../src/events.ts'
import type { Certificate } from '../../src/operations/leave/certificate.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'
import { openScene } from './harness.ts'

const LEAVING = '.smugmug-backup/leaving'

const certificates = (lab: Pick<Lab, 'at'>): readonly string[] =>
  existsSync(lab.at(LEAVING)) ? readdirSync(lab.at(LEAVING)).filter((name) => name.endsWith('.json')) : []

const certificateAt = (lab: Pick<Lab, 'at'>, page: string | undefined): Certificate =>
  JSON.parse(readFileSync(lab.at(page?.replace(/\.txt$/, '.json') ?? ''), 'utf8'))

const open = (outcome: { readonly open: readonly { readonly name?: string; readonly kind: string }[] }) =>
  outcome.open.map(({ kind, name }) => [kind, name])

const world = (...root: World['root']): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })
const two = world(albumNode('A', [photo('a-1'), photo('a-2')]))

/** Changes one byte of a file and nothing of its size and times: the damage that only reading finds. */
function rot(path: string): void {
  const { atime, mtime } = statSync(path)
  const bytes = readFileSync(path)
  bytes[100] = (bytes[100] ?? 0) ^ 1
  writeFileSync(path, bytes)
  utimesSync(path, atime, mtime)
}

describe('a last look at an account that is wholly held', () => {
  test('ends with 0, from an empty folder; the certificate says what a stranger can check', async (t) => {
    const lab = await openLab(t, smallWorld())
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, outcome.open, outcome.problems], [0, [], []], outcome.message)
    const found = certificateAt(lab, outcome.certificate)
    assert.deepEqual(
      [found.isEverythingHeld, found.counted, found.held, found.originals, found.renditions, found.reread.files, found.account],
      [true, 12, 12, 11, 1, 12, 'simon'],
    )
    assert.deepEqual(
      found.albums.map(({ path, counted, held }) => [path, counted, held]),
      [
        ['/Best-of', 3, 3],
        ['/Home/Kitchen', 3, 3],
        ['/Travel/2024-Norway', 6, 6],
      ],
    )
    const sums = readFileSync(lab.at('.smugmug-backup/SHA256SUMS'))
    assert.equal(found.checksums?.sha256, createHash('sha256').update(sums).digest('hex'))
    assert.match(readFileSync(lab.at(outcome.certificate ?? ''), 'utf8'), new RegExp(found.checksums?.sha256 ?? 'none'))
    assert.ok(existsSync(lab.at('index.html')), 'the twin is there')
  })

  test('lists everything and reads everything, though nothing has changed; each look has a certificate of its own', async (t) => {
    const lab = await openLab(t, two)
    const first = await lab.leave()
    const text = readFileSync(lab.at(first.certificate ?? ''), 'utf8')
    const second = await lab.leave()
    assert.deepEqual([second.exitCode, second.listings, second.downloads], [0, 1, 0])
    assert.equal(certificates(lab).length, 2)
    assert.equal(readFileSync(lab.at(first.certificate ?? ''), 'utf8'), text, 'the first one stands as it was')
    assert.deepEqual(
      second.events.flatMap((event: Event) => (event.event === 'run.started' ? [event.operation] : [])),
      ['leave', 'backup', 'verify', 'twin'],
    )
  })

  test('its certificates are no foreign files, and no backup removes them as old reports', async (t) => {
    const lab = await openLab(t, two)
    await lab.leave()
    const old = `${LEAVING}/2020-01-01T00-00-00.000Z.txt`
    writeFileSync(lab.at(old), 'of old')
    await lab.complete({ full: true, settings: { keepReports: 1 } })
    const verified = await lab.verify()
    assert.deepEqual([verified.exitCode, verified.problems], [0, []])
    assert.ok(existsSync(lab.at(old)))
    assert.equal((await lab.leave()).exitCode, 0)
  })

  test('an index.html of a person stands in the way of the twin: it is named and stays, and nothing is open', async (t) => {
    const lab = await openLab(t, two)
    writeFileSync(lab.at('index.html'), 'mine')
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, outcome.open], [0, []])
    assert.deepEqual(
      outcome.problems.map(({ kind, name }) => [kind, name]),
      [
        ['foreign', 'index.html'],
        ['failed', 'index.html'],
      ],
    )
    assert.equal(readFileSync(lab.at('index.html'), 'utf8'), 'mine')
  })
})

describe('a last look with something open ends with 3 and names it', () => {
  const faulty: readonly (readonly [what: string, does: Fault['does'], world: World, wanted: readonly (readonly string[])[]])[] = [
    ['a photo that arrives damaged', { kind: 'wrongBytes' }, world(albumNode('A', [photo('a-1')])), [['failed', 'a-1.jpg']]],
  ]
  for (const [what, does, account, wanted] of faulty)
    test(what, async (t) => {
      const lab = await openLab(t, account, { behaviour: { faults: [{ on: 'original', does }] } })
      const outcome = await lab.leave()
      assert.deepEqual([outcome.exitCode, open(outcome)], [3, wanted])
      assert.equal(certificateAt(lab, outcome.certificate).isEverythingHeld, false)
      lab.sim.setBehaviour({})
      assert.deepEqual([(await lab.leave()).exitCode], [0])
    })

  for (const [what, details, kind] of [
    ['a photo that SmugMug does not offer at all', { offers: 'none' }, 'impossible'],
    ['a video that SmugMug still processes', { isVideo: true, processing: true }, 'pending'],
    ['a photo whose album locks the original', { offers: 'largest' }, 'notice'],
  ] as const)
    test(`${what}, each time`, async (t) => {
      const lab = await openLab(t, world(albumNode('A', [photo('a-1', details), photo('a-2')])))
      for (const _time of [1, 2]) {
        const outcome = await lab.leave()
        assert.deepEqual([outcome.exitCode, open(outcome)], [3, [[kind, kind === 'pending' ? 'a-1.mp4' : 'a-1.jpg']]], outcome.message)
      }
    })

  test('an album that cannot be listed', async (t) => {
    const lab = await openLab(t, two)
    await lab.complete()
    lab.sim.setBehaviour({ faults: [{ on: 'images', does: { kind: 'badJson' } }] })
    const outcome = await lab.leave()
    assert.equal(outcome.exitCode, 3)
    assert.deepEqual(
      outcome.open.map(({ kind, album: path }) => [kind, path]),
      [['album', '/A']],
    )
  })

  test('a sign-in that sees only what is public: private albums would be lost', async (t) => {
    const lab = await openLab(t, two)
    const asStrangersSee = {
      ...{ ResponseLevel: 'Public', ImageCount: null, Plan: null, AccountStatus: null },
      Uris: { UserDeletedAlbums: null, UserUploadLimits: null },
    }
    lab.sim.setBehaviour({ faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: asStrangersSee } } }] })
    const outcome = await lab.leave()
    assert.equal(outcome.exitCode, 3)
    assert.match(outcome.open[0]?.reason ?? '', /sees only what is public/)
  })

  test('comments that were asked for and cannot be read', async (t) => {
    const lab = await openLab(t, world({ type: 'Album', album: album('A', [photo('a-1', { comments: [{ Text: 'hi' }] })]) }))
    lab.sim.setBehaviour({ faults: [{ on: 'comments', does: { kind: 'status', status: 503 } }] })
    const outcome = await lab.leave({ settings: { comments: true } })
    assert.equal(outcome.exitCode, 3, JSON.stringify(outcome.events.filter(({ event }) => event === 'warning')))
    assert.match(outcome.open[0]?.reason ?? '', /^The comments on/)
  })

  test('a RAW file beside a photo that cannot be fetched, in every look until it can', async (t) => {
    const pair = photo('P1', { components: [{ fileName: 'P1.NEF', bytes: { kind: 'seeded', seed: 'raw', size: 30_000 } }] })
    const lab = await openLab(t, world(albumNode('A', [pair])))
    lab.sim.setBehaviour({ faults: [{ on: 'component', does: { kind: 'status', status: 503 } }] })
    for (const _time of [1, 2]) {
      const outcome = await lab.leave()
      assert.deepEqual([outcome.exitCode, open(outcome)], [3, [['notice', 'P1.jpg']]])
    }
    lab.sim.setBehaviour({})
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, certificateAt(lab, outcome.certificate).reread.files], [0, 2])
  })

  test('a byte that has changed on the disk; the next look, whose backup fetches it again, ends with 0', async (t) => {
    const lab = await openLab(t, two)
    assert.equal((await lab.leave()).exitCode, 0)
    rot(lab.at('A/a-1.jpg'))
    const damaged = await lab.leave()
    assert.deepEqual([damaged.exitCode, open(damaged)], [3, [['damaged', 'A/a-1.jpg']]])
    const mended = await lab.leave()
    assert.deepEqual([mended.exitCode, mended.downloads], [0, 1])
  })

  test('an item that is gone from SmugMug is kept, named in the certificate, and not open', async (t) => {
    const lab = await openLab(t, two)
    await lab.complete()
    lab.change((w) => removeImage(w, albumKey(w, 'A'), photo('a-2').key))
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, outcome.open], [0, []])
    const found = certificateAt(lab, outcome.certificate)
    assert.deepEqual([found.counted, found.held, found.keptThoughGone, found.albums[0]?.keptThoughGone], [1, 1, 1, 1])
    assert.ok(found.toDo.some(({ key }) => key === 'kept'))
  })

  test('earlier versions and the trash are not read, and the certificate says so', async (t) => {
    const lab = await openLab(t, two)
    await lab.complete()
    assert.doesNotMatch(readFileSync(lab.at((await lab.leave()).certificate ?? ''), 'utf8'), /Not read/)
    lab.change(
      (each) => replaceImage(each, photo('a-1').key, { kind: 'seeded', seed: 'other', size: 700, starts: 'jpg' }),
      (each) => removeImage(each, albumKey(each, 'A'), photo('a-2').key),
    )
    await lab.complete({ settings: { onVanished: 'trash' } })
    const [aside = ''] = [...lab.ours('history').keys()].filter((path) => path.endsWith('.jpg'))
    rot(lab.at(`.smugmug-backup/history/${aside}`))
    const outcome = await lab.leave({ settings: { onVanished: 'trash' } })
    assert.equal(outcome.exitCode, 0, outcome.message)
    const { notRead, reread } = certificateAt(lab, outcome.certificate)
    assert.deepEqual([notRead, reread.files], [{ files: 2, bytes: 40_000 }, 1])
    assert.match(
      readFileSync(lab.at(outcome.certificate ?? ''), 'utf8'),
      /^Not read +2 files, 40\.0 kB of the past, in history\/ and trash\/:\n +they have no checksums, and this page proves nothing about them$/m,
    )
  })

  test('the twin, where something else stands in the place of its folder: there is none at all', async (t) => {
    const lab = await openLab(t, two)
    writeFileSync(lab.at('twin.files'), 'mine')
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, open(outcome)], [3, [['failed', 'twin.files']]])
    assert.equal(readFileSync(lab.at('twin.files'), 'utf8'), 'mine')
  })

  test('a file of the past that was cut short', async (t) => {
    const lab = await openLab(t, two)
    await lab.complete()
    const [name = ''] = [...lab.ours('versions').keys()]
    const path = lab.at(`.smugmug-backup/versions/${name}`)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.subarray(0, bytes.length - 7))
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, open(outcome)], [3, [['damaged', `.smugmug-backup/versions/${name}`]]])
  })

  test('an album that SmugMug’s list of albums hides is found in its folders, and held', async (t) => {
    const lab = await openLab(t, smallWorld(), {
      behaviour: { faults: [{ on: 'albums', does: { kind: 'patch', response: { Album: { '1': null }, Pages: { Total: 2, Count: 2 } } } }] },
    })
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, certificateAt(lab, outcome.certificate).albums.length], [0, 3])
  })

  test('albums that list fewer items than SmugMug counts', async (t) => {
    const lab = await openLab(t, two)
    await lab.complete()
    lab.sim.setBehaviour({
      faults: [{ on: 'images', does: { kind: 'patch', response: { AlbumImage: { '1': null }, Pages: { Total: 1, Count: 1 } } } }],
    })
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, open(outcome)], [3, [['album', undefined]]])
  })
})

describe('a last look that does not see the account certifies nothing', () => {
  test('SmugMug is away: 3, and no file is read again for nothing', async (t) => {
    const lab = await openLab(t, two)
    await lab.complete()
    lab.sim.setBehaviour({ faults: [{ on: 'any', does: { kind: 'status', status: 503 } }] })
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, outcome.error, outcome.open.length, outcome.certificate], [3, 'ServiceError', 1, undefined])
    assert.deepEqual(certificates(lab), [])
    assert.equal(
      outcome.events.some(({ event }) => event === 'step'),
      false,
    )
  })

  test('a refused sign-in: 4', async (t) => {
    const lab = await openLab(t, two)
    const outcome = await lab.leave({ settings: { userSecret: 'wrong' } })
    assert.deepEqual([outcome.exitCode, outcome.error, certificates(lab)], [4, 'SignInError', []])
  })

  test('the safety brake: 7, and the items that wait are open', async (t) => {
    const many = world(
      albumNode(
        'A',
        Array.from({ length: 30 }, (_, n) => photo(`a-${n}`)),
      ),
      albumNode('B', [photo('b')]),
    )
    const lab = await openLab(t, many)
    await lab.complete()
    lab.change(() => ({ ...many, root: many.root.slice(1) }))
    const outcome = await lab.leave()
    assert.deepEqual([outcome.exitCode, outcome.open.length, certificates(lab)], [7, 30, []])
  })

  test('settings that restrict it to a part: 2, before anything is asked', async (t) => {
    const lab = await openLab(t, two)
    for (const settings of [{ album: ['A'] }, { exclude: ['B'] }, { type: 'photo' }, { keyword: ['x'] }] as const) {
      await assert.rejects(lab.leave({ settings }), { name: 'ConfigurationError', exitCode: 2, message: /restrict it to a part: --/ })
    }
    assert.equal(lab.sim.counters.api, 0)
  })
})

describe('a last look that was interrupted', () => {
  test('by SIGINT while photos came: 130 and no certificate; the next one fetches the rest alone, and ends with 0', async (t) => {
    const photos = Array.from({ length: 12 }, (_, n) => photo(`a-${n}`))
    const scene = await openScene(t, {
      world: world(albumNode('A', photos)),
      behaviour: { latency: { fileMs: 200 } },
      env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '1' },
    })
    const running = scene.start(['leave', '--verbose'])
    await running.says(/stored A\/a-/)
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    assert.equal(code, 130, stdout + stderr)
    assert.match(stdout, /Run `smugmug-backup leave` again/)
    assert.ok(!existsSync(join(scene.vault, LEAVING)))
    scene.simulator.setBehaviour({})
    const { summary, lines } = await scene.json(['leave'])
    assert.deepEqual([summary.exitCode, summary.open, summary.kept > 0, summary.kept + summary.stored], [0, 0, true, 12])
    assert.ok(existsSync(join(scene.vault, lines.find(({ event }) => event === 'leave')?.certificate)))
  })

  test('while it read the files again goes on there, and the certificate has the time at which that began', async (t) => {
    const photos = Array.from({ length: 40 }, (_, n) =>
      photo(`a-${String(n).padStart(2, '0')}`, { bytes: { kind: 'seeded', seed: `${n}`, size: 1_000_000, starts: 'jpg' } }),
    )
    const lab = await openLab(t, world(albumNode('A', photos)))
    await lab.complete()
    const read = await stopped(lab)
    assert.ok(read > 0 && read < 40, `${read} of 40 were read`)
    assert.deepEqual(certificates(lab), [])
    const outcome = await lab.leave()
    const checked = outcome.events.flatMap((event) =>
      event.event === 'step' && event.name === 'bytes as they were proven' ? [event.checked] : [],
    )
    assert.deepEqual([outcome.exitCode, checked], [0, [40 - read]])
    const { reread, listed } = certificateAt(lab, outcome.certificate)
    assert.ok(reread.from < listed.from, 'the pass began before this look')
    assert.equal(reread.files, 40)
  })

  test('begins the reading anew if the vault has changed since', async (t) => {
    const photos = Array.from({ length: 40 }, (_, n) =>
      photo(`a-${n}`, { bytes: { kind: 'seeded', seed: `${n}`, size: 1_000_000, starts: 'jpg' } }),
    )
    const lab = await openLab(t, world(albumNode('A', photos)))
    await lab.complete()
    await stopped(lab)
    lab.change((w) => ({ ...w, root: [...w.root, albumNode('B', [photo('b')])] }))
    const outcome = await lab.leave()
    const checked = outcome.events.flatMap((event) =>
      event.event === 'step' && event.name === 'bytes as they were proven' ? [event.checked] : [],
    )
    assert.deepEqual([outcome.exitCode, checked], [0, [41]])
  })
})

/** Stops a look while it reads the files again. Returns the number of files that it had read. */
async function stopped(lab: Lab): Promise<number> {
  const stop = new AbortController()
  const { runLeave } = await import('../../src/app/app.ts')
  const work = lab.work({ signal: stop.signal })
  const emit = (event: Event): void => {
    work.emit(event)
    if (event.event === 'progress' && event.unit === 'bytes' && event.done > 0) stop.abort()
  }
  const outcome = await runLeave({ ...work, emit })
  assert.equal(outcome.exitCode, 130, outcome.message)
  const [checked = 0] = work.events.flatMap((event) =>
    event.event === 'step' && event.name === 'bytes as they were proven' ? [event.checked] : [],
  )
  return checked
}

describe('the program itself', () => {
  test('ends with a summary that counts what is open, after a line that names it; the list is for people', async (t) => {
    const secret = albumNode('Clients', [photo('c-1', { offers: 'none' })], { securityType: 'Password', password: 'let-me-in' })
    const scene = await openScene(t, { world: world(folder('Work', [secret])) })
    const { code, lines, summary, stderr } = await scene.json(['leave'])
    assert.deepEqual([code, summary.exitCode, summary.open, summary.items, summary.impossible], [3, 3, 1, 1, 1])
    const leave = lines.find(({ event }) => event === 'leave')
    assert.deepEqual(
      [leave?.open[0].name, leave?.toDo.find(({ key }: { key: string }) => key === 'passwords').names],
      ['c-1.jpg', ['/Work/Clients']],
    )
    assert.match(stderr, /To tick off: only you can do this\n {2}\[ \] /)
    const page = readFileSync(join(scene.vault, leave?.certificate), 'utf8')
    assert.match(page, /\[ \] impossible: \/Work\/Clients\/c-1\.jpg/)
    assert.doesNotMatch(page + JSON.stringify(lines) + stderr, /let-me-in/)
    const history = await scene.json(['history'])
    assert.deepEqual(
      history.lines.flatMap(({ event, operation }) => (event === 'run' || event === 'history' ? [operation] : [])).slice(0, 3),
      ['leave', 'verify', 'backup'],
    )
  })

  test('waits for nobody: exit 6 while another run holds the vault', async (t) => {
    const scene = await openScene(t, { world: two, behaviour: { latency: { fileMs: 60_000 } } })
    const running = scene.start(['leave', '--verbose'])
    await running.says(/a-1\.jpg|2 items in 1 album/)
    const { code, summary } = await scene.json(['leave'])
    assert.deepEqual([code, summary.exitCode], [6, 6])
  })
})
