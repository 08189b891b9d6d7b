/** The standing of a vault against its account: every face says the same, and none says "everything" of a part. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { addImage, editImage, removeAlbum, removeImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runAdopt, runExport, runRebuild, runStatus } from '../../src/app/app.ts'
import { albumKey, type Lab, openLab } from '../support/lab.ts'
import { openScene } from './harness.ts'

const worldOf = (...root: World['root']): World => ({ nickName: 'ann', name: 'Ann', keys: KEYS, root })
const weddings = worldOf(
  folder('Weddings', [albumNode('Dance', [photo('a'), photo('b')]), albumNode('Church', [photo('c')])]),
  albumNode('Travel', [photo('d'), photo('e'), photo('f'), video('g')]),
  albumNode('Empty', []),
)
const locked = worldOf(
  albumNode('Locked', [photo('x', { offers: 'largest' }), photo('y', { offers: 'largest' }), video('z')]),
  albumNode('Free', [photo('v')]),
)

const statusOf = (lab: Lab, settings = {}) => runStatus(lab.work({ settings }))
/** Exports what is gone from SmugMug. */
async function exportOf(
  lab: Lab,
  { format, settings = {} }: { readonly format: 'csv' | 'jsonl'; readonly settings?: object },
): Promise<string> {
  const pieces: string[] = []
  const write = async (piece: string): Promise<void> => {
    pieces.push(piece)
  }
  const { exitCode } = await runExport({ ...lab.work({ settings }), format, vanished: true, write })
  assert.equal(exitCode, 0)
  return pieces.join('')
}
const part = { settings: { album: ['Weddings'] } }

