/** Records that are damaged on the disk: every command names them, none ends with a bug, and the next backup mends them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { describe, test } from 'node:test'
import { editImage, removeAlbum } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runExport, runRebuild, runStatus } from '../../src/app/app.ts'
import { AppError } from '../../src/errors.ts'
import { albumKey, assertMirrors, type Lab, openFreeLab, openLab } from '../support/lab.ts'
import { fc } from '../support/properties.ts'

const [a, b] = [photo('a', { capturedLocal: '2024-06-14T05:02:11' }), photo('b')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [albumNode('Norway', [a, b]), albumNode('Best', [collected(a), photo('c')])],
}
const RECORD = 'Norway/album.json'
const STATE = '.smugmug-backup/state.json'
const CATALOGUE = '.smugmug-backup/catalogue.sqlite'

// biome-ignore lint/suspicious/noExplicitAny: the damage is done to JSON of every shape
type Any = any
const set = (object: Any, field: string | number, value: unknown): void => {
  object[field] = value
}
const json = (change: (value: Any) => Any) => (text: string) => {
  const value = JSON.parse(text)
  return JSON.stringify(change(value) ?? value)
}
const line = (change: (item: Any) => void) => (text: string) =>
  text
    .split('\n')
    .map((each) => {
      if (!each.startsWith('{"imageKey"')) return each
      const [body, end] = each.endsWith(',') ? [each.slice(0, -1), ','] : [each, '']
      const item = JSON.parse(body)
      change(item)
      return JSON.stringify(item) + end
    })
    .join('\n')
const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`

/** Damage to a file by a disk, a person or a program. */
const anything: Readonly<Record<string, (text: string) => string>> = {
  'cut in half': (text) => text.slice(0, text.length / 2),
  zeroed: (text) => '\0'.repeat(text.length),
  empty: () => '',
  null: () => 'null',
  'a number': () => '5',
  'a list': () => '[]',
  'an object': () => '{}',
  'deeply nested': () => deep,
  'a deep field': json((value) => ({ ...value, more: 1, deep: JSON.parse(`${'['.repeat(900)}${']'.repeat(900)}`) })),
  'junk without an end of line': () => 'x'.repeat(1_000_000),
}

const damages: Readonly<Record<string, Readonly<Record<string, (text: string) => string>>>> = {
  [RECORD]: {
    ...anything,
    'without the name of the album': json((value) => void delete value.album.name),
    'without its path': json((value) => void delete value.album.urlPath),
    'without its key': json((value) => void delete value.album.key),
    'a count that is an object': json((value) => set(value.album, 'imageCount', {})),
    'a count beyond all numbers': json((value) => set(value.album, 'imageCount', 1e300)),
    'gone at no date': json((value) => set(value.album, 'vanishedAt', 'yesterday')),
    'items that are an object': json((value) => set(value, 'items', {})),
    'items with null': json((value) => set(value.items, 0, null)),
    'one item twice': json((value) => void value.items.push(value.items[0])),
    ...Object.fromEntries(
      ['name', 'position', 'state', 'files', 'fileName', 'collected', 'title', 'keywordArray'].flatMap((field) => [
        [`an item without ${field}`, line((item) => void delete item[field])],
        [`an item whose ${field} is an object`, line((item) => set(item, field, { a: 1 }))],
      ]),
    ),
    'a name that is a path': line((item) => set(item, 'name', '../../evil')),
    'a name with NUL': line((item) => set(item.files[0], 'name', 'a\0b')),
    'files with null': line((item) => set(item, 'files', [null])),
    'a file without md5': line((item) => void delete item.files[0].md5),
    'a size as text': line((item) => set(item.files[0], 'size', 'large')),
    'a size below zero': line((item) => set(item.files[0], 'size', -1)),
    'a grade nobody knows': line((item) => set(item.files[0], 'grade', 'best')),
    'a camera clock that is an object': line((item) => set(item.files[0], 'captured', {})),
    'another caption': line((item) => set(item, 'caption', 'not what was said')),
  },
  [STATE]: {
    ...anything,
    'unsound that is an object': json((value) => set(value, 'unsound', {})),
    'unsound with null': json((value) => set(value, 'unsound', [null])),
    'notes that are objects': json((value) => set(value, 'notes', { account: {}, manner: {} })),
    'a listing at no time': json((value) => set(value, 'listed', { x: 'never' })),
    'a reading of the tree at no time': json((value) => set(value.notes, 'tree.readAt', 'never')),
  },
  report: {
    ...anything,
    'begun at no time': json((value) => set(value, 'startedAt', 'never')),
    'begun beyond all time': json((value) => set(value, 'startedAt', 1e300)),
    'a problem that is null': json((value) => set(value, 'problems', [null])),
    'a problem without a reason': json((value) => set(value, 'problems', [{ kind: 'failed' }])),
    'totals that are a text': json((value) => set(value, 'totals', 'many')),
    'an exit code that is an object': json((value) => set(value, 'exitCode', {})),
  },
}

