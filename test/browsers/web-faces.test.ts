/** The local page's own pages in a browser: nothing hinders anybody, nothing is wider than the window, without a script as well. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { removeImage, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { runCopy } from '../../src/app/app.ts'
import { type Lab, openLab } from '../support/lab.ts'
import { type Local, openLocal } from '../support/local-page.ts'
import { COLOURS, colour, excessWidth, hindrances, noBrowser } from '../support/twin-browser.ts'

/** A vault with a past, a gap and long names. */
async function vaultWithGaps(t: TestContext): Promise<Lab> {
  const blue = { ...photo('blue', { key: 'BLUE1' }), bytes: await colour('blue') }
  const gone = photo('gone', { key: 'GONE1' })
  const long = photo(`${'a-very-long-name-'.repeat(8)}`)
  const failing = photo('failing', { key: 'FAIL1' })
  const albums = [albumNode('Summer', [blue, gone, long]), albumNode('Of "quotes" & <signs>', [failing])]
  const world: World = { nickName: 'ann', name: 'Ann', keys: KEYS, root: albums }
  const lab = await openLab(t, world, { settings: { onVanished: 'trash' }, behaviour: {} })
  await lab.complete()
  const red = await colour('red')
  const summer = lab.rows().items.find(({ imageKey }) => imageKey === 'GONE1')?.albumKey ?? ''
  lab.change(
    (w) => replaceImage(w, 'BLUE1', red),
    (w) => removeImage(w, summer, 'GONE1'),
  )
  await lab.complete()
  return lab
}

const PAGES = [
  '/',
  '/live.html',
  '/copy.html',
  '/copy.html?item=BLUE1',
  '/copy.html?item=NONE',
  '/nothing/here',
  '/Summer/index.html',
] as const

/** Opens a window of one kind that is a known visitor's, and looks at each page. */
async function lookAround(browser: Browser, { origin, headers }: Local, how: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  const context = await browser.newContext(how)
  const [name = '', value = ''] = headers.cookie.split('=')
  await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: 'Strict' }])
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on(
    'request',
    (request) => !/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${origin}/`) && complaints.push(request.url()),
  )
  page.on(
    'console',
    (message) => message.type() === 'error' && !/status of (404|401)/.test(message.text()) && complaints.push(message.text()),
  )
  for (const path of PAGES) {
    await page.goto(origin + path)
    await page.locator('h1').waitFor()
    assert.deepEqual(await hindrances(page), [], path)
    assert.equal(await excessWidth(page), 0, `${path} is wider than the window`)
    await page.emulateMedia({ colorScheme: 'dark' })
    assert.deepEqual(await hindrances(page, COLOURS), [], `${path} in the dark`)
    await page.emulateMedia({ colorScheme: 'light' })
  }
  assert.deepEqual(complaints, [])
  await context.close()
}

test('the pages of a known visitor, light and dark, large and on a phone', { skip: noBrowser }, async (t) => {
  // Closed before the page that it looks at.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const lab = await vaultWithGaps(t)
  const copies = ['usb', 'a-name-of-a-copy-that-is-rather-long'].map((name) => ({
    ...{ name, destination: lab.at(`../${name}`), maxLagDays: 7, maxVanished: 0.1 },
    ...{ keepReplaced: 'forever' as const, recipients: [], identityFile: undefined },
  }))
  await runCopy(lab.work({ settings: { copies } }))
  const local = await openLocal(t, lab, { settings: { copies } })
  for (const [width, height] of [
    [1280, 900],
    [390, 844],
  ] as const)
    await lookAround(browser, local, { viewport: { width, height } })
})

test('the door: a key that is refused, a password, and the refusals', { skip: noBrowser }, async (t) => {
  // Closed before the page that it looks at.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const { origin } = await openLocal(t, await openLab(t, { nickName: 'ann', name: 'Ann', keys: KEYS, root: [] }), {
    settings: { webPassword: 'correct horse' },
  })
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 390, height: 844 }, javaScriptEnabled: true })
    const page = await context.newPage()
    for (const [path, heading] of [
      ['/?key=used', 'This address was used already, or is too old'],
      ['/', 'Your vault is closed'],
      ['/Travel', 'Your vault is closed'],
      ['/.hidden', 'There is nothing here'],
    ] as const) {
      await page.goto(origin + path)
      await page.getByRole('heading', { name: heading }).waitFor()
      assert.deepEqual(await hindrances(page), [], path)
      assert.equal(await excessWidth(page), 0, `${path} is wider than a phone`)
    }
    await page.goto(origin)
    for (const [password, heading] of [
      ['wrong', 'Your vault is closed'],
      ['correct horse', 'There is no backup yet'],
    ] as const) {
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Open' }).click()
      await page.getByRole('heading', { name: heading }).waitFor()
      if (password === 'wrong') await page.getByRole('alert').waitFor()
    }
    await context.close()
  }
})
