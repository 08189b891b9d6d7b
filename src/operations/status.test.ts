import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Problem } from '../events.ts'
import { DAY, HOUR } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { AlbumRow, FileRow, ItemRow } from '../vault/catalogue/rows.ts'
import { openMemory } from '../vault/storage/memory.ts'
import type { Vault } from '../vault/vault.ts'
import { isDue } from './compare.ts'
import { noteLook } from './look.ts'
import { summaryText } from './read-report.ts'
import { vaultStatus } from './status.ts'

const now = Date.UTC(2026, 10, 3, 3)

const vaultOf = (t: TestContext): Vault => {
  const catalogue = Catalogue.open({ path: ':memory:', mode: 'write' })
  t.after(() => catalogue.close())
  return {
    home: '/vault/.smugmug-backup',
    location: '/vault',
    folders: ['/vault'],
    mode: 'read',
    storage: openMemory(),
    catalogue,
    id: 'i',
    isNew: false,
    close: async () => undefined,
  }
}

const statusOf = (vault: Vault, at = now): ReturnType<typeof vaultStatus> => vaultStatus(vault, { now: at, days: 7 })

const putAlbum = (vault: Vault, key: string, facts: Partial<AlbumRow> = {}): void => {
  const dates = { imageCount: 1, lastUpdated: 'a', imagesLastUpdated: 'b', listedAt: now, vanishedAt: undefined }
  vault.catalogue.putAlbum({ key, nodeId: undefined, name: key, urlPath: `/${key}`, folder: key, ...dates, ...facts })
}

/** An item and, unless it is not held, its file. */
const putItem = (vault: Vault, imageKey: string, facts: Partial<ItemRow> = {}, file: Partial<FileRow> = {}): void => {
  const keys = { albumKey: 'K', imageKey, name: `${imageKey}.jpg`, serial: 0 }
  const words = { position: 0, fileName: keys.name, wanted: keys.name, collected: false, reason: undefined, vanishedAt: undefined }
  const item: ItemRow = { ...keys, ...words, state: 'held', ...facts }
  vault.catalogue.putItem(item)
  if (item.state !== 'held') return
  const proof = { size: 10, md5: 'm', sha256: 's', toldSize: 10, toldMd5: 'm', captured: undefined }
  vault.catalogue.putFile({ ...keys, component: '', ...proof, grade: 'original', state: 'held', ...file })
}

/** Notes a look at the account that counted this number of items in the album K. */
const counted = (vault: Vault, items: number): void => noteLook(vault.catalogue, { counted: { K: items }, changed: 0 })

const ran = (
  vault: Vault,
  facts: {
    readonly exitCode?: number
    readonly message?: string
    readonly problems?: readonly Problem[]
    readonly operation?: string
  } = {},
): void => {
  const { exitCode = 0, message = 'Complete.', problems = [], operation = 'backup' } = facts
  const id = vault.catalogue.runs.begin(operation, now - HOUR)
  vault.catalogue.runs.end(id, {
    finishedAt: now,
    exitCode,
    summary: JSON.stringify({ message, totals: { ...noTotals, bytes: 5 }, problems }),
  })
}

