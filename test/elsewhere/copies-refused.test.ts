/** A copy whose disk, or whose first vault's disk, refuses single steps: only these files fail, each night anew, and nothing piles up. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { addImage, replaceImage } from '../../simulator/edit.ts'
import { photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { openVaultAt } from '../../src/app/app.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { copyVault } from '../../src/operations/copy/copy.ts'
import { StorageError } from '../../src/vault/storage/storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { filesBelow, type Lab, openLab } from '../support/lab.ts'

type Faults = Parameters<typeof faultyStorage>[1]

const rules = {
  maxVanished: 0.1,
  keepReplaced: 'forever',
  keepVersions: 'forever',
  keepSecrets: false,
  writeCsv: false,
  verifyDays: 0,
} as const

/** A vault and a copy of it, whose storages can refuse. */
async function withCopy(t: TestContext) {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const root = join(lab.root, '../copy')
  mkdirSync(root)
  const around = { env: lab.work().env }
  const copy = async ({ first, second, batch = 2000 }: { first?: Faults; second?: Faults; batch?: number } = {}) => {
    const to = await openVaultAt(root, { mode: 'write', operation: 'copy' }, around)
    const from = await openVaultAt(lab.root, { mode: 'pretend', operation: 'copy' }, around)
    try {
      return await copyVault({
        name: 'usb',
        from: { ...from, storage: faultyStorage(from.storage, first ?? []).storage },
        to: { ...to, storage: faultyStorage(to.storage, second ?? []).storage },
        bounds: { batch, readers: 6 },
        rules,
        acceptChanges: false,
        emit: () => undefined,
        clock: systemClock,
        signal: new AbortController().signal,
      })
    } finally {
      await from.close()
      await to.close()
    }
  }
  assert.equal((await copy()).exitCode, 0)
  const rows = async () => {
    const vault = await openVaultAt(root, { mode: 'read', operation: 'copy' }, around)
    try {
      return vault.catalogue.albums().flatMap((album) => [...vault.catalogue.files(album.key)])
    } finally {
      await vault.close()
    }
  }
  return {
    lab,
    copy,
    root,
    rows,
    history: () => [...filesBelow(join(root, '.smugmug-backup/history'), (path) => !path.endsWith('.jsonl')).keys()],
  }
}

/** Replaces a photo that lies in one album on SmugMug, and backs it up. Returns its path in the vault. */
async function replaced(lab: Lab, seed: string): Promise<string> {
  const path = [...lab.media().keys()].find((each) => each.startsWith('Home/Kitchen/')) ?? assert.fail()
  const key = lab.rows().files.find(({ name }) => path.endsWith(`/${name}`))?.imageKey ?? assert.fail()
  lab.change((world) => replaceImage(world, key, { kind: 'seeded', seed, size: 30_000, starts: 'jpg' }))
  await lab.complete()
  return path
}

const refusal = (path: string) => new StorageError('Could not write it (EFBIG)', { code: 'EFBIG', path })

test('a replaced file that the copy cannot take adds nothing to its history, however often it is tried', async (t) => {
  const { lab, copy, history, root } = await withCopy(t)
  const path = await replaced(lab, 'other')
  const before = filesBelow(root, (each) => each === path)
  for (let night = 0; night < 3; night += 1) {
    const run = await copy({ second: [{ method: 'put', path: (each) => each === path, error: refusal(path) }] })
    assert.equal(run.exitCode, 3)
    assert.deepEqual([history(), filesBelow(root, (each) => each === path)], [[], before])
  }
  assert.equal((await copy()).exitCode, 0)
  assert.equal(history().length, 1, 'replaced at last')
})

test('a file that was put aside, and whose place stayed empty, is not said to be held', async (t) => {
  const { lab, copy, rows } = await withCopy(t)
  const path = await replaced(lab, 'other')
  assert.equal((await copy()).exitCode, 0)
  const [former] = [...lab.ours('history').keys()].filter((each) => each.endsWith('.jpg'))
  assert.ok(former)
  const original = smallWorld()
  lab.change(() => original)
  await lab.complete({ full: true })
  const run = await copy({
    second: [{ method: 'link', path: (each) => each.startsWith('.smugmug-backup/history/'), error: refusal(path) }],
  })
  assert.equal(run.exitCode, 3, run.message)
  const states = (await rows()).filter(({ name }) => path.endsWith(`/${name}`)).map(({ state }) => state)
  assert.deepEqual(states, ['missing'])
  assert.equal((await copy()).exitCode, 0)
})

test('a record that cannot be looked at fails alone: the files of other albums come', async (t) => {
  const { lab, copy, root } = await withCopy(t)
  lab.change((world) => addImage(world, lab.rows().albums.find(({ folder }) => folder === 'Home/Kitchen')?.key ?? '', photo('fresh')))
  await lab.complete()
  const run = await copy({
    batch: 1,
    first: [{ method: 'stat', path: (each) => each === 'Best-of/album.json', error: refusal('Best-of/album.json') }],
  })
  assert.equal(run.exitCode, 3, run.message)
  assert.deepEqual(
    run.problems.map(({ name }) => name),
    ['Best-of/album.json'],
  )
  assert.equal(filesBelow(root, (path) => path.endsWith('fresh.jpg')).size, 1)
})
