import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertCode, assertHolds, BARE, type Line, mediaIn, openScene, type RunOptions, type Scene, snapshot, write } from './harness.ts'

const KEYS = smallWorld().keys

/** A configuration file's text; `more` is added to the sections. */
function configOf(scene: Scene, more: { readonly store?: string; readonly http?: string; readonly authentication?: string } = {}): string {
  return `[authentication]
api_key = "${KEYS.apiKey}"
api_secret = "${KEYS.apiSecret}"
user_token = "${KEYS.userToken}"
user_secret = "${KEYS.userSecret}"
${more.authentication ?? ''}
[store]
destination = "${scene.vault}"
${more.store ?? ''}
[http]
base_url = "${scene.simulator.apiUrl}"
${more.http ?? ''}
`
}

const warningsOf = (lines: readonly Line[]): readonly string[] =>
  lines.filter(({ event }) => event === 'warning').map(({ message }) => message)

/** The destination that the program takes from its settings. */
async function destinationOf(scene: Scene, args: readonly string[], env: NonNullable<RunOptions['env']>): Promise<string> {
  const { stdout } = await scene.run(['status', '--json', ...args], { env })
  return stdout.match(/"destination":"([^"]*)"/)?.[1] ?? stdout
}

/** One of the usual places, and what it says there. */
const places = (scene: Scene) => ({ home: join(scene.home, '.smgmg', 'config.toml'), cwd: join(scene.cwd, 'config.toml') })

describe("the Go program's configuration", { concurrency: 2 }, () => {
  test('its file works unchanged', async (t) => {
    const scene = await openScene(t)
    // config.example.toml, filled in; base_url stands for the service of the test.
    const text = `[authentication]
api_key = "${KEYS.apiKey}"
api_secret = "${KEYS.apiSecret}"
user_token = "${KEYS.userToken}"
user_secret = "${KEYS.userSecret}"

[store]
destination = "${scene.vault}"
file_names = "{{.FileName}}"
use_metadata_times = true
force_metadata_times = true
write_csv = true
force_video_download = true
concurrent_albums = 5
concurrent_downloads = 10

[http]
base_url = "${scene.simulator.apiUrl}"
max_retries = 3
`
    write(places(scene).home, text)
    const { summary, lines } = await scene.backup([], { env: BARE })
    assert.equal(summary.exitCode, 0, summary.message)
    assert.deepEqual(warningsOf(lines), [])
    await assertHolds(scene.vault, smallWorld())
    assert.ok((await snapshot(scene.vault)).has('metadata.csv'))
  })

  test("as in early versions: keys at the top level, booleans and numbers as strings, any case, the user's name", async (t) => {
    const scene = await openScene(t)
    const text = `Username = "simon"
API_Key = "${KEYS.apiKey}"
api_secret = "${KEYS.apiSecret}"
USER_TOKEN = "${KEYS.userToken}"
user_secret = "${KEYS.userSecret}"
destination = "${scene.vault}"
file_names = ""
write_csv = "true"
concurrent_downloads = "3"
base_url = "${scene.simulator.apiUrl}"
[Store]
Use_Metadata_Times = "false"
[AUTHENTICATION]
username = "simon"
`
    write(places(scene).cwd, text)
    const { summary, lines } = await scene.backup([], { env: BARE })
    assert.equal(summary.exitCode, 0, summary.message)
    const warnings = warningsOf(lines)
    assert.ok(warnings.length > 0 && warnings.every((warning) => /username.*deprecated/.test(warning)), warnings.join('\n'))
    await assertHolds(scene.vault, smallWorld())
    assert.ok((await snapshot(scene.vault)).has('metadata.csv'))
    assert.ok(scene.simulator.counters.maxInFlightCdn <= 3)
  })

  test('SMGMG_BK_USERNAME is accepted, with a warning', async (t) => {
    const scene = await openScene(t)
    const { summary, lines } = await scene.backup([], { env: { SMGMG_BK_USERNAME: 'simon' } })
    assert.equal(summary.exitCode, 0)
    assert.match(warningsOf(lines).join(), /SMGMG_BK_USERNAME.*deprecated/)
  })
})