describe('how a vault stands', () => {
  test('before the first backup', async (t) => {
    const status = await statusOf(vaultOf(t))
    assert.equal(status.message, 'No backup has been made here yet.')
    assert.match(status.hint ?? '', /`smugmug-backup`/)
    assert.deepEqual(
      [status.exitCode, status.lastRun, status.nextDue, status.lastFullyProven, status.problems],
      [3, undefined, undefined, undefined, []],
    )
    assert.deepEqual(status.totals, noTotals)
    assert.equal(status.destination, '/vault')
  })

  for (const [exitCode, step] of [
    [2, /^Run `smugmug-backup` again once what the last one named is mended/],
    [3, /^Run `smugmug-backup`: it fetches/],
    [4, /`smugmug-backup login`/],
    [5, /^Run `smugmug-backup` again once what the last one named is mended/],
    [7, /`smugmug-backup --accept-changes` once.*look at the account/],
  ] as const)
    test(`after one that ended with ${exitCode}, the hint is the step that helps`, async (t) => {
      const vault = vaultOf(t)
      putAlbum(vault, 'K')
      counted(vault, 1)
      ran(vault, { exitCode, message: 'Stopped.' })
      assert.match((await statusOf(vault)).hint ?? '', step)
    })

  test('after a selection the hint does not name the same command again, because the settings may hold the selection', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    counted(vault, 1)
    const totals = noTotals
    ran(vault)
    const last = vault.catalogue.runs.last()
    const summary = JSON.stringify({ message: 'Complete.', totals, problems: [], selection: { album: ['Travel/**'] } })
    vault.catalogue.runs.end(last?.id ?? 0, { finishedAt: now, exitCode: 0, summary })
    assert.match((await statusOf(vault)).hint ?? '', /^Run `smugmug-backup` without a selection/)
  })

  test('a photo that is damaged and one that is held smaller: the hint names the steps for both', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putItem(vault, 'a', {}, { state: 'damaged' })
    putItem(vault, 'b', {}, { grade: 'fallback' })
    counted(vault, 2)
    ran(vault)
    assert.match((await statusOf(vault)).hint ?? '', /^Run `smugmug-backup`: it fetches what it can\. In the settings of /)
  })

  test('after a complete one', async (t) => {
    const vault = vaultOf(t)
    vault.catalogue.setMeta('account', 'ann')
    vault.catalogue.setMeta('verify.completed', '12345')
    putAlbum(vault, 'K')
    putItem(vault, 'a')
    putItem(vault, 'b', {}, { grade: 'rendition', size: 100 })
    counted(vault, 2)
    ran(vault)
    ran(vault, { operation: 'verify', exitCode: 3 })
    const status = await statusOf(vault)
    assert.equal(status.message, 'Everything is held.')
    assert.equal(status.hint, undefined)
    assert.equal(status.account, 'ann')
    assert.equal(status.lastFullyProven, 12345)
    assert.deepEqual(status.lastRun, { operation: 'backup', startedAt: now - HOUR, finishedAt: now, exitCode: 0, message: 'Complete.' })
    assert.deepEqual(status.held, { albums: 1, items: 2, files: 2, bytes: 110 })
    assert.deepEqual(status.byGrade, { original: { files: 1, bytes: 10 }, rendition: { files: 1, bytes: 100 } })
    assert.deepEqual(status.totals, { ...noTotals, albums: 1, items: 2, kept: 2 })
  })

  const standings: Readonly<
    Record<string, readonly [items: readonly (readonly [Partial<ItemRow>, Partial<FileRow>?])[], message: RegExp]>
  > = {
    'one missing': [[[{}], [{}, { state: 'missing' }]], /^Held 1 of 2 items: 1 item missing or damaged in the vault\.$/],
    'one damaged, one failed, one pending': [
      [[{}, { state: 'damaged' }], [{ state: 'failed' }], [{ state: 'pending' }]],
      /^Held 0 of 3 items: 1 item failed, 1 item missing or damaged in the vault, 1 item that cannot be had now\.$/,
    ],
    'one impossible': [[[{}], [{ state: 'impossible' }]], /^Everything that SmugMug offers is held; 1 item cannot be had now\.$/],
    'one impossible, one pending': [[[{ state: 'impossible' }], [{ state: 'pending' }]], /; 2 items cannot be had now\.$/],
    'one elsewhere': [[[{ state: 'elsewhere' }]], /^Everything is held\.$/],
    'one failed that has vanished since': [[[{}], [{ state: 'failed', vanishedAt: 5 }]], /^Everything is held\.$/],
  }
  for (const [what, [items, message]] of Object.entries(standings)) {
    test(what, async (t) => {
      const vault = vaultOf(t)
      putAlbum(vault, 'K')
      for (const [index, [item, file]] of items.entries()) putItem(vault, `i${index}`, item, file)
      counted(vault, items.filter(([item]) => item.vanishedAt === undefined).length)
      ran(vault)
      assert.match((await statusOf(vault)).message, message)
      assert.equal((await statusOf(vault)).exitCode, message.source.startsWith('^Held') ? 3 : 0)
    })
  }

  test('its totals are what is held now, and add up', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    for (const [index, state] of (['held', 'elsewhere', 'failed', 'pending', 'impossible', 'held'] as const).entries()) {
      putItem(vault, `i${index}`, { state })
    }
    putItem(vault, 'gone', { vanishedAt: 5 })
    ran(vault, { exitCode: 3 })
    assert.deepEqual((await statusOf(vault)).totals, { ...noTotals, albums: 1, items: 6, kept: 3, failed: 1, pending: 1, impossible: 1 })
  })

  test('names the exceptions of the last run that still are some', async (t) => {
    const vault = vaultOf(t)
    const problems: readonly Problem[] = (['failed', 'vanished', 'replaced', 'album', 'pending', 'impossible', 'notice'] as const).map(
      (kind) => ({
        kind,
        reason: kind,
      }),
    )
    ran(vault, { problems })
    assert.deepEqual(
      (await statusOf(vault)).problems.map(({ kind }) => kind),
      ['failed', 'album', 'pending', 'impossible', 'notice'],
    )
  })

  test('a run that did not finish has neither end nor code', async (t) => {
    const vault = vaultOf(t)
    ran(vault)
    vault.catalogue.runs.begin('backup', now)
    assert.deepEqual((await statusOf(vault)).lastRun, { operation: 'backup', startedAt: now })
  })

  test('a backup that was killed, interrupted or failed is not taken for everything', async (t) => {
    const killed = vaultOf(t)
    putAlbum(killed, 'K')
    putItem(killed, 'a')
    killed.catalogue.runs.begin('backup', now)
    assert.doesNotMatch((await statusOf(killed)).message, /^Everything/)
    for (const exitCode of [3, 4, 5, 7, 130]) {
      const vault = vaultOf(t)
      putAlbum(vault, 'K')
      putItem(vault, 'a')
      ran(vault, { exitCode, message: 'Not complete.', problems: [{ kind: 'album', album: '/L', reason: 'could not be listed' }] })
      assert.doesNotMatch((await statusOf(vault)).message, /^Everything/)
    }
  })

  test('what is held does not count what is not', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putItem(vault, 'a')
    putItem(vault, 'b', { state: 'failed' })
    putItem(vault, 'c', { state: 'impossible' })
    ran(vault, { exitCode: 3 })
    assert.equal((await statusOf(vault)).held.items, 1)
  })
})

