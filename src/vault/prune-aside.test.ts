import assert from 'node:assert/strict'
import { appendFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type AsidePlace, putAside } from './aside.ts'
import { layout } from './layout.ts'
import { findDue, removeDue } from './prune-aside.ts'
import { openFolder } from './storage/folder.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 10, 3, 23, 59, 59)

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

/** A vault in which things can be put aside on any day, and pruned. */
const open = (t: TestContext) => {
  const root = mkdtempSync(join(tmpdir(), 'prune-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const storage = openFolder(root)
  const warnings: string[] = []
  return {
    root,
    storage,
    warnings,
    /** Puts a file of a byte or more aside. Returns where it lies. */
    aside: async (path: string, date: string, place: AsidePlace = 'trash', content = 'x') => {
      await storage.put(path, text(content))
      return (await putAside(storage, path, { place, now: Date.parse(date), reason: { why: 'test' } })) ?? ''
    },
    /** A file of somebody else. */
    theirs: (path: string, content = 'theirs') => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    },
    prune: async (place: AsidePlace, days: number, at = now) => {
      const due = await findDue(storage, { place, days, now: at, warn: (message) => warnings.push(message) })
      return (await removeDue(storage, due, (message) => warnings.push(message))).map(({ path }) => path).toSorted()
    },
  }
}

describe('pruning', () => {
  test('removes what was put aside longer ago than the given days, and the folders that become empty', async (t) => {
    const vault = open(t)
    const [a, b] = [await vault.aside('T/a.jpg', '2026-10-03'), await vault.aside('b.jpg', '1999-12-31')]
    await vault.aside('T/a.jpg', '2026-10-04')
    await vault.aside('T/a.jpg', '2026-11-03')
    assert.deepEqual(await vault.prune('trash', 30), [b, a].toSorted())
    assert.deepEqual((await vault.storage.list(layout.trash)).map((entry) => entry.name).toSorted(), ['2026-10-04', '2026-11-03'])
    assert.deepEqual(await vault.prune('trash', 30), [])
    assert.equal((await vault.prune('trash', 30, now + DAY)).length, 1)
    assert.deepEqual(vault.warnings, [])
  })

  test('0 days keeps what was put aside today; any number of days will do', async (t) => {
    const vault = open(t)
    await vault.aside('a.jpg', '2026-11-03')
    assert.deepEqual(await vault.prune('trash', 0), [])
    for (const days of [1_000_000, Number.MAX_SAFE_INTEGER]) assert.deepEqual(await vault.prune('trash', days), [])
  })

  test('reports how much went, and takes the sidecars along', async (t) => {
    const vault = open(t)
    const path = await vault.aside('T/a.jpg', '2020-01-01', 'trash', '12345')
    vault.theirs(`${path}.xmp`, '123')
    const due = await findDue(vault.storage, { place: 'trash', days: 1, now, warn: assert.fail })
    assert.deepEqual(due, [
      { path, size: 5 },
      { path: `${path}.xmp`, size: 3 },
    ])
  })

  test('leaves whatever no line of the journal names, in a folder named like a day too', async (t) => {
    const vault = open(t)
    await vault.aside('T/a.jpg', '2020-01-01')
    const kept = ['2020-01-01/T/b.jpg', '2019-08-04/paris/a.jpg', 'old/a.jpg', '2020', '2020-01-01/.DS_Store']
    for (const path of kept) vault.theirs(`${layout.trash}/${path}`)
    assert.equal((await vault.prune('trash', 1)).length, 1)
    for (const path of kept) assert.equal(readFileSync(join(vault.root, layout.trash, path), 'utf8'), 'theirs')
  })

  test('leaves the other place, and the journal', async (t) => {
    const vault = open(t)
    await vault.aside('T/a.jpg', '2020-01-01', 'history')
    assert.deepEqual(await vault.prune('trash', 1), [])
    assert.equal((await vault.prune('history', 1)).length, 1)
    assert.ok((await vault.storage.stat(layout.historyJournal)) !== undefined)
    assert.deepEqual(await open(t).prune('history', 1), [])
  })

  test('leaves a file that is not the one that was put there', async (t) => {
    const vault = open(t)
    const path = await vault.aside('T/a.jpg', '2020-01-01')
    vault.theirs(path, 'another, longer one')
    assert.deepEqual(await vault.prune('trash', 1), [])
  })

  test('believes no odd line', async (t) => {
    const vault = open(t)
    const path = await vault.aside('T/a.jpg', '2020-01-01')
    vault.theirs('T/b.jpg')
    vault.theirs(`${layout.trash}/2020-01-01/c.jpg`)
    for (const line of [
      '',
      'no JSON',
      'null',
      '[]',
      '{"to":1,"at":2}',
      JSON.stringify({ to: `${layout.trash}/2020-01-01/../../../T/b.jpg`, at: '2020-01-01' }),
      JSON.stringify({ to: 'T/b.jpg', at: '2020-01-01' }),
      // Put aside yesterday, whatever the folder says.
      JSON.stringify({ to: `${layout.trash}/2020-01-01/c.jpg`, at: '2026-11-03T00:00:00.000Z' }),
      'x'.repeat(3 * 1024 * 1024),
    ])
      appendFileSync(join(vault.root, layout.historyJournal), `${line}\n`)
    assert.deepEqual(await vault.prune('trash', 1), [path])
  })

  test('takes a line of an earlier version, which has no size', async (t) => {
    const vault = open(t)
    const path = `${layout.trash}/2020-01-01/T/a.jpg`
    vault.theirs(path)
    vault.theirs(layout.historyJournal, `${JSON.stringify({ at: '2020-01-01T00:00:00.000Z', from: 'T/a.jpg', to: path, why: 'x' })}\n`)
    assert.deepEqual(await vault.prune('trash', 1), [path])
  })

  test('takes away names, not what has another one elsewhere', async (t) => {
    const vault = open(t)
    const path = await vault.aside('T/a.jpg', '2020-01-01')
    linkSync(join(vault.root, path), join(vault.root, 'kept.jpg'))
    assert.deepEqual(await vault.prune('trash', 1), [path])
    assert.equal(readFileSync(join(vault.root, 'kept.jpg'), 'utf8'), 'x')
  })

  for (const at of [layout.trash, `${layout.trash}/2020-01-01`, `${layout.trash}/2020-01-01/T`, `${layout.trash}/2020-01-01/T/a.jpg`]) {
    test(`follows no link: ${at}`, async (t) => {
      const vault = open(t)
      const path = await vault.aside('T/a.jpg', '2020-01-01')
      const elsewhere = mkdtempSync(join(tmpdir(), 'prune-elsewhere-'))
      t.after(() => rmSync(elsewhere, { recursive: true, force: true }))
      renameSync(join(vault.root, at), join(elsewhere, 'moved'))
      symlinkSync(join(elsewhere, 'moved'), join(vault.root, at))
      assert.deepEqual(await vault.prune('trash', 1), [])
      assert.equal(readFileSync(join(vault.root, path), 'utf8'), 'x')
      assert.ok(
        vault.warnings.some((warning) => warning.includes(at)),
        vault.warnings.join(),
      )
    })
  }
})
