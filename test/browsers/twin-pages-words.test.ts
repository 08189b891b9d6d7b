/** The words and files of people on the pages of a twin: found by search, shown as text, printed, and explained where no browser shows them. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, folder, KEYS, photo, video } from '../../simulator/worlds/make.ts'
import { colour, hindrances, noBrowser, TwinBrowser, until } from '../support/twin-browser.ts'

const HOSTILE = `</title></script><script>window.broken = 1</script><img src=x onerror="window.broken = 2">"'>{{7*7}}\u202Eright to left \u0645\u0631\u062D\u0628\u0627 ${'\u0301'.repeat(60)} 👩‍👩‍👧`
/** A megabyte: letters without a space, words, and characters that fonts must be looked for. */
const HUGE = `${'w'.repeat(20_000)} ${'many words '.repeat(2_000)}${'𐌰𒀀ꙮ'.repeat(100_000)}${'w'.repeat(500_000)}`

async function theWorld(): Promise<World> {
  const pictures = await Promise.all(['#111', '#222', '#333', '#444', '#555'].map((each) => colour(each)))
  const garden = { bytes: pictures[0] ?? (await colour('#111')), title: 'Grandmother in the garden' }
  return {
    nickName: 'simon',
    name: HOSTILE,
    keys: KEYS,
    root: [
      folder(HOSTILE, [
        albumNode(
          `${HOSTILE} album`,
          [
            photo('hostile', {
              bytes: pictures[1] ?? garden.bytes,
              title: HOSTILE,
              caption: HOSTILE,
              keywords: [HOSTILE, '桜'],
              fileName: `a#b?c%20d&e'"<b>.jpg`,
            }),
            photo('huge', { bytes: pictures[2] ?? garden.bytes, title: 'w'.repeat(20_000), caption: HUGE, keywords: ['k'.repeat(5000)] }),
          ],
          { description: `${HOSTILE}\n\n${'d'.repeat(3000)}`, urlName: 'Hostile' },
        ),
      ]),
      albumNode('Family', [
        photo('garden', { ...garden, capturedLocal: '2009-07-04T10:00:00', latitude: '60.39', longitude: '5.32' }),
        photo('later', {
          bytes: pictures[3] ?? garden.bytes,
          title: 'Großmutter, Ærø',
          caption: 'grandmother at sea',
          capturedLocal: '2011-12-24T18:00:00',
        }),
        photo('tokyo', { bytes: pictures[4] ?? garden.bytes, title: '東京の夜 Москва', capturedLocal: '2011-12-24T18:00:00' }),
        video('Film', { capturedLocal: '2011-05-05T10:00:00' }),
        photo('scan', { fileName: 'scan.TIF', title: 'A scan', capturedLocal: '2012-05-05T10:00:00' }),
        photo('raw', { fileName: 'DSC_1.NEF', capturedLocal: '2012-05-05T10:00:00' }),
        photo('broken', { capturedLocal: '2012-05-05T10:00:00' }),
      ]),
    ],
  }
}