describe('settings', { concurrency: 2 }, () => {
  test('the environment alone is enough for them', async (t) => {
    const scene = await openScene(t)
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 0)
    assert.deepEqual(warningsOf(lines), [])
    await assertHolds(scene.vault, smallWorld())
  })

  test('come from the file named on the command line, else in the home folder, else in the working folder', async (t) => {
    const scene = await openScene(t)
    const named = join(scene.folder, 'named')
    const at = { ...places(scene), folder: join(named, 'config.toml'), file: join(named, 'other.toml') }
    const vaults = Object.keys(at).map((name) => join(scene.folder, `vault of ${name}`))
    for (const vault of vaults) mkdirSync(vault)
    for (const [name, path] of Object.entries(at)) write(path, configOf(scene).replace(scene.vault, join(scene.folder, `vault of ${name}`)))
    const used = (args: readonly string[], env: NonNullable<RunOptions['env']> = BARE): Promise<string> => destinationOf(scene, args, env)
    assert.match(await used(['-cfg', '../named']), /vault of folder/)
    assert.match(await used(['--config', '../named/other.toml']), /vault of file/)
    assert.match(await used(['--config=../named']), /vault of folder/)
    assert.match(await used([`-cfg=${named}`]), /vault of folder/)
    assert.match(await used([]), /vault of home/)
    assert.match(await used([], { ...BARE, HOME: scene.folder }), /vault of cwd/)
  })

  test('the command line counts before the environment, that before the file', async (t) => {
    const scene = await openScene(t)
    for (const name of ['from file', 'from env', 'from flag']) mkdirSync(join(scene.folder, name))
    write(places(scene).home, configOf(scene).replace(scene.vault, join(scene.folder, 'from file')))
    const env = { ...BARE, SMGMG_BK_DESTINATION: join(scene.folder, 'from env') }
    const used = (args: readonly string[], more: NonNullable<RunOptions['env']>): Promise<string> => destinationOf(scene, args, more)
    assert.match(await used([], BARE), /from file/)
    assert.match(await used([], env), /from env/)
    assert.match(await used(['--destination', '../from flag'], env), /from flag/)
  })

  test('secrets come from files', async (t) => {
    const scene = await openScene(t)
    const file = (name: string, text: string): string => write(join(scene.folder, 'secrets', name), text)
    const { SMGMG_BK_BASE_URL, SMGMG_BK_DESTINATION } = scene.env
    const env = {
      ...BARE,
      SMGMG_BK_BASE_URL,
      SMGMG_BK_DESTINATION,
      SMGMG_BK_API_KEY_FILE: file('key', `${KEYS.apiKey}\n`),
      SMGMG_BK_API_SECRET_FILE: file('secret', KEYS.apiSecret),
      SMGMG_BK_USER_TOKEN_FILE: file('token', `${KEYS.userToken}\r\n`),
      SMGMG_BK_USER_SECRET_FILE: file('token secret', `${KEYS.userSecret}\n`),
    }
    const { summary, lines } = await scene.backup([], { env })
    assert.equal(summary.exitCode, 0, summary.message)
    assert.deepEqual(warningsOf(lines), [])
  })

  test('every key has a variable', async (t) => {
    const scene = await openScene(t, {
      env: {
        SMGMG_BK_FILE_NAMES: '{{.Position}} {{ .ImageKey }}{{- .Extension -}}',
        SMGMG_BK_WRITE_CSV: 'TRUE',
        SMGMG_BK_CONCURRENT_ALBUMS: '1',
        SMGMG_BK_CONCURRENT_DOWNLOADS: '2',
        SMGMG_BK_COLLECTED: 'copy',
        SMGMG_BK_KEEP_TRASH: '30',
        SMGMG_BK_KEEP_REPLACED: 'forever',
        SMGMG_BK_MAX_VANISHED: '15%',
        SMGMG_BK_FULL_LISTING_DAYS: '3',
        SMGMG_BK_ON_VANISHED: 'trash',
        SMGMG_BK_SIDECARS: 'xmp',
        SMGMG_BK_KEEP_SECRETS: 'false',
        SMGMG_BK_COMMENTS: '1',
        SMGMG_BK_IMAGE_METADATA: '0',
      },
    })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 0, summary.message)
    assert.deepEqual(warningsOf(lines), [])
    assert.ok(scene.simulator.counters.maxInFlightCdn <= 2)
    assert.ok(scene.simulator.counters.maxInFlightApi <= 4, 'pages of the list of albums, then one album after the other')
    const names = [...(await mediaIn(scene.vault)).keys()].filter((path) => !path.endsWith('.xmp')).map((path) => path.split('/').at(-1))
    assert.equal(names.length, 12)
    for (const name of names) assert.match(name ?? '', /^000[1-6] \w{7}\.(?:jpg|png|mp4)$/)
  })

  test('a file with secrets that others can read is a warning, never a refusal', async (t) => {
    const scene = await openScene(t)
    write(places(scene).home, configOf(scene), 0o644)
    const { summary, lines, stderr } = await scene.backup([], { env: BARE })
    assert.equal(summary.exitCode, 0)
    assert.match(warningsOf(lines).join(), /config\.toml.*chmod 600/)
    assert.match(stderr, /chmod 600/)
  })

  test('several accounts in one file, each on its own or all of them', async (t) => {
    const scene = await openScene(t)
    const [one, two] = ['one', 'two'].map((name) => join(scene.folder, name))
    for (const vault of [one, two]) mkdirSync(vault ?? '')
    const text = configOf(scene).replace(`destination = "${scene.vault}"`, '')
    write(places(scene).home, `${text}\n[account.first]\ndestination = "${one}"\n[account.second]\ndestination = "${two}"\n`)
    const unsaid = await scene.backup([], { env: BARE })
    assert.equal(unsaid.summary.exitCode, 2)
    assert.match(`${unsaid.summary.message} ${unsaid.summary.hint}`, /first\|second\|all/)
    assertCode(await scene.backup(['--account', 'Second'], { env: BARE }), 0)
    assert.equal((await snapshot(one ?? '')).size, 0)
    await assertHolds(two ?? '', smallWorld())
    const dry = await scene.run(['--account=all', '--dry-run', '--no-color'], { env: BARE })
    assert.match(dry.stdout, /\n\nfirst:\n\nWould come \(12\)\n/)
    assert.doesNotMatch(dry.stdout, /^second:$/m)
    const all = await scene.backup(['--account=all'], { env: BARE })
    assert.deepEqual([all.summary.exitCode, all.summary.items, all.summary.kept], [0, 24, 12])
    await assertHolds(one ?? '', smallWorld())
  })

  test('proxy variables are followed, and NO_PROXY', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_MAX_RETRIES: '0' } })
    const dead = { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' }
    assertCode(await scene.backup([], { env: dead }), 3)
    assertCode(await scene.backup([], { env: { ...dead, NO_PROXY: '127.0.0.1' } }), 0)
  })
})