describe('how a vault stands', { concurrency: 4 }, () => {
  test('after a clock that SmugMug refused, the next thing to do is to set it; after a refused token, to sign in', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete()
    lab.sim.setBehaviour({ clockSkewMs: 86_400_000 })
    assert.equal((await lab.backup()).exitCode, 4)
    assert.match((await statusOf(lab)).hint ?? '', /^Run `smugmug-backup` again once this computer's clock is right/)
    lab.sim.setBehaviour({})
    assert.equal((await lab.backup({ settings: { userToken: 'another' } })).exitCode, 4)
    assert.match((await statusOf(lab)).hint ?? '', /`smugmug-backup login`/)
  })

  test('after a selection, every face names the account and the selection', async (t) => {
    const lab = await openLab(t, weddings)
    const told = await lab.complete(part)
    assert.equal(
      told.message,
      'Complete for --album Weddings: all 3 items in 2 albums are held and proven. The vault holds 3 of 7 items of the account.',
    )
    const sentence = 'Held 3 of 7 items (the last run was only for --album Weddings): 4 items not selected.'
    const status = await statusOf(lab)
    assert.deepEqual([status.exitCode, status.message, status.expected, status.selection], [3, sentence, 7, { album: ['Weddings'] }])
    const verified = await lab.verify()
    assert.equal(verified.exitCode, 0)
    assert.doesNotMatch(verified.message, /Nothing is missing/)
    assert.ok(verified.message.endsWith(sentence), verified.message)
    const rebuilt = await runRebuild(lab.work())
    assert.ok(rebuilt.message.endsWith(sentence), rebuilt.message)
    assert.deepEqual([(await statusOf(lab)).message, (await statusOf(lab)).expected], [sentence, 7])
    await lab.complete()
    assert.deepEqual([(await statusOf(lab)).exitCode, (await statusOf(lab)).message], [0, 'Everything is held.'])
    assert.match((await lab.verify()).message, /^Nothing is missing or damaged/)
  })

  test('after a run over a part, an album beside it that has changed is not vouched for', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete()
    await lab.complete(part)
    assert.equal((await statusOf(lab)).exitCode, 0)
    const travel = albumKey(weddings, 'Travel')
    lab.change(
      (w) => removeImage(w, travel, photo('d').key),
      (w) => addImage(w, travel, photo('new')),
    )
    await lab.complete(part)
    const { exitCode, message } = await statusOf(lab)
    assert.equal(exitCode, 3)
    assert.match(
      message,
      /^Held 7 of 7 items \(the last run was only for --album Weddings\)\. The next backup still compares 1 album with SmugMug\.$/,
    )
  })

  test('after a run over single items, what it left out is missing', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete({ settings: { type: 'video' } })
    const { exitCode, message } = await statusOf(lab)
    assert.deepEqual([exitCode, message], [3, 'Held 1 of 7 items (the last run was only for --type video): 6 items not selected.'])
  })

  test('after an adoption, status counts what is still to be fetched', async (t) => {
    const lab = await openLab(t, weddings)
    const other = await openLab(t, weddings)
    await other.complete(part)
    const from = join(lab.root, '..', 'from')
    mkdirSync(from)
    cpSync(other.at('Weddings'), from, { recursive: true })
    const told = await runAdopt({ ...lab.work(), folder: from })
    assert.deepEqual([told.exitCode, told.message], [0, '3 of 7 items adopted; 4 are still to be fetched: run smugmug-backup.'])
    const status = await statusOf(lab)
    assert.deepEqual([status.exitCode, status.message], [3, 'Held 3 of 7 items: 4 items not fetched yet.'])
    assert.equal(status.lastRun?.operation, 'adopt')
  })

  test('of photos that are only smaller than the originals is in the headline, and in the exit code if originals are required', async (t) => {
    const lab = await openLab(t, locked)
    const told = await lab.complete()
    const sentence = 'Held, but 2 of 3 photos only smaller than your originals: allow downloads in 1 album.'
    assert.equal(told.message, sentence)
    assert.match(told.hint ?? '', /\/Locked: allow downloads/)
    assert.match(told.notice ?? '', /2 of 3 photos only smaller/)
    assert.equal((await lab.complete()).notice, undefined, 'it is said once')
    const status = await statusOf(lab)
    assert.deepEqual([status.exitCode, status.message, status.originals, status.smaller], [0, sentence, 1, 2])
    assert.equal((await statusOf(lab, { requireOriginals: true })).exitCode, 3)

    const strict = { settings: { requireOriginals: true } }
    const refused = await lab.backup(strict)
    assert.equal(refused.exitCode, 3)
    assert.match(
      refused.message,
      /^Not complete: 2 items failed.* 2 photos are held only smaller than their originals, which require_originals/,
    )
    assert.deepEqual([refused.totals.failed, refused.totals.kept, refused.totals.items], [2, 2, 4])
    assert.deepEqual(
      refused.problems.filter(({ kind }) => kind === 'failed').map(({ name }) => name),
      ['x.jpg', 'y.jpg'],
    )
    assert.equal((await lab.backup(strict)).listings, 1, 'its album is listed again, and no other')

    lab.change((w) => editImage(editImage(w, photo('x').key, { offers: 'archived' }), photo('y').key, { offers: 'archived' }))
    await lab.complete(strict)
    assert.deepEqual([(await statusOf(lab, { requireOriginals: true })).message, (await statusOf(lab)).smaller], ['Everything is held.', 0])
  })

  test('a locked photo that is new counts as failed too, in a dry run as in the run', async (t) => {
    const lab = await openLab(t, locked, { settings: { requireOriginals: true } })
    const dry = await lab.backup({ dryRun: true })
    const real = await lab.backup()
    assert.deepEqual([dry.exitCode, dry.totals.failed, real.exitCode, real.totals.failed], [3, 2, 3, 2])
    assert.equal(lab.media().size, 4, 'what there is, is held all the same')
  })

  test('beside an album behind a dead link, its items do not count as held', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete()
    renameSync(lab.at('Travel'), join(lab.root, '..', 'away'))
    symlinkSync(join(lab.root, '..', 'nowhere'), lab.at('Travel'))
    const told = await lab.backup()
    assert.equal(told.exitCode, 3)
    assert.match(told.message, /3 of 7 items are held/)
    const sentence = 'Held 3 of 7 items: 4 items in a folder that cannot be read.'
    assert.equal((await statusOf(lab)).message, sentence)
    const sampled = await lab.verify({ sample: 0.000001 })
    assert.equal(sampled.exitCode, 3)
    assert.ok(sampled.problems.some(({ kind, album }) => kind === 'album' && album === '/Travel'))
    rmSync(lab.at('Travel'))
    renameSync(join(lab.root, '..', 'away'), lab.at('Travel'))
    await lab.complete()
    assert.equal((await statusOf(lab)).message, 'Everything is held.')
  })

  test('is not fully proven where damage was found since, whoever found it', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete()
    await lab.verify()
    assert.deepEqual([(await statusOf(lab)).isFullyProven, (await statusOf(lab)).lastFullyProven !== undefined], [true, true])
    rmSync(lab.at('Travel/d.jpg'))
    await lab.complete()
    const repaired = await statusOf(lab)
    assert.deepEqual([repaired.message, repaired.isFullyProven, repaired.lastFullyProven], ['Everything is held.', false, undefined])
    await lab.verify()
    assert.equal((await statusOf(lab)).isFullyProven, true)
    lab.change((w) => addImage(w, albumKey(w, 'Travel'), photo('later')))
    await lab.complete()
    const { isFullyProven, lastFullyProven } = await statusOf(lab)
    assert.deepEqual([isFullyProven, lastFullyProven !== undefined], [false, true])
  })

  test('still names what is wrong after a run that looked at nothing, because its selection matched nothing', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete()
    rmSync(lab.at('tree.json'))
    await lab.verify()
    const named = async () => (await runStatus(lab.work())).problems.map(({ kind, name }) => [kind, name])
    assert.deepEqual(await named(), [['missing', 'tree.json']])
    assert.equal((await lab.backup({ settings: { album: ['Nowhere'] } })).exitCode, 2)
    assert.deepEqual(await named(), [['missing', 'tree.json']])
  })

  test('what is gone from SmugMug is counted, and exported with the time when that was found', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete()
    const exported = (format: 'csv' | 'jsonl', settings = {}) => exportOf(lab, { format, settings })
    assert.equal(await exported('jsonl'), '')
    lab.change(
      (w) => removeImage(w, albumKey(w, 'Travel'), photo('d').key),
      (w) => removeAlbum(w, albumKey(w, 'Church')),
    )
    await lab.complete()
    const status = await statusOf(lab)
    assert.deepEqual([status.vanishedKept, status.expected, status.message], [2, 5, 'Everything is held.'])
    const lines = (await exported('jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ path }) => path),
      ['Travel/d.jpg', 'Weddings/Church/c.jpg'],
    )
    for (const { vanishedAt, path } of lines) {
      assert.ok(Math.abs(Date.now() - Date.parse(vanishedAt)) < 60_000)
      assert.ok(existsSync(lab.at(path)))
    }
    const [titles, ...rows] = (await exported('csv')).trimEnd().split('\n')
    assert.match(titles ?? '', /^Filename,Type,.*,WebUri,VanishedAt$/)
    assert.ok(rows.length === 2 && rows.every((row) => /,20\d\d-.*Z$/.test(row)), rows.join('\n'))
    assert.equal((await exported('jsonl', { album: ['Weddings'] })).trimEnd().split('\n').length, 1)
    assert.equal((await lab.verify()).exitCode, 0)
    rmSync(lab.at('Travel/d.jpg'))
    assert.equal((await lab.verify()).exitCode, 3)
    const lost = await statusOf(lab)
    assert.deepEqual([lost.vanishedKept, lost.vanishedLost, lost.expected], [1, 1, 5])
    assert.equal(lost.message, 'Everything that SmugMug has is held. 1 item that SmugMug has no more is missing or damaged in the vault.')
    const { message } = await lab.complete()
    assert.match(
      message,
      /^Complete: all 5 items .* held and proven\. 1 item that SmugMug has no more is missing or damaged in the vault\.$/,
    )
  })

  test('of what is gone from SmugMug and lies in the trash, the export names no path', async (t) => {
    const lab = await openLab(t, weddings, { settings: { onVanished: 'trash' } })
    await lab.complete()
    lab.change((w) => removeImage(w, albumKey(w, 'Travel'), photo('d').key))
    await lab.complete()
    const { vanishedKept, vanishedLost } = await statusOf(lab)
    assert.deepEqual([vanishedKept, vanishedLost], [0, 0])
    const { name, path } = JSON.parse(await exportOf(lab, { format: 'jsonl' }))
    assert.deepEqual([name, path], ['d.jpg', undefined])
  })

  test('the report has it too', async (t) => {
    const lab = await openLab(t, weddings)
    await lab.complete(part)
    const name = [...lab.ours('reports').keys()].find((path) => path.endsWith('.json'))
    const { standing } = JSON.parse(readFileSync(lab.at(`.smugmug-backup/reports/${name}`), 'utf8'))
    assert.deepEqual([standing.expected, standing.held, standing.missing.notSelected], [7, 3, 4])
  })
})

