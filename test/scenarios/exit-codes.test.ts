import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Behaviour, Fault } from '../../simulator/world.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import {
  assertAddsUp,
  assertCode,
  assertHolds,
  assertNothingWrong,
  BARE,
  type Line,
  mediaIn,
  openScene,
  partsIn,
  promisedBy,
  type Running,
  type RunOptions,
  type Scene,
  snapshot,
  write,
} from './harness.ts'

const KEYS = '[authentication]\napi_key = "k"\napi_secret = "s"\nuser_token = "t"\nuser_secret = "u"\n'

test('0: everything is held', async (t) => {
  const scene = await openScene(t)
  const { summary } = await scene.backup()
  assert.deepEqual([summary.exitCode, summary.failed], [0, 0])
})

interface Refused {
  readonly name: string
  readonly args?: readonly string[]
  readonly env?: RunOptions['env']
  /** `config.toml` in the working folder. */
  readonly config?: string
  /** What the message, or the hint, must name. */
  readonly names: readonly RegExp[]
}

const REFUSED: readonly Refused[] = [
  { name: 'an unknown option', args: ['--albm', 'x'], names: [/--albm/, /--album/] },
  { name: 'an unknown command', args: ['bakup'], names: [/bakup/, /backup/] },
  { name: 'an option that belongs to another command', args: ['list', '--dry-run'], names: [/--dry-run/, /backup/] },
  { name: 'an option without its value', args: ['backup', '--album'], names: [/--album/] },
  { name: 'a value that cannot be', args: ['backup', '--type', 'sculpture'], names: [/sculpture/, /photo/] },
  { name: 'a rate that is none', args: ['--limit-rate', 'fast'], names: [/fast/, /limit.rate/] },
  { name: 'something after the command', args: ['backup', 'here'], names: [/here/] },
  { name: 'adopt without a folder', args: ['adopt'], names: [/adopt/, /DIR/] },
  { name: 'an unknown setting', config: `${KEYS}[store]\ndestinaton = "/tmp"\n`, names: [/destinaton/, /destination/] },
  { name: 'an unknown section', config: `${KEYS}[stoer]\ndestination = "/tmp"\n`, names: [/stoer/, /store/] },
  { name: 'a setting of another type', config: '[store]\nwrite_csv = "perhaps"\n', names: [/write_csv/, /perhaps/] },
  { name: 'broken TOML', config: '[store]\nwrite_csv = tru\n', names: [/config\.toml/, /line 2/i, /column 13|:2:13|2:13/i] },
  {
    name: 'broken TOML, without telling its secrets',
    config: '[authentication]\napi_secret = "never-to-be-shown\n',
    names: [/config\.toml/, /line 2/i],
  },
  { name: 'a relative destination', env: { SMGMG_BK_DESTINATION: 'photos' }, names: [/photos/, /destination/] },
  { name: 'a configuration file that is not there', args: ['--config', 'nowhere.toml'], names: [/nowhere\.toml/] },
  { name: 'a folder without a configuration', args: ['-cfg', '.'], names: [/There is no configuration at/] },
  { name: 'an unknown key in the template', env: { SMGMG_BK_FILE_NAMES: '{{.FileNam}}' }, names: [/FileNam/, /FileName/] },
  { name: 'a template action', env: { SMGMG_BK_FILE_NAMES: '{{if .FileName}}x{{end}}' }, names: [/if/] },
  { name: 'a slash in the template', env: { SMGMG_BK_FILE_NAMES: '{{.Date}}/{{.FileName}}' }, names: [/\//] },
  { name: 'a broken template', env: { SMGMG_BK_FILE_NAMES: '{{.FileName' }, names: [/\{\{/] },
  {
    name: 'force_metadata_times without use_metadata_times',
    env: { SMGMG_BK_FORCE_METADATA_TIMES: 'true' },
    names: [/force_metadata_times/, /use_metadata_times/],
  },
  {
    name: 'keys that are missing',
    env: { SMGMG_BK_API_SECRET: '', SMGMG_BK_USER_TOKEN: undefined },
    names: [/SMGMG_BK_API_SECRET/, /SMGMG_BK_USER_TOKEN/],
  },
  {
    name: 'a destination that is missing from the configuration',
    env: { SMGMG_BK_DESTINATION: '' },
    names: [/destination/, /SMGMG_BK_DESTINATION/],
  },
  { name: 'an account that the configuration does not have', args: ['--account', 'nobody'], names: [/nobody/] },
  {
    name: 'a secret file that is not there',
    env: { SMGMG_BK_API_KEY: undefined, SMGMG_BK_API_KEY_FILE: 'gone' },
    names: [/gone/, /SMGMG_BK_API_KEY_FILE/],
  },
  { name: 'a base URL that is none', env: { SMGMG_BK_BASE_URL: 'smugmug' }, names: [/base_url/] },
]

describe('2: the command line or the configuration is wrong', { concurrency: 2 }, () => {
  for (const { name, args = [], env = {}, config, names } of REFUSED) {
    test(name, async (t) => {
      const scene = await openScene(t)
      if (config !== undefined) write(join(scene.cwd, 'config.toml'), config)
      const before = await snapshot(scene.folder)
      const { summary, stderr, stdout } = await scene.json(args, { env })
      assert.equal(summary.exitCode, 2, stderr)
      assert.equal(summary.error, 'ConfigurationError')
      for (const word of names) assert.match(`${summary.message} ${summary.hint}`, word)
      assert.ok(stderr.includes(summary.message), `people are told too: ${stderr}`)
      assert.doesNotMatch(stdout + stderr, /never-to-be-shown/)
      assert.equal(scene.simulator.counters.api + scene.simulator.counters.cdn, 0, 'before anything is fetched')
      assert.deepEqual(await snapshot(scene.folder), before)
    })
  }
})

describe('3: something failed, or SmugMug could not be reached or trusted', { concurrency: 2 }, () => {
  test('an original whose address answers 404 is failed, named, and fetched by the next run', async (t) => {
    const world = smallWorld()
    const gone = promisedBy(world).find(({ image }) => image.fileName === 'fjord-2.jpg')?.image.key ?? ''
    const scene = await openScene(t, {
      world,
      behaviour: { faults: [{ on: 'original', match: gone, does: { kind: 'status', status: 404 } }] },
    })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 3)
    assertAddsUp(summary)
    assert.deepEqual([summary.failed, summary.impossible], [1, 0])
    const failed = lines.filter(({ outcome }) => outcome === 'failed')
    assert.deepEqual(
      failed.map(({ imageKey, path }) => [imageKey, path]),
      [[gone, 'Travel/2024-Norway/fjord-2.jpg']],
    )
    assert.match(failed[0]?.reason, /404/)
    assert.ok(lines.some(({ event, problem }) => event === 'problem' && problem.kind === 'failed' && problem.name === 'fjord-2.jpg'))
    await assertNothingWrong(scene.vault, world)
    assert.equal((await mediaIn(scene.vault)).size, 11)
    scene.simulator.setBehaviour({})
    const next = await scene.backup()
    assert.deepEqual([next.summary.exitCode, next.summary.stored, next.summary.kept], [0, 1, 11])
    await assertHolds(scene.vault, world)
  })

  const anywhere = (does: Fault['does']): Behaviour => ({ faults: [{ on: 'any', does }] })
  for (const [name, behaviour] of [
    ['SmugMug answers with a web page, for ever', anywhere({ kind: 'html' })],
    ['SmugMug answers 503, for ever', anywhere({ kind: 'status', status: 503 })],
    ['SmugMug answers with nothing, for ever', anywhere({ kind: 'empty' })],
    ['SmugMug breaks every connection off', anywhere({ kind: 'reset' })],
    [
      'SmugMug does not say who is signed in',
      { faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: { NickName: null } } } }] },
    ],
    [
      'the account is suspended',
      { faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: { AccountStatus: 'Suspended' } } } }] },
    ],
  ] as const satisfies readonly (readonly [string, Behaviour])[]) {
    test(name, async (t) => {
      const scene = await openScene(t, { behaviour, env: { SMGMG_BK_MAX_RETRIES: '0' } })
      const { summary } = await scene.backup()
      assert.deepEqual([summary.exitCode, summary.error, summary.items], [3, 'ServiceError', 0], summary.message)
      assert.deepEqual(await mediaIn(scene.vault), new Map())
    })
  }

  test('nobody listens at the address', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_MAX_RETRIES: '0' } })
    const { summary } = await scene.backup([], { env: { SMGMG_BK_BASE_URL: `http://127.0.0.1:${await freePort()}` } })
    assert.deepEqual([summary.exitCode, summary.error], [3, 'ServiceError'])
    assert.match(summary.message, /refused the connection/)
  })

  test('an empty list where there were albums is an error, and takes nothing away', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const before = await mediaIn(scene.vault)
    const nothing = { Album: [], Pages: { Total: 0, Count: 0, NextPage: null } }
    scene.simulator.setBehaviour({ faults: [{ on: 'albums', does: { kind: 'patch', response: nothing } }] })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 3, summary.message)
    assert.doesNotMatch(summary.message, /complete/i)
    assert.equal(summary.vanished, 0)
    assert.deepEqual(await mediaIn(scene.vault), before)
  })

  test('an album that cannot be listed is named, the others are held', async (t) => {
    const world = smallWorld()
    const key = promisedBy(world).find(({ albumName }) => albumName === 'Kitchen')?.albumKey ?? ''
    const scene = await openScene(t, {
      world,
      behaviour: { faults: [{ on: 'images', match: key, does: { kind: 'status', status: 500 } }] },
    })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 3)
    assertAddsUp(summary)
    assert.ok(lines.some(({ event, problem }) => event === 'problem' && problem.kind === 'album' && problem.album === '/Home/Kitchen'))
    assert.equal((await mediaIn(scene.vault)).size, 9)
    scene.simulator.setBehaviour({})
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('4: the sign-in is refused', { concurrency: 2 }, () => {
  const wrong = { apiKey: 'wrong-api-key', apiSecret: 'wrong-api-secret', userToken: 'wrong-user-token', userSecret: 'wrong-user-secret' }
  for (const [name, env, behaviour, word] of [
    ['a wrong API key', { SMGMG_BK_API_KEY: wrong.apiKey }, {}, /API key/],
    ['a wrong API secret', { SMGMG_BK_API_SECRET: wrong.apiSecret }, {}, /api_secret/],
    ['a wrong user token', { SMGMG_BK_USER_TOKEN: wrong.userToken }, {}, /user.token/],
    ['a wrong user secret', { SMGMG_BK_USER_SECRET: wrong.userSecret }, {}, /user_secret/],
    ['a clock an hour slow', {}, { clockSkewMs: 3_600_000 }, /clock is .*(?:1 hour|59 minutes|60 minutes).* behind/],
    ['a clock an hour fast', {}, { clockSkewMs: -3_600_000 }, /clock is .*(?:1 hour|59 minutes|60 minutes).* ahead/],
    [
      'no permission',
      {},
      { faults: [{ on: 'authuser', does: { kind: 'status', status: 403, body: '{"Code":403,"Message":"Forbidden"}' } }] },
      /may not see/,
    ],
  ] as const satisfies readonly (readonly [string, Readonly<Record<string, string>>, Behaviour, RegExp])[]) {
    test(name, async (t) => {
      const scene = await openScene(t, { behaviour, env })
      const { summary, stdout, stderr } = await scene.backup(['--verbose'])
      assert.deepEqual([summary.exitCode, summary.error], [4, 'SignInError'], summary.message)
      assert.match(summary.message, word)
      assert.ok(summary.hint, 'what to do is said')
      assert.equal(summary.apiCalls, 1, 'asking again would not help')
      for (const secret of [...Object.values(wrong), ...Object.values(smallWorld().keys)]) {
        assert.ok(!`${stdout}${stderr}`.includes(secret), `${secret} is told`)
      }
    })
  }

  test('in the middle of a run, what is stored is kept', async (t) => {
    const world = smallWorld()
    const refused = '{"Code":401,"Message":"oauth_problem=token_revoked"}'
    const key = promisedBy(world).find(({ albumName }) => albumName === 'Best of')?.albumKey ?? ''
    const faults: Fault[] = [
      { on: 'images', match: key, does: { kind: 'delay', ms: 700 } },
      { on: 'images', match: key, does: { kind: 'status', status: 401, body: refused } },
    ]
    const scene = await openScene(t, { world, behaviour: { faults } })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 4, summary.message)
    await assertNothingWrong(scene.vault, world)
    assert.equal((await mediaIn(scene.vault)).size, summary.stored + summary.copied)
    assert.ok(summary.stored > 0)
    scene.simulator.setBehaviour({})
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })
})

