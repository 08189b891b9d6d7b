import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import type { Behaviour, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertCode, assertHolds, openScene, type Scene, type SceneOptions } from '../scenarios/harness.ts'
import { eventsOf } from '../support/event-stream.ts'
import { excessWidth } from '../support/twin-browser.ts'

const BROWSER = '/usr/bin/chromium'

interface Status {
  readonly tasks: readonly { readonly id: number; readonly kind: string; readonly state: string; readonly exitCode?: number }[]
  readonly elsewhere?: { readonly operation?: string }
  readonly view?: { readonly words: { readonly texts: { readonly items: string } } }
}

/** A piece of news. */
interface Live {
  readonly kind: string
  readonly state?: string
  readonly exitCode?: number
  readonly operation?: string
  readonly message?: string
  readonly elsewhere?: { readonly texts: { readonly status: string; readonly detail: string; readonly items: string } }
}

async function openPage(t: TestContext, options?: SceneOptions) {
  const scene = await openScene(t, options)
  const running = scene.start(['web', '--port', '0'])
  const [address] = await running.says(/http:\/\/localhost:\d+\/\?key=\S+/)
  const cookie = (await fetch(address)).headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
  const { origin } = new URL(address)
  const headers = { cookie, origin, 'content-type': 'application/json' }
  const tasks = async (): Promise<Status> => (await fetch(`${origin}/api/tasks`, { headers })).json() as Promise<Status>
  const post = (body: unknown) => fetch(`${origin}/api/tasks`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { scene, running, address, origin, headers, tasks, post }
}

/** Waits for news of a task in this state. */
async function untilTask(origin: string, headers: Record<string, string>, state: string): Promise<void> {
  const stream = eventsOf<{ readonly kind: string; readonly task?: { readonly state: string } }>(`${origin}/api/events?since=0`, headers)
  for await (const news of stream) if (news.kind === 'task' && news.task?.state === state) break
}

/** Twenty photos. */
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    albumNode(
      'Summer',
      Array.from({ length: 20 }, (_, n) => photo(`photo ${n}`, { bytes: { kind: 'seeded', seed: `${n}`, size: 20_000, starts: 'jpg' } })),
    ),
  ],
}

