/** A twin of a made-up world in a real browser: from the disk, and on a web server under a path of its own. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import type { World } from '../../simulator/world.ts'
import { runTwin } from '../../src/app/app.ts'
import { type Lab, openFreeLab } from './lab.ts'

const BROWSER = '/usr/bin/chromium'

/** The reason why tests in a browser are skipped; false if they are not. */
export const noBrowser: string | false = existsSync(BROWSER) ? false : `there is no ${BROWSER}`

const AXE = readFileSync(join(import.meta.dirname, '..', '..', 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  webp: 'image/webp',
  jpg: 'image/jpeg',
}

/** A photo of one colour, as a camera would store it. */
export const colour = async (background: string, size: readonly [number, number] = [300, 200]) => ({
  kind: 'inline' as const,
  data: await sharp({ create: { width: size[0], height: size[1], channels: 3, background } })
    .jpeg()
    .toBuffer(),
})

/** A page that is open, and the check that nothing went wrong on it. */
export interface OpenPage {
  readonly page: Page
  /** Fails if the page complained, asked another host, or ran something that people wrote; then closes it. */
  readonly whole: () => Promise<void>
}

/** The twin of a world, and a browser to look at it. */
export class TwinBrowser {
  readonly lab: Lab
  readonly browser: Browser
  readonly #server: ReturnType<typeof createServer>

  private constructor(lab: Lab, browser: Browser) {
    this.lab = lab
    this.browser = browser
    this.#server = createServer((request, response) => {
      const asked = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)
      const path = asked.startsWith('/site/') ? asked.slice('/site'.length) : '/elsewhere'
      const found = [lab.at(`.${path}`), lab.at(`.${path.replace(/\/$/, '')}/index.html`)].find((each) =>
        statSync(each, { throwIfNoEntry: false })?.isFile(),
      )
      // A folder's page has a slash at its end, as on any web server that leads nowhere else.
      const file = found === undefined || (found.endsWith('index.html') && !/(\/|index\.html)$/.test(path)) ? lab.at('404.html') : found
      response.writeHead(file === found ? 200 : 404, { 'content-type': TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream' })
      response.end(readFileSync(file))
    })
  }

  /** Backs up a world, makes its twin, and starts a browser. */
  static async open(world: World): Promise<TwinBrowser> {
    const lab = await openFreeLab(world)
    await lab.complete()
    const { signal } = new AbortController()
    const made = await runTwin({ ...lab.work(), signal })
    assert.equal(made.exitCode, 0, made.message)
    const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    const twin = new TwinBrowser(lab, browser)
    await new Promise<void>((resolve) => twin.#server.listen(0, '127.0.0.1', resolve))
    return twin
  }

  /** The address of the twin's top on the web server, without a slash. */
  get http(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/site`
  }

  async close(): Promise<void> {
    await this.browser.close()
    this.#server.close()
    await this.lab.close()
  }

  /** Returns the address of a page on the disk. */
  onDisk(path: string): string {
    const [file, hash] = path.split('#')
    return `${pathToFileURL(this.lab.at(file ?? ''))}${hash === undefined ? '' : `#${hash}`}`
  }

  /** Opens a page that must not complain, ask another host, or run what people wrote. */
  async look(address: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message())
      void dialog.dismiss()
    })
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
}

/** The rules about colours, which alone can be broken by a page that was found right in other colours. */
export const COLOURS: readonly string[] = ['color-contrast', 'link-in-text-block']

/** Waits until nothing on the page moves or fades, except things that never end. */
const REST = `Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity).map((each) => each.finished))`

/** Returns what hinders people who do not see, hear or point, by all rules or by those of this name. */
export async function hindrances(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  await page.waitForLoadState()
  await page.evaluate(REST)
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE)
  const options = { preload: false, ...(rules === undefined ? {} : { runOnly: rules }) }
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as {
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
  }
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
}

/** Waits until the page looks as it shall, since its words come before its style, and returns by how many pixels it is too wide. */
export async function excessWidth(page: Page): Promise<number> {
  await page.waitForLoadState()
  const width = (await page.evaluate('document.documentElement.scrollWidth')) as number
  return Math.max(0, width - (page.viewportSize()?.width ?? 0))
}

/** Waits until something is so: a page under a strict policy runs no text of ours. */
export async function until(isSo: () => Promise<boolean> | boolean, what = 'it came within five seconds'): Promise<void> {
  for (let n = 0; !(await isSo()); n += 1) {
    assert.ok(n < 100, what)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