describe('5: the destination cannot be used', { concurrency: 2 }, () => {
  const refused = async (scene: Scene, options: RunOptions = {}): Promise<void> => {
    const { summary, stderr } = await scene.backup([], options)
    assert.deepEqual([summary.exitCode, summary.error], [5, 'DestinationError'], summary.message)
    assert.ok(summary.message.includes(scene.vault), summary.message)
    assert.ok(summary.hint)
    assert.ok(stderr.includes(summary.message))
  }

  test('it is missing, and is not made', async (t) => {
    const scene = await openScene(t)
    rmSync(scene.vault, { recursive: true })
    const before = await snapshot(scene.folder)
    await refused(scene)
    assert.deepEqual(await snapshot(scene.folder), before)
  })

  test('it is a file', async (t) => {
    const scene = await openScene(t)
    rmSync(scene.vault, { recursive: true })
    writeFileSync(scene.vault, 'not a folder')
    await refused(scene)
  })

  test('it is read-only', async (t) => {
    const scene = await openScene(t)
    chmodSync(scene.vault, 0o555)
    await refused(scene, { unprivileged: true })
  })

  test('a vault that has become read-only', async (t) => {
    const scene = await openScene(t)
    await scene.backup([], { umask: '022' })
    execFileSync('chmod', ['-R', 'a-w', scene.vault])
    await refused(scene, { unprivileged: true })
  })

  test('a vault that has vanished', async (t) => {
    const scene = await openScene(t)
    await scene.backup()
    rmSync(scene.vault, { recursive: true })
    mkdirSync(scene.vault)
    await refused(scene)
    assert.equal((await snapshot(scene.vault)).size, 0)
    assertCode(await scene.backup(['--accept-changes']), 0)
  })

  test('its catalogue is damaged: the message names rebuild', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    writeFileSync(join(scene.vault, '.smugmug-backup', 'catalogue.sqlite'), 'no database at all'.repeat(1000))
    const { summary } = await scene.backup()
    assert.deepEqual([summary.exitCode, summary.error], [5, 'DestinationError'])
    assert.match(`${summary.message} ${summary.hint}`, /rebuild/)
    scene.simulator.resetCounters()
    assertCode(await scene.json(['rebuild']), 0)
    assert.equal(scene.simulator.counters.api + scene.simulator.counters.cdn, 0)
    const next = await scene.backup()
    assert.deepEqual([next.summary.exitCode, next.summary.kept, next.summary.bytes], [0, 12, 0], next.summary.message)
  })

  test('it is full; the next run goes on when there is room again', async (t) => {
    const world = smallWorld()
    const disk = smallDisk(t)
    if (disk === undefined) return t.skip('this user may not mount a small disk')
    const scene = await openScene(t, { world, env: { SMGMG_BK_DESTINATION: disk } })
    const { summary } = await scene.backup()
    assert.deepEqual([summary.exitCode, summary.error], [5, 'DestinationError'], summary.message)
    assert.match(summary.message, /full|ENOSPC/)
    await assertNothingWrong(disk, world)
    execFileSync('mount', ['-o', 'remount,size=16m', disk])
    assertCode(await scene.backup(), 0)
    await assertHolds(disk, world)
    assert.deepEqual(await partsIn(disk), [])
  })
})

