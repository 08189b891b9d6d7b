import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { displayWidth } from '../../src/cli/reporters/width.ts'
import { KEYS, noPseudoTerminal, openTerminal, type Terminal } from '../support/pseudo-terminal.ts'
import { assertCode, assertHolds, assertSame, BARE, openScene, type Scene, snapshot, write } from './harness.ts'

const { keys, nickName } = smallWorld()
const PROGRAM = process.env.SMUGMUG_BACKUP_PROGRAM ?? join(import.meta.dirname, '..', '..', 'bin', 'smugmug-backup.cjs')
const { enter } = KEYS
/** Columns in which no line is broken, however long the path of the temporary folder is. */
const WIDE = 240

interface Wizard {
  readonly scene: Scene
  readonly terminal: Terminal
  readonly config: string
  /** The text of the configuration file; empty when there is none. */
  text(): string
}

/** Starts the program at a pseudo-terminal, with nothing in its environment but the simulated service. */
async function begin(
  t: TestContext,
  args: readonly string[],
  more: { readonly scene?: Scene; readonly columns?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Wizard> {
  const scene = more.scene ?? (await openScene(t))
  const { PATH = '', HOME = '', XDG_STATE_HOME = '', NODE_COMPILE_CACHE = '' } = scene.env
  const env = { PATH, HOME, XDG_STATE_HOME, NODE_COMPILE_CACHE, TZ: 'UTC', SMGMG_BK_BASE_URL: scene.simulator.apiUrl, ...more.env }
  const terminal = openTerminal(t, [process.execPath, PROGRAM, ...args], { env, cwd: scene.cwd, columns: more.columns ?? WIDE })
  const config = join(scene.home, '.smgmg', 'config.toml')
  return { scene, terminal, config, text: () => (existsSync(config) ? readFileSync(config, 'utf8') : '') }
}

/** Acts as the owner in a browser: presses the button, and returns the code. */
async function codeAt(address: string): Promise<string> {
  const body = new URLSearchParams(new URL(address).searchParams)
  const answer = await fetch(address.replace(/\?.*/, ''), { method: 'POST', body, redirect: 'manual' })
  return /id="code">(\d{6})</.exec(await answer.text())?.[1] ?? assert.fail('no code')
}

const ADDRESS = /https?:\/\/\S+\/authorize\S+/

async function typeKeys({ terminal }: Wizard, key: string = keys.apiKey, secret: string = keys.apiSecret): Promise<void> {
  await terminal.answer(/Your API key/, `${key}${enter}`)
  await terminal.answer(/The API secret/, `${secret}${enter}`)
}

async function typeCode({ terminal }: Wizard): Promise<string> {
  const [address] = await terminal.shows(ADDRESS)
  const code = await codeAt(address)
  await terminal.answer(/six-digit code/, `${code}${enter}`)
  await terminal.shows(new RegExp(`Signed in as ${nickName}`))
  return code
}

/** Writes a configuration that has the keys and the sign-in. */
const signedIn = (scene: Scene, more = ''): string =>
  write(
    join(scene.home, '.smgmg', 'config.toml'),
    `# mine\n[authentication]\napi_key = "${keys.apiKey}"\napi_secret = "${keys.apiSecret}"\nuser_token = "${keys.userToken}"\nuser_secret = "${keys.userSecret}"\n${more}`,
  )

describe('setup', { skip: noPseudoTerminal, concurrency: 3 }, () => {
  test('asks for all that is missing, and a backup works', async (t) => {
    const wizard = await begin(t, ['setup'])
    const { scene, terminal, config } = wizard
    await typeKeys(wizard)
    await typeCode(wizard)
    const folder = join(scene.home, 'Pictures', 'SmugMug')
    await terminal.answer(/◆ Folder/, `~/Pictures/SmugMug${enter}`)
    await terminal.answer(/does not exist.*the disk mounted at.*Make this folder/, enter)
    await terminal.answer(/When are backups to run/, `${KEYS.down}${enter}`)
    await terminal.shows(/Dry run: \d+ items in \d+ albums to fetch, [\d.]+ [kM]?B, about /)
    await terminal.shows(/30 2 \* \* \* smugmug-backup --quiet/)
    await terminal.shows(/Next: smugmug-backup/)
    const { code, shown } = await terminal.ended
    assert.equal(code, 0, shown)
    assert.ok(!shown.includes(keys.apiSecret) && !shown.includes(keys.userSecret), 'no secret is shown')
    assert.equal(statSync(config).mode & 0o777, 0o600)
    assert.equal(
      wizard.text(),
      `[authentication]\napi_key = "${keys.apiKey}"\napi_secret = "${keys.apiSecret}"\nuser_token = "${keys.userToken}"\nuser_secret = "${keys.userSecret}"\n\n[store]\ndestination = "${folder}"\n\n[service]\nevery = "24h"\n`,
    )
    assertCode(await scene.backup([], { env: { ...BARE, SMGMG_BK_BASE_URL: scene.simulator.apiUrl } }), 0)
    await assertHolds(folder, smallWorld())
  })

  test('a terminal that obeys no control codes is asked in plain lines, and shows no secret', async (t) => {
    const wizard = await begin(t, ['setup'], { env: { TERM: 'dumb' } })
    const { scene, terminal } = wizard
    await terminal.answer(/Your API key: /, `${enter}`)
    await terminal.answer(/Please type or paste it here\. Your API key: /, `${keys.apiKey}${enter}`)
    await terminal.answer(/The API secret: /, `x\x7f${keys.apiSecret}${enter}`)
    const [address] = await terminal.shows(ADDRESS)
    await terminal.answer(/six-digit code: /, `12${enter}`)
    await terminal.answer(/has six digits\. The six-digit code: /, `${await codeAt(address)}${enter}`)
    await terminal.answer(/Folder.*: $/, `${scene.vault}${enter}`)
    await terminal.answer(/1 By hand 2 Once a day .* \[1\]: $/, `7${enter}`)
    await terminal.answer(/number from 1 to 3\..*: $/, `2${enter}`)
    const { code, shown } = await terminal.ended
    assert.equal(code, 0, shown)
    assert.match(shown, /Next: smugmug-backup/)
    assert.ok(!shown.includes(keys.apiSecret) && !shown.includes(keys.userSecret), 'no secret is shown')
    assert.ok(!terminal.raw.includes('\x1b'), 'no control code')
    assert.match(wizard.text(), new RegExp(`api_secret = "${keys.apiSecret}"`))
  })

  test('Ctrl-C at a hidden question of such a terminal stops it', async (t) => {
    const { terminal, text } = await begin(t, ['setup'], { env: { TERM: 'dumb' } })
    await terminal.answer(/Your API key: /, `${keys.apiKey}${enter}`)
    await terminal.answer(/The API secret: /, KEYS.ctrlC)
    const { code, shown } = await terminal.ended
    assert.deepEqual([code, text()], [130, ''], shown)
    assert.match(shown, /Stopped; nothing was changed\./)
  })

  test('run again, it shows what is there, asks for nothing and changes nothing', async (t) => {
    const scene = await openScene(t)
    signedIn(scene, `[store]\ndestination = "${scene.vault}"\n[service]\nschedule = "15 3 * * 1"\n`)
    const before = await snapshot(scene.folder)
    const wizard = await begin(t, ['setup'], { scene })
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 0, shown)
    for (const part of [wizard.config, `Folder: ${scene.vault}`, '15 3 * * 1', `Signed in as ${nickName}`, 'nothing was changed', 'Next:'])
      assert.ok(shown.includes(part), `${part} in ${shown}`)
    assertSame(await snapshot(scene.folder), before, /^home\/state/)
  })

  test('a wrong key is asked for again, with the reason, and a wrong secret alone', async (t) => {
    const wizard = await begin(t, ['setup'])
    const { terminal } = wizard
    await typeKeys(wizard, 'nobody', 'knows')
    await terminal.shows(/does not know the API key \(consumer_key_unknown\)/)
    await typeKeys(wizard, keys.apiKey, 'mistyped')
    await terminal.shows(/API secret is not the one of this API key/)
    await terminal.answer(/◆ The API secret/, `${keys.apiSecret}${enter}`)
    await typeCode(wizard)
    await terminal.answer(/◆ Folder/, KEYS.ctrlC)
    const { code, shown } = await terminal.ended
    assert.equal(code, 130)
    assert.match(
      shown,
      /Written to \S+ and kept: the sign-in as simon; nothing else was changed\. Stopped\. To go on: smugmug-backup setup/,
    )
    assert.doesNotMatch(shown, /Finishing what is in flight/)
    assert.ok(wizard.text().includes(keys.userToken) && !wizard.text().includes('mistyped'))
  })

  test('a key that stays wrong is 4 after three tries, and nothing is written', async (t) => {
    const wizard = await begin(t, ['setup'])
    for (const _ of [1, 2, 3]) await typeKeys(wizard, 'nobody', 'knows')
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 4, shown)
    assert.match(shown, /Nothing was changed/)
    assert.doesNotMatch(shown, /smugmug-backup login/)
    assert.equal(wizard.text(), '')
  })

  test('a code that is none is not sent, and a wrong one is asked for again', async (t) => {
    const wizard = await begin(t, ['setup'])
    const { scene, terminal } = wizard
    await typeKeys(wizard)
    const [address] = await terminal.shows(ADDRESS)
    const code = await codeAt(address)
    await terminal.answer(/six-digit code/, `12${enter}`)
    await terminal.answer(/The code has six digits/, `${KEYS.clear}${(Number(code) + 1) % 1_000_000}`.padEnd(7, '0') + enter)
    await terminal.shows(/verifier_invalid/)
    await terminal.answer(/◆ The six-digit code/, `${code.slice(0, 3)} ${code.slice(3)}${enter}`)
    await terminal.shows(/Signed in as/)
    assert.equal(scene.simulator.counters.byEndpoint.accesstoken, 2)
    terminal.type(KEYS.ctrlC)
    assert.equal((await terminal.ended).code, 130)
  })

  test('a folder that cannot be used is refused with its reason; one on no mounted disk is not made by Enter', async (t) => {
    const scene = await openScene(t)
    signedIn(scene)
    const file = write(join(scene.folder, 'file'), '')
    const wizard = await begin(t, ['setup'], { scene })
    const { terminal } = wizard
    await terminal.answer(/◆ Folder/, `s3://bucket${enter}`)
    await terminal.answer(/Type the path of a folder/, `${KEYS.clear}${file}${enter}`)
    await terminal.answer(/is a file, not a folder.*◆ Folder/, `${KEYS.clear}/proc/nothing${enter}`)
    await terminal.answer(/Make this folder/, enter)
    await terminal.answer(/could not be made.*◆ Folder/, `${KEYS.clear}/mnt/no-such-disk/photos${enter}`)
    await terminal.answer(/No disk is mounted there.*Make this folder/, enter)
    await terminal.answer(/◆ Folder/, `${KEYS.clear}pictures${enter}`)
    await terminal.answer(/Make this folder/, enter)
    await terminal.answer(/When are backups to run/, enter)
    const { code, shown } = await terminal.ended
    assert.equal(code, 0, shown)
    assert.ok(!existsSync('/mnt/no-such-disk'))
    assert.ok(
      wizard.text().endsWith(`\n[store]\ndestination = "${join(scene.cwd, 'pictures')}"\n\n[service]\nevery = "never"\n`),
      wizard.text(),
    )
    assert.ok(wizard.text().startsWith('# mine\n'))
    assert.doesNotMatch(shown, /crontab/)
  })

  test('times of one’s own are checked', async (t) => {
    const scene = await openScene(t)
    signedIn(scene, `[store]\ndestination = "${scene.vault}"\n`)
    const wizard = await begin(t, ['setup'], { scene })
    await wizard.terminal.answer(/When are backups to run/, `${KEYS.down}${KEYS.down}${enter}`)
    await wizard.terminal.answer(/◆ Times/, `${KEYS.clear}99 2 * * *${enter}`)
    await wizard.terminal.answer(/Such as 12h/, `${KEYS.clear}12h${enter}`)
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 0, shown)
    assert.ok(wizard.text().endsWith('[service]\nevery = "12h"\n'))
    assert.match(shown, /0 \*\/12 \* \* \* smugmug-backup/)
  })

  test('Ctrl-C at the first question, and while the code is waited for, changes nothing', async (t) => {
    const first = await begin(t, ['setup'])
    await first.terminal.answer(/Your API key/, KEYS.ctrlC)
    const end = await first.terminal.ended
    assert.deepEqual([end.code, first.text()], [130, ''])
    assert.match(end.shown, /Stopped; nothing was changed/)
    const second = await begin(t, ['setup'], { scene: first.scene })
    await typeKeys(second)
    await second.terminal.answer(/six-digit code/, KEYS.ctrlC)
    const later = await second.terminal.ended
    assert.deepEqual([later.code, second.text()], [130, ''])
    assert.match(later.shown, /Stopped; nothing was changed/)
  })

  test('Ctrl-C at the last question names what was kept', async (t) => {
    const scene = await openScene(t)
    signedIn(scene)
    const wizard = await begin(t, ['setup'], { scene })
    await wizard.terminal.answer(/◆ Folder/, `~/new${enter}`)
    await wizard.terminal.answer(/Make this folder/, enter)
    await wizard.terminal.answer(/When are backups to run/, KEYS.ctrlC)
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 130)
    assert.match(shown, /kept: the new folder \S+new, the folder \S+new; nothing else/)
  })

  test('a sign-in that SmugMug does not accept any more is made anew', async (t) => {
    const scene = await openScene(t)
    const config = signedIn(scene, `[store]\ndestination = "${scene.vault}"\n[service]\nevery = "never"\n`)
    const good = readFileSync(config, 'utf8')
    write(config, good.replace(keys.userToken, 'revoked'))
    const wizard = await begin(t, ['setup'], { scene })
    await wizard.terminal.shows(/token_rejected/)
    await typeCode(wizard)
    assert.equal((await wizard.terminal.ended).code, 0)
    assert.equal(wizard.text(), good)
  })

  test('a key that SmugMug does not know any more is asked for at once, and its lines are changed', async (t) => {
    const scene = await openScene(t)
    const config = signedIn(scene, `[store]\ndestination = "${scene.vault}"\n[service]\nevery = "never"\n`)
    const good = readFileSync(config, 'utf8')
    write(config, good.replace(keys.apiKey, 'deleted').replace(keys.apiSecret, 'deleted too'))
    const wizard = await begin(t, ['setup'], { scene })
    await wizard.terminal.shows(/not good: SmugMug does not know the API key/)
    await typeKeys(wizard)
    await typeCode(wizard)
    assert.equal((await wizard.terminal.ended).code, 0)
    assert.equal(wizard.text(), good)
  })

  test('a configuration that cannot be read is named and left alone', async (t) => {
    const scene = await openScene(t)
    const config = write(join(scene.home, '.smgmg', 'config.toml'), 'api_key = \n')
    const { terminal } = await begin(t, ['setup'], { scene })
    const { code, shown } = await terminal.ended
    assert.equal(code, 2)
    assert.ok(shown.includes(config))
    assert.equal(readFileSync(config, 'utf8'), 'api_key = \n')
  })

  test('--config names a new file, which is made with the folders above it', async (t) => {
    const wizard = await begin(t, ['setup', '--config', 'etc/photos.toml'])
    await typeKeys(wizard)
    await typeCode(wizard)
    await wizard.terminal.answer(/◆ Folder/, `${wizard.scene.vault}${enter}`)
    await wizard.terminal.answer(/When are backups to run/, `${KEYS.down}${enter}`)
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 0, shown)
    assert.match(shown, /Next: smugmug-backup --config etc\/photos\.toml/)
    assert.ok(shown.includes(`30 2 * * * smugmug-backup --quiet --config ${wizard.scene.cwd}/etc/photos.toml`), shown)
    assert.ok(readFileSync(join(wizard.scene.cwd, 'etc', 'photos.toml'), 'utf8').includes(wizard.scene.vault))
    assert.equal(wizard.text(), '')
  })

  for (const columns of [40, 60, 120]) {
    test(`at ${columns} columns no line is broken`, async (t) => {
      const wizard = await begin(t, ['setup'], { columns })
      const { terminal } = wizard
      await typeKeys(wizard, 'k'.repeat(64), 's'.repeat(64))
      await terminal.shows(/consumer_key_unknown/)
      await typeKeys(wizard)
      await typeCode(wizard)
      await terminal.answer(/◆ Folder/, `~/p${enter}`)
      await terminal.answer(/Make this/, enter)
      await terminal.answer(/When are/, `${KEYS.down}${KEYS.down}${enter}`)
      await terminal.answer(/◆ Times/, enter)
      const { code, shown } = await terminal.ended
      assert.equal(code, 0, shown)
      const long = terminal.lines.filter((line) => displayWidth(line) > columns && /\S\s+\S/.test(line))
      assert.deepEqual(long, [])
    })
  }
})

