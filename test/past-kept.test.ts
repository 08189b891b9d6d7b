import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { albumsOf, changeAlbum, editImage, placementsOf, replaceImage } from '../simulator/edit.ts'
import { smallWorld } from '../simulator/worlds/small.ts'
import { runHistory, runRebuild } from '../src/app/app.ts'
import { readWhen } from '../src/config/when.ts'
import { headLine } from '../src/vault/versions/version-file.ts'
import { packedLines } from '../src/vault/versions/version-text.ts'
import { type Lab, openLab } from './support/lab.ts'
import { assertComesBack, checkoutOf, seenAfter } from './support/past.ts'

const kitchen = (lab: Lab) => albumsOf(lab.world).find(({ name }) => name === 'Kitchen') ?? assert.fail()
const photoOf = (lab: Lab) => placementsOf(kitchen(lab))[0]?.image ?? assert.fail()

/** Backs up four times: as it is, with other words, with other bytes, with another album name. */
async function fourRuns(lab: Lab) {
  const { key } = photoOf(lab)
  const seen = []
  for (const change of [
    () => undefined,
    () => lab.change((world) => editImage(world, key, { caption: 'first words', keywords: ['blue'] })),
    () => lab.change((world) => replaceImage(world, key, { kind: 'seeded', seed: 'other', size: 700, starts: 'jpg' })),
    () =>
      lab.change(
        (world) => editImage(world, key, { caption: 'second words' }),
        (world) => changeAlbum(world, kitchen(lab).key, (each) => ({ ...each, keywords: 'home' })),
      ),
  ]) {
    change()
    const { run = 0 } = (await lab.complete({ full: true })) as { readonly run?: number }
    seen.push(seenAfter(lab, run))
  }
  return seen
}

