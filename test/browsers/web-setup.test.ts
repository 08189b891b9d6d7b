/** The set-up of the local page, in a real browser and by requests, against the simulated sign-in. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertHolds, BARE, openScene, type Scene, write } from '../scenarios/harness.ts'
import { excessWidth, hindrances } from '../support/twin-browser.ts'

const BROWSER = '/usr/bin/chromium'
const { keys, nickName } = smallWorld()

interface Open {
  readonly scene: Scene
  readonly running: ReturnType<Scene['start']>
  readonly address: string
  readonly origin: string
  readonly config: string
  text(): string
  /** Gets a path as a known visitor. */
  get(path: string): Promise<Response>
  /** Takes a step as a known visitor. */
  step(name: string, body: unknown): Promise<Record<string, unknown>>
  state(): Promise<Record<string, Record<string, unknown>>>
  /** Returns an address for one more browser. */
  fresh(): Promise<string>
}

async function openPage(
  t: TestContext,
  options: { readonly scene?: Scene; readonly env?: Record<string, string>; readonly args?: readonly string[] } = {},
): Promise<Open> {
  const scene = options.scene ?? (await openScene(t))
  const env = { ...BARE, SMGMG_BK_BASE_URL: scene.simulator.apiUrl, ...options.env }
  const running = scene.start(['web', '--port', '0', ...(options.args ?? [])], { env })
  const [address] = await running.says(/http:\/\/localhost:\d+\/\?key=\S+/)
  const cookie = (await fetch(address)).headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
  const { origin } = new URL(address)
  const headers = { cookie, origin, 'content-type': 'application/json' }
  const config = join(scene.home, '.smgmg', 'config.toml')
  const step = async (name: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${origin}/api/setup/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return answer.status === 200 ? ((await answer.json()) as Record<string, unknown>) : { status: answer.status }
  }
  return {
    scene,
    running,
    address,
    origin,
    config,
    text: () => (existsSync(config) ? readFileSync(config, 'utf8') : ''),
    get: (path) => fetch(`${origin}${path}`, { headers: { cookie }, redirect: 'manual' }),
    step,
    state: async () => (await (await fetch(`${origin}/api/setup`, { headers })).json()) as Record<string, Record<string, unknown>>,
    fresh: async () => {
      const { lines } = await scene.json(['web', '--port', '0', ...(options.args ?? [])], { env })
      return String(lines.find(({ event }) => event === 'listening')?.address)
    },
  }
}

/** Acts as the owner in a browser: allows it, and returns the place that SmugMug leads to, or the code that it shows. */
async function allow(address: string): Promise<string> {
  const body = new URLSearchParams(new URL(address).searchParams)
  const answer = await fetch(address.replace(/\?.*/, ''), { method: 'POST', body, redirect: 'manual' })
  return (
    answer.headers.get('location') ?? /id="code">(\d{6})</.exec(await answer.text())?.[1] ?? assert.fail('neither a way back nor a code')
  )
}

const THE_KEY = { apiKey: keys.apiKey, apiSecret: keys.apiSecret }

/** Signs in by requests, as a browser would. */
async function signIn({ step }: Open): Promise<void> {
  assert.equal((await step('key', THE_KEY)).kind, 'done')
  const { next } = await step('sign-in', { how: 'browser' })
  assert.match(await (await fetch(await allow(String(next)))).text(), /Thank you/)
}

/** Writes a configuration with the keys and the sign-in. */
const signedIn = (scene: Scene, more = ''): string =>
  write(
    join(scene.home, '.smgmg', 'config.toml'),
    `# mine\n[authentication]\napi_key = "${keys.apiKey}" # from work\napi_secret = "${keys.apiSecret}"\nuser_token = "${keys.userToken}"\nuser_secret = "${keys.userSecret}"\n${more}`,
  )

