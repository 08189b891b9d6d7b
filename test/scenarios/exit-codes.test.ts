import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import {
  assertCode,
  assertHolds,
  assertNothingWrong,
  BARE,
  openScene,
  partsIn,
  type RunOptions,
  type Scene,
  snapshot,
  write,
} from './harness.ts'

const KEYS = '[authentication]\napi_key = "k"\napi_secret = "s"\nuser_token = "t"\nuser_secret = "u"\n'

test('0: everything is held', async (t) => {
  const scene = await openScene(t, { apart: true })
  const { summary } = await scene.backup()
  assert.deepEqual([summary.exitCode, summary.failed], [0, 0])
})

interface Refused {
  readonly name: string
  readonly args?: readonly string[]
  readonly env?: RunOptions['env']
  /** `config.toml` in the working folder. */
  readonly config?: string
  /** The words that the message, or the hint, must have. */
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
    name: 'broken TOML, without showing its secrets',
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
  for (const [n, { name, args = [], env = {}, config, names }] of REFUSED.entries()) {
    test(name, async (t) => {
      const scene = await openScene(t, { apart: n === 0 })
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

describe('2: a folder that the demo cannot use', { concurrency: 2 }, () => {
  const refused = async (t: TestContext, path: string, names: RegExp): Promise<void> => {
    // In a process of its own, which is killed if it does not end.
    const scene = await openScene(t, { apart: true })
    writeFileSync(join(scene.cwd, 'file'), 'theirs')
    const before = await snapshot(scene.folder)
    const { summary, stderr } = await scene.json(['demo', '--destination', path])
    assert.deepEqual([summary.exitCode, summary.error], [2, 'ConfigurationError'], stderr)
    assert.match(summary.message, names)
    assert.match(String(summary.hint), /empty or a new folder/)
    assert.deepEqual(await snapshot(scene.folder), before)
  }

  test('it cannot be made', { skip: !existsSync('/proc/self') }, (t) =>
    refused(t, '/proc/nothing/here', /^The folder \/proc\/nothing\/here could not be made: it (?:cannot|may not) be used/),
  )
  test('a file is in the way', (t) => refused(t, 'file', /^The folder .*file is a file, not a folder\.$/))
  test('it lies below a file', (t) => refused(t, 'file/a/b', /^The folder .*b lies below a file/))
  test('it is not empty', (t) => refused(t, '.', /^The folder .* is not empty\.$/))
})

test('5: the folder for temporary files is missing: the demo has no place', async (t) => {
  const scene = await openScene(t, { apart: true })
  const gone = join(scene.folder, 'gone')
  const { summary, stderr } = await scene.json(['demo'], { env: { TMPDIR: gone, TEMP: gone } })
  assert.deepEqual([summary.exitCode, summary.error], [5, 'DestinationError'], stderr)
  assert.ok(summary.message.includes(gone), summary.message)
  assert.match(String(summary.hint), /TMPDIR/)
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
    const scene = await openScene(t, { apart: true })
    rmSync(scene.vault, { recursive: true })
    const before = await snapshot(scene.folder)
    await refused(scene)
    assert.deepEqual(await snapshot(scene.folder), before)
  })

  test('it is a file', async (t) => {
    const scene = await openScene(t)
    assertCode(await scene.backup(), 0)
    rmSync(scene.vault, { recursive: true })
    writeFileSync(scene.vault, 'not a folder')
    await refused(scene)
    assert.match((await scene.json(['list'])).summary.message, /^The destination .* is not a folder\.$/)
  })

  test('it is read-only', async (t) => {
    const scene = await openScene(t)
    chmodSync(scene.vault, 0o555)
    await refused(scene, { unprivileged: true })
  })

  test('a vault that has become read-only', async (t) => {
    const scene = await openScene(t)
    await scene.backup()
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
  const scene = await openScene(t, { apart: true, world, behaviour: { faults: [{ on: 'file', nth: 1, does: { kind: 'stall' } }] } })
  const first = scene.start(['--json'])
  await first.says(/"outcome":"stored"/)
  for (const command of ['backup', 'verify', 'rebuild']) {
    const { summary } = await scene.json([command])
    assert.deepEqual([summary.exitCode, summary.error], [6, 'VaultBusyError'], `${command}: ${summary.message}`)
    assert.ok(summary.message.includes(`process ${first.pid}`), summary.message)
  }
  // The catalogue is read as it was committed: a new run is seen within a second.
  let during = await scene.run(['status'])
  while (!/A backup is under way/.test(during.stdout)) during = await scene.run(['status'])
  assertCode(during, 3)
  first.kill('SIGKILL')
  await first.ended
  assert.match((await scene.run(['status'])).stdout, /The last backup did not finish/)
  assertCode(await scene.backup(), 0)
  await assertHolds(scene.vault, world)
})

describe('a folder without a vault', { concurrency: 2 }, () => {
  for (const args of [
    ['status'],
    ['verify'],
    ['export'],
    ['rebuild'],
    ['history'],
    ['twin'],
    ['diff', '1'],
    ['checkout', '1', '--output', 'out'],
  ])
    test(`${args.join(' ')} ends with 5, and leaves it empty`, async (t) => {
      const scene = await openScene(t)
      const { code, stdout } = await scene.run(args)
      assert.equal(code, 5)
      assert.deepEqual([readdirSync(scene.vault), args[0] === 'status' ? '' : stdout], [[], ''])
    })
})

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
      const scene = await openScene(t, { apart: true })
      assert.equal((await scene.json(args)).summary.exitCode, 0)
    })
  }
})