describe('the past stays', () => {
  test('when the catalogue is lost, and the reports are gone too', async (t) => {
    const lab = await openLab(t, smallWorld())
    const seen = await fourRuns(lab)
    for (const lost of ['catalogue.sqlite', 'reports']) rmSync(lab.at(`.smugmug-backup/${lost}`), { recursive: true })
    assert.equal((await runRebuild(lab.work())).exitCode, 0)
    for (const each of seen) await assertComesBack(lab, each)
    const today = new Date()
    const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
    assert.ok(readWhen(day) !== undefined)
    assert.equal((await checkoutOf(lab, day)).exitCode, 0)
    const { run = 0 } = (await lab.complete({ full: true })) as { readonly run?: number }
    assert.ok(run > 4, `run ${run}`)
    for (const each of seen) await assertComesBack(lab, each)
  })

  test('when the vault is moved to another disk', async (t) => {
    const lab = await openLab(t, smallWorld())
    const [first] = await fourRuns(lab)
    const elsewhere = lab.at('../elsewhere')
    cpSync(lab.root, elsewhere, { recursive: true, preserveTimestamps: true })
    rmSync(lab.root, { recursive: true })
    const { settings } = lab.work({ settings: { destination: elsewhere } })
    const { exitCode, problems, files } = await checkoutOf(lab, 1, { settings })
    assert.deepEqual([exitCode, problems], [0, []])
    assert.deepEqual([...files.keys()].filter((path) => !path.endsWith('.json')).toSorted(), [...(first?.media.keys() ?? [])].toSorted())
  })

  test('verify reads it, and names a file that is damaged', async (t) => {
    const lab = await openLab(t, smallWorld())
    await fourRuns(lab)
    const whole = await lab.verify()
    assert.deepEqual([whole.exitCode, whole.problems], [0, []])
    const [path = ''] = [...lab.ours('versions').keys()].filter((each) => each.endsWith('/2.jsonl.gz'))
    const bytes = readFileSync(lab.at(`.smugmug-backup/versions/${path}`))
    bytes.writeUInt8(bytes.readUInt8(30) ^ 0xff, 30)
    writeFileSync(lab.at(`.smugmug-backup/versions/${path}`), bytes)
    const { exitCode, problems } = await lab.verify()
    assert.equal(exitCode, 3)
    assert.deepEqual(
      problems.map(({ kind, name }) => [kind, name]),
      [['damaged', `.smugmug-backup/versions/${path}`]],
    )
    await assert.rejects(checkoutOf(lab, 1), { exitCode: 5, message: /The past cannot be read: .*2\.jsonl\.gz is damaged/ })
    assert.equal((await checkoutOf(lab, 3)).exitCode, 0, 'a later moment does not need it')
  })

  test('a file that somebody removed is missed by verify, by prune and by each moment before it', async (t) => {
    const lab = await openLab(t, smallWorld())
    await fourRuns(lab)
    const path = (run: number) => [...lab.ours('versions').keys()].find((each) => each.endsWith(`/${run}.jsonl.gz`)) ?? assert.fail()
    rmSync(lab.at(`.smugmug-backup/versions/${path(3)}`))
    await assert.rejects(checkoutOf(lab, 2), { exitCode: 5, message: /the file of run 3 is missing/ })
    assert.equal((await checkoutOf(lab, 3)).exitCode, 0)
    const found = async () => (await lab.verify()).problems.map(({ kind, name }) => [kind, name])
    assert.deepEqual(await found(), [['missing', '.smugmug-backup/versions: run 3']])
    for (const run of [1, 2]) rmSync(lab.at(`.smugmug-backup/versions/${path(run)}`))
    assert.deepEqual(await found(), [], 'the way out: let the days before go')
    rmSync(lab.at('.smugmug-backup/versions'), { recursive: true })
    assert.deepEqual(await found(), [['missing', '.smugmug-backup/versions: run 4']])
    assert.equal((await checkoutOf(lab, 4)).exitCode, 0, 'the present is known')
    await assert.rejects(checkoutOf(lab, 3), { exitCode: 5 })
    lab.change((world) => editImage(world, photoOf(lab).key, { caption: 'third words' }))
    await lab.complete({ full: true })
    assert.deepEqual(await found(), [])
    await assert.rejects(checkoutOf(lab, 3), { exitCode: 2, message: /Of the time before run \d+ only the reports are kept/ })
  })

  test('history --item shows the words of one photo, with both values', async (t) => {
    const lab = await openLab(t, smallWorld())
    await fourRuns(lab)
    const { items = [] } = await runHistory({ ...lab.work(), item: 'Home/Kitchen/kitchen-1.jpg' })
    const facts = (items[0]?.facts ?? []).map(({ run, text }) => `${run ?? ''} ${text}`)
    for (const fact of ['2 caption: "" → "first words"', '4 caption: "first words" → "second words"'])
      assert.ok(facts.includes(fact), facts.join('\n'))
    assert.ok(
      facts.some((fact) => /^2 keywords: .*blue/.test(fact)),
      facts.join('\n'),
    )
    assert.ok(!facts.some((fact) => /archived|lastUpdated|Uri/i.test(fact)), facts.join('\n'))
  })

  test('a pipe, a link or a file in the place of a version or a year is an error, and never passed by; backups go on', async (t) => {
    const lab = await openLab(t, smallWorld())
    await fourRuns(lab)
    const folder = lab.at('.smugmug-backup/versions')
    const [path = ''] = [...lab.ours('versions').keys()].filter((each) => each.endsWith('/2.jsonl.gz'))
    const pipe = () => spawnSync('mkfifo', [`${folder}/${path}`])
    const link = () => symlinkSync('/etc/passwd', `${folder}/${path}`)
    for (const put of [pipe, link]) {
      rmSync(`${folder}/${path}`)
      put()
      await assert.rejects(checkoutOf(lab, 1), { exitCode: 5 })
      const { exitCode, problems } = await lab.verify()
      assert.deepEqual([exitCode, problems.map(({ name }) => name)], [3, [`.smugmug-backup/versions/${path}`]])
      await lab.complete({ full: true })
    }
    const year = path.split('/')[0] ?? ''
    rmSync(`${folder}/${year}`, { recursive: true })
    writeFileSync(`${folder}/${year}`, 'x')
    await assert.rejects(checkoutOf(lab, 1), { exitCode: 5 })
    assert.equal((await lab.verify()).exitCode, 3)
  })

  test('a run that writes while a day is checked out is named: what was read may be mixed', async (t) => {
    const lab = await openLab(t, smallWorld())
    await fourRuns(lab)
    const [newest = ''] = [...lab.ours('versions').keys()].filter((each) => each.endsWith('/4.jsonl.gz'))
    const path = lab.at(`.smugmug-backup/versions/${newest.replace(/4\.jsonl/, '9.jsonl')}`)
    const emit = ({ event }: { readonly event: string }) => {
      if (event === 'progress') writeFileSync(path, packedLines([headLine({ run: 9, at: 0 })]))
    }
    const { exitCode, problems } = await checkoutOf(lab, 2, { emit })
    assert.equal(exitCode, 3)
    assert.match(problems.map(({ reason }) => reason).join(), /a run changed the vault meanwhile/)
  })
})