/** An empty disk of 256 kB, until the test ends. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'smugmug-backup-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', folder], { stdio: 'ignore' })
  } catch {
    rmdirSync(folder)
    return undefined
  }
  t.after(() => {
    execFileSync('umount', [folder])
    rmdirSync(folder)
  })
  return folder
}

test('6: another run holds the vault, until it ends, however it ends', async (t) => {
  const world = smallWorld()
  const scene = await openScene(t, { world, behaviour: { faults: [{ on: 'file', nth: 1, does: { kind: 'stall' } }] } })
  const first = scene.start(['--json'])
  await first.says(/"outcome":"stored"/)
  for (const command of ['backup', 'verify', 'rebuild']) {
    const { summary } = await scene.json([command])
    assert.deepEqual([summary.exitCode, summary.error], [6, 'VaultBusyError'], `${command}: ${summary.message}`)
    assert.ok(summary.message.includes(`process ${first.pid}`), summary.message)
  }
  assertCode(await scene.json(['status']), 0)
  first.kill('SIGKILL')
  await first.ended
  assertCode(await scene.backup(), 0)
  await assertHolds(scene.vault, world)
})

const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

describe('130: interrupted', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} lets what is in flight finish, and reports; the next run goes on`, async (t) => {
      const world = smallWorld()
      const scene = await openScene(t, { world, behaviour: { latency: { fileMs: 300 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '2' } })
      const running = scene.start(['--json'])
      await running.says(/"outcome":"stored"/)
      running.kill(signal)
      await running.says(/Finishing what is in flight/)
      const ended = await running.ended
      const lines = linesOf(ended.stdout)
      const summary = lines.at(-1)
      assert.deepEqual([ended.code, ended.signal, summary?.event, summary?.exitCode], [130, null, 'summary', 130])
      const stored = (summary?.stored as number) ?? 0
      assert.ok(stored >= 1 && stored < 11, `${stored} stored`)
      const begun = lines.filter(({ event }) => event === 'transfer.started').map(({ path }) => path)
      const finished = new Set(lines.filter(({ outcome }) => outcome === 'stored').map(({ path }) => path))
      assert.deepEqual(
        begun.filter((path) => !finished.has(path)),
        [],
        'what had begun was finished',
      )
      await assertNothingWrong(scene.vault, world)
      assert.deepEqual(await partsIn(scene.vault), [])
      const held = (await mediaIn(scene.vault)).size
      const next = await scene.backup()
      assertAddsUp(next.summary)
      assert.deepEqual([next.summary.exitCode, next.summary.kept + next.summary.adopted], [0, held])
      await assertHolds(scene.vault, world)
    })

    test(`${signal} twice stops now`, async (t) => {
      const world = smallWorld()
      const scene = await openScene(t, {
        world,
        behaviour: { faults: [{ on: 'file', nth: [3, 4, 5], does: { kind: 'stall', after: 5000 } }] },
      })
      const running = scene.start(['--json'])
      await running.says(/"outcome":"stored"/)
      await stopTwice(running, signal)
      const ended = await running.ended
      const summary = linesOf(ended.stdout).at(-1)
      assert.deepEqual([ended.code, summary?.event, summary?.exitCode], [130, 'summary', 130], ended.stdout + ended.stderr)
      await assertNothingWrong(scene.vault, world)
      scene.simulator.setBehaviour({})
      assertCode(await scene.backup(), 0)
      await assertHolds(scene.vault, world)
      assert.deepEqual(await partsIn(scene.vault), [])
    })
  }

  test('while SmugMug is asked for the albums', async (t) => {
    const scene = await openScene(t, { behaviour: { faults: [{ on: 'albums', does: { kind: 'stall' } }] } })
    const running = scene.start(['--json'])
    await running.says(/"run\.started"/)
    running.kill('SIGINT')
    const { code, stdout } = await running.ended
    assert.deepEqual([code, linesOf(stdout).at(-1)?.exitCode], [130, 130])
  })

  test('for people: one line says that it will finish, the last what is kept', async (t) => {
    const scene = await openScene(t, { behaviour: { latency: { fileMs: 300 } }, env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '1' } })
    const running = scene.start(['--verbose'])
    await running.says(/fjord-1\.jpg/)
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    assert.equal(code, 130)
    assert.match(stdout + stderr, /Finishing what is in flight; press Ctrl-C again to stop now\.[\s\S]*Interrupted/)
  })
})

async function stopTwice(running: Running, signal: NodeJS.Signals): Promise<void> {
  running.kill(signal)
  await running.says(/Finishing what is in flight/)
  running.kill(signal)
}

describe('--json ends with a summary whatever happens', { concurrency: 2 }, () => {
  for (const args of [
    ['status'],
    ['verify'],
    ['export', '--output', 'out.csv'],
    ['proof', '.'],
    ['list'],
    ['rebuild'],
    ['adopt', '.'],
    ['login', '--console'],
  ]) {
    test(`${args.join(' ')} without any configuration`, async (t) => {
      const scene = await openScene(t)
      const { summary } = await scene.json(args, { env: BARE })
      assert.deepEqual([summary.exitCode, summary.error], [2, 'ConfigurationError'])
    })
  }

  for (const args of [['--help'], ['--version'], ['backup', '--help']]) {
    test(args.join(' '), async (t) => {
      const scene = await openScene(t)
      assert.equal((await scene.json(args)).summary.exitCode, 0)
    })
  }
})
