import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { md5Of } from '../../simulator/bytes.ts'
import { addImage, editImage, moveImage, removeImage, renameAlbum, replaceImage } from '../../simulator/edit.ts'
import type { World, WorldImage } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { openVaultAt, runStatus, runVerify } from '../../src/app/app.ts'
import type { Event } from '../../src/events.ts'
import { type Clock, FakeClock } from '../../src/flow/clock.ts'
import { verify } from '../../src/operations/verify/verify.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { albumKey, assertMirrors, filesBelow, type Lab, md5OfFile, openLab } from '../support/lab.ts'

const photos = (name: string, count: number): readonly WorldImage[] =>
  Array.from({ length: count }, (_, n) =>
    photo(`${name}${n}`, { bytes: { kind: 'seeded', seed: `${name}${n}`, size: 2000 + n, starts: 'jpg' } }),
  )
const norway = photos('n', 8)
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder('Travel', [albumNode('Norway', norway)]),
    albumNode('Home', photos('h', 5)),
    albumNode('Best', norway.slice(0, 2).map(collected)),
  ],
}
const FILES = 15

const twoImages = ['a', 'b', 'c', 'd'].map((id) => photo(id))
const two: World = { ...world, root: [albumNode('M', twoImages.slice(0, 2)), albumNode('Z', twoImages.slice(2))] }

/** Changes one bit, and neither size nor time. */
function flip(path: string): void {
  const { atime, mtime } = statSync(path)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4
  writeFileSync(path, bytes)
  utimesSync(path, atime, mtime)
}

const found = (
  told: { readonly problems: readonly { readonly kind: string; readonly name?: string }[] },
  kind: string,
): readonly string[] =>
  told.problems
    .filter((problem) => problem.kind === kind)
    .map((problem) => problem.name ?? '')
    .toSorted()

const settled = async (t: Parameters<typeof openLab>[0]): Promise<Lab> => {
  const lab = await openLab(t, world)
  await lab.complete()
  return lab
}

