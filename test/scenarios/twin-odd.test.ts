/** The twin of an odd vault: records that are gone, photos that lie elsewhere, pages that want one path, and other commands beside it. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runAdopt, runRebuild, runTwin } from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { filesBelow, type Lab, openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const [a, b] = [photo('a', { capturedLocal: '2020-02-01T10:00:00' }), photo('b')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b])]), albumNode('Best', [collected(a)])],
}

const OF_TWIN = /(^|\/)index\.html$|^404\.html$|^twin\.files\//
const twinOf = (lab: Lab) => filesBelow(lab.root, (path) => OF_TWIN.test(path))
const page = (lab: Lab, folder: string): string => readFileSync(lab.at(join(folder, 'index.html')), 'utf8')

async function twin(lab: Lab) {
  const { exitCode, problems, message } = await runTwin(lab.work())
  return { exitCode, message, named: problems.map(({ kind, name }) => `${kind} ${name}`) }
}

async function held(t: TestContext, account = world, settings: Partial<Settings> = {}): Promise<Lab> {
  const lab = await openLab(t, account, { settings })
  await lab.complete()
  return lab
}

describe('A twin is made', () => {
  test('without tree.json, of the albums at their paths, and with titles again when it is back', async (t) => {
    const lab = await held(t)
    const tree = readFileSync(lab.at('tree.json'))
    rmSync(lab.at('tree.json'))
    assert.deepEqual((await twin(lab)).named, [])
    for (const folder of ['', 'Travel/Norway', 'Best']) assert.match(page(lab, folder), /<\/html>/, folder)
    assert.match(page(lab, ''), /Travel\/Norway\/index\.html/)
    writeFileSync(lab.at('tree.json'), tree)
    assert.deepEqual((await twin(lab)).named, [])
    assert.ok(existsSync(lab.at('Travel/index.html')))
  })

  test('of an account whose name is empty, under its nickname', async (t) => {
    const lab = await held(t)
    const tree = JSON.parse(readFileSync(lab.at('tree.json'), 'utf8'))
    writeFileSync(lab.at('tree.json'), JSON.stringify({ ...tree, account: { ...tree.account, name: '' } }))
    assert.equal((await twin(lab)).exitCode, 0)
    assert.match(page(lab, ''), /<title>ann</)
  })

  for (const [what, bytes] of [
    ['empty', ''],
    ['cut', '{"format":'],
    ['of somebody else', '[]'],
  ] as const)
    test(`with a tree.json that is ${what}, which is named`, async (t) => {
      const lab = await held(t)
      writeFileSync(lab.at('tree.json'), bytes)
      const { exitCode, named } = await twin(lab)
      assert.deepEqual([exitCode, named], [3, ['damaged tree.json']])
      assert.ok(existsSync(lab.at('Travel/Norway/index.html')))
    })

  test('without the record of an album: its page stays as it was, and the others are made', async (t) => {
    const lab = await held(t)
    await twin(lab)
    const before = page(lab, 'Travel/Norway')
    rmSync(lab.at('Travel/Norway/album.json'))
    const { named } = await twin(lab)
    assert.equal(page(lab, 'Travel/Norway'), before)
    assert.match(page(lab, 'Travel'), /Norway/)
    assert.deepEqual(named, [])
    rmSync(lab.at('.smugmug-backup/shown.sqlite'))
    const anew = await twin(lab)
    assert.deepEqual([anew.exitCode, anew.named], [3, ['damaged Travel/Norway/album.json']])
    assert.equal(page(lab, 'Travel/Norway'), before)
    await lab.complete({ full: true })
    assert.equal((await twin(lab)).exitCode, 0)
  })

  for (const how of ['link', 'copy', 'skip'] as const)
    test(`of a collected photo with collected = "${how}": it is shown in both albums, and leads to a file`, async (t) => {
      const lab = await held(t, world, { collected: how })
      assert.equal((await twin(lab)).exitCode, 0)
      const [, href = ''] = /href="([^"]*\.jpg)"/.exec(page(lab, 'Best')) ?? []
      assert.ok(existsSync(lab.at(join('Best', decodeURIComponent(href)))), href)
      const items = readFileSync(lab.at('twin.files/data/index.js'), 'utf8')
      assert.match(items, /\[2020,1,/, 'the timeline shows it once')
    })

  test('of two pages that want one path, one is named, and the other keeps it', async (t) => {
    const lab = await held(t, { ...world, root: [folder('Travel', [albumNode('Norway', [a])]), albumNode('travel', [b])] })
    const { exitCode, named } = await twin(lab)
    assert.deepEqual([exitCode, named], [3, ['failed travel']])
    assert.match(page(lab, 'Travel'), /Norway/)
  })
})

describe('A twin in a folder', () => {
  test('is not adopted: only photos are', async (t) => {
    const lab = await held(t)
    const place = join(mkdtempSync(join(QUICK, 'twin-odd-')), 'twin')
    t.after(() => rmSync(join(place, '..'), { recursive: true }))
    assert.equal((await runTwin({ ...lab.work(), folder: place })).exitCode, 0)
    const empty = await openLab(t, world)
    const { exitCode, problems } = await runAdopt({ ...empty.work(), folder: place })
    assert.deepEqual([exitCode, problems], [0, []])
    assert.deepEqual([...twinOf(empty).keys()], [])
    assert.deepEqual(empty.media(), lab.media())
  })

  test("is in nobody's way when the vault is rebuilt, verified and backed up", async (t) => {
    const lab = await held(t)
    await twin(lab)
    const before = twinOf(lab)
    rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    const rebuilt = await runRebuild(lab.work())
    assert.deepEqual([rebuilt.exitCode, rebuilt.problems], [0, []])
    assert.deepEqual((await lab.verify()).problems, [])
    const again = await lab.complete({ full: true })
    assert.deepEqual([again.downloads, again.problems], [0, []])
    assert.deepEqual(twinOf(lab), before)
    assert.match((await twin(lab)).message, /up to date/)
  })
})