describe('the set-up of the local page', { concurrency: 2 }, () => {
  test('leads there from every page as long as something is missing, and says so without a script', async (t) => {
    const { get } = await openPage(t)
    for (const path of ['/', '/index.html', '/health.html', '/live.html', '/Travel/']) {
      const answer = await get(path)
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/setup.html'], path)
    }
    const page = await (await get('/setup.html')).text()
    assert.match(page, /<noscript>.*smugmug-backup setup/)
    assert.match(page, /<form method="post"[^>]*><fieldset disabled>/)
    for (const asset of ['twin.css', 'live.css', 'live.js']) assert.equal((await get(`/twin.files/${asset}`)).status, 200, asset)
  })

  test('a key without a sign-in, and a sign-in without a folder, lead on to what is missing', async (t) => {
    const scene = await openScene(t)
    write(join(scene.home, '.smgmg', 'config.toml'), `api_key = "${keys.apiKey}"\napi_secret = "${keys.apiSecret}"\n`)
    const first = await openPage(t, { scene })
    assert.match(await (await first.get('/setup.html')).text(), /Sign in at SmugMug<\/button>/)
    signedIn(scene)
    assert.match(await (await first.get('/setup.html')).text(), /Use this folder<\/button>/)
    signedIn(scene, `[store]\ndestination = "${scene.vault}"\n`)
    assert.equal((await first.get('/')).status, 200, 'what a terminal has written counts without a restart')
  })

  test('a wrong key, a wrong secret and a wrong code are refused with the reason, and asked for again', async (t) => {
    const page = await openPage(t)
    const { step, text } = page
    assert.deepEqual((await step('key', { apiKey: '', apiSecret: 'x' })).fields, ['apiKey'])
    assert.match(String((await step('key', { apiKey: `"${keys.apiKey}"`, apiSecret: 'x' })).message), /quotation marks/)
    const unknown = await step('key', { apiKey: 'nobody', apiSecret: 'knows' })
    assert.deepEqual(unknown.fields, ['apiKey', 'apiSecret'])
    assert.match(String(unknown.message), /consumer_key_unknown/)
    const mistyped = await step('key', { ...THE_KEY, apiSecret: 'mistyped' })
    assert.deepEqual(mistyped.fields, ['apiSecret'])
    assert.equal((await step('key', THE_KEY)).kind, 'done')
    assert.equal(text(), '', 'nothing is written before the sign-in')
    const { next } = await step('sign-in', { how: 'code' })
    const signIn = new URL(String(next), page.origin).searchParams.get('code')
    const shown = await (await page.get(String(next))).text()
    const [, address = ''] = /href="([^"]+authorize[^"]+)"/.exec(shown) ?? []
    const code = await allow(address.replaceAll('&amp;', '&'))
    assert.match(String((await step('code', { signIn, code: '12' })).message), /six digits/)
    const wrong = await step('code', { signIn, code: code === '000000' ? '000001' : '000000' })
    assert.deepEqual([wrong.kind, wrong.fields], ['refused', ['code']])
    assert.equal((await step('code', { signIn, code: `${code.slice(0, 3)} ${code.slice(3)}` })).kind, 'done')
    assert.equal(
      text(),
      `[authentication]\napi_key = "${keys.apiKey}"\napi_secret = "${keys.apiSecret}"\nuser_token = "${keys.userToken}"\nuser_secret = "${keys.userSecret}"\n`,
    )
    assert.equal(statSync(page.config).mode & 0o777, 0o600)
    assert.equal((await step('code', { signIn, code })).kind, 'refused', 'a sign-in counts once')
    assert.equal((await page.state()).signIn?.nickName, nickName)
  })

  test('the way back from SmugMug counts once, with its own state and token, and needs no cookie', async (t) => {
    const page = await openPage(t)
    assert.equal((await page.step('key', THE_KEY)).kind, 'done')
    const [one, two] = [await page.step('sign-in', { how: 'browser' }), await page.step('sign-in', { how: 'browser' })]
    const [back, other] = [await allow(String(one.next)), await allow(String(two.next))]
    assert.ok(back.startsWith(`${page.origin}/api/setup/callback?`), back)
    const forged = new URL(back)
    forged.searchParams.set('state', new URL(other).searchParams.get('state') ?? '')
    for (const wrong of [
      forged.href,
      back.replace(/state=[^&]+/, 'state=x'),
      `${page.origin}/api/setup/callback`,
      back.replace(/oauth_verifier=\d+/, ''),
    ])
      assert.equal((await fetch(wrong)).status, 404, wrong)
    assert.equal((await fetch(back, { method: 'HEAD' })).status, 405)
    assert.equal(page.text(), '')
    const denied = new URL(other)
    denied.searchParams.delete('oauth_verifier')
    denied.searchParams.set('oauth_problem', 'user_refused')
    assert.match(await (await fetch(denied)).text(), /You did not allow it/)
    assert.equal((await fetch(other)).status, 404)
    const thanks = await fetch(back)
    assert.match(await thanks.text(), /Thank you/)
    assert.match(thanks.headers.get('refresh') ?? '', /setup\.html/)
    assert.ok(page.text().includes(keys.userToken), 'thanked only when it is written')
    assert.equal((await fetch(back)).status, 404)
  })

  test('behind a proxy SmugMug leads back to the name and the form of address by which the browser knows the page', async (t) => {
    const open = await openPage(t, { env: { SMGMG_BK_WEB_HOST: 'photos.example.org' } })
    await open.step('key', THE_KEY)
    const cookie = (await fetch(await open.fresh())).headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
    const headers = { host: 'photos.example.org', origin: 'https://photos.example.org', cookie, 'content-type': 'application/json' }
    const answer = Promise.withResolvers<IncomingMessage>()
    request(`${open.origin}/api/setup/sign-in`, { method: 'POST', headers }, answer.resolve)
      .on('error', answer.reject)
      .end('{"how":"browser"}')
    const { next } = (await json(await answer.promise)) as { readonly next: string }
    assert.ok((await allow(next)).startsWith('https://photos.example.org/api/setup/callback?state='))
  })

  test('a sign-in that SmugMug refuses in the end is no thank-you, and the page says why', async (t) => {
    const page = await openPage(t)
    await page.step('key', THE_KEY)
    const { next } = await page.step('sign-in', { how: 'browser' })
    const back = (await allow(String(next))).replace(/oauth_verifier=\d+/, 'oauth_verifier=1')
    const answer = await (await fetch(back)).text()
    assert.match(answer, /Not signed in[\s\S]*role="alert">\S/)
    assert.doesNotMatch(answer, /Thank you/)
    assert.match(await (await page.get('/setup.html')).text(), /class="note bad" role="alert">\S/)
    assert.equal(page.text(), '')
  })

  test('each folder that cannot be used is a sentence', async (t) => {
    const scene = await openScene(t)
    signedIn(scene)
    const { step, text } = await openPage(t, { scene })
    const before = text()
    writeFileSync(join(scene.folder, 'file'), '')
    mkdirSync(join(scene.folder, 'other', '.smugmug-backup'), { recursive: true })
    writeFileSync(join(scene.folder, 'other', '.smugmug-backup', 'catalogue.sqlite'), '')
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['', /whole path/],
      ['photos', /whole path/],
      ['./photos', /whole path/],
      ['s3://bucket/photos', /whole path/],
      ['/', /root of this computer/],
      [join(scene.folder, 'file'), /is a file, not a folder/],
      [join(scene.folder, 'file', 'photos'), /lies below a file/],
      [join(scene.folder, 'other', 'Travel'), /inside another vault/],
      [join(scene.folder, 'other', '.smugmug-backup'), /inside another vault/],
      [join(scene.home, '.smgmg'), /belongs to the program itself/],
      [join(scene.home, '.smgmg', 'photos'), /belongs to the program itself/],
      [join(import.meta.dirname, '..', '..', 'src'), /belongs to the program itself/],
      [join(scene.home, 'state', 'smugmug-backup'), /belongs to the program itself/],
    ]
    for (const [path, reason] of refusals) {
      const answer = await step('folder', { path, make: true })
      assert.equal(answer.kind, 'refused', path)
      assert.match(String(answer.message), reason, path)
    }
    const absent = await step('folder', { path: '~/Pictures/SmugMug' })
    assert.deepEqual([absent.kind, absent.mayMake], ['refused', true])
    assert.match(String(absent.message), /does not exist\. It would lie on the disk mounted at \S+ \([\d.]+ .?B free\)/)
    assert.ok(!existsSync(join(scene.home, 'Pictures')), 'nothing is made without being asked for')
    assert.equal(text(), before)
    assert.equal((await step('folder', { path: '~/Pictures/SmugMug', make: true })).kind, 'done')
    assert.equal(text(), `${before}\n[store]\ndestination = "${join(scene.home, 'Pictures', 'SmugMug')}"\n`)
  })

  test('the environment and the command line count before the page', async (t) => {
    const scene = await openScene(t)
    const page = await openPage(t, {
      scene,
      args: ['--destination', scene.vault],
      env: { SMGMG_BK_USER_TOKEN: 'x', SMGMG_BK_SERVICE_EVERY: '12h' },
    })
    await page.step('key', THE_KEY)
    assert.match(String((await page.step('sign-in', { how: 'browser' })).message), /SMGMG_BK_USER_TOKEN/)
    assert.match(String((await page.step('folder', { path: '/tmp' })).message), /the command line/)
    assert.match(String((await page.step('times', { times: '24h' })).message), /SMGMG_BK_SERVICE_EVERY/)
    assert.equal(page.text(), '')
  })

  test('times are changed from one form to the other, and comments and order stay', async (t) => {
    const scene = await openScene(t)
    const head = '# the clock\n'
    signedIn(scene, `[store]\ndestination = "${scene.vault}"\n${head}[service]\nevery = "24h" # each day\n`)
    const { step, text } = await openPage(t, { scene })
    assert.equal((await step('times', { times: 'often' })).kind, 'refused')
    assert.equal((await step('times', { times: '15 3 * * 1' })).kind, 'done')
    assert.match(text(), /# from work[\s\S]*# the clock\n\[service\]\nevery = "" # each day\nschedule = "15 3 \* \* 1"\n$/)
    assert.equal((await step('times', { times: 'never' })).kind, 'done')
    assert.match(text(), /every = "never" # each day\nschedule = ""\n$/)
  })

  test('a change needs our own page, and JSON of the right form; no secret leaves it', async (t) => {
    const scene = await openScene(t)
    signedIn(scene, `[store]\ndestination = "${scene.vault}"\n`)
    const page = await openPage(t, { scene })
    const { origin, get } = page
    const cookie = { 'content-type': 'application/json' }
    const send = (headers: Record<string, string>) =>
      fetch(`${origin}/api/setup/folder`, { method: 'POST', headers: { ...cookie, ...headers }, body: JSON.stringify({ path: '/tmp' }) })
    assert.equal((await send({ origin })).status, 401)
    assert.equal((await send({ origin: 'https://example.org' })).status, 403)
    for (const name of ['key', 'sign-in', 'code', 'folder', 'times']) {
      assert.equal((await get(`/api/setup/${name}`)).status, 405, name)
      assert.equal((await page.step(name, { more: 1 })).status, 400, name)
    }
    assert.equal((await page.step('folder', { path: 'x'.repeat(5000) })).status, 400)
    const shown = `${await (await get('/api/setup')).text()}${await (await get('/setup.html')).text()}${await (await get('/setup.html?step=key')).text()}`
    for (const secret of [keys.apiKey, keys.apiSecret, keys.userToken, keys.userSecret]) assert.ok(!shown.includes(secret), secret)
  })

  test('a configuration that breaks in the middle is named, and stays as it is', async (t) => {
    const scene = await openScene(t)
    const config = signedIn(scene)
    const page = await openPage(t, { scene })
    writeFileSync(config, 'api_key = \n')
    assert.match(await (await page.get('/setup.html')).text(), /role="alert">[^<]*line 1/)
    assert.equal((await page.step('folder', { path: scene.vault })).kind, 'refused')
    assert.equal(page.text(), 'api_key = \n')
  })
})

/** Opens the page in a browser that reports every error and every request to another host than ours and SmugMug. */
async function browse(
  t: TestContext,
  { scene, origin }: Open,
  address: string,
): Promise<{ readonly page: Page; readonly errors: string[] }> {
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'], env: { ...process.env, HOME: scene.home } })
  t.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  const errors: string[] = []
  const { apiUrl } = scene.simulator
  page.on('console', (message) => message.type() === 'error' && message.location().url.startsWith(origin) && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('request', (request) => {
    const url = request.url()
    if (![`${origin}/`, 'data:', new URL(apiUrl).origin].some((start) => url.startsWith(start))) errors.push(url)
    if ([keys.apiSecret, keys.userSecret, keys.userToken].some((secret) => url.includes(secret))) errors.push(`a secret in ${url}`)
  })
  await enter(page, address)
  return { page, errors }
}

/** Opens the address with the key, and waits for the page that it leads on to. */
async function enter(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForURL((url) => !url.searchParams.has('key'))
}

/** Returns what axe finds, in light and in dark, and what is wider than a phone. */
async function complaints(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    found.push(...(await hindrances(page)).map((each) => `${colorScheme}: ${each}`))
  }
  if ((await excessWidth(page)) > 0) found.push('wider than a phone')
  return found
}

describe('the set-up in a browser', { skip: !existsSync(BROWSER) && 'there is no Chromium' }, () => {
  test('leads from nothing to the first backup, on a phone', async (t) => {
    const open = await openPage(t)
    const { page, errors } = await browse(t, open, await open.fresh())
    const sound = async (): Promise<void> => assert.deepEqual(await complaints(page), [])
    await page.waitForURL(/\/setup\.html$/)
    assert.equal(await page.getByRole('link', { name: /Get a key/ }).getAttribute('href'), 'https://api.smugmug.com/api/developer/apply')
    await sound()
    await page.getByLabel('Your API key').fill('nobody')
    await page.getByLabel('The API secret').fill(keys.apiSecret)
    await page.keyboard.press('Enter')
    await page.getByText('does not know the API key').waitFor()
    await sound()
    await page.getByLabel('Your API key').fill(keys.apiKey)
    await page.getByRole('button', { name: 'Check the key' }).click()
    await page.getByRole('button', { name: 'Sign in at SmugMug' }).waitFor()
    await page.reload()
    await sound()
    await page.getByRole('button', { name: 'Sign in at SmugMug' }).click()
    await page.locator('#allow').waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Sign in at SmugMug' }).click()
    // The thanks stand for a second, which may be too short for a look at them: the next page comes after that.
    const { promise: thanked, resolve: goOn } = Promise.withResolvers<void>()
    await page.route(`${open.origin}/setup.html`, (route) => thanked.then(() => route.continue()))
    await page.locator('#allow').click()
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    goOn()
    await page.waitForURL(/\/setup\.html$/)
    await page.unrouteAll()
    await page.getByText(`Signed in as ${nickName}`).waitFor()
    await page.getByLabel('Folder').fill('~/SmugMug')
    await page.getByRole('button', { name: 'Use this folder' }).click()
    await page.getByText(/does not exist\. It would lie on/).waitFor()
    await sound()
    await page.getByRole('button', { name: 'Make this folder' }).click()
    await page.getByRole('radio', { name: 'At times of my own' }).check()
    await page.getByLabel('Times', { exact: false }).last().fill('now and then')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText(/as cron has it/).waitFor()
    await sound()
    await page.getByRole('radio', { name: 'Once a day' }).check()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'Start the first backup' }).waitFor()
    assert.match((await page.locator('.tiles').textContent()) ?? '', /12 to fetch, in 3 albums.*kB.*are free/s)
    await sound()
    const vault = join(open.scene.home, 'SmugMug')
    assert.ok(!existsSync(join(vault, '.smugmug-backup')), 'the look ahead writes nothing')
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.waitForURL(/\/live\.html$/)
    await page.getByRole('heading', { name: 'Ended' }).waitFor({ timeout: 30_000 })
    await assertHolds(vault, smallWorld())
    await page.goto(`${open.origin}/`)
    await page.getByRole('heading', { name: 'Everything is here' }).waitFor({ timeout: 20_000 })
    await page.getByRole('link', { name: 'Set-up' }).click()
    await page.getByRole('heading', { name: 'Everything is set up' }).waitFor()
    await sound()
    assert.deepEqual(errors, [])
    assert.equal(statSync(open.config).mode & 0o777, 0o600)
    assert.equal(new URL(await open.fresh()).origin, open.origin, 'a second `web` finds it by its new folder')
    open.running.kill('SIGINT')
    const { stdout, stderr } = await open.running.ended
    for (const secret of [keys.apiSecret, keys.userToken, keys.userSecret]) assert.ok(!`${stdout}${stderr}`.includes(secret))
  })

  test('two browsers at once: what one has done, the other shows; what was typed stays', async (t) => {
    const open = await openPage(t)
    const first = await browse(t, open, await open.fresh())
    const second = await browse(t, open, await open.fresh())
    await second.page.getByLabel('Your API key').fill('half a')
    await signIn(open)
    await first.page.getByText(`Signed in as ${nickName}`).waitFor()
    await second.page.getByText('changed in another window').waitFor()
    assert.equal(await second.page.getByLabel('Your API key').inputValue(), 'half a')
    await second.page.getByRole('link', { name: 'Show it' }).click()
    await second.page.getByText(`Signed in as ${nickName}`).waitFor()
    assert.deepEqual([...first.errors, ...second.errors], [])
  })

  test('another window changes something while a wish of this one is under way that is refused: this one says both', async (t) => {
    const open = await openPage(t)
    const { page, errors } = await browse(t, open, await open.fresh())
    await page.addInitScript(`
      window.heard = false
      window.EventSource = class extends EventSource {
        constructor(address) {
          super(address)
          this.addEventListener('message', ({ data }) => { window.heard ||= JSON.parse(data).kind === 'set-up' })
        }
      }
    `)
    await page.reload()
    await page.route('**/api/setup/key', async (route) => {
      await signIn(open)
      await page.waitForFunction('window.heard')
      await route.fulfill({ json: { kind: 'refused', message: 'Not this one.' } })
    })
    await page.getByLabel('Your API key').fill('x')
    await page.getByLabel('The API secret').fill('x')
    await page.keyboard.press('Enter')
    await page.getByText('Not this one.').waitFor()
    await page.getByText('changed in another window').waitFor()
    assert.deepEqual(errors, [])
  })

  test('a sign-in that is no longer good is asked for again, and what is set can be looked at without a script', async (t) => {
    const scene = await openScene(t)
    const config = signedIn(scene, `[store]\ndestination = "${scene.vault}"\n[service]\nevery = "24h"\n`)
    writeFileSync(config, readFileSync(config, 'utf8').replace(keys.userToken, 'gone'))
    const open = await openPage(t, { scene })
    const { page, errors } = await browse(t, open, await open.fresh())
    await page.goto(`${open.origin}/setup.html`)
    await page.getByRole('button', { name: 'Look ahead' }).click()
    await page.getByRole('button', { name: 'Sign in at SmugMug' }).waitFor()
    assert.deepEqual(await complaints(page), [])
    await page.getByRole('button', { name: 'Sign in at SmugMug' }).click()
    await page.locator('#allow').click()
    await page.getByRole('button', { name: 'Look ahead' }).click()
    await page.getByRole('button', { name: 'Start the first backup' }).waitFor()
    assert.deepEqual(errors, [])
    // Another window was first.
    await page.route('**/api/tasks', (route) => route.fulfill({ status: 409, json: { tasks: [], refused: 'Another task is under way.' } }))
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByRole('alert').getByText('Another task is under way.').waitFor()
    assert.equal(new URL(page.url()).pathname, '/setup.html')
    const plain = await page.context().browser()?.newContext({ javaScriptEnabled: false })
    const bare = (await plain?.newPage()) ?? assert.fail('no browser')
    await enter(bare, await open.fresh())
    await bare.goto(`${open.origin}/setup.html?step=key`)
    assert.match((await bare.locator('noscript').textContent()) ?? '', /Changing it needs JavaScript/)
    await bare.getByText(scene.vault).waitFor()
    assert.ok(await bare.getByRole('button', { name: 'Check the key' }).isDisabled())
  })
})