describe('verify', { concurrency: 8 }, () => {
  test('finds nothing in a sound vault, in named steps, counted and timed; status shows when all was last proven', async (t) => {
    const lab = await settled(t)
    const before = Date.now()
    const told = await lab.verify()
    assert.deepEqual([told.exitCode, told.problems], [0, []])
    const steps = told.events.flatMap((event) => (event.event === 'step' ? [event] : []))
    assert.ok(steps.length >= 4, steps.map((step) => step.name).join())
    assert.ok(steps.every((step) => step.found === 0 && step.durationMs >= 0))
    assert.ok(steps.some((step) => step.checked === FILES))
    const status = await runStatus(lab.work())
    assert.ok((status.lastFullyProven ?? 0) >= before)
  })

  test('finds a flipped bit, a cut file, a missing one and a foreign one, and names each', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n3.jpg'))
    truncateSync(lab.at('Travel/Norway/n4.jpg'), 100)
    rmSync(lab.at('Home/h1.jpg'))
    writeFileSync(lab.at('Home/stranger.jpg'), 'not from here')
    const told = await lab.verify()
    assert.equal(told.exitCode, 3)
    assert.deepEqual(found(told, 'damaged'), ['Travel/Norway/n3.jpg', 'Travel/Norway/n4.jpg'])
    assert.deepEqual(found(told, 'missing'), ['Home/h1.jpg'])
    assert.deepEqual(found(told, 'foreign'), ['Home/stranger.jpg'])
    // A fault remains until it is healed, also for the next verification.
    const again = await lab.verify()
    assert.deepEqual([again.exitCode, found(again, 'damaged')], [3, found(told, 'damaged')])
  })

  test('changes no media', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n3.jpg'))
    rmSync(lab.at('Home/h1.jpg'))
    const media = lab.media()
    const times = [...media.keys()].map((path) => statSync(lab.at(path)).mtimeMs)
    await lab.verify()
    assert.deepEqual(lab.media(), media)
    assert.deepEqual(
      [...media.keys()].map((path) => statSync(lab.at(path)).mtimeMs),
      times,
    )
  })

  test('the next backup fetches the files that it found, without --full, and keeps the damaged bytes aside', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n3.jpg'))
    const damaged = md5OfFile(lab.at('Travel/Norway/n3.jpg'))
    rmSync(lab.at('Home/h1.jpg'))
    assert.equal((await lab.verify()).exitCode, 3)
    const told = await lab.complete()
    assert.equal(told.downloads, 2)
    assertMirrors(lab)
    assert.ok([...lab.ours('history').values()].includes(damaged))
    assert.deepEqual([(await lab.verify()).exitCode, (await lab.complete()).downloads], [0, 0])
  })

  test('a flipped bit in a file with two names is one damage, healed in both with one download', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n0.jpg'))
    const told = await lab.verify()
    assert.deepEqual(found(told, 'damaged'), ['Best/n0.jpg', 'Travel/Norway/n0.jpg'])
    assert.equal((await lab.complete()).downloads, 1)
    assertMirrors(lab)
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('litter of desktops and NAS boxes is not foreign', async (t) => {
    const lab = await settled(t)
    for (const [path, name] of [
      ['Home', '.DS_Store'],
      ['Travel', 'Thumbs.db'],
      ['Travel/Norway', 'desktop.ini'],
      ['Home', '._h1.jpg'],
    ])
      writeFileSync(lab.at(`${path}/${name}`), 'litter')
    for (const name of ['@eaDir', '#recycle']) {
      mkdirSync(lab.at(`Home/${name}/h1.jpg`), { recursive: true })
      writeFileSync(lab.at(`Home/${name}/h1.jpg/SYNOPHOTO_THUMB_M.jpg`), 'thumb')
    }
    const told = await lab.verify()
    assert.deepEqual([told.exitCode, found(told, 'foreign')], [0, []])
  })

  test('foreign files alone are reported, and are no failure', async (t) => {
    const lab = await settled(t)
    writeFileSync(lab.at('Home/notes.txt'), 'mine')
    const told = await lab.verify()
    assert.deepEqual([told.exitCode, found(told, 'foreign')], [0, ['Home/notes.txt']])
  })

  test('links, pipes and devices that stand in no place of ours are foreign too', async (t) => {
    if (process.platform === 'win32') return t.skip('no such entries here')
    const lab = await openLab(t, world)
    await lab.complete()
    symlinkSync('/nowhere/at/all', lab.at('Home/link'))
    execFileSync('mkfifo', [lab.at('pipe')])
    const said = await lab.verify()
    assert.deepEqual([said.exitCode, found(said, 'foreign')], [0, ['Home/link', 'pipe']])
    assert.match(said.message, /2 foreign files lie in the vault/)
  })

  test('files in history and trash, and those of vanished items, are not foreign', async (t) => {
    const lab = await settled(t)
    const home = albumKey(world, 'Home')
    lab.change((w) => removeImage(w, home, photo('h1').key))
    await lab.complete()
    lab.change(
      (w) => removeImage(w, home, photo('h2').key),
      (w) => replaceImage(w, photo('h3').key, { kind: 'seeded', seed: 'x', size: 900, starts: 'jpg' }),
    )
    await lab.complete({ settings: { onVanished: 'trash' } })
    const told = await lab.verify()
    assert.deepEqual([told.exitCode, told.problems], [0, []])
  })

  test('a kept file of a vanished item that is damaged is found, and no fetch is promised that cannot be', async (t) => {
    const lab = await settled(t)
    lab.change((w) => removeImage(w, albumKey(world, 'Home'), photo('h1').key))
    await lab.complete()
    flip(lab.at('Home/h1.jpg'))
    const told = await lab.verify()
    assert.deepEqual([told.exitCode, found(told, 'damaged')], [3, ['Home/h1.jpg']])
    assert.doesNotMatch(told.problems[0]?.reason ?? '', /fetches it again/)
  })

  test('where nothing may be noted, damage is not said to be known to the next backup', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n3.jpg'))
    const vault = await openVaultAt(lab.root, { mode: 'pretend', operation: 'verify' })
    const more = { emit: () => undefined, clock: new FakeClock(), signal: new AbortController().signal, random: () => 0.5 }
    const said = await verify({ vault, ...more })
    await vault.close()
    assert.match(said.problems[0]?.reason ?? '', /fetches it again, once verify has found this where the vault can be written to$/)
    assert.match(said.hint ?? '', /^Run `smugmug-backup verify` where the vault can be written to, then a backup/)
    assert.equal((await lab.backup()).downloads, 0, 'it does not know')
    assert.match((await lab.verify()).problems[0]?.reason ?? '', /the next backup fetches it again$/)
    assert.equal((await lab.backup()).downloads, 1)
  })

  test('--sample reads a share of the files', async (t) => {
    const lab = await settled(t)
    for (let n = 0; n < 8; n += 1) flip(lab.at(`Travel/Norway/n${n}.jpg`))
    const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'verify' })
    // Lots for the last ones.
    const numbers = Array.from({ length: FILES }, (_, n) => (n < FILES / 2 - 1 ? 0.99 : 0))
    const told = await verify({
      vault,
      sample: 0.5,
      emit: () => undefined,
      clock: new FakeClock(),
      signal: new AbortController().signal,
      random: () => numbers.shift() ?? 1,
    })
    await vault.close()
    assert.equal(told.totals.items, Math.ceil(FILES / 2))
    assert.equal(told.exitCode, 3)
  })

  test('--sample reads at least one file, and exactly its share', async (t) => {
    const lab = await settled(t)
    for (const [sample, items] of [
      [0.001, 1],
      [0.5, Math.ceil(FILES * 0.5)],
      [0.75, Math.ceil(FILES * 0.75)],
    ] as const)
      assert.equal((await lab.verify({ sample })).totals.items, items)
  })

  test('--sample 1 finds as much as a whole verification, and does not count as one', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n3.jpg'))
    const told = await lab.verify({ sample: 1 })
    assert.deepEqual(found(told, 'damaged'), ['Travel/Norway/n3.jpg'])
  })

  test('--max-duration goes on where the last one stopped: nightly slices cover all, each says how much remains', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Travel/Norway/n5.jpg'))
    const read: string[] = []
    let nights = 0
    let findings = 0
    for (; nights < 20; nights += 1) {
      const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'verify' })
      // Time goes on with every file that is read.
      let now = 1_800_000_000_000 + nights * 86_400_000
      const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined }
      const { storage } = faultyStorage(vault.storage)
      const slow: Storage = {
        ...storage,
        read: (path, options) => {
          read.push(path)
          now += 1000
          return storage.read(path, options)
        },
      }
      const told = await verify({
        vault: { ...vault, storage: slow },
        maxDuration: 4000,
        emit: () => undefined,
        clock,
        signal: new AbortController().signal,
        random: () => 0.5,
      })
      await vault.close()
      findings += found(told, 'damaged').length > 0 ? 1 : 0
      if (told.exitCode === 0 && /to go on/.test(told.message)) continue
      if (!/to go on/.test(told.message)) break
    }
    assert.ok(nights >= 2, `in slices: ${nights + 1} nights`)
    const media = read.filter((path) => path.endsWith('.jpg'))
    assert.deepEqual([...new Set(media)].length, FILES, 'every file was read')
    assert.ok(findings >= 1)
    const sound = media.filter((path) => path !== 'Travel/Norway/n5.jpg')
    assert.equal(sound.length, FILES - 1, 'and none twice but the damaged one, which may be right again')
  })

  /** Verifies over a disk that takes a second for each file; Ctrl-C comes with the `abortAt`th. */
  const slowly = async (
    lab: Lab,
    {
      mode = 'write',
      maxDuration,
      abortAt,
    }: { readonly mode?: 'write' | 'pretend'; readonly maxDuration?: number; readonly abortAt?: number },
  ) => {
    const vault = await openVaultAt(lab.root, { mode, operation: 'verify' })
    const stop = new AbortController()
    let now = 1_800_000_000_000
    let reads = 0
    const { storage } = faultyStorage(vault.storage)
    const read: Storage['read'] = (path, options) => {
      if (path.endsWith('.jpg')) {
        reads += 1
        now += 1000
      }
      if (reads === abortAt) stop.abort()
      return storage.read(path, options)
    }
    const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined }
    const told = await verify({
      ...{ vault: { ...vault, storage: { ...storage, read } }, maxDuration, emit: () => undefined },
      ...{ clock, signal: stop.signal, random: () => 0.5 },
    })
    await vault.close()
    return { ...told, reads }
  }

  test('damaged files are not read again after Ctrl-C, take half of a slice at most, and stay damaged until they were', async (t) => {
    const lab = await settled(t)
    const paths = photos('h', 5).map((_, n) => lab.at(`Home/h${n}.jpg`))
    const originals = new Map(paths.map((path) => [path, readFileSync(path)]))
    for (const path of originals.keys()) flip(path)
    assert.equal(found(await lab.verify(), 'damaged').length, paths.length)
    const stopped = await slowly(lab, { abortAt: 1 })
    assert.deepEqual([stopped.exitCode, stopped.reads, found(stopped, 'damaged').length], [130, 1, paths.length])
    const slice = await slowly(lab, { maxDuration: 8000 })
    assert.ok(slice.reads >= 8 && slice.reads < 8 + 4, `${slice.reads} in eight seconds, by four readers`)
    assert.match(slice.message, /: [4-7] files re-read, \d+ to go on/)
    for (const [path, bytes] of originals) writeFileSync(path, bytes)
    const pretended = await slowly(lab, { mode: 'pretend' })
    assert.equal(pretended.exitCode, 0)
    assert.ok(
      pretended.problems.length === paths.length && pretended.problems.every(({ reason }) => reason?.includes('held again, once verify')),
    )
    assert.equal((await runStatus(lab.work())).exitCode, 3)
    assert.equal((await slowly(lab, {})).exitCode, 0)
    assert.equal((await runStatus(lab.work())).exitCode, 0)
  })

  test('--days reads the share of each day that is left: all within the days, also when one was missed', async (t) => {
    const lab = await settled(t)
    const read: number[] = []
    const missed = 3
    for (let day = 0; day < 6; day++) {
      if (day === missed) continue
      const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'verify' })
      const now = 1_800_000_000_000 + day * 86_400_000
      const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined }
      let bytes = 0
      const told = await verify({
        vault,
        days: 6,
        emit: (event) => {
          if (event.event === 'progress') bytes = event.done
        },
        clock,
        signal: new AbortController().signal,
        random: () => 0.5,
      })
      await vault.close()
      read.push(bytes)
      assert.equal(told.exitCode, 0)
      assert.equal(/to go on/.test(told.message), day < 5, `day ${day}: ${told.message}`)
      assert.equal(told.lastFullyProven !== undefined, day === 5)
    }
    assert.equal(read.length, 5)
    const all = read.reduce((sum, bytes) => sum + bytes, 0)
    assert.ok(all >= FILES * 2000)
    // A share may end in the middle of a file of 2 kB, which is read whole.
    assert.ok(Math.max(...read) <= all / 3 + 2007, String(read))
    assert.ok(Math.min(...read) >= all / 9, String(read))
  })

  test('only a verification that the next one goes on with says so', async (t) => {
    const lab = await settled(t)
    const stopped = (how: Parameters<Lab['verify']>[0]) => {
      const stop = new AbortController()
      const emit = (event: Event): void => (event.event === 'phase' && event.name.startsWith('bytes') ? stop.abort() : undefined)
      return runVerify({ ...lab.work(), emit, signal: stop.signal, ...how })
    }
    const said = async (how: Parameters<Lab['verify']>[0]) => (await lab.verify(how)).message.replace(/^.*: /, '')
    assert.equal((await stopped({})).message, `Nothing is missing or damaged: 0 of ${FILES} files re-read when it was interrupted.`)
    assert.match((await stopped({ maxDuration: 60_000 })).message, / 0 files re-read, 15 to go on with next time\.$/)
    assert.equal(await said({ maxDuration: 0 }), `0 files re-read, ${FILES} to go on with next time.`)
    assert.equal(await said({ sample: 0.4, maxDuration: 0 }), `0 of ${FILES} files re-read.`)
  })

  test('--max-duration: an item renamed, vanished or new in between leaves no file unread for ever', async (t) => {
    const lab = await settled(t)
    await lab.verify({ maxDuration: 0 })
    lab.change(
      (w) => editImage(w, photo('h0').key, { fileName: 'zz.jpg' }),
      (w) => addImage(w, albumKey(w, 'Home'), photo('aa')),
    )
    await lab.complete({ settings: { onVanished: 'trash' } })
    flip(lab.at('Home/zz.jpg'))
    let told = await lab.verify({ maxDuration: 60_000 })
    if (told.exitCode === 0) told = await lab.verify({ maxDuration: 60_000 })
    assert.deepEqual(found(told, 'damaged'), ['Home/zz.jpg'])
  })

  test('--max-duration: an album renamed between two slices is read all the same, and a lost file at the end of a slice costs none', async (t) => {
    const lab = await settled(t)
    const read: string[] = []
    const slice = async (files: number) => {
      const vault = await openVaultAt(lab.root, { mode: 'write', operation: 'verify' })
      let now = 1_800_000_000_000
      const { storage } = faultyStorage(vault.storage)
      const slow: Storage = {
        ...storage,
        read: (path, options) => {
          if (path.endsWith('.jpg')) now += 1000
          if (path.endsWith('.jpg')) read.push(path.replace(/^.*\//, ''))
          return storage.read(path, options)
        },
      }
      const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined }
      const how = { maxDuration: files * 1000, emit: () => undefined, clock, signal: new AbortController().signal, random: () => 0.5 }
      const told = await verify({ vault: { ...vault, storage: slow }, ...how })
      const cursor: readonly string[] = JSON.parse(vault.catalogue.meta('verify.cursor') ?? '[]')
      await vault.close()
      return { told, cursor }
    }
    const { cursor } = await slice(3)
    // One album after the other comes first and last among the folders; the files that the slice left are in any of them.
    lab.change(
      (w) => renameAlbum(w, albumKey(w, 'Norway'), '000'),
      (w) => renameAlbum(w, albumKey(w, 'Home'), 'AAA'),
      (w) => renameAlbum(w, albumKey(w, 'Best'), 'zzz'),
      (w) => removeImage(w, cursor[0] ?? '', cursor[1] ?? ''),
    )
    await lab.complete({ settings: { onVanished: 'trash' } })
    const { told } = await slice(60)
    assert.equal(told.exitCode, 0)
    assert.doesNotMatch(told.message, /to go on/)
    assert.notEqual(told.lastFullyProven, undefined)
    assert.equal(read.length, FILES, 'each once')
    for (const path of lab.media().keys()) assert.ok(read.includes(path.replace(/^.*\//, '')), path)
  })

  test('--max-duration: a photo that moves between two slices into an album that was read is read all the same', async (t) => {
    // Of two albums the one with the lesser key is read first.
    const [first = '', second = ''] = ['M', 'Z'].toSorted((a, b) => (albumKey(two, a) < albumKey(two, b) ? -1 : 1))
    const lab = await openLab(t, two)
    await lab.complete()
    assert.match((await runVerify({ ...lab.work(), days: 2 })).message, /2 files re-read, 2 to go on/)
    const image = second === 'Z' ? twoImages[2] : twoImages[0]
    lab.change((w) => moveImage(w, image?.key ?? '', albumKey(w, second), albumKey(w, first)))
    assert.equal((await lab.complete()).downloads, 0)
    flip(lab.at(`${first}/${image?.fileName}`))
    const told = await lab.verify({ maxDuration: 600_000 })
    assert.deepEqual(found(told, 'damaged'), [`${first}/${image?.fileName}`])
    assert.match(told.message, /2 files re-read/)
  })

  test('--remote compares with a full listing: new, replaced and gone items are named; exit 3', async (t) => {
    const lab = await settled(t)
    const same = await lab.verify({ remote: true })
    assert.deepEqual([same.exitCode, same.problems], [0, []])
    assert.equal(same.listings, 3)
    lab.change(
      (w) => addImage(w, albumKey(w, 'Home'), photo('new')),
      (w) => replaceImage(w, photo('h3').key, { kind: 'seeded', seed: 'x', size: 900, starts: 'jpg' }),
      (w) => removeImage(w, albumKey(w, 'Home'), photo('h4').key),
    )
    const media = lab.media()
    const told = await lab.verify({ remote: true })
    assert.equal(told.exitCode, 3)
    const named = told.problems.map((problem) => problem.name).toSorted()
    assert.deepEqual(named, ['h3.jpg', 'h4.jpg', 'new.jpg'])
    assert.equal(told.downloads, 0)
    assert.deepEqual(lab.media(), media)
    await lab.complete()
    assert.equal((await lab.verify({ remote: true })).exitCode, 0)
  })

  test('--remote with SmugMug out of reach: exit 3, not "the same"', async (t) => {
    const lab = await settled(t)
    lab.sim.setBehaviour({ faults: [{ on: 'any', does: { kind: 'status', status: 500 } }] })
    const told = await lab.verify({ remote: true }).catch((error: { exitCode?: number }) => error)
    assert.equal(told.exitCode, 3)
  })

  test('a damaged catalogue is found', async (t) => {
    const lab = await settled(t)
    const path = lab.at('.smugmug-backup/catalogue.sqlite')
    const bytes = readFileSync(path)
    bytes.fill(0x5a, 4096 * 2, 4096 * 8)
    writeFileSync(path, bytes)
    const told = await lab.verify().catch((error: { exitCode?: number; message: string; hint?: string; problems?: [] }) => error)
    assert.ok(told.exitCode === 3 || told.exitCode === 5, `${told.exitCode}`)
    assert.match(JSON.stringify([told.message, told.hint, told.problems]), /rebuild/)
  })
})

describe('the checksum files', { concurrency: 8 }, () => {
  for (const [program, file] of [
    ['md5sum', 'MD5SUMS'],
    ['sha256sum', 'SHA256SUMS'],
  ] as const) {
    test(`${program} -c accepts ${file} in the vault, after every kind of change; all files are in it`, async (t) => {
      const odd: World = {
        ...world,
        root: [
          ...world.root,
          albumNode('Odd', [
            photo('o1', { fileName: 'back\\slash.jpg' }),
            photo('o2', { fileName: 'ü é 日本.jpg' }),
            photo('o3', { fileName: ' leading and trailing .jpg' }),
          ]),
        ],
      }
      const lab = await openLab(t, odd)
      await lab.complete()
      const check = (): void => {
        const { status, stdout, stderr } = spawnSync(program, ['--check', '--strict', `.smugmug-backup/${file}`], {
          cwd: lab.root,
          encoding: 'utf8',
        })
        assert.equal(status, 0, stdout + stderr)
        const lines = readFileSync(lab.at(`.smugmug-backup/${file}`), 'utf8')
          .trim()
          .split('\n')
        assert.equal(lines.length, lab.media().size)
      }
      check()
      lab.change(
        (w) => addImage(w, albumKey(w, 'Home'), photo('new')),
        (w) => editImage(w, photo('h2').key, { fileName: 'renamed.jpg' }),
        (w) => replaceImage(w, photo('h3').key, { kind: 'seeded', seed: 'x', size: 900, starts: 'jpg' }),
        (w) => removeImage(w, albumKey(w, 'Home'), photo('h4').key),
      )
      await lab.complete()
      check()
      rmSync(lab.at(`.smugmug-backup/${file}`))
      await lab.complete()
      check()
      // A run of a part of the account leaves the rest in it.
      lab.change((w) => addImage(w, albumKey(w, 'Home'), photo('newer')))
      await lab.complete({ settings: { album: ['Home'] } })
      check()
    })
  }

  test('after damage healed, they are true again', async (t) => {
    const lab = await settled(t)
    flip(lab.at('Home/h0.jpg'))
    const sums = () => spawnSync('md5sum', ['--check', '--quiet', '.smugmug-backup/MD5SUMS'], { cwd: lab.root }).status
    assert.equal(sums(), 1)
    await lab.verify()
    await lab.complete()
    assert.equal(sums(), 0)
    assert.equal(
      md5OfFile(lab.at('Home/h0.jpg')),
      md5Of(photo('h0', { bytes: { kind: 'seeded', seed: 'h0', size: 2000, starts: 'jpg' } }).bytes),
    )
    assert.ok(filesBelow(lab.root, (path) => path.endsWith('.part')).size === 0)
  })
})