const place = (lab: Lab, file: string): string =>
  file === 'report'
    ? lab.at(`.smugmug-backup/reports/${readdirSync(lab.at('.smugmug-backup/reports')).find((name) => name.endsWith('.json'))}`)
    : lab.at(file)

interface Said {
  readonly exitCode: number
  readonly text: string
}

async function say(events: readonly unknown[], work: Promise<{ readonly exitCode: number; readonly message: string }>): Promise<Said> {
  try {
    const { exitCode, message } = await work
    return { exitCode, text: message + JSON.stringify(events) }
  } catch (error) {
    // Anything else is a bug, and fails the test.
    if (!(error instanceof AppError)) throw error
    return { exitCode: error.exitCode, text: error.message + JSON.stringify(events) }
  }
}

const nowhere = async (): Promise<void> => undefined

/** Runs every command over the damaged vault, one after the other; the last one finds it sound. */
async function useAll(lab: Lab, isLost: boolean): Promise<string> {
  const said: Said[] = []
  const run = async (command: (work: ReturnType<Lab['work']>) => Promise<{ readonly exitCode: number; readonly message: string }>) => {
    const work = lab.work({ settings: { writeCsv: true } })
    said.push(await say(work.events, command(work)))
  }
  if (isLost) await run((work) => runRebuild(work))
  for (const format of ['csv', 'jsonl', 'xmp'] as const) await run((work) => runExport({ ...work, format, write: nowhere }))
  await run((work) => runStatus(work))
  const verified = await lab.verify()
  said.push({ exitCode: verified.exitCode, text: JSON.stringify(verified.events) })
  const mended = await lab.complete({ settings: { writeCsv: true } })
  assert.equal(mended.downloads, 0)
  assertMirrors(lab)
  assert.equal((await lab.verify()).exitCode, 0)
  for (const { exitCode, text } of said) assert.ok([0, 3, 5].includes(exitCode), text)
  assert.equal((await say([], runExport({ ...lab.work(), format: 'csv', write: nowhere }))).exitCode, 0)
  return said.map(({ text }) => text).join('\n')
}

/** Damages a file without changing its date, nor its size if that can be. */
function damage(path: string, change: (text: string) => string): boolean {
  const { atime, mtime } = statSync(path)
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  writeFileSync(path, after)
  utimesSync(path, atime, mtime)
  return after !== before
}

describe('with its catalogue lost, every command names', { concurrency: 4 }, () => {
  for (const [file, kinds] of Object.entries(damages)) {
    test(`${file === 'report' ? 'a report' : file}, however it is damaged`, async (t) => {
      const lab = await openLab(t, world)
      for (const [kind, change] of Object.entries(kinds)) {
        await lab.complete({ settings: { writeCsv: true }, full: true })
        const path = place(lab, file)
        rmSync(lab.at(CATALOGUE))
        assert.ok(damage(path, change), kind)
        const text = await useAll(lab, true).catch((error: unknown) => {
          throw new Error(`${kind}: ${(error as Error).message}`, { cause: error })
        })
        // Only the catalogue could know that a caption was changed by hand.
        if (kind !== 'another caption' && kind !== 'a deep field')
          assert.ok(text.includes(file === 'report' ? 'The report ' : file), `${kind}: ${text}`)
        if (file === 'report') rmSync(path)
      }
    })
  }
})