describe('the words of a twin', { skip: noBrowser, concurrency: 1 }, () => {
  let twin: TwinBrowser
  before(async () => {
    twin = await TwinBrowser.open(await theWorld())
  })
  after(async () => await twin?.close())

  const explore = (hash: string): string => twin.onDisk(`twin.files/explore.html#${hash}`)

  test('hostile and huge words are text on every page, run nothing, and widen none', async () => {
    const album =
      readdirSync(twin.lab.root, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('/Hostile/index.html')) ?? ''
    for (const width of [1440, 390]) {
      for (const javaScriptEnabled of width === 1440 ? [true] : [true, false]) {
        for (const path of ['index.html', album.replace('Hostile/index.html', 'index.html'), album, '404.html']) {
          const { page, whole } = await twin.look(twin.onDisk(path), {
            viewport: { width, height: 844 },
            javaScriptEnabled,
            isMobile: width === 390,
          })
          assert.match(await page.title(), /<script>window\.broken = 1<\/script>/, path)
          const wide = await page.locator('html').evaluate((html) => [html.scrollWidth, html.clientWidth])
          assert.ok((wide[0] ?? 0) <= Math.max(width, wide[1] ?? 0), `${path} is ${wide.join(' of ')} wide`)
          if (javaScriptEnabled && path === album) {
            for (const n of [0, 1]) {
              await page.locator('figure a.shot').nth(n).click()
              await page.locator('dialog[open] aside dl').waitFor()
              assert.ok((await page.locator('dialog aside').evaluate((side) => side.scrollWidth - side.clientWidth)) <= 1)
              if (n === 0) assert.deepEqual(await hindrances(page), [])
              else assert.match((await page.locator('dialog aside .caption').textContent()) ?? '', /see album\.json\)$/)
              await page.keyboard.press('Escape')
            }
          }
          await whole()
        }
      }
    }
  })

  test('a search understands years, months, places, kinds and several words in any script, and says how many it found', async () => {
    const { page, whole } = await twin.look(explore('time'))
    await page.locator('.grid .shot').first().waitFor()
    const input = page.locator('input[type=search]')
    for (const [query, count] of [
      ['grandmother', 2],
      ['grandmother 2009', 1],
      ['Grandmother December', 1],
      ['2011', 3],
      ['2011-12', 2],
      ['bergen', 1],
      ['video', 1],
      ['video 2011', 1],
      ['großmutter ærø', 1],
      ['москва 東京', 1],
      ['tif', 1],
      // The name of an album is searched for each of its photos.
      ['<script>window', 2],
    ] as const) {
      // The view of a search stays until that of the next one is there, and the next one may find as many: a search for nothing stands between.
      await input.fill('nothing of the kind')
      await page.locator('text=Nothing found for “nothing of the kind”').waitFor()
      await input.fill(query)
      assert.equal(await page.locator('.found').textContent(), `${count} ${count === 1 ? 'photo' : 'photos'} found`, query)
      await until(async () => (await page.locator('.grid .shot').count()) === count, query)
    }
    await input.fill('grandmother atlantis 2009')
    await page.locator('text=Nothing found for “grandmother atlantis 2009”').waitFor()
    assert.match(
      (await page.locator('#view').textContent()) ?? '',
      /titles, captions, keywords, albums, places, file names and dates of 9 photos.*Try one word of it/s,
    )
    await page.locator('.chip >> text=grandmother (2)').click()
    await page.locator('.found >> text=2 photos found').waitFor()
    assert.equal(await input.inputValue(), 'grandmother')
    await input.fill('xyzzy')
    await page.locator('text=Try fewer words').waitFor()
    await whole()
  })

  test('a file that no browser shows says why, and its original is one click away', async () => {
    const { page, whole } = await twin.look(twin.onDisk('Family/index.html'))
    for (const [name, reason] of [
      ['scan.TIF', /TIFF pictures/],
      ['DSC_1.NEF', /raw files of cameras/],
      ['broken.jpg', /This browser cannot show the file/],
    ] as const) {
      const figure = page.locator('figure', { hasText: name }).first()
      assert.match((await figure.textContent()) ?? '', name === 'broken.jpg' ? /photo/ : reason)
      await figure.locator('a').click()
      const instead = page.locator('dialog .instead')
      await until(async () => reason.test((await instead.count()) === 1 ? ((await instead.textContent()) ?? '') : ''), name)
      assert.match((await instead.locator('a.original').getAttribute('href')) ?? '', new RegExp(`${name}$`))
      await page.keyboard.press('Escape')
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
    }
    await whole()
  })

  test('times are marked up and can be read in one way only, in every language of the browser', async () => {
    for (const locale of ['en-US', 'de-DE', 'ar-EG']) {
      const { page, whole } = await twin.look(twin.onDisk('Family/index.html'), { locale })
      const time = page.locator('figure time').first()
      assert.equal(await time.getAttribute('datetime'), '2009-07-04T10:00:00')
      assert.equal(await time.textContent(), '4 July 2009, 10:00')
      await page.locator('figure a').first().click()
      await page.locator('dialog time >> text=4 July 2009, 10:00').waitFor()
      await whole()
    }
  })

  test('a contact sheet has every photo with its words, its date and its name, without the bar', async () => {
    const { page, whole } = await twin.look(twin.onDisk('Family/index.html'), { colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print' })
    assert.equal(await page.locator('.bar').isVisible(), false)
    for (const text of ['Grandmother in the garden', '4 July 2009, 10:00', 'garden.jpg', 'grandmother at sea', 'DSC_1.NEF'])
      assert.ok(await page.locator('figure', { hasText: text }).first().locator(`text=${text}`).last().isVisible(), text)
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    await whole()
  })
})