describe('the facts of a standing', () => {
  test('come from the catalogue: grades, what is kept though gone, the selection of the last run, the runs', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putAlbum(vault, 'old', { vanishedAt: 7 })
    putItem(vault, 'a')
    putItem(vault, 'b', {}, { grade: 'fallback' })
    putItem(vault, 'c', {}, { grade: 'fallback' })
    putItem(vault, 'raw', {}, {})
    vault.catalogue.putFile({ ...(vault.catalogue.file('K', 'raw') as FileRow), component: 'x', name: 'raw.dng', grade: 'fallback' })
    putItem(vault, 'gone', { vanishedAt: 5 }, { grade: 'fallback' })
    putItem(vault, 'too', { albumKey: 'old', vanishedAt: 5 }, { albumKey: 'old' })
    counted(vault, 9)
    const id = vault.catalogue.runs.begin('backup', now)
    const selection = { album: ['K'] }
    vault.catalogue.runs.end(id, {
      finishedAt: now,
      exitCode: 0,
      summary: summaryText({ message: 'm', totals: noTotals, problems: [], selection }),
    })
    const { originals, smaller, lockedAlbums, vanishedKept, expected, missing, runs, ...status } = await statusOf(vault)
    assert.deepEqual([originals, smaller, lockedAlbums, vanishedKept, expected], [2, 2, ['/K'], 2, 9])
    assert.deepEqual([missing.notSelected, status.held.items], [5, 4])
    assert.deepEqual(status.selection, selection)
    assert.deepEqual([runs.length, runs[0]?.exitCode, runs[0]?.selection], [1, 0, selection])
    assert.match(
      status.message,
      /^Held 4 of 9 items \(the last run was only for --album K\): 5 items not selected\. Held only smaller than your originals: 2 of 4 photos/,
    )
  })

  test('leave out an item whose new version failed: its old file is no proof', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putItem(vault, 'a')
    vault.catalogue.putItem({ ...(vault.catalogue.item('K', 'a') as ItemRow), state: 'failed' })
    counted(vault, 1)
    ran(vault)
    const { originals, missing, held } = await statusOf(vault)
    assert.deepEqual([originals, missing.failed, held.items], [0, 1, 0])
  })

  test('a damaged item counts once, however many of its files are damaged', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putItem(vault, 'a', {}, { state: 'damaged' })
    vault.catalogue.putFile({ ...(vault.catalogue.file('K', 'a') as FileRow), component: 'x', name: 'a.dng', state: 'missing' })
    counted(vault, 1)
    ran(vault)
    assert.equal((await statusOf(vault)).missing.damaged, 1)
  })

  test('names what is missing or damaged since the last run, once, and the cure', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putItem(vault, 'lost', {}, { state: 'missing' })
    putItem(vault, 'rotten', { vanishedAt: now }, { state: 'damaged' })
    putItem(vault, 'named', {}, { state: 'missing' })
    ran(vault, { exitCode: 3, problems: [{ kind: 'failed', album: '/K', name: 'named.jpg', imageKey: 'named', reason: 'gone' }] })
    assert.deepEqual(
      (await statusOf(vault)).problems.map(({ kind, name, reason }) => [kind, name, reason]),
      [
        ['failed', 'named.jpg', 'gone'],
        ['missing', 'lost.jpg', 'not where it was stored; the next backup fetches it again'],
        [
          'damaged',
          'rotten.jpg',
          'its bytes have changed since they were proven; SmugMug has it no more: the next backup takes it from a copy of yours that has it, else put it back yourself',
        ],
      ],
    )
  })

  test('names what is lost in one album although it has trouble in another, or had something else to be said', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    for (const key of ['notice', 'vanished', 'elsewhere']) putItem(vault, key, {}, { state: 'damaged' })
    ran(vault, {
      exitCode: 3,
      problems: [
        { kind: 'notice', album: '/K', name: 'notice.jpg', imageKey: 'notice', reason: 'smaller than your original' },
        { kind: 'vanished', album: '/K', name: 'vanished.jpg', imageKey: 'vanished', reason: 'no longer in the account' },
        { kind: 'failed', album: '/Other', name: 'elsewhere.jpg', imageKey: 'elsewhere', reason: 'gone' },
      ],
    })
    const lost = (await statusOf(vault)).problems.filter(({ kind }) => kind === 'damaged')
    assert.deepEqual(lost.map(({ imageKey }) => imageKey).toSorted(), ['elsewhere', 'notice', 'vanished'])
  })

  test('a run that holds the vault is under way; of an older one that did not finish that is not said', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K')
    putItem(vault, 'a')
    counted(vault, 3)
    vault.catalogue.runs.begin('backup', now - HOUR)
    vault.catalogue.runs.begin('backup', now)
    const status = await vaultStatus(vault, { now, days: 7, usedBy: 'backup' })
    assert.equal(status.message, 'A backup is under way: 1 of 3 items is held so far.')
    assert.deepEqual(
      status.runs.map(({ state }) => state),
      ['under way', 'unfinished'],
    )
  })

  test('a backup that is a step of another operation is under way while that one holds the vault', async (t) => {
    const vault = vaultOf(t)
    counted(vault, 1)
    vault.catalogue.runs.begin('backup', now)
    const states = await Promise.all(['leave', 'verify'].map((usedBy) => vaultStatus(vault, { now, days: 7, usedBy })))
    assert.deepEqual(
      states.map(({ lastRun, runs }) => [lastRun?.isUnderWay, runs[0]?.state]),
      [
        [true, 'under way'],
        [undefined, 'unfinished'],
      ],
    )
  })

  test('a folder without a vault is exit code 5, and names what to do', async (t) => {
    const { exitCode, message, hint = '' } = await statusOf({ ...vaultOf(t), isNew: true })
    assert.equal(exitCode, 5)
    assert.match(message, /There is no vault in \/vault yet/)
    assert.match(hint, /`smugmug-backup`/)
  })
})

