/** The news of the local page: numbered, kept for who comes late, and the health page that follows them. */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { smallWorld } from '../../simulator/worlds/small.ts'
import type { Program } from '../../src/service/own-process.ts'
import { eventsOf } from '../support/event-stream.ts'
import { openLab } from '../support/lab.ts'
import { openLocal } from '../support/local-page.ts'
import { noBrowser } from '../support/twin-browser.ts'

/** A task that says three things and ends. */
const SAYS = ['one', 'two', 'three'].map((message) => JSON.stringify({ event: 'warning', message })).join('\n')
const program: Program = {
  command: process.execPath,
  before: ['--eval', `console.log(${JSON.stringify(SAYS)})`, '--'],
  options: [],
  env: {},
}

/** Reads the numbers and values of a stream up to the end of a task. */
async function numbered(answer: Response): Promise<readonly (readonly [id: number, what: string])[]> {
  const found: (readonly [number, string])[] = []
  let text = ''
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      if (id === undefined) continue
      const news = JSON.parse(data ?? '') as { readonly message?: string; readonly task?: { readonly state: string } }
      found.push([Number(id), news.message ?? news.task?.state ?? ''])
      if (news.task?.state === 'ended') return found
    }
  }
  return found
}

test('who comes late catches up, from any number on', async (t) => {
  const { origin, headers } = await openLocal(t, await openLab(t, smallWorld()), { program })
  const listen = (since = '', more = {}): Promise<Response> => fetch(`${origin}/api/events${since}`, { headers: { ...headers, ...more } })
  // Heard before the task begins: its answer has come.
  const from = await listen()
  assert.equal((await fetch(`${origin}/api/tasks`, { method: 'POST', headers, body: '{"start":"twin"}' })).status, 201)
  const expected = ['running', 'one', 'two', 'three', 'ended'].map((what, n) => [n + 1, what])
  assert.deepEqual(await numbered(from), expected)
  assert.deepEqual(await numbered(await listen('?since=0')), expected)
  assert.deepEqual(await numbered(await listen('?since=2')), expected.slice(2))
  assert.deepEqual(await numbered(await listen('?since=0', { 'last-event-id': '4' })), expected.slice(4))
})

test('hundreds of listeners: sixteen are heard, the others are asked to come again, and the page still answers', async (t) => {
  const { origin, headers, get } = await openLocal(t, await openLab(t, smallWorld()), { program })
  const stop = new AbortController()
  t.after(() => stop.abort())
  const statuses: number[] = []
  for (let n = 0; n < 200; n++) {
    const answer = await fetch(`${origin}/api/events`, { headers, signal: stop.signal })
    statuses.push(answer.status)
    if (answer.status !== 200) assert.equal(answer.headers.get('retry-after'), '5')
  }
  assert.equal(statuses.filter((status) => status === 200).length, 16)
  assert.equal((await get('/healthz')).status, 503)
})

test('the health page follows the news, and leaves scroll and focus alone', { skip: noBrowser }, async (t) => {
  // Closed before the page that it looks at.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const lab = await openLab(t, smallWorld())
  const { origin, headers, address } = await openLocal(t, lab, { program })
  const page = await browser.newPage({ viewport: { width: 600, height: 300 } })
  const start = () => fetch(`${origin}/api/tasks`, { method: 'POST', headers, body: '{"start":"twin"}' })
  await page.goto(address())
  await page.getByRole('heading', { name: 'There is no backup yet' }).waitFor()
  await lab.complete()
  await start()
  await page.getByRole('heading', { name: 'Everything is here' }).waitFor()
  const link = page.locator('th a').last()
  await link.focus()
  const before = await page.evaluate('[scrollY, document.querySelector(".year").scrollLeft = -100, document.activeElement.href]')
  const [scroll] = before as readonly [number]
  assert.ok(scroll > 0)
  // A further run: the numbers of the page change.
  lab.change((world) => ({ ...world, name: 'Ann B' }))
  await lab.backup({ full: true })
  const refreshed = page.waitForResponse(`${origin}/`)
  await start()
  await (await refreshed).finished()
  await page.waitForFunction('document.querySelector(".tiles b").textContent !== ""')
  assert.deepEqual(await page.evaluate('[scrollY, document.querySelector(".year").scrollLeft, document.activeElement.href]'), before)
  // Through every form of the page, as often as it changes: the disk is gone, and comes back.
  const away = `${lab.at('.')}-away`
  for (const [from, to, heading] of [
    [lab.at('.'), away, 'The vault cannot be looked at'],
    [away, lab.at('.'), 'Everything is here'],
  ] as const) {
    renameSync(from, to)
    while ((await start()).status !== 201);
    await page.getByRole('heading', { name: heading }).waitFor()
  }
})