describe('what the program says of it', { concurrency: 4 }, () => {
  test('status ends with 5 where there is no vault, with 3 where it is not whole, with 0 where it is', async (t) => {
    const scene = await openScene(t)
    const none = await scene.run(['status'])
    assert.equal(none.code, 5)
    assert.match(none.stdout, /There is no vault in .* yet\.\s+Run `smugmug-backup`/)
    await scene.run(['--album', 'Best-of'])
    const some = await scene.run(['status'])
    assert.equal(some.code, 3)
    assert.match(some.stdout, /^Held \d+ of 12 items \(the last run was only for --album Best-of\)/m)
    await scene.run([])
    const all = await scene.run(['status'])
    assert.equal(all.code, 0)
    assert.match(all.stdout, /^Everything is held\.$/m)
  })

  test('status of an emptied folder says that its disk may be missing', async (t) => {
    const scene = await openScene(t)
    await scene.run([])
    rmSync(scene.vault, { recursive: true })
    mkdirSync(scene.vault)
    const { code, stderr } = await scene.run(['status'])
    assert.equal(code, 5)
    assert.match(stderr, /is empty, but on .* it held a vault of 12 items/)
  })

  test('list of a vault whose disk is not mounted counts nothing as missing, and of a new folder everything', async (t) => {
    const scene = await openScene(t)
    assert.equal((await scene.run(['list'])).code, 0)
    await scene.run([])
    for (const isLeft of [true, false]) {
      rmSync(scene.vault, { recursive: true })
      if (isLeft) mkdirSync(scene.vault)
      const { code, stdout, stderr } = await scene.run(['list'])
      assert.deepEqual([code, stdout], [5, ''])
      assert.match(stderr, /(is empty|does not exist), but on .* it held a vault of 12 items.*\nCheck that its disk is mounted/)
    }
  })

  test('status says when the next run is, if the settings for the service say it', async (t) => {
    const scene = await openScene(t)
    await scene.run([])
    assert.doesNotMatch((await scene.run(['status'])).stdout, /Next run/)
    const env = { SMGMG_BK_SERVICE_EVERY: '12h' }
    assert.match((await scene.run(['status'], { env })).stdout, /^Next run .*\(in 1[12] h( \d+ min)?\)$/m)
    const { lines } = await scene.json(['status'], { env: { SMGMG_BK_SERVICE_SCHEDULE: '30 2 * * *' } })
    const nextRun = lines.find(({ event }) => event === 'status')?.nextRun
    assert.deepEqual([new Date(nextRun).getHours(), new Date(nextRun).getMinutes()], [2, 30])
  })

  test('a quiet run warns of smaller photos once; a run says last where the photos are, and where the report is', async (t) => {
    const scene = await openScene(t, { world: locked })
    const first = await scene.run(['--quiet'])
    assert.equal(first.code, 0)
    assert.match(first.stderr + first.stdout, /2 of 3 photos only smaller than your originals/)
    const second = await scene.run(['--quiet'])
    assert.equal(second.stderr + second.stdout, '')
    const lines = (await scene.run([])).stdout.trimEnd().split('\n')
    assert.equal(lines.at(-2), `Your photos: ${scene.vault}`)
    assert.match(lines.at(-1) ?? '', /^Report: .*\/\.smugmug-backup\/reports\/.*\.txt$/)
    const strict = await scene.run(['--quiet'], { env: { SMGMG_BK_REQUIRE_ORIGINALS: 'true' } })
    assert.equal(strict.code, 3)
  })
})