describe('login at a terminal', { skip: noPseudoTerminal, concurrency: 3 }, () => {
  test('goes on into the questions about folder and times', async (t) => {
    const wizard = await begin(t, ['login'])
    await typeKeys(wizard)
    await typeCode(wizard)
    await wizard.terminal.answer(/◆ Folder/, `${wizard.scene.vault}${enter}`)
    await wizard.terminal.answer(/When are backups to run/, enter)
    await wizard.terminal.shows(/Dry run.*Next: smugmug-backup/)
    assert.equal((await wizard.terminal.ended).code, 0)
  })

  test('asks for nothing where nothing is missing, and names the next command', async (t) => {
    const scene = await openScene(t)
    const config = signedIn(scene, `[store]\ndestination = "${scene.vault}"\n[service]\nevery = "24h"\n`)
    const before = readFileSync(config, 'utf8')
    const wizard = await begin(t, ['login'], { scene })
    await typeCode(wizard)
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 0)
    assert.match(shown, /Next: smugmug-backup/)
    assert.doesNotMatch(shown, /Folder|Dry run/)
    assert.equal(readFileSync(config, 'utf8'), before)
  })

  test('--print prints the tokens, and asks for nothing else', async (t) => {
    const wizard = await begin(t, ['login', '--print'])
    await typeKeys(wizard)
    const [address] = await wizard.terminal.shows(ADDRESS)
    await wizard.terminal.answer(/six-digit code/, `${await codeAt(address)}${enter}`)
    const { code, shown } = await wizard.terminal.ended
    assert.equal(code, 0)
    assert.ok(shown.includes(`SMGMG_BK_USER_TOKEN=${keys.userToken} SMGMG_BK_USER_SECRET=${keys.userSecret}`))
    assert.deepEqual([wizard.text(), /Folder/.test(shown)], ['', false])
  })

  test('Ctrl-C says that nobody is signed in', async (t) => {
    for (const args of [['login'], ['login', '--print']]) {
      const { terminal, text } = await begin(t, args)
      await terminal.answer(/Your API key/, KEYS.ctrlC)
      const { code, shown } = await terminal.ended
      assert.deepEqual([code, text()], [130, ''])
      assert.match(shown, /Not signed in; nothing was changed\./)
    }
  })

  test('Ctrl-C while the browser is waited for says it too, and the port is closed', async (t) => {
    const scene = await openScene(t)
    const browser = write(join(scene.folder, 'browser.sh'), '#!/bin/sh\n', 0o755)
    const env = { BROWSER: browser, SMGMG_BK_API_KEY: keys.apiKey, SMGMG_BK_API_SECRET: keys.apiSecret }
    const { terminal, text } = await begin(t, ['login'], { scene, env })
    await terminal.answer(/Waiting for you in the browser \(5 minutes\)… No browser\? Use --console\./, KEYS.ctrlC)
    const { code, shown } = await terminal.ended
    assert.deepEqual([code, text()], [130, ''])
    assert.match(shown, /Not signed in; nothing was changed\./)
    assert.doesNotMatch(shown, /Finishing|goes on from there/)
  })

  test('a key from the environment that SmugMug does not know is not asked for', async (t) => {
    const env = { SMGMG_BK_API_KEY: 'nobody', SMGMG_BK_API_SECRET: 'x' }
    const { code, shown } = await (await begin(t, ['login'], { env })).terminal.ended
    assert.equal(code, 4)
    assert.match(shown, /consumer_key_unknown/)
  })
})

