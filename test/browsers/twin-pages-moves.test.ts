/** The ways through a twin: Back, links into it, keys, fingers, and the focus. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { colour, noBrowser, TwinBrowser, until } from '../support/twin-browser.ts'

/** Makes photos that have nothing in common: 300 over ten years in one album, and one each in Bergen and Kyoto in another. */
async function theWorld(): Promise<World> {
  const many = Array.from({ length: 300 }, (_, n) =>
    photo(`many ${n}`, { title: `Number ${n}`, capturedLocal: `20${10 + (n % 10)}-0${1 + (n % 9)}-1${n % 7}T10:00:00` }),
  )
  return {
    nickName: 'simon',
    name: 'Simon Ulator',
    keys: KEYS,
    root: [
      albumNode('Many', many),
      albumNode('Few', [
        photo('one', {
          bytes: await colour('#246', [1500, 1000]),
          latitude: '60.39',
          longitude: '5.32',
          capturedLocal: '2001-01-01T10:00:00',
        }),
        photo('two', { bytes: await colour('#642'), latitude: '35.01', longitude: '135.76', capturedLocal: '2001-02-01T10:00:00' }),
        photo('three', { bytes: await colour('#264'), capturedLocal: '2002-02-01T10:00:00' }),
      ]),
    ],
  }
}

const keyOf = (id: string): string => photo(id).key

/** Makes a touch on the stage: fingers go from one place to another, in steps. */
async function touch(
  page: Page,
  fingers: readonly (readonly [from: readonly [number, number], to: readonly [number, number]])[],
): Promise<void> {
  const client = await page.context().newCDPSession(page)
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number): Promise<unknown> =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints:
        type === 'touchEnd' ? [] : fingers.map(([[x, y], [toX, toY]], id) => ({ x: x + (toX - x) * part, y: y + (toY - y) * part, id })),
    })
  await send('touchStart', 0)
  for (const part of [0.25, 0.5, 0.75, 1]) await send('touchMove', part)
  await send('touchEnd', 1)
}

/** Taps twice, a tenth of a second apart by the clock of the events, however long the machine takes for them. */
async function doubleTap(page: Page, x: number, y: number): Promise<void> {
  const client = await page.context().newCDPSession(page)
  const begin = Date.now() / 1000 - 0.2
  for (const at of [begin, begin + 0.1]) {
    await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }], timestamp: at })
    await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [], timestamp: at + 0.02 })
  }
}

