import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { chromium } from 'playwright-core'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { allow, codeIn } from '../support/allow.ts'
import { assertCode, assertHolds, BARE, jsonOf, openScene, type Scene, snapshot, write } from './harness.ts'

const { apiKey, apiSecret, userToken, userSecret } = smallWorld().keys
const BROWSER = '/usr/bin/chromium'

/** A configuration written by hand: keys, comments, an unusual order, old tokens. */
const configOf = (scene: Scene, tokens: { readonly token: string; readonly secret: string }): string => `# my backup
[store]
  destination = "${scene.vault}" # the big disk
write_csv = true

[authentication]
# from SmugMug's site
api_key    = '${apiKey}'
api_secret = "${apiSecret}"
user_token = "${tokens.token}" # old
user_secret = "${tokens.secret}"

[http]
base_url = "${scene.simulator.apiUrl}"
`

/** Finds the authorize address, which has a line of its own. */
const ADDRESS = /^(https?:\/\/\S+\/authorize\S*)$/m

/** Signs in with the code, as a person who reads it in the browser and types it. */
async function withCode(scene: Scene, args: readonly string[], env: Readonly<Record<string, string | undefined>>, code?: string) {
  const running = scene.start(args, { env, stdin: null })
  const [, url = ''] = await running.says(ADDRESS)
  assert.ok(url.startsWith(`${scene.simulator.apiUrl}/`), 'it is under base_url')
  const { searchParams } = new URL(url)
  assert.deepEqual([searchParams.get('Access'), searchParams.get('Permissions')], ['Full', 'Read'])
  const right = await codeIn(await allow(url))
  running.stdin.write(`${code ?? right}\n`)
  return await running.ended
}

describe('login with the six-digit code', { concurrency: 2 }, () => {
  test('changes only the token lines of the configuration, makes it 0600, and a backup works with it', async (t) => {
    const scene = await openScene(t)
    const path = write(join(scene.home, '.smgmg', 'config.toml'), configOf(scene, { token: 'old-token', secret: 'old-secret' }), 0o644)
    const ended = await withCode(scene, ['login', '--console'], BARE)
    assertCode(ended, 0)
    assert.equal(readFileSync(path, 'utf8'), configOf(scene, { token: userToken, secret: userSecret }))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.ok(!`${ended.stdout}${ended.stderr}`.includes(userSecret))
    assertCode(await scene.backup([], { env: BARE }), 0)
    await assertHolds(scene.vault, smallWorld())
  })

  test('a configuration that cannot be written is found before the sign-in, not after it', async (t) => {
    const scene = await openScene(t)
    const path = write(join(scene.folder, 'mine', 'config.toml'), configOf(scene, { token: '', secret: '' }), 0o444)
    chmodSync(dirname(path), 0o555)
    const ended = await scene.run(['login', '--console', '--config', path], { env: BARE, stdin: '123456\n', unprivileged: true })
    assertCode(ended, 2)
    assert.match(ended.stderr, /The configuration cannot be written to .*config\.toml: EACCES/)
    assert.doesNotMatch(`${ended.stdout}${ended.stderr}`, /Open this address/)
  })

  test('makes $HOME/.smgmg/config.toml if there is none; without a display --console is not needed', async (t) => {
    const scene = await openScene(t)
    const env = { SMGMG_BK_USER_TOKEN: undefined, SMGMG_BK_USER_SECRET: undefined, SMGMG_BK_DESTINATION: undefined }
    assertCode(await withCode(scene, ['login'], env), 0)
    const path = join(scene.home, '.smgmg', 'config.toml')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const text = readFileSync(path, 'utf8')
    assert.ok(text.includes(`user_token = "${userToken}"`) && text.includes(`user_secret = "${userSecret}"`), text)
    assertCode(await scene.backup([], { env: { ...env, SMGMG_BK_DESTINATION: scene.vault } }), 0)
  })

  test('the code may come through a pipe before it is asked for', async (t) => {
    const scene = await openScene(t)
    const { code } = await scene.run(['login', '--console'], { stdin: '123456\n' })
    assert.equal(code, 4, 'it is the wrong one, but it was read')
  })

  test('--print prints the tokens for the environment, and changes no file', async (t) => {
    const scene = await openScene(t)
    const env = { SMGMG_BK_USER_TOKEN: undefined, SMGMG_BK_USER_SECRET: undefined }
    const { code, stdout } = await withCode(scene, ['login', '--console', '--print'], env)
    assert.equal(code, 0)
    assert.equal(stdout, `SMGMG_BK_USER_TOKEN=${userToken}\nSMGMG_BK_USER_SECRET=${userSecret}\n`)
    assert.deepEqual([...(await snapshot(scene.home)).keys()], [])
  })

  test('--json prints the address and the end, and no secret', async (t) => {
    const scene = await openScene(t)
    const ended = await withCode(scene, ['login', '--console', '--json'], {})
    const { summary } = jsonOf(ended)
    assert.equal(summary.exitCode, 0)
    for (const secret of [apiSecret, userToken, userSecret]) assert.ok(!`${ended.stdout}${ended.stderr}`.includes(secret))
  })

  test('a wrong code is a refused sign-in, and changes nothing', async (t) => {
    const scene = await openScene(t)
    const text = configOf(scene, { token: 'old-token', secret: 'old-secret' })
    const path = write(join(scene.home, '.smgmg', 'config.toml'), text)
    const { code, stderr } = await withCode(scene, ['login', '--console'], BARE, '000000')
    assert.equal(code, 4)
    assert.match(stderr, /code/)
    assert.equal(readFileSync(path, 'utf8'), text)
  })

  test('an API key that SmugMug does not know is a refused sign-in', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_API_KEY: 'nobody' } })
    const { summary } = await scene.json(['login', '--console'])
    assert.deepEqual([summary.exitCode, summary.error], [4, 'SignInError'])
  })

  test('without an answer it is a wrong use', async (t) => {
    const scene = await openScene(t)
    assert.equal((await scene.json(['login', '--console'])).summary.exitCode, 2)
  })
})

