/** Commands over a disk whose calls fail one after the other: each end is true, nothing is harmed, and the same command does its work afterwards. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { mediaOf } from '../../simulator/bytes.ts'
import { editImage, replaceImage } from '../../simulator/edit.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, collected, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { makeKey } from '../../src/app/app.ts'
import { main } from '../../src/cli/main.ts'
import { PRELOAD, type Run, runOver } from '../campaigns/failing-disk.ts'
import { fakeIo } from '../support/fake-io.ts'
import { emptyOf, readsOf } from '../support/restored.ts'
import { mediaIn, openScene, type Scene, snapshot } from './harness.ts'

const [a, b, c] = [photo('a'), photo('b'), photo('c')]
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [folder('Travel', [albumNode('Norway', [a, b])]), albumNode('Best', [collected(a), c])],
}

/** Opens a vault with two runs behind it; `again` brings it back to that. */
async function openVault(t: Parameters<typeof openScene>[0], env: Readonly<Record<string, string>> = {}) {
  const scene = await openScene(t, { world, env })
  await scene.backup()
  scene.simulator.setWorld(replaceImage(editImage(world, a.key, { caption: 'another' }), c.key, mediaOf(photo('d'))))
  await scene.backup()
  const origin = join(scene.folder, '..', `${scene.folder.split('/').at(-1)}-origin`)
  cpSync(scene.vault, origin, { recursive: true, preserveTimestamps: true })
  t.after(() => rmSync(origin, { recursive: true, force: true }))
  const out = join(scene.folder, 'out')
  const again = (): void => {
    rmSync(out, { recursive: true, force: true })
    rmSync(scene.vault, { recursive: true })
    cpSync(origin, scene.vault, { recursive: true, preserveTimestamps: true })
  }
  return { scene, out, again }
}

/** Runs a command; the n-th call that `on` matches fails. */
const runWith = (scene: Scene, args: readonly string[], on?: RegExp, nth = 1): Promise<Run> =>
  runOver(scene, args, on === undefined ? { at: 0, code: 'EIO' } : { at: nth, code: 'EIO', on })

/** Fails unless the run ended with the trouble of a disk, in words for a person. */
function assertTrouble({ code, said, struck }: Run, codes: readonly number[]): void {
  assert.notEqual(struck, '', 'no such call was made')
  assert.ok(codes.includes(code), `${struck}: ended with ${code}\n${said}`)
  assert.doesNotMatch(said, /is a bug/, struck)
}

/** Returns a pattern that matches one call alone. */
const only = (call: string): RegExp => new RegExp(`^${RegExp.escape(call)}$`)

test('a handover: trouble of its folder is named, and the same command does the rest', async (t) => {
  const { scene, out, again } = await openVault(t)
  const args = ['handover', 'immich', '--output', out]
  const whole = await runWith(scene, args)
  assert.equal(whole.code, 0, whole.said)
  const files = [...(await snapshot(out)).keys()].filter((name) => !/sqlite-/.test(name))
  const kinds = new Set(whole.heard.filter((call) => /^\S+ \/out(?:$|\/\.smugmug-backup-handover)/.test(call)))
  assert.ok(kinds.size > 10, [...kinds].join())
  for (const call of kinds) {
    again()
    assertTrouble(await runWith(scene, args, only(call)), [2, 5])
    const then = await runWith(scene, args)
    assert.equal(then.code, 0, `after ${call}: ${then.said}`)
    assert.deepEqual(
      [...(await snapshot(out)).keys()].filter((name) => !/sqlite-/.test(name)),
      files,
      `after ${call}`,
    )
  }
})

test('a rebuild of what it cannot read ends with 3, and leaves the catalogue alone where it can read nothing', async (t) => {
  const { scene, again } = await openVault(t)
  for (const [call, code] of [
    ['readdirSync /vault', 5],
    ['readdirSync /vault/Travel/Norway', 3],
    ['readdirSync /vault/.smugmug-backup/reports', 3],
  ] as const) {
    again()
    const { heard } = await runWith(scene, ['rebuild'])
    again()
    // The last one is that of the rebuild itself: before it, the program looks for the vault.
    assertTrouble(await runWith(scene, ['rebuild'], only(call), heard.filter((each) => each === call).length), [code])
    if (code === 5) assert.equal((await runWith(scene, ['status'])).code, 0, `after ${call}`)
    assert.equal((await runWith(scene, ['rebuild'])).code, 0, `after ${call}`)
    assert.equal((await runWith(scene, ['verify'])).code, 0, `after ${call}`)
  }
})

