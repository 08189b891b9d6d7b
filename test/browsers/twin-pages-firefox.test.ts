/** The pages of a twin in Firefox, from the disk: what the other tests prove in Chromium must hold in a second browser. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { Firefox, noFirefox } from '../support/firefox.ts'
import { colour, noBrowser, TwinBrowser, until } from '../support/twin-browser.ts'

const [ARROW_RIGHT, ESCAPE, END] = ['\uE014', '\uE00C', '\uE010'] as const

async function theWorld(): Promise<World> {
  const pictures = await Promise.all(['#153', '#351'].map((each) => colour(each)))
  return {
    nickName: 'simon',
    name: 'Simon Ulator',
    keys: KEYS,
    root: [
      albumNode(
        'Many',
        Array.from({ length: 230 }, (_, n) => photo(`many ${n}`, { capturedLocal: `20${10 + (n % 9)}-0${1 + (n % 9)}-11T10:00:00` })),
      ),
      albumNode('Few', [
        photo('fjord', {
          bytes: pictures[0] ?? (await colour('#153')),
          title: 'Fjord',
          latitude: '60.39',
          longitude: '5.32',
          capturedLocal: '2019-07-24T22:41:03',
        }),
        photo('hut', { bytes: pictures[1] ?? (await colour('#351')), title: 'Hut', capturedLocal: '2019-07-24T23:41:03' }),
      ]),
    ],
  }
}

describe('the twin in Firefox', { skip: noFirefox || noBrowser, concurrency: 1 }, () => {
  let twin: TwinBrowser
  let firefox: Firefox
  before(async () => {
    twin = await TwinBrowser.open(await theWorld())
    firefox = await Firefox.open()
  })
  after(async () => {
    await firefox?.close()
    await twin?.close()
  })

  const count = async (selector: string): Promise<number> =>
    Number(await firefox.see(`document.querySelectorAll(${JSON.stringify(selector)}).length`))
  const says = (text: string): Promise<void> => until(async () => String(await firefox.see('document.body.innerText')).includes(text), text)
  const hash = async (): Promise<string> => String(await firefox.see('location.hash'))

  test('an album opens its photos in place, and Back closes them', async () => {
    await firefox.goto(twin.onDisk('Few/index.html'))
    assert.equal(await count('figure'), 2)
    await firefox.click('figure a')
    await says('1 of 2')
    await until(async () => (await firefox.see("document.querySelector('.stage img')?.naturalWidth")) === 300)
    await firefox.press(ARROW_RIGHT)
    await says('2 of 2')
    await until(async () => (await hash()) === `#i-${photo('hut').key}`)
    await firefox.back()
    await until(async () => (await count('dialog[open]')) === 0)
    assert.equal(await hash(), '')
  })

  test('the timeline scrolls, opens a photo and gives the focus back', async () => {
    await firefox.goto(twin.onDisk('twin.files/explore.html#time'))
    await until(async () => (await count('.grid .shot[href]')) > 10)
    await firefox.press(END)
    await until(async () => (await count('[data-item="231"]')) === 1)
    await until(async () => /^#time=2010/.test(await hash()))
    await firefox.click('[data-item="231"]')
    await says('232 of 232')
    await firefox.press(ESCAPE)
    await until(async () => (await count('dialog[open]')) === 0)
    await until(async () => (await firefox.see('document.activeElement.dataset.item')) === '231')
  })

  test('the map has its pins, and the search finds', async () => {
    await firefox.goto(twin.onDisk('twin.files/explore.html#map'))
    await until(async () => (await count('.pin')) === 1)
    assert.equal(await firefox.see("document.querySelector('.pin').title"), '1 photo near Bergen')
    await firefox.goto(twin.onDisk('twin.files/explore.html#search=fjord%202019'))
    await says('1 photo found')
    await firefox.goto(twin.onDisk('Many/index.html'))
    await until(async () => (await count('.grid.of-album .shot')) > 10)
  })

  test('no page complains', () => {
    assert.deepEqual(firefox.complaints, [])
  })
})
