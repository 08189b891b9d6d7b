import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { DestinationError } from '../../errors.ts'
import { checkStillThere, marksPath, remember, type VaultMark } from './mark.ts'

const mark: VaultMark = { id: 'i', account: 'ann', albums: 3, items: 1234, at: Date.UTC(2026, 10, 3, 12) }

const places = (t: TestContext): { readonly marks: string; readonly root: string; readonly other: string } => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'marker-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [root, other] = [join(folder, 'vault'), join(folder, 'other')]
  mkdirSync(root)
  mkdirSync(other)
  return { marks: join(folder, 'state/smugmug-backup/vaults'), root, other }
}

const isGone = (root: string) => (error: unknown) => {
  assert.ok(error instanceof DestinationError)
  assert.equal(error.message, `The destination ${root} is empty, but on 2026-11-03 it held a vault of 1,234 items.`)
  assert.match(error.hint ?? '', /mounted.*--accept-changes/)
  return true
}

describe('where the marks are', () => {
  const cases: readonly (readonly [env: Readonly<Record<string, string>>, path: string | undefined])[] = [
    [{ XDG_STATE_HOME: '/state', HOME: '/home/ann' }, '/state/smugmug-backup/vaults'],
    [{ HOME: '/home/ann' }, '/home/ann/.local/state/smugmug-backup/vaults'],
    [{ XDG_STATE_HOME: '', HOME: '/home/ann' }, '/home/ann/.local/state/smugmug-backup/vaults'],
    [{ LOCALAPPDATA: '/local', HOME: '/home/ann' }, '/local/smugmug-backup/vaults'],
    [{}, undefined],
    [{ HOME: '', XDG_STATE_HOME: '' }, undefined],
  ]
  for (const [env, path] of cases) {
    test(JSON.stringify(env), () => assert.equal(marksPath(env)?.replaceAll('\\', '/'), path))
  }

  test('an empty LOCALAPPDATA counts as absent', () => {
    assert.equal(marksPath({ LOCALAPPDATA: '', HOME: '/home/ann' }), join('/home/ann', '.local/state/smugmug-backup/vaults'))
  })
})

describe('a vault that is remembered', () => {
  test('is missed when its folder is gone', async (t) => {
    const { marks, root, other } = places(t)
    await remember(marks, root, mark)
    rmSync(root, { recursive: true })
    const message = `The destination ${root} does not exist, but on 2026-11-03 it held a vault of 1,234 items.`
    await assert.rejects(checkStillThere(marks, root), { message })
    rmSync(other, { recursive: true })
    await checkStillThere(marks, other)
  })

  test('is missed when its place is empty', async (t) => {
    const { marks, root } = places(t)
    assert.equal(await remember(marks, root, mark), undefined)
    await assert.rejects(checkStillThere(marks, root), isGone(root))
  })

  test('is missed when its place shows only what an empty disk has', async (t) => {
    const { marks, root } = places(t)
    await remember(marks, root, mark)
    for (const name of ['lost+found', '.Trashes', 'System Volume Information', '$RECYCLE.BIN']) mkdirSync(join(root, name))
    writeFileSync(join(root, '.DS_Store'), '')
    await assert.rejects(checkStillThere(marks, root), isGone(root))
  })

  test('is not missed while anything is there', async (t) => {
    const { marks, root } = places(t)
    await remember(marks, root, mark)
    mkdirSync(join(root, 'Travel'))
    await checkStillThere(marks, root)
  })

  test('is not missed when it never held an item', async (t) => {
    const { marks, root } = places(t)
    await remember(marks, root, { ...mark, items: 0 })
    await checkStillThere(marks, root)
  })

  test('is known by the place, whichever way one comes there', async (t) => {
    const { marks, root, other } = places(t)
    const link = join(other, 'link')
    symlinkSync(root, link)
    await remember(marks, link, mark)
    await assert.rejects(checkStillThere(marks, root), DestinationError)
    await assert.rejects(checkStillThere(marks, join(other, '..', 'vault')), DestinationError)
    await checkStillThere(marks, other)
  })

  test('is one of many, and remembered anew each time', async (t) => {
    const { marks, root, other } = places(t)
    await remember(marks, root, { ...mark, items: 1 })
    await remember(marks, other, { ...mark, id: 'j' })
    await remember(marks, root, mark)
    const kept = readdirSync(marks).map((name) => JSON.parse(readFileSync(join(marks, name), 'utf8')) as VaultMark & { path: string })
    assert.deepEqual(
      kept.toSorted((x, y) => (x.id < y.id ? -1 : 1)),
      [
        { path: root, ...mark },
        { path: other, ...mark, id: 'j' },
      ],
    )
    if (process.platform !== 'win32') assert.equal(statSync(dirname(marks)).mode & 0o077, 0)
  })

  test('is not lost when many runs end at once', async (t) => {
    const { marks, root } = places(t)
    const roots = Array.from({ length: 20 }, (_, n) => join(root, String(n)))
    for (const each of roots) mkdirSync(each)
    await Promise.all(roots.map((each) => remember(marks, each, mark)))
    for (const each of roots) await assert.rejects(checkStillThere(marks, each), isGone(each))
  })

  test('is known from a file that holds the marks of many', async (t) => {
    const { marks, root } = places(t)
    mkdirSync(dirname(marks), { recursive: true })
    writeFileSync(join(dirname(marks), 'vaults.json'), JSON.stringify({ [root]: mark }))
    await assert.rejects(checkStillThere(marks, root), isGone(root))
  })
})