describe('tasks of the local page', { concurrency: 2 }, () => {
  test('a backup is started, one at a time, and ends with the vault whole', async (t) => {
    // No file comes before the others were refused: the backup cannot end before.
    const { promise: refused, resolve: goOn } = Promise.withResolvers<void>()
    const behaviour: Behaviour = { faults: [{ on: 'file', does: { kind: 'stall', after: 100, until: refused } }] }
    const { scene, origin, headers, tasks, post } = await openPage(t, { behaviour })
    assert.equal((await post({ start: 'rm' })).status, 400)
    assert.equal((await post({ start: 'backup', cancel: 1 })).status, 400)
    const both = await Promise.all([post({ start: 'backup' }), post({ start: 'backup' })])
    assert.deepEqual(both.map(({ status }) => status).toSorted(), [201, 409])
    assert.equal((await post({ start: 'verify' })).status, 409)
    goOn()
    await untilTask(origin, headers, 'ended')
    assert.deepEqual(
      (await tasks()).tasks.map(({ kind, exitCode }) => [kind, exitCode]),
      [['backup', 0]],
    )
    await assertHolds(scene.vault, smallWorld())
    assert.equal((await fetch(`${origin}/healthz`)).status, 200)
  })

  test('a task is stopped, and what is finished stays', async (t) => {
    // One photo comes at once; the others never do, so the task ends only because it is stopped.
    const nth = Array.from({ length: 100 }, (_, n) => n + 2)
    const { scene, origin, headers, tasks, post } = await openPage(t, {
      world,
      behaviour: { faults: [{ on: 'original', nth, does: { kind: 'stall' } }] },
    })
    assert.equal((await post({ cancel: 1 })).status, 409)
    assert.equal((await post({ start: 'backup' })).status, 201)
    const stream = eventsOf<Status>(`${origin}/api/events`, headers)
    for await (const { view } of stream) if (Number(view?.words.texts.items) > 0) break
    assert.equal((await post({ cancel: 1 })).status, 200)
    await untilTask(origin, headers, 'stopping')
    assert.equal((await post({ cancel: 1 })).status, 200, 'the second time it stops at once')
    await untilTask(origin, headers, 'ended')
    assert.equal((await tasks()).tasks[0]?.exitCode, 130)
    assert.equal((await post({ cancel: 1 })).status, 409)
    assert.equal(readdirSync(join(scene.vault, 'Summer')).filter((name) => name.endsWith('.jpg')).length, 1)
  })

  test('a run that was started elsewhere is shown, and no task begins beside it', async (t) => {
    // The second photo, and all after it, come when everything was looked at.
    const { promise: seen, resolve: goOn } = Promise.withResolvers<void>()
    const nth = Array.from({ length: 100 }, (_, n) => n + 2)
    const behaviour: Behaviour = { faults: [{ on: 'original', nth, does: { kind: 'stall', after: 100, until: seen } }] }
    const { scene, origin, headers, tasks, post } = await openPage(t, { world, behaviour })
    const other = scene.start(['backup'])
    await other.says(/Backing up ann/)
    assert.equal((await tasks()).elsewhere?.operation, 'backup')
    for (const wish of [{ start: 'verify' }, { cancel: 1 }]) {
      const refused = await post(wish)
      assert.equal(refused.status, 409)
      assert.match(((await refused.json()) as { refused: string }).refused, /started elsewhere/)
    }
    const stream = eventsOf<Live>(`${origin}/api/events?since=0`, headers)
    for await (const { elsewhere } of stream) {
      if (elsewhere === undefined || !/\d/.test(elsewhere.texts.items)) continue
      assert.equal(elsewhere.texts.status, 'A backup is under way')
      assert.match(elsewhere.texts.detail, /Stop it where it was started/)
      break
    }
    goOn()
    assertCode(await other.ended, 0)
    let end: Live | undefined
    for await (const news of eventsOf<Live>(`${origin}/api/events?since=0`, headers)) {
      if (news.kind === 'elsewhere' && news.state === 'ended') end = news
      if (end !== undefined) break
    }
    assert.deepEqual([end?.exitCode, end?.operation], [0, 'backup'])
    assert.match(end?.message ?? '', /20/)
    assert.equal((await tasks()).elsewhere, undefined)
  })
})

/** Opens the page in a browser that reports every error and every foreign request. */
async function browse(t: TestContext, address: string, scene: Scene): Promise<{ readonly page: Page; readonly errors: string[] }> {
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'], env: { ...process.env, HOME: scene.home } })
  t.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  const errors: string[] = []
  const { origin } = new URL(address)
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  page.on(
    'request',
    (request) => !request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:') && errors.push(request.url()),
  )
  await page.goto(address)
  await page.waitForURL(`${origin}/`)
  return { page, errors }
}

describe('the local page in a browser', { skip: !existsSync(BROWSER) && 'there is no Chromium' }, () => {
  test('starts a backup, follows it to its end, and shows health and photos on a phone', async (t) => {
    const { scene, address, running } = await openPage(t)
    const fresh = await scene.json(['web', '--port', '0'])
    const url = String(fresh.lines.find(({ event }) => event === 'listening')?.address)
    assert.equal(new URL(url).origin, new URL(address).origin)
    const { page, errors } = await browse(t, url, scene)
    await page.getByRole('heading', { name: 'There is no backup yet' }).waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('heading', { name: 'Ended' }).waitFor()
    assert.equal(await page.locator('#run-items').textContent(), '12')
    await page.getByRole('link', { name: 'Health' }).click()
    await page.getByRole('heading', { name: 'Everything is here' }).waitFor({ timeout: 20_000 })
    assert.equal(await excessWidth(page), 0, 'nothing is wider than a phone')
    await page.getByRole('link', { name: 'Albums', exact: true }).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Timeline' }).click()
    await page.locator('img').first().waitFor()
    await page.waitForLoadState('networkidle')
    assert.deepEqual(errors, [])
    running.kill('SIGINT')
    assertCode(await running.ended, 0)
  })
})