/** Starts `login` with a browser that only writes the address down; resolves to that address. */
async function openedAddress(t: TestContext) {
  const scene = await openScene(t)
  const config = write(join(scene.home, '.smgmg', 'config.toml'), configOf(scene, { token: '', secret: '' }))
  const opened = join(scene.folder, 'opened')
  const browser = write(
    join(scene.folder, 'browser.sh'),
    `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`,
    0o755,
  )
  const running = scene.start(['login'], { env: { ...BARE, BROWSER: browser }, stdin: null })
  await running.until(() => existsSync(opened))
  return { scene, config, running, url: readFileSync(opened, 'utf8') }
}

describe('login with the browser', { concurrency: 2 }, () => {
  test("catches the answer on a loopback port, and nobody else's", async (t) => {
    const { scene, config, running, url } = await openedAddress(t)
    assert.ok(url.startsWith(`${scene.simulator.apiUrl}/`))
    const answer = await allow(url)
    const back = new URL(answer.headers.get('Location') ?? '')
    assert.equal(back.hostname, '127.0.0.1')
    const stranger = new URL(back)
    stranger.searchParams.set('oauth_token', 'another')
    assert.equal((await fetch(stranger)).status, 404)
    const page = await fetch(back)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /Thank you/)
    assertCode(await running.ended, 0)
    assert.equal(readFileSync(config, 'utf8'), configOf(scene, { token: userToken, secret: userSecret }))
    assertCode(await scene.backup([], { env: BARE }), 0)
  })

  test('in a real browser', { skip: existsSync(BROWSER) ? false : `there is no ${BROWSER}` }, async (t) => {
    const { config, running, url, scene } = await openedAddress(t)
    const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    t.after(() => browser.close())
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(url)
    assert.equal(await page.textContent('#access'), 'Full')
    assert.equal(await page.textContent('#permissions'), 'Read')
    await page.click('#allow')
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/\S+oauth_verifier=/)
    assert.match((await page.textContent('h1')) ?? '', /Thank you/)
    assert.deepEqual(complaints, [])
    assertCode(await running.ended, 0)
    assert.equal(readFileSync(config, 'utf8'), configOf(scene, { token: userToken, secret: userSecret }))
  })

  test('Ctrl-C while the browser is open', async (t) => {
    const { running, config, scene } = await openedAddress(t)
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    assert.equal(code, 130)
    assert.match(`${stdout}${stderr}`, /Not signed in; nothing was changed\./)
    assert.doesNotMatch(`${stdout}${stderr}`, /Finishing what is in flight/)
    assert.equal(readFileSync(config, 'utf8'), configOf(scene, { token: '', secret: '' }))
  })
})