test('a checkout of what it cannot read this time goes on with it the next time', async (t) => {
  const { scene, out, again } = await openVault(t)
  const args = ['checkout', '1', '--output', out]
  assert.equal((await runWith(scene, args)).code, 0)
  const files = [...(await snapshot(out)).keys()]
  for (const call of [
    'open /vault/Travel/Norway/b.jpg',
    'openSync /vault/Travel/Norway/album.json',
    'openSync /vault/tree.json',
    'readdirSync /vault/.smugmug-backup/history',
  ]) {
    again()
    const { heard } = await runWith(scene, args)
    again()
    const failed = await runWith(scene, args, only(call), heard.filter((each) => each === call).length)
    assertTrouble(failed, [3])
    assert.doesNotMatch(failed.said, /no longer held/)
    assert.match(failed.said, /Give the same command again/)
    const then = await runWith(scene, args)
    assert.equal(then.code, 0, `after ${call}: ${then.said}`)
    assert.deepEqual([...(await snapshot(out)).keys()], files, `after ${call}`)
  }
})

test('a checkout that cannot take its own mark away at the end is whole all the same, and says so', async (t) => {
  const { scene, out, again } = await openVault(t)
  const args = ['checkout', '1', '--output', out]
  const whole = await runWith(scene, args)
  const files = [...(await snapshot(out)).keys()]
  for (const call of ['rmdir /out/.smugmug-checkout', 'rm /out/.smugmug-checkout/checkout.json']) {
    again()
    const run = await runWith(scene, args, only(call), whole.heard.filter((each) => each === call).length)
    assertTrouble(run, [0])
    assert.match(run.said, /\.smugmug-checkout/)
    assert.deepEqual(
      [...(await snapshot(out)).keys()].filter((name) => !name.includes('.smugmug-checkout')),
      files,
    )
  }
})

test('a restore never leaves out, or uploads twice, what it could not read for a moment', async (t) => {
  const { scene } = await openVault(t)
  const target = await startSimulator(emptyOf(world), { writing: { permission: 'Modify', reads: readsOf(world) } })
  t.after(() => target.close())
  const env = { SMGMG_BK_BASE_URL: target.apiUrl, SMGMG_BK_WRITE_TOKEN: KEYS.userToken, SMGMG_BK_WRITE_SECRET: KEYS.userSecret }
  const there = { ...scene, env: { ...scene.env, ...env } }
  const records = /^openSync \/vault\/.*album\.json$/
  const { heard } = await runWith(there, ['restore', '--dry-run'])
  for (let nth = 1; nth <= heard.filter((call) => records.test(call)).length; nth += 1) {
    const foreseen = await runWith(there, ['restore', '--dry-run'], records, nth)
    assert.ok(foreseen.code === 5 || /Failed: /.test(foreseen.said), `${nth}: ${foreseen.code} ${foreseen.said}`)
    const done = await runWith(there, ['restore'], records, nth)
    assertTrouble(done, [3, 5])
    if (done.code === 5) assert.equal(target.counters.byEndpoint.upload ?? 0, 0, `${nth}: ${done.said}`)
    target.setWorld(emptyOf(world))
    rmSync(join(scene.vault, '.smugmug-backup/restores.sqlite'), { force: true })
    target.resetCounters()
  }
})

test('a restore does not upload a photo of its own for one whose album cannot be read this time', async (t) => {
  const { scene } = await openVault(t)
  const target = await startSimulator(emptyOf(world), { writing: { permission: 'Modify', reads: readsOf(world) } })
  t.after(() => target.close())
  const env = { SMGMG_BK_BASE_URL: target.apiUrl, SMGMG_BK_WRITE_TOKEN: KEYS.userToken, SMGMG_BK_WRITE_SECRET: KEYS.userSecret }
  const there = { ...scene, env: { ...scene.env, ...env } }
  const record = join(scene.vault, 'Travel/Norway/album.json')
  const text = readFileSync(record)
  writeFileSync(record, '{"half')
  const failed = await runWith(there, ['restore'])
  assert.equal(failed.code, 3, failed.said)
  writeFileSync(record, text)
  const then = await runWith(there, ['restore'])
  assert.equal(then.code, 0, then.said)
  assert.equal(target.counters.byEndpoint.upload, 3)
})

