import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertAddsUp, assertCode, mediaIn, openScene, snapshot } from './harness.ts'

describe('the other commands', { concurrency: 2 }, () => {
  test('list shows the tree with counts and bytes, before anything is downloaded', async (t) => {
    const scene = await openScene(t)
    const { code, stdout } = await scene.run(['list'])
    assert.equal(code, 0)
    for (const word of ['Travel', '2024-Norway', 'Kitchen', 'Best-of', '12 items', '3 albums'])
      assert.ok(stdout.includes(word), `${word}\n${stdout}`)
    assert.equal(scene.simulator.counters.cdn, 0)
    assert.deepEqual([...(await snapshot(scene.vault)).keys()], [])
    const { summary, lines } = await scene.json(['list'])
    assertAddsUp(summary)
    assert.deepEqual([summary.albums, summary.items], [3, 12])
    assert.equal(lines.filter(({ event }) => event === 'album').length, 3)
  })

  test('list adds up, and shows titles beside paths', async (t) => {
    const couple = folder('Dubois & Lefèvre', [
      albumNode('Dance floor', [photo('a'), photo('b'), photo('none', { offers: 'none' }), video('later', { processing: true })]),
    ])
    const scene = await openScene(t, { world: { nickName: 'ann', name: 'Ann', keys: KEYS, root: [folder('Weddings', [couple])] } })
    const adds = async (numbers: readonly number[]): Promise<string> => {
      const { lines, summary } = await scene.json(['list'])
      assertAddsUp(summary)
      const album = lines.find(({ event }) => event === 'album')
      assert.deepEqual([album?.items, album?.held, album?.missing, album?.pending, album?.impossible], numbers)
      assert.equal(album?.name, 'Dance floor')
      return (await scene.run(['list'])).stdout
    }
    assert.match(await adds([4, 0, 4, 0, 0]), /Dubois & Lefèvre/)
    await scene.backup()
    assert.match(await adds([4, 2, 1, 1, 1]), /Pending {2}Cannot be had.*\(Dubois & Lefèvre\).*2 held, 1 pending, 1 cannot be had/s)
    const [held = ''] = (await mediaIn(scene.vault)).keys()
    rmSync(join(scene.vault, held))
    await scene.run(['verify'])
    assert.match(await adds([4, 1, 2, 1, 1]), /1 held, 1 missing, 1 pending, 1 cannot be had/)
  })

  test('a photo that was lost is fetched again, and says why', async (t) => {
    const scene = await openScene(t)
    await scene.backup()
    const [lost = ''] = [...(await mediaIn(scene.vault)).keys()].filter((path) => path.startsWith('Home/'))
    rmSync(join(scene.vault, lost))
    assert.match((await scene.run(['--dry-run'])).stdout, /would fetch 1 \(its file was missing in the vault\)/)
    const fetched = /^\{.*"event":"item".*"outcome":"stored".*"reason":"its file was missing in the vault".*\}$/gm
    assert.equal((await scene.run(['--json'])).stdout.match(fetched)?.length, 1)
  })

  test('the summary has every call and the time of every command, also of one that fails', async (t) => {
    const scene = await openScene(t)
    await scene.backup()
    for (const [args, code] of [
      [['list'], 0],
      [['list', '--album', 'Nowhere'], 2],
      [['restore', '--dry-run'], 0],
      [['verify', '--remote'], 0],
      [['export', '--output', 'photos.csv'], 0],
    ] as const) {
      scene.simulator.resetCounters()
      const { summary } = await scene.json(args)
      assert.deepEqual([summary.exitCode, summary.apiCalls], [code, scene.simulator.counters.api], args.join(' '))
      assert.ok(summary.durationMs > 0, args.join(' '))
    }
  })

  test('list needs no destination', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_DESTINATION: '' } })
    assertCode(await scene.run(['list']), 0)
  })

  test('status shows the state of the vault, before the first backup and after, without asking SmugMug', async (t) => {
    const scene = await openScene(t)
    const before = await scene.json(['status'])
    assertCode(before, 5)
    assert.deepEqual([...(await snapshot(scene.vault)).keys()], [])
    const { summary } = await scene.backup()
    scene.simulator.resetCounters()
    const after = await scene.json(['status'])
    assertAddsUp(after.summary)
    assert.deepEqual([after.summary.exitCode, after.summary.albums, after.summary.items, after.summary.kept], [0, 3, 12, 12])
    const status = after.lines.find(({ event }) => event === 'status')
    assert.equal(status?.lastRun.message, summary.message)
    assert.equal(status?.held.items, 12)
    const people = await scene.run(['status'])
    assert.match(people.stdout, /12/)
    assert.equal(scene.simulator.counters.api, 0)
  })

  test('status names what is missing and why', async (t) => {
    const scene = await openScene(t, { behaviour: { faults: [{ on: 'video', does: { kind: 'status', status: 500 } }] } })
    assertCode(await scene.backup(), 3)
    const { stdout } = await scene.run(['status'])
    assert.match(stdout, /ferry\.mp4: SmugMug had trouble and did not answer/)
  })

  test('verify finds missing, damaged and foreign files; the next backup fetches them again', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const right = await scene.json(['verify'])
    assert.deepEqual([right.summary.exitCode, right.summary.items, right.summary.kept], [0, 12, 12], right.summary.message)
    rmSync(join(scene.vault, 'Best-of', 'portrait.jpg'))
    const damaged = join(scene.vault, 'Best-of', 'scan.png')
    writeFileSync(damaged, readFileSync(damaged).fill(0, 1000, 1001))
    writeFileSync(join(scene.vault, 'Best-of', 'foreign.txt'), 'mine')
    const wrong = await scene.json(['verify'])
    assert.equal(wrong.summary.exitCode, 3)
    const problems = wrong.lines.flatMap(({ event, problem }) => (event === 'problem' ? [`${problem.kind} ${problem.name}`] : []))
    for (const found of ['missing Best-of/portrait.jpg', 'damaged Best-of/scan.png', 'foreign Best-of/foreign.txt'])
      assert.ok(problems.includes(found), problems.join())
    const next = await scene.backup()
    assert.deepEqual([next.summary.exitCode, next.summary.stored], [0, 2])
    assertCode(await scene.json(['verify', '--remote', '--sample', '50%', '--max-duration=1m']), 0)
  })

  for (const [format, pattern] of [
    ['csv', /^Filename,Type,ArchivedUri,Caption,Keywords,Latitude,Longitude[,\n]/],
    ['jsonl', /^\{.*\}\n/],
  ] as const) {
    test(`export --format ${format} goes to standard output, or to a file`, async (t) => {
      const scene = await openScene(t)
      await scene.backup()
      const { code, stdout } = await scene.run(['export', '--format', format])
      assert.equal(code, 0)
      assert.match(stdout, pattern)
      assert.equal(stdout.trimEnd().split('\n').length, format === 'csv' ? 13 : 12)
      if (format === 'jsonl') for (const line of stdout.trimEnd().split('\n')) JSON.parse(line)
      const { summary } = await scene.json(['export', '--format', format, '--output', 'out'])
      assert.deepEqual([summary.exitCode, summary.items], [0, 12])
      assert.equal(readFileSync(join(scene.cwd, 'out'), 'utf8'), stdout)
    })
  }

  test('proof shows which files of a folder are held', async (t) => {
    const scene = await openScene(t)
    await scene.backup()
    writeFileSync(join(scene.cwd, 'held under another name.jpg'), readFileSync(join(scene.vault, 'Best-of', 'portrait.jpg')))
    assertCode(await scene.json(['proof', scene.cwd]), 0)
    writeFileSync(join(scene.cwd, 'unknown.jpg'), 'nobody has this')
    const { lines } = await scene.json(['proof', '.'])
    const told = lines.filter(({ event }) => event === 'file').map(({ path, state }) => `${state} ${path}`)
    assert.equal(told.length, 2, told.join())
    assert.ok(told.some((line) => /held under another name/.test(line)) && told.some((line) => /unknown\.jpg/.test(line)))
  })

  test('adopt copies the right files from elsewhere, and leaves them there', async (t) => {
    const world = smallWorld()
    const source = await openScene(t, { world })
    await source.backup()
    const scene = await openScene(t, { world })
    const before = await snapshot(source.vault)
    const { summary } = await scene.json(['adopt', source.vault])
    assert.equal(summary.adopted + summary.copied, 12, summary.message)
    assert.equal(scene.simulator.counters.cdn, 0)
    assert.deepEqual(await snapshot(source.vault), before)
    const next = await scene.backup()
    assert.deepEqual([next.summary.exitCode, next.summary.kept, next.summary.bytes], [0, 12, 0])
    assert.equal((await mediaIn(scene.vault)).size, 12)
  })
})