test('the page may be closed while an answer is being made: the vault is closed after it, and nothing stays behind', async (t) => {
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const temporary = await mkdtemp(join(tmpdir(), 'web-closing-'))
  const before = process.env.TMPDIR
  process.env.TMPDIR = temporary
  t.after(async () => {
    process.env.TMPDIR = before ?? tmpdir()
    if (before === undefined) delete process.env.TMPDIR
    await rm(temporary, { recursive: true })
  })
  let closed: Promise<void> | undefined
  const local = await openLocal(t, lab, {
    looks: () => {
      closed ??= local.close()
    },
  })
  // The answer may be cut; it may not fail.
  await local.get('/index.html').catch(() => undefined)
  await closed
  assert.ok(closed !== undefined)
  assert.deepEqual(await readdir(temporary), [])
})

test('the end of a run that was started elsewhere is shown when it comes', { skip: noBrowser }, async (t) => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const { origin, address } = await openLocal(t, lab, { program })
  const page = await browser.newPage()
  await page.goto(address())
  await page.waitForURL(`${origin}/`)
  const listening = page.waitForResponse(/api\/events/)
  await page.goto(`${origin}/live.html`)
  await listening
  await lab.backup({ full: true })
  // Without a change the numbers come again after fifteen seconds only.
  await page.getByText('The backup that was started elsewhere has ended').waitFor({ timeout: 12_000 })
})

test('a wish that is refused, and one that nobody hears, are answered on the page', { skip: noBrowser }, async (t) => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const runs: Program = { ...program, before: ['--eval', 'setInterval(() => undefined, 1000)', '--'] }
  const lab = await openLab(t, smallWorld())
  await lab.complete()
  const { origin, headers, address, close } = await openLocal(t, lab, { program: runs })
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(address())
  await page.waitForURL(`${origin}/`)
  await page.goto(`${origin}/live.html`)
  const start = page.getByRole('button', { name: 'Read every file again' })
  await start.waitFor()
  // The buttons as they stand at the instant at which another window starts a task: the news come a moment later.
  await page.evaluate('document.getElementById("run-buttons").id = "kept"')
  assert.equal((await fetch(`${origin}/api/tasks`, { method: 'POST', headers, body: '{"start":"twin"}' })).status, 201)
  await start.click()
  await page.getByRole('alert').getByText('Another task is under way: wait for its end, or stop it.').waitFor()
  await close()
  await start.click()
  await page.getByText('The program does not answer').waitFor()
  assert.deepEqual(errors, [])
})

test('the page may be closed while a task runs and a browser listens: the task is stopped, and the listener hears the end', async (t) => {
  const runs: Program = { ...program, before: ['--eval', 'setInterval(() => undefined, 1000)', '--'] }
  const { origin, headers, close } = await openLocal(t, await openLab(t, smallWorld()), { program: runs })
  const news = eventsOf<{ readonly task?: { readonly state: string } }>(`${origin}/api/events?since=0`, headers)
  await news.next()
  assert.equal((await fetch(`${origin}/api/tasks`, { method: 'POST', headers, body: '{"start":"twin"}' })).status, 201)
  while ((await news.next()).value?.task?.state !== 'running');
  await close()
  while (!(await news.next()).done);
  await assert.rejects(fetch(origin), /fetch failed/)
})