describe('the command line', { concurrency: 2 }, () => {
  const SPELLINGS: readonly (readonly string[])[] = [
    ['backup', '--album', 'Home/**', '--json'],
    ['--album=Home/**', '--json', 'backup'],
    ['-json', '-album', '/Home/**'],
    ['--json', '--album', '/Home/**', 'backup', '--stats'],
    ['-stats', '--exclude', 'Travel/**', '--exclude=/Best-of', '--json'],
  ]
  for (const args of SPELLINGS) {
    test(`options before or after the command, with a space or "=": ${args.join(' ')}`, async (t) => {
      const scene = await openScene(t)
      assertCode(await scene.run(args), 0)
      assert.deepEqual(
        [...(await mediaIn(scene.vault)).keys()],
        ['kitchen-1.jpg', 'kitchen-2.jpg', 'kitchen-3.jpg'].map((name) => `Home/Kitchen/${name}`),
      )
    })
  }

  for (const args of [['-version'], ['--version'], ['backup', '--version']]) {
    test(args.join(' '), async (t) => {
      const scene = await openScene(t)
      const { code, stdout, stderr } = await scene.run(args, { env: BARE })
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^smugmug-backup \d+\.\d+\.\d+\S*\n$/)
    })
  }

  test('--help names every command and every exit code', async (t) => {
    const scene = await openScene(t)
    const { code, stdout, stderr } = await scene.run(['--help'], { env: BARE })
    assert.deepEqual([code, stderr], [0, ''])
    for (const word of 'backup login list status verify export adopt proof rebuild demo 0 1 2 3 4 5 6 7 130'.split(' ')) {
      assert.match(stdout, new RegExp(`^\\s+${word}\\b`, 'm'))
    }
    assert.deepEqual([...(await snapshot(scene.folder)).keys()], ['cwd', 'home', 'vault'])
  })

  for (const command of 'backup login list status verify export adopt proof rebuild demo'.split(' ')) {
    test(`${command} --help names the options every command takes`, async (t) => {
      const scene = await openScene(t)
      const { code, stdout } = await scene.run([command, '--help'], { env: BARE })
      assert.equal(code, 0)
      for (const option of 'config destination account json quiet verbose no-color'.split(' '))
        assert.match(stdout, new RegExp(`--${option}\\b`))
    })
  }

  test('--quiet is silent when all is well; --verbose and DEBUG=1 print every item', async (t) => {
    const scene = await openScene(t)
    const verbose = await scene.run(['--verbose', '--dry-run'])
    const debug = await scene.run(['--dry-run'], { env: { DEBUG: '1' } })
    for (const { stdout } of [verbose, debug]) assert.match(stdout, /fjord-3\.jpg/)
    assert.deepEqual(await scene.run(['--quiet']), { code: 0, signal: null, stdout: '', stderr: '' })
    const plain = await scene.run([])
    assert.doesNotMatch(plain.stdout, /fjord-3\.jpg/)
    assert.match(plain.stdout, /12 items/)
    assert.ok(!plain.stdout.includes('\u001b'), 'no colours in a pipe')
  })

  test('demo shows everything without keys, and touches nothing else', async (t) => {
    const scene = await openScene(t)
    const ended = await scene.run(['demo', '--destination', 'try'], { env: BARE })
    assertCode(ended, 0)
    assert.match(ended.stdout, /The demo went as it should/)
    assert.doesNotMatch(ended.stdout, /\n\n\n/, 'one blank line between two parts')
    assert.equal(scene.simulator.counters.api, 0)
    assert.ok((await mediaIn(join(scene.cwd, 'try'))).size > 50)
    assert.deepEqual([...(await snapshot(scene.vault)).keys()], [])
    assert.ok(![...(await snapshot(scene.home)).keys()].some((path) => path.startsWith('.smgmg')))
  })
})