describe('when the next album is due', () => {
  test('in some days when all were listed now, and the backup agrees to the hour', async (t) => {
    const vault = vaultOf(t)
    for (let n = 0; n < 20; n += 1) putAlbum(vault, `k${n}`)
    const { nextDue } = await statusOf(vault)
    assert.ok(nextDue !== undefined && nextDue >= now + DAY && nextDue <= now + 7 * DAY)
    const due = (at: number): boolean => vault.catalogue.albums().some((album) => isDue(album, { now: at, days: 7 }))
    assert.deepEqual([due(nextDue - HOUR), due(nextDue)], [false, true])
  })

  test('now when one is overdue, or was listed in a future that is none', async (t) => {
    const late = vaultOf(t)
    putAlbum(late, 'K', { listedAt: now - 30 * DAY })
    putAlbum(late, 'L')
    assert.equal((await statusOf(late)).nextDue, now)
    const future = vaultOf(t)
    putAlbum(future, 'K', { listedAt: now + 300 * DAY })
    assert.equal((await statusOf(future)).nextDue, now)
  })

  test('is not known of albums that have vanished or were never listed', async (t) => {
    const vault = vaultOf(t)
    putAlbum(vault, 'K', { vanishedAt: 5 })
    putAlbum(vault, 'L', { listedAt: undefined })
    assert.equal((await statusOf(vault)).nextDue, undefined)
  })

  test('is found quickly for a year and thousands of albums', async (t) => {
    const vault = vaultOf(t)
    for (let n = 0; n < 3000; n += 1) putAlbum(vault, `k${n}`)
    const { nextDue } = await vaultStatus(vault, { now, days: 365 })
    assert.ok(nextDue !== undefined && nextDue <= now + 3 * DAY)
  })
})
