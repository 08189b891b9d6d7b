/** Albums that are kept on another disk through a symbolic link, and links that lead nowhere. */
import assert from 'node:assert/strict'
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { addImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runRebuild, runStatus } from '../../src/app/app.ts'
import { problemText } from '../../src/cli/reporters/exceptions.ts'
import type { Problem } from '../../src/events.ts'
import { albumKey, assertMirrors, type Lab, openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [photo('a'), photo('b')])]), albumNode('Home', [photo('c')])],
}

/** Moves one folder of the vault elsewhere, behind a link. Returns its new path. */
const linked = async (t: TestContext, path: string): Promise<{ readonly lab: Lab; readonly elsewhere: string }> => {
  const lab = await openLab(t, world)
  await lab.complete()
  const place = mkdtempSync(join(QUICK, 'smugmug-elsewhere-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const elsewhere = join(place, 'folder')
  cpSync(lab.at(path), elsewhere, { recursive: true })
  rmSync(lab.at(path), { recursive: true })
  symlinkSync(elsewhere, lab.at(path))
  return { lab, elsewhere }
}

describe('a folder behind a link', { concurrency: 4 }, () => {
  for (const path of ['Travel/Norway', 'Travel']) {
    test(`is part of the vault: nothing is fetched or copied again, verify finds all, and new photos go there (${path})`, async (t) => {
      const { lab, elsewhere } = await linked(t, path)
      for (const full of [false, true]) {
        const told = await lab.complete({ full })
        assert.deepEqual([told.downloads, told.totals.kept], [0, 3])
      }
      assert.equal((await lab.verify()).exitCode, 0)
      assert.deepEqual([...lab.ours('history').keys()], [])
      lab.change((w) => addImage(w, albumKey(w, 'Norway'), photo('new')))
      assert.equal((await lab.complete()).downloads, 1)
      assert.ok(lstatSync(join(elsewhere, path === 'Travel' ? 'Norway/new.jpg' : 'new.jpg')).isFile())
      assert.ok(lstatSync(lab.at(path)).isSymbolicLink())
      assert.equal((await lab.verify()).exitCode, 0)
    })
  }

  test('is named with the place that it leads to, by backup, dry run, verify and status', async (t) => {
    const { lab, elsewhere } = await linked(t, 'Travel/Norway')
    const notice = `Travel/Norway: a link to another folder, where the photos are stored and checked (${realpathSync(elsewhere)})`
    const noticed = ({ problems }: { readonly problems: readonly Problem[] }) =>
      problems.map((problem) => [problem.kind, problemText(problem, true), problem.asBefore])
    assert.deepEqual(noticed(await lab.backup({ dryRun: true })), [['notice', notice, undefined]])
    assert.deepEqual(noticed(await lab.complete()), [['notice', notice, undefined]])
    assert.deepEqual(noticed(await lab.complete()), [['notice', notice, true]], 'the second time it takes one line')
    assert.deepEqual(noticed(await lab.verify()), [['notice', notice, undefined]])
    const last = await lab.leave()
    assert.deepEqual(noticed(last), [['notice', notice, undefined]], 'once, although it is looked at twice')
    const page = readFileSync(lab.at(last.certificate ?? ''), 'utf8').replaceAll(/\s+/g, ' ')
    assert.match(page, /with the photos that these links in it lead to[^[]*- Travel\/Norway/)
    assert.deepEqual(
      (await runStatus(lab.work())).problems.map((problem) => problemText(problem, true)),
      [notice],
    )
  })

  test('on a disk that is not there: the album fails by name, nothing is fetched, and all is well when it is back', async (t) => {
    const { lab, elsewhere } = await linked(t, 'Travel')
    renameSync(elsewhere, `${elsewhere}-away`)
    const told = await lab.backup()
    assert.deepEqual([told.exitCode, told.downloads], [3, 0], told.message)
    assert.match(told.problems.map(({ album, reason }) => `${album} ${reason}`).join(), /Norway.*link that leads nowhere/)
    renameSync(`${elsewhere}-away`, elsewhere)
    const back = await lab.complete()
    assert.deepEqual([back.downloads, back.totals.kept], [0, 3])
    assert.equal((await lab.verify()).exitCode, 0)
  })

  test('in the place of a photo is left as it is, and no backup is promised to mend it', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const path = 'Travel/Norway/a.jpg'
    rmSync(lab.at(path))
    symlinkSync('/etc/hostname', lab.at(path))
    const alone = await lab.verify()
    assert.deepEqual([alone.exitCode, alone.hint], [3, 'Run a backup once you have done what only you can do, as it is named above.'])
    rmSync(lab.at('Travel/Norway/b.jpg'))
    assert.match((await lab.verify()).hint ?? '', /what SmugMug still has is fetched again/)
    assert.ok(lstatSync(lab.at(path)).isSymbolicLink())
  })

  test('that leads back into the vault is no second copy of it', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    symlinkSync('..', lab.at('Travel/up'))
    symlinkSync('Home', lab.at('Same'))
    const told = await lab.complete()
    assert.deepEqual([told.downloads, told.totals.kept], [0, 3])
    assert.equal((await lab.verify()).exitCode, 0)
    rmSync(lab.at('Travel/up'))
    rmSync(lab.at('Same'))
    assertMirrors(lab)
  })
})

describe('a vault within a vault', () => {
  const all = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  for (const [what, at] of [
    ['beside the albums', 'inner'],
    ['in the folder of an album', 'Home/inner'],
  ] as const) {
    test(`keeps its files, whatever the other one lacks (${what})`, async (t) => {
      const lab = await openLab(t, world)
      await lab.complete()
      cpSync(lab.root, `${lab.root}-copy`, { recursive: true })
      renameSync(`${lab.root}-copy`, lab.at(at))
      const before = all(lab.at(at))
      rmSync(lab.at('Travel/Norway/a.jpg'))
      lab.change((w) => addImage(w, albumKey(w, 'Norway'), photo('new')))
      assert.equal((await lab.complete({ full: true })).downloads, 2)
      rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
      assert.equal((await runRebuild(lab.work())).exitCode, 0)
      assert.equal((await lab.complete({ full: true })).downloads, 0)
      const verified = await lab.verify()
      assert.deepEqual([verified.exitCode, verified.problems], [0, []])
      assert.deepEqual(all(lab.at(at)), before)
    })
  }
})
