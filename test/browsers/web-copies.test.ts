/** "Get back a copy": of an item as it is now, and as it was. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { chromium } from 'playwright-core'
import { addImage, removeImage, replaceImage } from '../../simulator/edit.ts'
import type { World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import type { Copies } from '../../src/web/contract.ts'
import { type Lab, openLab } from '../support/lab.ts'
import { openLocal } from '../support/local-page.ts'
import { colour, noBrowser } from '../support/twin-browser.ts'

const blue = photo('é "blue".jpg', { key: 'BLUE1' })
const gone = photo('gone.jpg', { key: 'GONE1' })

async function vaultWithPast(
  t: TestContext,
): Promise<{ readonly lab: Lab; readonly before: Buffer; readonly after: Buffer; readonly name: string }> {
  const world: World = {
    nickName: 'ann',
    name: 'Ann',
    keys: KEYS,
    root: [albumNode('Summer', [{ ...blue, bytes: await colour('blue') }, gone])],
  }
  const lab = await openLab(t, world, { settings: { onVanished: 'trash' } })
  await lab.complete()
  const name = lab.rows().files.find(({ imageKey }) => imageKey === 'BLUE1')?.name ?? ''
  const before = readFileSync(lab.at(`Summer/${name}`))
  const red = await colour('red')
  lab.change(
    (w) => replaceImage(w, 'BLUE1', red),
    (w) => removeImage(w, lab.rows().albums[0]?.key ?? '', 'GONE1'),
  )
  await lab.complete({ settings: { onVanished: 'trash' } })
  return { lab, before, after: readFileSync(lab.at(`Summer/${name}`)), name }
}

test('a copy comes back as it is now, as it was, and as of a day, under its own name', async (t) => {
  const { lab, before, after, name } = await vaultWithPast(t)
  const { get } = await openLocal(t, lab)
  const bytes = async (path: string): Promise<Buffer> => {
    const answer = await get(path)
    assert.equal(answer.status, 200, `${path}: ${answer.status}`)
    const named = answer.headers.get('content-disposition') ?? ''
    assert.match(named, /^attachment; /)
    assert.ok(named.endsWith(`UTF-8''${encodeURIComponent(name)}`), named)
    return Buffer.from(await answer.arrayBuffer())
  }
  const { copies } = (await (await get('/api/copies?item=BLUE1')).json()) as Copies
  assert.equal(copies.length, 2)
  assert.deepEqual(await bytes(copies[0]?.address ?? ''), after)
  assert.deepEqual(await bytes(copies[1]?.address ?? ''), before)
  assert.deepEqual(await bytes('/api/copy?item=BLUE1'), after)
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  assert.deepEqual(await bytes(`/api/copy?item=BLUE1&when=${tomorrow}`), after)
  assert.deepEqual(await bytes('/api/copy?item=BLUE1&when=1'), before, 'as of the end of the first run')
  const page = await (await get('/copy.html?item=BLUE1', { accept: 'text/html' })).text()
  assert.match(page, /As it is now/)
  assert.match(page, /As it was until/)
  const [, picture = ''] = /<img src="([^"]+)"/.exec(page) ?? []
  assert.equal((await get(`/${picture}`)).headers.get('content-type'), 'image/webp', 'though no page of the twin was looked at before')
  const aside = await (await get('/copy.html', { accept: 'text/html' })).text()
  assert.match(aside, /vanished from SmugMug/)
})

test('a photo that is gone comes back from the trash', async (t) => {
  const { lab } = await vaultWithPast(t)
  const { get } = await openLocal(t, lab)
  const { copies } = (await (await get('/api/copies?item=GONE1')).json()) as Copies
  assert.equal(copies.length, 1)
  assert.equal((await get(copies[0]?.address ?? '')).status, 200)
  assert.equal((await get('/api/copy?item=GONE1&when=1')).status, 200)
})

test('as of a day the records of that day count: a photo was not there yet, or its bytes are no longer held', async (t) => {
  const { lab, before, name } = await vaultWithPast(t)
  const album = lab.rows().albums[0]?.key ?? ''
  lab.change((w) => addImage(w, album, photo('late', { key: 'LATE1' })))
  await lab.complete({ settings: { onVanished: 'trash' } })
  const { get } = await openLocal(t, lab)
  const refused = async (query: string): Promise<string> => {
    const answer = await get(`/api/copy?${query}`)
    assert.equal(answer.status, 404, query)
    return await answer.text()
  }
  assert.match(await refused('item=LATE1&when=1'), /late\.jpg was not in your account at that time\. Choose another day/)
  assert.equal((await get('/api/copy?item=LATE1&when=3')).status, 200)
  assert.match(await refused('item=GONE1&when=2'), /gone\.jpg\.jpg was not in your account at that time/)
  assert.deepEqual(Buffer.from(await (await get('/api/copy?item=BLUE1&when=1')).arrayBuffer()), before)
  // Other bytes of the same size in the place of the copy are not that copy.
  const aside = readdirSync(lab.at('.smugmug-backup/history'), { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('.jpg'))
  writeFileSync(lab.at(`.smugmug-backup/history/${aside}`), Buffer.alloc(before.length))
  assert.match(await refused('item=BLUE1&when=1'), new RegExp(`The copy of ${name} as it was at that time is no longer held`))
})

test('what cannot be had is refused in words, and nothing else of the disk is handed over', async (t) => {
  const { lab } = await vaultWithPast(t)
  const { get } = await openLocal(t, lab)
  const refusal = async (path: string, status = 404): Promise<string> => {
    const answer = await get(path, { accept: 'text/html' })
    const text = await answer.text()
    assert.equal(answer.status, status, `${path}: ${text}`)
    assert.match(text, /<h1>This copy cannot be had<\/h1>/)
    const [, style = ''] = /rel="stylesheet" href="([^"]+)"/.exec(text) ?? []
    assert.equal(new URL(style, new URL(path, 'http://x')).pathname, '/twin.files/twin.css')
    assert.match(text, /<title>No copy · Ann<\/title>/, 'the name of the account, though no page was looked at before')
    return text
  }
  assert.match(await refusal('/copy.html?item=NONE'), /knows no such/)
  for (const key of ['', '../x', '%00', 'x'.repeat(5000), "' OR 1=1"]) await refusal(`/api/copy?item=${encodeURIComponent(key)}`)
  assert.match(await refusal('/api/copy?item=BLUE1&when=1999-01-01'), /no backup yet/)
  for (const when of ['2026-02-30', 'yesterday', '99', '-1', '1e9']) await refusal(`/api/copy?item=BLUE1&when=${when}`)
  await refusal('/api/copy?item=BLUE1&until=2001-01-01T00:00:00.000Z')

  // A journal that somebody else has written leads nowhere.
  const secret = join(await mkdtemp(join(tmpdir(), 'web-copies-')), 'secret.jpg')
  t.after(() => rmSync(join(secret, '..'), { recursive: true }))
  writeFileSync(secret, 'secret')
  const journal = lab.at('.smugmug-backup/history/history.jsonl')
  const paths = [
    '.smugmug-backup/catalogue.sqlite',
    '../secret.jpg',
    secret,
    '.smugmug-backup/history/../catalogue.sqlite',
    '.smugmug-backup/history/',
    '.smugmug-backup/history/link.jpg',
    'Summer/x\0',
  ]
  symlinkSync(secret, lab.at('.smugmug-backup/history/link.jpg'))
  const lines = paths.map((to, n) =>
    JSON.stringify({ at: `2020-01-0${n + 1}T00:00:00.000Z`, from: 'Summer/x.jpg', to, why: 'x', imageKey: 'BLUE1' }),
  )
  writeFileSync(journal, `${readFileSync(journal, 'utf8')}${lines.join('\n')}\n{"at":1}\nnonsense\n`)
  const { copies } = (await (await get('/api/copies?item=BLUE1')).json()) as Copies
  assert.equal(copies.length, 2)

  // A link in the place of the folder leads nowhere either.
  const moved = lab.at('../history-elsewhere')
  renameSync(lab.at('.smugmug-backup/history'), moved)
  symlinkSync(moved, lab.at('.smugmug-backup/history'))
  for (const { address, until } of copies) if (until !== undefined) await refusal(address)
})

test('the way to the copies is on the page of the album and beside the large photo, and the twin on the disk has none', {
  skip: noBrowser,
}, async (t) => {
  // Without a language of UTF-8 it would not take the name of a file. Closed before the page that it looks at.
  const env = { ...process.env, LANG: 'C.UTF-8' }
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], env })
  t.after(() => browser.close())
  const { lab } = await vaultWithPast(t)
  const { origin, address } = await openLocal(t, lab)
  const page = await browser.newPage()
  await page.goto(address())
  await page.waitForURL(`${origin}/`)
  await page.goto(`${origin}/Summer/index.html`)
  await page.locator('figure a.shot').first().click()
  const link = page.getByRole('link', { name: 'Get back a copy', exact: true })
  await link.click()
  await page.getByRole('heading', { name: 'Get back a copy' }).waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Get this copy').first().click()])
  assert.match(download.suggestedFilename(), /blue/)
  await page.goto(`${origin}/Summer/index.html`)
  await page.locator('figure').first().hover()
  await page
    .getByRole('link', { name: /Get back a copy of/ })
    .first()
    .click()
  await page.getByRole('heading', { name: 'Get back a copy' }).waitFor()
  assert.equal(existsSync(lab.at('twin.files')), false)
})