describe('with its catalogue, verify finds', { concurrency: 4 }, () => {
  const kinds = Object.entries({ ...damages[RECORD] })
  test('a record, however it is damaged, and the next backup mends it', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete({ settings: { writeCsv: true } })
    const right = readFileSync(lab.at(RECORD), 'utf8')
    for (const [kind, change] of kinds) {
      damage(lab.at(RECORD), change)
      const verified = await lab.verify()
      assert.equal(verified.exitCode, 3, kind)
      assert.deepEqual(
        verified.problems.map((problem) => problem.name),
        [RECORD],
        kind,
      )
      const text = await useAll(lab, false)
      assert.ok(text.includes(RECORD), kind)
      assert.equal(readFileSync(lab.at(RECORD), 'utf8'), right, kind)
    }
  })

  for (const file of ['.smugmug-backup/MD5SUMS', '.smugmug-backup/SHA256SUMS', 'tree.json', RECORD]) {
    for (const how of ['changed by one character', 'gone'] as const) {
      test(`${file}, ${how}; and the next backup mends it`, async (t) => {
        const lab = await openLab(t, world)
        await lab.complete()
        const right = readFileSync(lab.at(file), 'utf8')
        if (how === 'gone') rmSync(lab.at(file))
        else damage(lab.at(file), (text) => text.replace(/[0-9a-c]/, (digit) => (digit === 'a' ? 'b' : 'a')))
        for (let n = 0; n < 2; n += 1) {
          const verified = await lab.verify()
          assert.equal(verified.exitCode, 3)
          assert.ok(verified.problems.some(({ name }) => name === file) || n === 1, JSON.stringify(verified.problems))
          if (file.includes('SUMS') || file === 'tree.json') break
        }
        await lab.complete()
        assert.equal(readFileSync(lab.at(file), 'utf8'), right)
        assert.equal((await lab.verify()).exitCode, 0)
      })
    }
  }
})

test('a folder in the place of state.json is a finding of verify, which says all the rest, too', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  rmSync(lab.at(STATE))
  mkdirSync(lab.at(STATE))
  rmSync(lab.at('Best/c.jpg'))
  const verified = await lab.verify()
  assert.equal(verified.exitCode, 3, verified.message)
  assert.deepEqual(verified.problems.map(({ name }) => name).sort(), [STATE, 'Best/c.jpg'])
})

