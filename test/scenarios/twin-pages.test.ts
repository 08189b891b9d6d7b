/** The twin in a real browser: from the disk and from a web server, with script and without, and whatever people wrote. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { runTwin } from '../../src/app/app.ts'
import { type Lab, openFreeLab } from '../support/lab.ts'

const BROWSER = '/usr/bin/chromium'
const skip = existsSync(BROWSER) ? false : `there is no ${BROWSER}`
const AXE = readFileSync(join(import.meta.dirname, '..', '..', 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

const HOSTILE = `<script>window.broken = 1</script><img src=x onerror="window.broken = 2">"'> \u202Eright to left ${'\u0301'.repeat(30)} 桜 👩‍👩‍👧`

const bytes = async (colour: string) => ({
  kind: 'inline' as const,
  data: await sharp({ create: { width: 300, height: 200, channels: 3, background: colour } })
    .jpeg()
    .toBuffer(),
})

/** Makes the world of these tests. The same bytes count as one photo in the timeline: each photo that is looked for has its own. */
async function theWorld(): Promise<World> {
  const [red, blue, green, grey, black] = [
    await bytes('#a33'),
    await bytes('#33a'),
    await bytes('#3a3'),
    await bytes('#999'),
    await bytes('#111'),
  ]
  const many = Array.from({ length: 230 }, (_, n) =>
    photo(`many ${n}`, { bytes: n % 2 === 0 ? green : grey, capturedLocal: `20${10 + (n % 9)}-0${1 + (n % 9)}-11T10:00:00` }),
  )
  return {
    nickName: 'simon',
    name: 'Simon Ulator',
    keys: KEYS,
    root: [
      folder('Travel', [
        albumNode('Norway', [
          photo('fjord', {
            bytes: blue,
            title: 'Fjord at midnight',
            keywords: ['Sun', 'Water'],
            capturedLocal: '2019-07-24T22:41:03',
            latitude: '60.39',
            longitude: '5.32',
          }),
          photo('hostile', {
            bytes: red,
            title: HOSTILE,
            caption: `${HOSTILE}\n\n${'long '.repeat(2000)}`,
            keywords: [HOSTILE],
            fileName: `odd #1 50% off 桜 'quote'.jpg`,
          }),
          video('film'),
        ]),
      ]),
      albumNode('Many', many),
      albumNode('Empty', []),
      albumNode('Wanting', [photo('none', { offers: 'none', title: 'Not to be had' })]),
      albumNode('Secret', [photo('secret', { bytes: black })], { privacy: 'Private', description: HOSTILE }),
    ],
  }
}