test('a copy whose own table lacks what could not be read is not called up to date', async (t) => {
  const { scene, again } = await openVault(t, { SMGMG_BK_WRITE_CSV: 'true' })
  const copy = join(scene.folder, 'copy')
  const there = { ...scene, env: { ...scene.env, SMGMG_BK_COPY_USB_DESTINATION: copy } }
  const anew = (): void => {
    again()
    rmSync(copy, { recursive: true, force: true })
    mkdirSync(copy)
  }
  let named = 0
  for (let nth = 1; ; nth += 1) {
    anew()
    const run = await runWith(there, ['copy', 'usb'], /^openSync \/copy\/.*album\.json$/, nth)
    if (run.struck === '') break
    if (!run.said.includes('cannot be read')) continue
    named += 1
    assertTrouble(run, [3])
    assert.equal((await runWith(there, ['copy', 'usb'])).code, 0)
  }
  assert.ok(named > 0, 'no record was missed')
})

test('a copy that is interrupted names no record that had not come yet', async (t) => {
  const { scene } = await openVault(t, { SMGMG_BK_WRITE_CSV: 'true' })
  const copy = join(scene.folder, 'copy')
  mkdirSync(copy)
  const env = { ...scene.env, SMGMG_BK_COPY_USB_DESTINATION: copy }
  const io = fakeIo({ env, cwd: scene.cwd, home: scene.home })
  // The last photo to come: the records of its batch follow.
  const watch = Object.assign(/^/, {
    test: (call: string): boolean => {
      if (call === 'openSync /vault/Travel/Norway/b.jpg') io.interrupt()
      return false
    },
  })
  const disk = createRequire(import.meta.url)(PRELOAD)
  disk.arm({ at: 0, code: 'EIO', folder: scene.folder, on: watch })
  assert.equal(await main(['copy', 'usb'], io), 130)
  disk.disarm()
  assert.match(io.stdout.text, /Interrupted/)
  assert.doesNotMatch(io.stdout.text, /read/)
  const then = await runWith({ ...scene, env }, ['copy', 'usb'])
  assert.equal(then.code, 0, then.said)
  assert.equal((await runWith(scene, ['verify', '--destination', copy])).code, 0)
  assert.match(readFileSync(join(copy, 'metadata.csv'), 'utf8'), /c\.jpg/)
})

test('a copy that was killed with all its photos in place keeps them there', async (t) => {
  const scene = await openScene(t, { world, env: { SMGMG_BK_CONCURRENT_ALBUMS: '1', SMGMG_BK_CONCURRENT_DOWNLOADS: '1' } })
  await scene.backup()
  const copy = join(scene.folder, 'copy')
  mkdirSync(copy)
  const env = { SMGMG_BK_COPY_USB_DESTINATION: copy }
  const log = join(scene.folder, 'struck.json')
  const fault = { FAULT_FOLDER: copy, FAULT_ON: 'album\\.json~', FAULT_AT: '1', FAULT_CODE: 'KILLED', FAULT_LOG: log }
  const killed = scene.start(['copy', 'usb'], { env: { ...env, ...fault, NODE_OPTIONS: `--require ${PRELOAD}` } })
  assert.equal((await killed.ended).signal, 'SIGKILL')
  const files = [...(await mediaIn(copy)).keys()]
  assert.equal(files.length, 4)
  assert.equal((await scene.run(['copy', 'usb'], { env })).code, 0)
  assert.deepEqual([...(await mediaIn(copy)).keys()], files)
  assert.equal((await scene.run(['verify', '--destination', copy])).code, 0)
})

test('a proof takes a folder that cannot be looked at for a twin for a usual one', async (t) => {
  const { scene } = await openVault(t)
  const files = join(scene.folder, 'files')
  mkdirSync(files)
  writeFileSync(join(files, 'other.jpg'), 'held nowhere')
  const usual = await runWith(scene, ['proof', files])
  const odd = await runWith(scene, ['proof', files], /^lstatSync .*backup-twin$/)
  assertTrouble(odd, [usual.code])
})