describe('something else in the place of', () => {
  const others: Readonly<Record<string, (path: string) => void>> = {
    'a folder': (path) => mkdirSync(path),
    'a symbolic link': (path) => symlinkSync('README.txt', path),
    'a pipe': (path) => execFileSync('mkfifo', [path]),
  }
  for (const [what, make] of Object.entries(others)) {
    test(`a record (${what}) is named by backup, verify and rebuild, and its removal mends all`, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const lab = await openLab(t, world)
      mkdirSync(lab.at('Norway'))
      make(lab.at(RECORD))
      const why = new RegExp(`${what}.*, where a file should be; it is left as it is: move it away`)
      for (const isOnceMore of [false, true]) {
        const told = await lab.backup({ full: isOnceMore })
        assert.deepEqual([told.exitCode, told.problems.length], [3, 1], told.message)
        assert.match(told.problems[0]?.reason ?? '', why)
        assert.match(told.hint ?? '', /^Run the backup again once you have done what only you can do/)
        const verified = await lab.verify()
        assert.deepEqual([verified.exitCode, verified.problems.map(({ name }) => name)], [3, [RECORD]], verified.message)
        assert.match(verified.problems[0]?.reason ?? '', why)
        rmSync(lab.at(CATALOGUE))
        const rebuilt = await runRebuild(lab.work())
        assert.deepEqual([rebuilt.exitCode, rebuilt.problems?.map(({ name }) => name)], [3, [RECORD]], rebuilt.message)
        assert.match(rebuilt.problems?.[0]?.reason ?? '', why)
        for (const { problems } of [told, verified, rebuilt]) assert.equal(problems?.[0]?.needsYou, true)
      }
      rmSync(lab.at(RECORD), { recursive: true })
      const told = await lab.complete()
      assert.equal(told.downloads, 0)
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }

  test('a photo is named by verify, backup and status, as something that no run can mend', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const path = lab.at('Best/c.jpg')
    rmSync(path)
    mkdirSync(path)
    for (const told of [await lab.verify(), await lab.backup(), await runStatus(lab.work())]) {
      const [problem] = told.problems ?? []
      assert.deepEqual([told.exitCode, told.problems?.length, problem?.needsYou], [3, 1, true], told.message)
      assert.match(problem?.reason ?? '', /it is a folder, where a file should be; it is left as it is: move it away/)
    }
  })

  const inPlace: Record<string, { make(path: string): void; says: RegExp }> = {
    'a pipe': {
      make: (path) => void execFileSync('mkfifo', [path]),
      says: /in the vault Norway is a pipe, a socket or a device, where a folder should be: move it away/,
    },
    'a file': {
      make: (path) => writeFileSync(path, 'x'),
      says: /in the vault Norway is a file, where a folder should be: move that file away/,
    },
    'a link that leads nowhere': {
      make: (path) => symlinkSync('/nowhere/at/all', path),
      says: /Norway is a symbolic link that leads nowhere/,
    },
  }
  for (const [what, { make, says }] of Object.entries(inPlace)) {
    test(`${what} in the place of an album's folder: named as something to do for a person, and nothing of it is fetched`, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const lab = await openLab(t, world)
      await lab.complete()
      renameSync(lab.at('Norway'), lab.at('Elsewhere'))
      make(lab.at('Norway'))
      const dry = await lab.backup({ dryRun: true })
      const run = await lab.backup({ full: true })
      const proof = await lab.verify()
      for (const said of [dry, run, proof, await runStatus(lab.work())]) {
        assert.equal(said.exitCode, 3, said.message)
        const albums = (said.problems ?? []).filter(({ kind }) => kind === 'album')
        assert.deepEqual([albums.length, albums[0]?.needsYou], [1, true], JSON.stringify(albums))
        assert.ok(!(said.problems ?? []).some(({ name }) => name === RECORD), 'its record is not named beside it')
        assert.match(albums[0]?.reason ?? '', says)
        assert.match(said.hint ?? '', /once you have done what only you can do/)
      }
      assert.deepEqual([dry.downloads, run.downloads, dry.totals.stored + run.totals.stored + run.totals.failed], [0, 0, 0])
      assert.equal(proof.totals.kept + proof.totals.failed, proof.totals.items)
      const foreign = proof.problems.filter(({ kind }) => kind === 'foreign').map(({ name }) => name)
      assert.ok(!foreign.includes('Norway'), 'named once, and not as left alone')
      assert.deepEqual([proof.totals.items, proof.totals.failed], [4, 2])
    })

    test(`${what} in the place of the folder of an album whose photo is collected elsewhere too: that is fetched`, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const lab = await openLab(t, world)
      await lab.complete()
      rmSync(lab.at('Norway'), { recursive: true })
      rmSync(lab.at('Best/a.jpg'))
      make(lab.at('Norway'))
      const run = await lab.backup()
      assert.deepEqual([run.exitCode, run.downloads, run.totals.failed], [3, 1, 0], run.message)
      assert.ok(existsSync(lab.at('Best/a.jpg')))
    })

    test(`${what} in the place of a folder of albums that are gone: each is named once, and vanishes when it can be seen`, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
      await lab.complete()
      renameSync(lab.at('Norway'), lab.at('Elsewhere'))
      make(lab.at('Norway'))
      lab.change((w) => removeAlbum(w, albumKey(w, 'Norway')))
      for (let night = 0; night < 2; night += 1) {
        const run = await lab.backup()
        const named = run.problems.filter(({ album }) => album === '/Norway')
        assert.deepEqual([run.exitCode, named.map(({ kind, needsYou }) => [kind, needsYou])], [3, [['album', true]]])
      }
      rmSync(lab.at('Norway'), { recursive: true })
      renameSync(lab.at('Elsewhere'), lab.at('Norway'))
      const run = await lab.complete()
      assert.ok(run.problems.some(({ kind, album }) => kind === 'vanished' && album === '/Norway'))
      assert.ok([...lab.ours('trash').keys()].some((path) => path.includes('/Norway/')))
    })

    test(`${what} in the place of a new album's folder: nothing of it is fetched in vain`, async (t) => {
      if (process.platform === 'win32') return t.skip('no such files here')
      const lab = await openLab(t, world)
      make(lab.at('Norway'))
      const run = await lab.backup()
      const [problem] = run.problems.filter(({ kind }) => kind === 'album')
      assert.deepEqual([run.exitCode, problem?.album, problem?.needsYou, run.totals.failed], [3, '/Norway', true, 0], run.message)
      assert.match(problem?.reason ?? '', says)
      rmSync(lab.at('Norway'))
      await lab.complete()
    })
  }
})