describe('the twin in a browser', { skip, concurrency: 1 }, () => {
  let lab: Lab
  let browser: Browser
  let server: ReturnType<typeof createServer>
  let http: string

  before(async () => {
    lab = await openFreeLab(await theWorld())
    await lab.complete()
    const { signal } = new AbortController()
    const made = await runTwin({ ...lab.work(), signal })
    assert.equal(made.exitCode, 0, made.message)
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname).replace(/^\/site/, '')
      const at = [path, join(path, 'index.html')].map((each) => lab.at(`.${each}`)).find((each) => existsSync(each) && !each.endsWith('/'))
      const isFound = at !== undefined && /\.\w+$/.test(at)
      const types: Readonly<Record<string, string>> = {
        html: 'text/html',
        js: 'text/javascript',
        css: 'text/css',
        webp: 'image/webp',
        jpg: 'image/jpeg',
      }
      const file = isFound ? at : lab.at('404.html')
      response.writeHead(isFound ? 200 : 404, { 'content-type': types[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream' })
      response.end(readFileSync(file))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    http = `http://127.0.0.1:${(server.address() as AddressInfo).port}/site`
  })
  after(async () => {
    await browser?.close()
    server?.close()
    await lab?.close()
  })

  /** Opens a page that must not complain, ask another host, or run what people wrote. */
  async function open(
    address: string,
    options: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly whole: () => Promise<void> }> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text())
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.protocol !== 'file:' && url.protocol !== 'data:' && url.hostname !== '127.0.0.1') complaints.push(request.url())
    })
    page.on('requestfailed', (request) => {
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${request.failure()?.errorText}`)
    })
    await page.goto(address)
    return {
      page,
      whole: async () => {
        assert.deepEqual(complaints, [])
        if (options.javaScriptEnabled !== false) assert.equal(await page.evaluate('window.broken'), undefined)
        await context.close()
      },
    }
  }

  /** Returns what hinders people who do not see, hear or point. */
  async function hindrances(page: Page): Promise<readonly string[]> {
    await page.evaluate(AXE)
    const found = (await page.evaluate('axe.run({ preload: false })')) as {
      readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
    }
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
  }

  /** Waits until something is so: a page under a strict policy runs no text of ours. */
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    for (let n = 0; !(await isSo()); n += 1) {
      assert.ok(n < 100, 'it came within five seconds')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  const onDisk = (path: string): string => {
    const [file, hash] = path.split('#')
    return `${pathToFileURL(lab.at(file ?? ''))}${hash === undefined ? '' : `#${hash}`}`
  }

  for (const scheme of ['light', 'dark'] as const) {
    for (const [device, viewport] of [
      ['a desktop', { width: 1440, height: 900 }],
      ['a phone', { width: 390, height: 844 }],
    ] as const) {
      test(`every view is accessible on ${device}, in the ${scheme}`, async () => {
        for (const path of [
          'index.html',
          'Travel/Norway/index.html',
          'Empty/index.html',
          'Wanting/index.html',
          'Many/index.html',
          ...['time', 'map', 'search=fjord', 'search=zzz'].map((view) => `twin.files/explore.html#${view}`),
        ]) {
          const { page, whole } = await open(onDisk(path), { viewport, colorScheme: scheme, isMobile: device === 'a phone' })
          await page.waitForTimeout(250)
          assert.deepEqual(await hindrances(page), [], path)
          const width = (await page.evaluate('document.documentElement.scrollWidth')) as number
          assert.ok(width <= viewport.width, `${path} is ${width} wide`)
          await whole()
        }
      })
    }
  }

  test('an album is whole without script: order, titles, captions, and the way to each file', async () => {
    const { page, whole } = await open(onDisk('Travel/Norway/index.html'), { javaScriptEnabled: false })
    assert.deepEqual(
      await page.locator('figure').evaluateAll((all) => all.map((each) => each.querySelector('dd:last-child')?.textContent)),
      ['fjord.jpg', `odd #1 50% off 桜 'quote'.jpg`, 'film.mp4'],
    )
    assert.equal(await page.locator('figcaption b').first().textContent(), 'Fjord at midnight')
    const folder = pathToFileURL(lab.at('Travel/Norway/'))
    for (const link of await page.locator('figure a.shot').evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? '')))
      assert.ok(existsSync(new URL(link, folder)), link)
    assert.match((await page.locator('figcaption').nth(1).textContent()) ?? '', /<script>window\.broken = 1<\/script>/)
    await whole()
  })

  test('a photo opens in place, leads on by keys, and gives the page back', async () => {
    const { page, whole } = await open(onDisk('Travel/Norway/index.html'))
    await page.locator('figure').first().click()
    const box = page.locator('dialog[open]')
    await box.locator('aside dl').waitFor()
    assert.match((await box.locator('aside').textContent()) ?? '', /1 of 3.*Fjord at midnight.*Sun.*24 July 2019.*Bergen/s)
    assert.deepEqual(await hindrances(page), [])
    await page.keyboard.press('ArrowRight')
    await box.locator('text=2 of 3').waitFor()
    await page.keyboard.press('ArrowRight')
    await box.locator('video').waitFor()
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('dialog[open]').count(), 0)
    await until(async () => !page.url().includes('#i-'))
    await whole()
  })

  test('an album of many photos is a grid that holds only those in sight', async () => {
    const { page, whole } = await open(onDisk('Many/index.html'))
    await page.locator('.grid .shot img').first().waitFor()
    assert.ok((await page.locator('.grid .shot').count()) < 150)
    await page.locator('.grid').focus()
    await page.keyboard.press('End')
    await page.locator('[data-item="229"] img').waitFor()
    await page.locator('[data-item="229"]').click()
    await page.locator('dialog[open] >> text=230 of 230').waitFor()
    await whole()
  })

  test('the search finds words in any script, and says when it finds none', async () => {
    const { page, whole } = await open(onDisk('twin.files/explore.html#time'))
    await page.locator('.grid .shot img').first().waitFor()
    const input = page.locator('input[type=search]')
    for (const [query, count] of [
      ['FJÖRD', 1],
      ['桜', 1],
      ['bergen', 1],
      ['many', 2],
    ] as const) {
      await input.fill('')
      await input.pressSequentially(query)
      await until(async () => (await page.locator('.grid .shot').count()) === count)
    }
    await input.fill('nothing of the kind')
    await page.locator('text=Nothing found').waitFor()
    await whole()
  })

  test('an address that is not encoded as it should be is no error', async () => {
    const { page, whole } = await open(onDisk('twin.files/explore.html#search=100%'))
    await page.locator('text=Nothing found for “100%”').waitFor()
    await whole()
  })

  test('an album of many photos is printed whole', async () => {
    const { page, whole } = await open(onDisk('Many/index.html'))
    await page.locator('.grid .shot img').first().waitFor()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert.equal(await page.locator('figure').count(), 230)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await page.locator('.grid .shot img').first().waitFor()
    await whole()
  })

  test('an item that is not held is reached by the keyboard, and says why', async () => {
    const { page, whole } = await open(onDisk('Wanting/index.html'))
    await page.locator('figure a.shot').focus()
    await page.keyboard.press('Enter')
    await page.locator('dialog[open] .note').waitFor()
    assert.match((await page.locator('dialog[open] aside').textContent()) ?? '', /Not to be had.*SmugMug/s)
    assert.equal(await page.locator('dialog[open] .original').count(), 0)
    await whole()
  })

  test('the map shows every photo with a place once', async () => {
    const { page, whole } = await open(onDisk('twin.files/explore.html#map'))
    const pin = page.locator('.pin')
    await pin.first().waitFor()
    assert.equal(await pin.count(), 1)
    await pin.click()
    await page.locator('.from-map .shot img').waitFor()
    await page.locator('.back').click()
    await pin.first().waitFor()
    await whole()
  })

  test("a web server's page for unknown addresses leads from a photo's old address to the photo", async () => {
    const key = photo('fjord').key
    for (const path of [`/Travel/Norway/i-${key}`, `/Travel/Norway/i-${key}/A`, `/Travel/Norway/i-${key}/0/abc/X3/fjord.jpg`]) {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(`${http}${path}`)
      await page.locator('dialog[open] >> text=Fjord at midnight').first().waitFor()
      assert.match(page.url(), new RegExp(`/site/Travel/Norway/#i-${key}$`))
      await context.close()
    }
  })
})