test('a state folder that cannot be made is named', async (t) => {
  const keys = [await makeKey(), await makeKey()]
  const env = { SMGMG_BK_ENCRYPTION_RECIPIENTS: keys.map(({ recipient }) => recipient).join() }
  const scene = await openScene(t, { world, env })
  const failed = await runWith(scene, ['backup'], /^mkdir \/home\/state/)
  assertTrouble(failed, [5])
  assert.match(failed.said, /state_folder/)
  assert.equal((await runWith(scene, ['backup'])).code, 0)
})

test('the life of a photo names what could not be read of it', async (t) => {
  const { scene } = await openVault(t)
  const args = ['history', '--item', 'Best/c.jpg']
  const whole = await runWith(scene, args)
  assert.equal(whole.code, 0, whole.said)
  assert.doesNotMatch(whole.said, /cannot be read/)
  const kinds = new Set(
    whole.heard.filter((call) => /^(?:openSync|readdirSync) .*(?:history\.jsonl|reports\/.*json|versions|album\.json)/.test(call)),
  )
  assert.ok(kinds.size >= 4, [...kinds].join())
  for (const call of kinds) {
    const run = await runWith(scene, args, only(call))
    assertTrouble(run, [0])
    assert.match(run.said, /What is noted in .* is missing here: it cannot be read/, call)
  }
})

test('a photo that could not be read for a moment is held again once verify has read its bytes', async (t) => {
  const { scene } = await openVault(t)
  const photo = 'Travel/Norway/b.jpg'
  const failed = await runWith(scene, ['verify'], only(`openSync /vault/${photo}`))
  assertTrouble(failed, [3])
  assert.match(failed.said, /it cannot be read/)
  const again = await runWith(scene, ['verify'], only(`openSync /vault/${photo}`))
  assertTrouble(again, [3])
  assert.match(again.said, /it cannot be read/)
  assert.doesNotMatch(again.said, /not what was stored/)
  const then = await runWith(scene, ['verify'])
  assert.equal(then.code, 0, then.said)
  assert.match(then.said, /its bytes are those that were proven/)
  assert.doesNotMatch(then.said, /belongs to no item/)
  assert.equal((await runWith(scene, ['status'])).code, 0)
  const { code, said } = await runWith(scene, ['verify', '--sample', '100%'])
  assert.equal(code, 0, said)
  assert.doesNotMatch(said, /its bytes are those that were proven/)
})

test('a damaged or missing photo that the disk does not let verify look at is named, like any other', async (t) => {
  const { scene, again } = await openVault(t)
  const photo = 'Travel/Norway/b.jpg'
  const path = join(scene.vault, photo)
  for (const harm of [() => writeFileSync(path, Buffer.from(readFileSync(path)).fill(0, 100, 120)), () => rmSync(path)]) {
    again()
    harm()
    const call = `lstatSync /vault/${photo}`
    const { code, said, heard } = await runWith(scene, ['verify'])
    assert.equal(code, 3, said)
    const looks = heard.filter((each) => each === call).length
    assert.ok(looks > 0)
    for (let nth = 1; nth <= looks; nth += 1) {
      again()
      harm()
      assertTrouble(await runWith(scene, ['verify'], only(call), nth), [3])
    }
  }
})

test('a photo with other bytes stays damaged until they are the right ones again', async (t) => {
  const { scene } = await openVault(t)
  const path = join(scene.vault, 'Travel/Norway/b.jpg')
  const bytes = readFileSync(path)
  writeFileSync(path, Buffer.from(bytes).fill(0, 100, 120))
  for (let nth = 1; nth <= 2; nth += 1) {
    const { code, said } = await runWith(scene, ['verify'])
    assert.equal(code, 3, said)
    assert.match(said, /not what was stored/)
  }
  writeFileSync(path, bytes)
  const { code, said } = await runWith(scene, ['verify'])
  assert.equal(code, 0, said)
  const night = await runWith(scene, ['backup'])
  assert.equal(night.code, 0, night.said)
  assert.deepEqual(readFileSync(path), bytes)
})