test('random damage to records never ends in a bug', async () => {
  const lab = await openFreeLab(world)
  try {
    const files = [RECORD, STATE, 'report', 'tree.json']
    const junk = fc.oneof(
      fc.constantFrom('{', '}', '[', '"', ',', 'null', '\n', '\\', '-1', '1e999', '\0', '\ud800'),
      fc.string({ maxLength: 6 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(40),
        junk,
        fc.boolean(),
        async (file, where, cut, put, isLost) => {
          await lab.complete({ settings: { writeCsv: true } })
          damage(place(lab, file), (text) => text.slice(0, where * text.length) + put + text.slice(where * text.length + cut))
          if (isLost) rmSync(lab.at(CATALOGUE))
          await useAll(lab, isLost)
        },
      ),
      { numRuns: 25 },
    )
  } finally {
    await lab.close()
  }
})

test('a catalogue of yesterday that was put back is not believed: photos of one size that swapped their names keep their own bytes', async (t) => {
  const [x, y] = [
    photo('x', { bytes: { kind: 'seeded', seed: 'x', size: 20_000, starts: 'jpg' } }),
    photo('y', { bytes: { kind: 'seeded', seed: 'y', size: 20_000, starts: 'jpg' } }),
  ]
  for (const whole of [false, true]) {
    const lab = await openLab(t, { ...world, root: [albumNode('Norway', [x, y])] })
    await lab.complete()
    const old = [CATALOGUE, ...(whole ? [STATE] : [])].map((path) => ({ path, bytes: readFileSync(lab.at(path)) }))
    lab.change(
      (w) => editImage(w, x.key, { fileName: 'y.jpg' }),
      (w) => editImage(w, y.key, { fileName: 'x.jpg' }),
    )
    await lab.complete({ full: true })
    for (const { path, bytes } of old) writeFileSync(lab.at(path), bytes)
    const told = await lab.complete()
    assert.equal(
      told.events.some((event) => event.event === 'warning' && /not the one/.test(event.message)),
      !whole,
    )
    assert.equal(told.downloads, 0)
    assertMirrors(lab)
    assert.equal((await lab.verify()).exitCode, 0)
    assert.ok(existsSync(lab.at('.smugmug-backup/MD5SUMS')))
    assert.equal(
      (await lab.complete()).events.some((event) => event.event === 'warning'),
      false,
    )
  }
})

test('photos of one size that were stored in one moment and change places by hand are put right by the next backup', async (t) => {
  const photos = Array.from({ length: 8 }, (_, n) => photo(`p${n}`))
  const lab = await openLab(t, { ...world, root: [albumNode('Norway', photos)] })
  await lab.complete()
  for (const n of [0, 2, 4, 6]) {
    const [one, other] = [lab.at(`Norway/p${n}.jpg`), lab.at(`Norway/p${n + 1}.jpg`)]
    renameSync(one, `${one}.x`)
    renameSync(other, one)
    renameSync(`${one}.x`, other)
  }
  assert.equal((await lab.complete()).downloads, 0)
  assertMirrors(lab)
})

test('everything is called proven only after a pass over all of it that found nothing', async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  const path = lab.at('Norway/b.jpg')
  const { atime, mtime } = statSync(path)
  const bytes = readFileSync(path)
  bytes[5000] = (bytes[5000] ?? 0) ^ 1
  writeFileSync(path, bytes)
  utimesSync(path, atime, mtime)
  assert.equal((await lab.verify()).exitCode, 3)
  assert.equal((await runStatus(lab.work())).lastFullyProven, undefined)
  await lab.complete()
  await lab.verify({ sample: 1 })
  assert.equal((await runStatus(lab.work())).lastFullyProven, undefined)
  await lab.verify()
  assert.ok((await runStatus(lab.work())).lastFullyProven)
})
