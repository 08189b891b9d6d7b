/** The pages of a twin in Chromium, opened from the disk. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import type { Row } from './measure.ts'

const BROWSER = '/usr/bin/chromium'
const WINDOW = { width: 1440, height: 900 }

// The texts below run in the page.

const FIRST_PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntries().find(({ name }) => name === 'first-contentful-paint')
    if (paint !== undefined) resolve(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
})`

/** Lets `drawn` become the time of the frame after the first picture, since the page was asked for. */
const MARK_DRAWN = `window.drawn = new Promise((resolve) => {
  new MutationObserver((_changes, observer) => {
    if (document.querySelector('.shot img') === null) return
    observer.disconnect()
    requestAnimationFrame(() => resolve(performance.now()))
  }).observe(document, { childList: true, subtree: true })
})`

/** Scrolls by 1,000 pixels a second for five seconds. Returns the frames, and the most elements that were there. */
const SCROLL = `new Promise((resolve) => {
  const grid = document.querySelector('.grid')
  const [began, from] = [performance.now(), grid.scrollTop]
  let [frames, most] = [0, 0]
  const step = () => {
    frames += 1
    most = Math.max(most, document.getElementsByTagName('*').length)
    const passed = performance.now() - began
    grid.scrollTo({ top: from + passed, behavior: 'instant' })
    if (passed < 5000) requestAnimationFrame(step)
    else resolve({ frames, most })
  }
  requestAnimationFrame(step)
})`

/** Looks for a text. Returns the time until its photos, or the words that there are none, are in the page. */
const searchFor = (text: string): string => `new Promise((resolve) => {
  const began = performance.now()
  new MutationObserver((_changes, observer) => {
    observer.disconnect()
    resolve(performance.now() - began)
  }).observe(document.getElementById('view'), { childList: true })
  location.hash = ${JSON.stringify(`#search=${text}`)}
})`

/** The bars of the two sizes. */
export interface ClientBars {
  readonly timelineMs: number
  readonly searchMs: number
}

/** Measures the pages of a twin. Empty where there is no Chromium. */
export async function measureClient(root: string, album: string, bars: ClientBars): Promise<readonly Row[]> {
  if (!existsSync(BROWSER)) return []
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
  try {
    const at = (path: string): string => pathToFileURL(join(root, path)).href
    const year = album.split('/')[0] ?? ''
    return [
      sizeRow(),
      await paintRow(browser, [at('index.html'), at(`${year}/index.html`), at(`${album}/index.html`), at('twin.files/explore.html')]),
      ...(await timelineRows(browser, at('twin.files/explore.html'), bars)),
    ]
  } finally {
    await browser.close()
  }
}

/** The scripts of the twin and of the local page, which is the twin and more. */
function sizeRow(): Row {
  const folder = join(import.meta.dirname, '..', 'dist')
  const scripts = [join(folder, 'twin', 'twin.js'), ...readdirSync(join(folder, 'live')).map((name) => join(folder, 'live', name))]
  const bytes = scripts.filter((path) => path.endsWith('.js')).map((path) => gzipSync(readFileSync(path)).length)
  return {
    what: 'scripts of the twin and of the local page, gzip',
    unit: 'kB',
    ours: [bytes.reduce((a, b) => a + b) / 1000],
    bar: { most: 20 },
  }
}

/** Opens each page three times in a browser that has not seen it. The slowest page counts. */
async function paintRow(browser: Browser, addresses: readonly string[]): Promise<Row> {
  const slowest: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const paints: number[] = []
    for (const address of addresses) paints.push(await firstPaint(browser, address))
    slowest.push(Math.max(...paints))
  }
  return { what: 'first paint of the slowest of four pages', unit: 'ms', ours: slowest, bar: { most: 300 } }
}

async function firstPaint(browser: Browser, address: string): Promise<number> {
  const page = await browser.newPage({ viewport: WINDOW })
  try {
    await page.goto(address)
    return await page.evaluate<number>(FIRST_PAINT)
  } finally {
    await page.close()
  }
}

async function timelineRows(browser: Browser, address: string, bars: ClientBars): Promise<readonly Row[]> {
  const drawn: number[] = []
  const searched: number[] = []
  const scanned: number[] = []
  const work: number[] = []
  const nodes: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const page = await browser.newPage({ viewport: WINDOW })
    try {
      await page.addInitScript(MARK_DRAWN)
      await page.goto(address)
      drawn.push(await page.evaluate<number>('drawn'))
      const { frameMs, most } = await scroll(page, await page.context().newCDPSession(page))
      work.push(frameMs)
      nodes.push(most)
      const { wallMs, workMs } = await search(page)
      searched.push(wallMs)
      scanned.push(workMs)
    } finally {
      await page.close()
    }
  }
  return [
    { what: 'timeline drawn, with its first pictures', unit: 'ms', ours: drawn, bar: { most: bars.timelineMs } },
    { what: 'work a frame at 1,000 pixels a second', unit: 'ms', ours: work, bar: { most: 16 } },
    { what: 'elements in the page meanwhile, at most', unit: 'elements', ours: nodes, bar: { most: 1500 } },
    { what: 'search, once its texts are loaded', unit: 'ms', ours: searched, bar: { most: bars.searchMs } },
    { what: 'the same: processor time', unit: 'ms', ours: scanned },
  ]
}

/** Scrolls for five seconds. Returns the time that the page's thread worked for each frame, and the most elements. */
async function scroll(page: Page, session: CDPSession): Promise<{ readonly frameMs: number; readonly most: number }> {
  await session.send('Performance.enable')
  const before = await taskMs(session)
  const seen = await page.evaluate<{ readonly frames: number; readonly most: number }>(SCROLL)
  return { frameMs: ((await taskMs(session)) - before) / seen.frames, most: seen.most }
}

/**
 * Returns the time from a new query to its photos in the page, and the processor time of the page's thread meanwhile: of one frequent word, of
 * rare ones, and of two. The slowest counts.
 */
async function search(page: Page): Promise<{ readonly wallMs: number; readonly workMs: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const [walls, works]: [number[], number[]] = [[], []]
  for (const query of ['sea', 'fjord', 'dsc', 'dsc0 jpg', 'zzz', 'oi na']) {
    const before = await taskMs(session)
    walls.push(await page.evaluate<number>(searchFor(query)))
    works.push((await taskMs(session)) - before)
  }
  await session.detach()
  // The first one loads the texts.
  return { wallMs: Math.max(...walls.slice(1)), workMs: Math.max(...works.slice(1)) }
}

/** Returns the time that the page's thread has worked since it began. */
const taskMs = async (session: CDPSession): Promise<number> =>
  ((await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