describe('a vault that is not remembered', () => {
  test('may be empty', async (t) => {
    const { marks, root } = places(t)
    await checkStillThere(marks, root)
    assert.equal(existsSync(marks), false)
  })

  test('is not mixed up with what every object has', async (t) => {
    const { marks, root } = places(t)
    mkdirSync(dirname(marks), { recursive: true })
    writeFileSync(join(dirname(marks), 'vaults.json'), '{}')
    await checkStillThere(marks, root)
  })
})

describe('a damaged file of marks costs this safety only', () => {
  const damaged: Readonly<Record<string, string>> = {
    'an empty one': '',
    'one that is cut': '{"/vault": {"id"',
    'one of another kind': '[1, 2]',
    null: 'null',
    'a mark that is null': '{"ROOT": null}',
    'a mark without a date': '{"ROOT": {"items": 5}}',
  }
  for (const [what, content] of Object.entries(damaged)) {
    test(what, async (t) => {
      const { marks, root } = places(t)
      mkdirSync(dirname(marks), { recursive: true })
      writeFileSync(join(dirname(marks), 'vaults.json'), content.replace('"ROOT"', JSON.stringify(root)))
      await checkStillThere(marks, root).catch((error: unknown) => assert.ok(error instanceof DestinationError, String(error)))
      assert.equal(await remember(marks, root, mark), undefined)
      await assert.rejects(checkStillThere(marks, root), isGone(root))
    })
  }

  test('a folder in which none can be written is reported, and nothing is thrown', async (t) => {
    const { marks, root } = places(t)
    writeFileSync(join(dirname(dirname(dirname(marks))), 'state'), 'a file is in the way')
    const error = await remember(marks, root, mark)
    assert.ok(error instanceof Error)
    await checkStillThere(marks, root)
  })

  test('a pipe in its place is not waited for', async (t) => {
    const { marks, root } = places(t)
    mkdirSync(dirname(marks), { recursive: true })
    assert.equal(await remember(marks, root, mark), undefined)
    const own = join(marks, readdirSync(marks)[0] ?? '')
    rmSync(own)
    for (const path of [own, join(dirname(marks), 'vaults.json')]) execFileSync('mkfifo', [path])
    await checkStillThere(marks, root)
    assert.ok((await remember(marks, root, mark)) instanceof Error)
  })

  for (const place of ['/proc/1', '/proc/1/status', '/dev/null', '/sys']) {
    test(`a state folder such as ${place} ends nothing and holds nothing up`, { skip: !existsSync(place) }, async (t) => {
      const { root } = places(t)
      const marks = marksPath({ XDG_STATE_HOME: place }) ?? ''
      await checkStillThere(marks, root)
      assert.ok((await remember(marks, root, mark)) instanceof Error)
    })
  }
})
