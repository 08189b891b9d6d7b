/**
 * Makes the pictures of the twin in docs/pictures/: the demo's vault, its twin, and a browser that looks at it. Needs Debian's Chromium.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import sharp from 'sharp'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'pictures')
const home = mkdtempSync(join(tmpdir(), 'twin-pictures-'))
const vault = join(home, 'vault')
const program = (...words: readonly string[]): void =>
  void execFileSync(process.execPath, [join(root, 'bin', 'smugmug-backup.cjs'), ...words, '--destination', vault], {
    env: { ...process.env, HOME: home },
    stdio: 'ignore',
  })

/** Each picture: the page, the colours, the size of the window, and the photo to open. */
const PICTURES = [
  { name: 'album', page: 'Travel/2019-Norway/Fjords/index.html', colors: 'light', width: 1280, height: 800 },
  { name: 'timeline', page: 'twin.files/explore.html#time', colors: 'light', width: 1280, height: 800 },
  { name: 'photo', page: 'twin.files/explore.html#search=fjord', colors: 'dark', width: 1280, height: 800, open: true },
  { name: 'map', page: 'twin.files/explore.html#map', colors: 'dark', width: 1280, height: 800 },
  { name: 'phone', page: 'index.html', colors: 'light', width: 390, height: 800 },
] as const

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  program('demo')
  program('twin')
  for (const { name, page: path, colors, width, height, ...more } of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: colors })
    await page.goto(`${pathToFileURL(vault)}/${path}`)
    await page.waitForLoadState('networkidle')
    if ('open' in more) {
      await page.locator('.grid .shot').first().click()
      await page.locator('dialog[open] aside dl').waitFor()
    }
    await page.waitForTimeout(700)
    await sharp(await page.screenshot())
      .webp({ quality: 78 })
      .toFile(join(folder, `twin-${name}.webp`))
    await page.close()
  }
} finally {
  await browser.close()
  rmSync(home, { recursive: true, force: true })
}
