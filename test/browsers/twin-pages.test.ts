/** The twin in a real browser: from the disk and from a web server, with script and without, and whatever people wrote. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { COLOURS, colour, excessWidth, hindrances, noBrowser, TwinBrowser, until } from '../support/twin-browser.ts'

const HOSTILE = `<script>window.broken = 1</script><img src=x onerror="window.broken = 2">"'> \u202Eright to left ${'\u0301'.repeat(30)} 桜 👩‍👩‍👧`

/** Makes the world of these tests. The same bytes count as one photo in the timeline: each photo that is looked for has its own. */
async function theWorld(): Promise<World> {
  const [red, blue, green, grey, black] = [
    await colour('#a33'),
    await colour('#33a'),
    await colour('#3a3'),
    await colour('#999'),
    await colour('#111'),
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

describe('the twin in a browser', { skip: noBrowser, concurrency: 1 }, () => {
  let twin: TwinBrowser
  before(async () => {
    twin = await TwinBrowser.open(await theWorld())
  })
  after(async () => await twin?.close())
  const onDisk = (path: string): string => twin.onDisk(path)

  for (const [device, viewport] of [
    ['a desktop', { width: 1440, height: 900 }],
    ['a phone', { width: 390, height: 844 }],
  ] as const) {
    // One test each: a machine may take a minute for all of them.
    for (const path of [
      'index.html',
      'Travel/index.html',
      'Travel/Norway/index.html',
      'Empty/index.html',
      'Wanting/index.html',
      'Many/index.html',
      '404.html',
      `Travel/Norway/index.html#i-${photo('fjord').key}`,
      `Wanting/index.html#i-${photo('none').key}`,
      ...['time', 'map', 'search=fjord', 'search=zzz', 'map=60.39,5.32,12&pin=60.39,5.32'].map((view) => `twin.files/explore.html#${view}`),
    ])
      test(`${path} is accessible on ${device}, in the light and in the dark`, async () => {
        const { page, whole } = await twin.look(onDisk(path), { viewport, colorScheme: 'light', isMobile: device === 'a phone' })
        await page.waitForTimeout(250)
        assert.deepEqual(await hindrances(page), [], path)
        assert.equal(await excessWidth(page), 0, `${path} is too wide`)
        await page.emulateMedia({ colorScheme: 'dark' })
        assert.deepEqual(await hindrances(page, COLOURS), [], `${path} in the dark`)
        await whole()
      })
  }

  test('an album is whole without script: order, titles, captions, and the way to each file', async () => {
    const { page, whole } = await twin.look(onDisk('Travel/Norway/index.html'), { javaScriptEnabled: false })
    assert.deepEqual(
      await page.locator('figure').evaluateAll((all) => all.map((each) => each.querySelector('dd:last-child')?.textContent)),
      ['fjord.jpg', `odd #1 50% off 桜 'quote'.jpg`, 'film.mp4'],
    )
    assert.equal(await page.locator('figcaption b').first().textContent(), 'Fjord at midnight')
    const folder = pathToFileURL(twin.lab.at('Travel/Norway/'))
    for (const link of await page.locator('figure a.shot').evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? '')))
      assert.ok(existsSync(new URL(link, folder)), link)
    assert.match((await page.locator('figcaption').nth(1).textContent()) ?? '', /<script>window\.broken = 1<\/script>/)
    await whole()
  })

  test('a photo opens in place, leads on by keys, and gives the page back', async () => {
    const { page, whole } = await twin.look(onDisk('Travel/Norway/index.html'))
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
    const { page, whole } = await twin.look(onDisk('Many/index.html'))
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
    const { page, whole } = await twin.look(onDisk('twin.files/explore.html#time'))
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
      // Its photos stay until those of the next search are there, which may be as many: a search for nothing stands between.
      await input.fill('nothing of the kind')
      await page.locator('text=Nothing found').waitFor()
    }
    await whole()
  })

  test('an address that is not encoded as it should be is no error', async () => {
    const { page, whole } = await twin.look(onDisk('twin.files/explore.html#search=100%'))
    await page.locator('text=Nothing found for “100%”').waitFor()
    await whole()
  })

  test('an album of many photos is printed whole', async () => {
    const { page, whole } = await twin.look(onDisk('Many/index.html'))
    await page.locator('.grid .shot img').first().waitFor()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert.equal(await page.locator('figure').count(), 230)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await page.locator('.grid .shot img').first().waitFor()
    await whole()
  })

  test('an item that is not held is reached by the keyboard, and says why', async () => {
    const { page, whole } = await twin.look(onDisk('Wanting/index.html'))
    await page.locator('figure a.shot').focus()
    await page.keyboard.press('Enter')
    await page.locator('dialog[open] .note').waitFor()
    assert.match((await page.locator('dialog[open] aside').textContent()) ?? '', /Not to be had.*SmugMug/s)
    assert.equal(await page.locator('dialog[open] .original').count(), 0)
    await whole()
  })

  test('the map shows every photo with a place once', async () => {
    const { page, whole } = await twin.look(onDisk('twin.files/explore.html#map'))
    const pin = page.locator('.pin')
    await pin.first().waitFor()
    assert.equal(await pin.count(), 1)
    await pin.click()
    await page.locator('.grid .shot img').waitFor()
    await page.locator('.back').click()
    await pin.first().waitFor()
    await whole()
  })

  test("a web server's page for unknown addresses leads from a photo's old address to the photo", async () => {
    const key = photo('fjord').key
    for (const path of [`/Travel/Norway/i-${key}`, `/Travel/Norway/i-${key}/A`, `/Travel/Norway/i-${key}/0/abc/X3/fjord.jpg`]) {
      const context = await twin.browser.newContext()
      const page = await context.newPage()
      await page.goto(`${twin.http}${path}`)
      await page.locator('dialog[open] >> text=Fjord at midnight').first().waitFor()
      assert.match(page.url(), new RegExp(`/site/Travel/Norway/#i-${key}$`))
      await context.close()
    }
  })

  test("it leads from an album's address without a slash to the album, and from any other to the first page, also under a path and from the disk", async () => {
    const context = await twin.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${twin.http}/Travel/Norway`)
    await page.locator('h1 >> text=Norway').waitFor()
    assert.equal(page.url(), `${twin.http}/Travel/Norway/`)
    for (const address of [`${twin.http}/Gone/Long-Ago`, `${twin.http}/Gone/photo.jpg`, twin.onDisk('404.html')]) {
      await page.goto(address)
      await until(async () =>
        /^(http.*\/site|file:.*)\/index\.html$/.test(
          await page
            .locator('#home')
            .evaluate((link) => String(Reflect.get(link, 'href')))
            .catch(() => ''),
        ),
      )
      await page.locator('#home').click()
      await page.locator('h1 >> text=Simon Ulator').waitFor()
    }
    await context.close()
  })
})