describe('setup without a terminal', () => {
  test('says what is missing and how to give it, and asks for nothing', async (t) => {
    const scene = await openScene(t)
    const env = { ...BARE, SMGMG_BK_BASE_URL: scene.simulator.apiUrl, SMGMG_BK_API_KEY: keys.apiKey }
    const ended = await scene.run(['setup'], { env })
    assertCode(ended, 2)
    const path = join(scene.home, '.smgmg', 'config.toml')
    for (const part of ['api_secret', 'SMGMG_BK_USER_TOKEN', '[store]\ndestination = "/mnt/photos"', path])
      assert.ok(ended.stderr.includes(part), `${part} in ${ended.stderr}`)
    assert.ok(!ended.stderr.includes('api_key ='))
    assert.ok(!existsSync(path))
    const { summary } = await scene.json(['setup'], { env })
    assert.deepEqual([summary.exitCode, summary.error], [2, 'ConfigurationError'])
  })

  test('looks ahead when nothing is missing', async (t) => {
    const scene = await openScene(t)
    const ended = await scene.run(['setup'])
    assertCode(ended, 0)
    assert.match(ended.stdout, /Dry run: \d+ items in \d+ albums to fetch, .*\n[\s\S]*Next: smugmug-backup/)
    const { lines, summary } = await scene.json(['setup'])
    assert.equal(summary.exitCode, 0)
    const outlook = lines.find(({ event }) => event === 'outlook')
    assert.ok(outlook?.items > 0 && outlook?.bytes > 0)
    const quiet = await scene.run(['setup', '--quiet'])
    assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, '', ''])
  })

  test('a destination that is gone is 5, and is not made', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_DESTINATION: '/no/such/folder' } })
    assertCode(await scene.run(['setup']), 5)
  })
})