describe('the ways through a twin', { skip: noBrowser, concurrency: 1 }, () => {
  let twin: TwinBrowser
  before(async () => {
    twin = await TwinBrowser.open(await theWorld())
  })
  after(async () => await twin?.close())

  const explore = (hash: string): string => twin.onDisk(`twin.files/explore.html#${hash}`)
  const box = (page: Page) => page.locator('dialog[open]')
  /** Waits until no photo is open: the page hears of Back a moment after the browser has gone there. */
  const isClosed = (page: Page): Promise<void> => until(async () => (await box(page).count()) === 0, 'no photo is open')
  const says = (page: Page, text: string) => box(page).locator(`text=${text}`).first().waitFor()
  const active = (page: Page): Promise<string> =>
    page.evaluate("document.activeElement.dataset.item ?? document.activeElement.closest('figure')?.id ?? document.activeElement.tagName")

  test('Back closes a photo of an album, Forward opens it again, and its address can be linked and reloaded', async () => {
    for (const top of [twin.onDisk('Few/index.html'), `${twin.http}/Few/`]) {
      const { page, whole } = await twin.look(top)
      await page.locator('figure').first().click()
      await says(page, '1 of 3')
      assert.equal(new URL(page.url()).hash, `#i-${keyOf('one')}`)
      await page.keyboard.press('ArrowRight')
      await until(() => page.url().endsWith(`#i-${keyOf('two')}`))
      await page.goBack()
      await isClosed(page)
      assert.equal(page.url(), top)
      await page.goForward()
      await says(page, '2 of 3')
      await page.reload()
      await says(page, '2 of 3')
      await page.keyboard.press('Escape')
      await until(() => page.url() === top)
      await whole()
    }
  })

  test('a photo of the timeline has an address; to leave it leads back to where it was opened, also after a reload', async () => {
    const { page, whole } = await twin.look(explore('time'))
    await page.locator('[data-item="3"]').click()
    await says(page, '4 of 303')
    const linked = page.url()
    await page.goBack()
    await isClosed(page)
    assert.equal(await active(page), '3')
    await page.goto('about:blank')
    await page.goto(linked)
    await says(page, '4 of 303')
    await page.locator('dialog .close').click()
    await until(() => !page.url().includes('photo='))
    await whole()
  })

  test('the month in sight is in the address, and a link leads to it', async () => {
    const { page, whole } = await twin.look(explore('time'))
    await page.locator('.grid .shot img, .grid .none').first().waitFor()
    await page.locator('.grid').focus()
    await page.keyboard.press('End')
    await until(() => /#time=20\d\d-\d\d$/.test(page.url()))
    await page.goto(explore('time=2013-04'))
    await page.reload()
    await until(async () => (await page.locator('.grid h2').allTextContents()).some((text) => text.startsWith('April 2013')))
    await whole()
  })

  test('Back leaves the photos of a pin, and the place and zoom of the map are in its address', async () => {
    const { page, whole } = await twin.look(explore('map'))
    await page.locator('.pin').first().waitFor()
    const labels = await page.locator('.pin').evaluateAll((pins) => pins.map((pin) => pin.getAttribute('aria-label')).sort())
    assert.deepEqual(labels, ['1 photo near Bergen', '1 photo near Kyoto'])
    await page.locator('.zoom .in').click()
    await page.locator('[aria-label="1 photo near Bergen"]').or(page.locator('.zoom .out')).first().waitFor()
    await page.goto('about:blank')
    await page.goto(explore('map=60.39,5.32,12'))
    await page.locator('[aria-label="1 photo near Bergen"]').click()
    await page.locator('.found >> text=1 photo near Bergen').waitFor()
    await page.locator('.grid .shot').click()
    await says(page, '1 of 1')
    const linked = page.url()
    await page.goBack()
    await isClosed(page)
    await page.goBack()
    await page.locator('.pin').first().waitFor()
    assert.match(page.url(), /#map=60\.39000,5\.32000,12\.00$/)
    await page.goto('about:blank')
    await page.goto(linked)
    await says(page, '1 of 1')
    await page.locator('dialog .close').click()
    await page.locator('.back').click()
    await page.locator('.pin').first().waitFor()
    await whole()
  })

  test('the photos on both sides of the date line have their pins', async () => {
    const { page, whole } = await twin.look(explore('map=10,-140,10'))
    await until(async () => (await page.locator('.pin').count()) === 2)
    const [bergen, kyoto] = await Promise.all(
      ['Bergen', 'Kyoto'].map(async (town) => await page.locator(`.pin[aria-label$="${town}"]`).boundingBox()),
    )
    assert.ok((kyoto?.x ?? Number.NaN) < (bergen?.x ?? Number.NaN))
    await page.locator('.pin[aria-label$="Kyoto"]').click()
    await page.locator('.found:has-text("1 photo near Kyoto")').waitFor()
    await page.reload()
    await page.locator('.found:has-text("1 photo near Kyoto")').waitFor()
    await whole()
  })

  test('a search that is loaded again stands where it was, and another one at its top', async () => {
    const { page, whole } = await twin.look(explore('search=number'))
    const top = (): Promise<number> => page.evaluate<number>("document.querySelector('.grid')?.scrollTop ?? -1")
    await page.locator('.grid .shot').first().waitFor()
    await page.evaluate("document.querySelector('.grid').scrollTop = 900")
    const scrolled = await top()
    assert.ok(scrolled > 100, `${scrolled} pixels`)
    await until(async () => (await page.evaluate<number>('history.state?.place?.top ?? 0')) === scrolled)
    await page.reload()
    await until(async () => (await top()) === scrolled)
    await page.locator('.find input').fill('numbe')
    await until(async () => page.url().endsWith('=numbe') && (await top()) === 0)
    await whole()
  })

  test('the address of a search is not overwritten by the search before it, which was scrolled a moment ago', async () => {
    const { page, whole } = await twin.look(explore('search=number'))
    await page.locator('.grid .shot').first().waitFor()
    // All within the page: a photo of the next search is opened at once, while the address was still to follow the scrolling.
    const opened = `new Promise((done) => {
      const field = document.querySelector('input[type=search]')
      field.value = 'number 12'
      field.dispatchEvent(new Event('input', { bubbles: true }))
      setTimeout(() => { document.querySelector('.grid').scrollTop = 900 }, 60)
      const look = () => {
        const isThere = !/300 photos/.test(document.querySelector('.found')?.textContent ?? '300 photos')
        const shot = document.querySelector('.grid .shot')
        if (!isThere || shot === null) return setTimeout(look, 1)
        shot.click()
        done(true)
      }
      look()
    })`
    assert.ok(await page.evaluate<boolean>(opened))
    await box(page).waitFor()
    await page.goBack()
    await isClosed(page)
    assert.match(page.url(), /#search=number%2012$/)
    await whole()
  })

  test('Back leads from a search to the view before it', async () => {
    const { page, whole } = await twin.look(explore('time'))
    await page.locator('.grid .shot').first().waitFor()
    // Two searches are one step; a photo belongs to the last one, which must have come.
    await page.locator('input[type=search]').fill('number')
    await page.locator('.found', { hasText: '300 photos' }).waitFor()
    await page.locator('input[type=search]').fill('number 12')
    await page.locator('.found', { hasNotText: '300 photos' }).waitFor()
    await page.locator('.grid .shot').first().click()
    await box(page).waitFor()
    await page.goBack()
    await isClosed(page)
    assert.match(page.url(), /#search=number%2012$/)
    await page.goBack()
    await until(() => page.url().endsWith('#time'))
    await until(async () => (await page.locator('.found').count()) === 0)
    await whole()
  })

  test('the focus goes into a photo, stays in it, and comes back to it', async () => {
    for (const [path, first] of [
      ['Few/index.html', `i-${keyOf('one')}`],
      ['Many/index.html', '0'],
    ] as const) {
      const { page, whole } = await twin.look(twin.onDisk(path))
      await page
        .locator(path.startsWith('Few') ? 'figure a' : '[data-item="0"][href]')
        .first()
        .focus()
      await page.keyboard.press('Enter')
      await box(page).locator('aside dl').waitFor()
      for (let n = 0; n < 14; n += 1) {
        await page.keyboard.press(n < 8 ? 'Tab' : 'Shift+Tab')
        assert.ok(await page.evaluate("document.querySelector('dialog').contains(document.activeElement)"), `after ${n + 1} steps`)
      }
      await page.keyboard.press('Escape')
      await until(async () => (await active(page)) === first)
      await whole()
    }
  })

  test('Tab leads through a grid in the order of the photos, and the focus survives that its row goes out of sight', async () => {
    for (const path of ['Many/index.html', 'twin.files/explore.html#time']) {
      const { page, whole } = await twin.look(twin.onDisk(path))
      await page.locator('[data-item="5"][href]').focus()
      const scroll = (y: number): Promise<unknown> =>
        page.evaluate(
          `(document.querySelector('.of-album') === null ? document.querySelector('.grid') : document.scrollingElement).scrollTop = ${y}`,
        )
      await scroll(4000)
      await until(async () => (await page.locator('[data-item="5"]').count()) === 0)
      assert.equal(await active(page), 'DIV')
      await scroll(0)
      await until(async () => (await active(page)) === '5')
      // A key that is held down on a busy computer is faster than the frames of the page.
      await page.evaluate('window.requestAnimationFrame = () => 0')
      for (let n = 6; n < 40; n += 1) {
        await page.keyboard.press('Tab')
        assert.equal(await active(page), String(n))
      }
      const order = await page.locator('[data-item]').evaluateAll((all) => all.map((each) => Number(each.getAttribute('data-item'))))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
      await page.keyboard.press('ArrowRight')
      assert.equal(await active(page), '40')
      await page.keyboard.press('ArrowUp')
      assert.ok(Number(await active(page)) < 40)
      await whole()
    }
  })

  test('keys lead to the first and the last photo, and a large album fills the window without a box that scrolls', async () => {
    const { page, whole } = await twin.look(twin.onDisk('Many/index.html'))
    assert.ok(((await page.evaluate('document.documentElement.scrollHeight')) as number) > 5000)
    assert.equal(
      await page.evaluate("document.querySelector('.grid').scrollHeight > document.querySelector('.grid').clientHeight + 1"),
      false,
    )
    await page.locator('[data-item="2"][href]').click()
    await says(page, '3 of 300')
    await page.keyboard.press('End')
    await says(page, '300 of 300')
    await page.keyboard.press('ArrowRight')
    await says(page, '300 of 300')
    await page.keyboard.press('Home')
    await says(page, '1 of 300')
    await page.keyboard.press('PageDown')
    await says(page, '2 of 300')
    await page.keyboard.press('End')
    await says(page, '300 of 300')
    await page.keyboard.press('Escape')
    await until(async () => (await active(page)) === '299')
    await whole()
  })

  test('swipes lead on, back and out; two fingers and a double tap enlarge, and no swipe leads on from there', async () => {
    const { page, whole } = await twin.look(twin.onDisk('Few/index.html'), {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await page.locator('figure a').first().tap()
    await says(page, '1 of 3')
    await touch(page, [
      [
        [300, 200],
        [80, 210],
      ],
    ])
    await says(page, '2 of 3')
    await touch(page, [
      [
        [80, 200],
        [300, 210],
      ],
    ])
    await says(page, '1 of 3')
    const isZoomed = (): Promise<boolean> =>
      page
        .locator('dialog.zoom')
        .count()
        .then((count) => count === 1)
    await touch(page, [
      [
        [180, 200],
        [100, 200],
      ],
      [
        [200, 200],
        [300, 200],
      ],
    ])
    await until(isZoomed, 'two fingers enlarge')
    await touch(page, [
      [
        [300, 200],
        [80, 210],
      ],
    ])
    await touch(page, [
      [
        [200, 100],
        [200, 400],
      ],
    ])
    await says(page, '1 of 3')
    await doubleTap(page, 200, 200)
    await until(async () => !(await isZoomed()), 'a double tap shows the whole photo again')
    await doubleTap(page, 200, 200)
    await until(isZoomed, 'a double tap enlarges')
    await doubleTap(page, 200, 200)
    await touch(page, [
      [
        [200, 100],
        [205, 400],
      ],
    ])
    await until(async () => (await box(page).count()) === 0, 'a swipe down closes')
    await whole()
  })

  test('the neighbours of a photo are fetched only when it is there', async () => {
    const { page, whole } = await twin.look('about:blank')
    const asked: string[] = []
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route(/\.jpg$/, async (route) => {
      asked.push(new URL(route.request().url()).pathname.split('/').at(-1) ?? '')
      if (asked.length === 1) await held
      await route.continue()
    })
    await page.goto(`${twin.http}/Few/#i-${keyOf('two')}`, { waitUntil: 'commit' })
    await says(page, '2 of 3')
    await page.waitForTimeout(300)
    assert.deepEqual(asked, ['two.jpg'])
    release()
    await until(() => asked.length === 3)
    assert.deepEqual(asked.toSorted(), ['one.jpg', 'three.jpg', 'two.jpg'])
    await whole()
  })

  test('everything can be reached by the keyboard alone: an album, a photo, the timeline, the map and the search', async () => {
    const { page, whole } = await twin.look(twin.onDisk('index.html'))
    /** Presses Tab until the focus is on an element with this text or label. */
    const tabTo = async (text: string): Promise<void> => {
      for (let n = 0; n < 60; n += 1) {
        await page.keyboard.press('Tab')
        const seen = String(
          await page.evaluate(
            "document.activeElement === document.body ? '' : (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)",
          ),
        )
        if (!seen.startsWith(text)) continue
        const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
        assert.notEqual(outline, 'none', `the focus is seen on ${text}`)
        await page.keyboard.press('Enter')
        return
      }
      assert.fail(`no Tab leads to ${text}`)
    }
    await tabTo('Few')
    await page.locator('h1 >> text=Few').waitFor()
    for (let n = 0; (await active(page)) !== `i-${keyOf('one')}`; n += 1) {
      assert.ok(n < 20)
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await says(page, '1 of 3')
    await page.keyboard.press('ArrowRight')
    await says(page, '2 of 3')
    await tabTo('Close')
    await until(async () => (await active(page)) === `i-${keyOf('two')}`)
    await page.keyboard.press('/')
    await page.keyboard.type('number 12')
    await page.keyboard.press('Enter')
    await page.locator('.found').waitFor()
    await tabTo('Map')
    await page.locator('.pin').first().waitFor()
    await tabTo('1 photo near Bergen')
    await page.locator('.found >> text=1 photo near Bergen').waitFor()
    await tabTo('‹ Map')
    await page.locator('.pin').first().waitFor()
    await page.locator('.bar a').first().focus()
    await tabTo('Timeline')
    await page.locator('.grid .shot[href]').first().waitFor()
    await whole()
  })

  test('nothing moves for those who asked for less motion', async () => {
    for (const path of ['index.html', 'Few/index.html', 'Many/index.html', 'twin.files/explore.html#time']) {
      const { page, whole } = await twin.look(twin.onDisk(path), { reducedMotion: 'reduce' })
      await page.waitForTimeout(150)
      assert.deepEqual(
        await page.evaluate(
          "[...document.querySelectorAll('*')].filter((each) => parseFloat(getComputedStyle(each).transitionDuration) > 0).map((each) => each.className)",
        ),
        [],
      )
      assert.equal(await page.evaluate('document.getAnimations().length'), 0)
      await whole()
    }
  })
})
