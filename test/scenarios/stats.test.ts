import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { Fault, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { lastOf } from '../support/event-stream.ts'
import { freePorts } from '../support/free-ports.ts'
import { assertCode, assertHolds, jsonOf, openScene } from './harness.ts'

const BROWSER = '/usr/bin/chromium'
const PORT = 6060

/** As its users run it, but for the port. */
const program = fileURLToPath(import.meta.resolve('../support/on-any-port.ts'))

const PHOTOS = 200
const SIZE = 20_000

/** Four million bytes. */
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    albumNode(
      'Summer',
      Array.from({ length: PHOTOS }, (_, n) => photo(`photo ${n}`, { bytes: { kind: 'seeded', seed: `${n}`, size: SIZE, starts: 'jpg' } })),
    ),
  ],
}

/**
 * Starts a backup that stops in the midst of its files after the first twenty until `goOn` is called, and after eighty more until `hurry` is called.
 * Returns it with the address of its page.
 */
async function slowBackup(t: TestContext, args: readonly string[] = []) {
  const [first, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const from = (begin: number, end: number, until: Promise<void>): Fault => ({
    on: 'original',
    nth: Array.from({ length: end - begin }, (_, n) => begin + n),
    does: { kind: 'stall', after: SIZE / 2, until },
  })
  const faults = [from(21, 101, first.promise), from(101, PHOTOS + 1, rest.promise)]
  const scene = await openScene(t, { world, behaviour: { faults } })
  const running = scene.start(['--stats', ...args], { program })
  const [, url = ''] = await running.says(/shown at (http:\/\/\S+)/)
  const hurry = (): void => {
    first.resolve()
    rest.resolve()
  }
  return { scene, running, url, goOn: first.resolve, hurry }
}

const numberIn = (metrics: string, name: string): number =>
  Number(new RegExp(`^smugmug_backup_${name.replaceAll(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)

describe('--stats', { concurrency: 2 }, () => {
  test('serves page and metrics during the backup, and ends with it', async (t) => {
    const { scene, running, url, hurry } = await slowBackup(t, ['--json'])
    const page = await fetch(url)
    assert.match(await page.text(), /^<!doctype html>/)
    assert.equal((await fetch(`${url}debug/statsviz/`)).url, url)
    const read = async (): Promise<string> => (await fetch(`${url}metrics`)).text()
    let metrics = await read()
    while (!(numberIn(metrics, 'items_total{outcome="stored"}') > 0)) {
      await wait(50)
      metrics = await read()
    }
    const stored = numberIn(metrics, 'items_total{outcome="stored"}')
    assert.ok(stored < PHOTOS, `${stored} stored: it was to be seen under way`)
    assert.ok(numberIn(metrics, 'received_bytes_total') >= stored * SIZE)
    assert.equal(numberIn(metrics, 'items_expected'), PHOTOS)
    assert.equal(numberIn(metrics, 'work_expected_bytes'), PHOTOS * SIZE)
    assert.ok(numberIn(metrics, 'work_done_bytes') >= stored * SIZE)
    assert.equal(numberIn(metrics, 'work_done_ratio'), numberIn(metrics, 'work_done_bytes') / (PHOTOS * SIZE))
    assert.equal(numberIn(metrics, 'queued_items'), PHOTOS - stored)
    assert.ok(numberIn(metrics, 'requests_total{endpoint="file",status="200"}') >= stored)
    assert.ok(numberIn(metrics, 'resident_memory_bytes') > 20_000_000)
    hurry()
    const { summary, stdout } = jsonOf(await running.ended)
    assert.deepEqual([summary.exitCode, summary.stored, summary.bytes], [0, PHOTOS, PHOTOS * SIZE])
    assert.ok(!stdout.includes(url), 'the address is for people')
    await assert.rejects(fetch(url))
    await assertHolds(scene.vault, world)
    const secrets = Object.values(KEYS)
    assert.ok(!secrets.some((secret) => metrics.includes(secret)))
  })

  test('Ctrl-C is as quick with an open page, which shows the end', async (t) => {
    const { running, url, hurry } = await slowBackup(t)
    const { last } = await lastOf<{ readonly texts: { readonly status: string } }>(`${url}stats.stream`)
    await running.says(/Backing up ann/)
    running.kill('SIGINT')
    await running.says(/Finishing what is in flight/)
    hurry()
    const ended = await running.ended
    assertCode(ended, 130)
    assert.match(ended.stdout, /Finishing what is in flight[\s\S]*Interrupted/)
    assert.equal((await last).texts.status, 'Stopped')
  })

  test('in a real browser', { skip: existsSync(BROWSER) ? false : `there is no ${BROWSER}` }, async (t) => {
    const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    t.after(() => browser.close())
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_')) complaints.push(message.text())
    })
    const { running, url, goOn, hurry } = await slowBackup(t)
    await page.goto(url)
    /** Waits until an element has another text. */
    const change = async (id: string, from: string): Promise<string> => {
      const place = page.locator(`#${id}`)
      for (;;) {
        const now = (await place.textContent()) ?? ''
        if (now !== from) return now
        await wait(50)
      }
    }
    await change('items', '–')
    const first = await change('items', '0')
    assert.equal(await page.textContent('#items-of'), `of ${PHOTOS} photos and videos`)
    assert.equal(await page.textContent('#status'), 'Backing up')
    assert.equal(await page.textContent('#account'), 'ann')
    assert.match((await page.textContent('#outcomes')) ?? '', /new: fetched and proven\d+/)
    assert.match((await page.textContent('#transfers')) ?? '', /photo \d+\.jpgSummer/)
    goOn()
    assert.ok(Number(await change('items', first)) > Number(first))
    assert.match((await page.textContent('#progress')) ?? '', /^\d\.\d of 4\.0 MB \(\d+ %\)( · .*)?$/)
    assert.match((await page.textContent('#queue')) ?? '', /asked for\d+ files?on their way\d+ files?/)
    assert.match((await page.textContent('#bytes')) ?? '', /^[\d.]+ [kM]B$/)
    assert.match(await page.title(), /^\d+ % · smugmug-backup$/)
    hurry()
    assertCode(await running.ended, 0)
    assert.equal(await change('status', 'Backing up'), 'Ended')
    assert.match((await page.textContent('#detail')) ?? '', /^Complete: .*200 items/)
    assert.equal(await page.getAttribute('body', 'data-state'), 'good')
    assert.deepEqual(complaints, [])

    const killed = await slowBackup(t)
    await page.goto(killed.url)
    assert.equal(await change('status', '…'), 'Backing up')
    killed.running.kill('SIGKILL')
    assert.equal(await change('status', 'Backing up'), 'The program no longer answers')
    assert.ok(await page.isVisible('#gone'))
    assert.match((await page.textContent('#heard')) ?? '', /^\d/)
  })

  test('the page moves to another port, and two backups at once have one each', async (t) => {
    for (const port of await freePorts(2)) {
      // It goes on as long as its page is looked at: no file ever comes.
      const scene = await openScene(t, { world, behaviour: { faults: [{ on: 'original', does: { kind: 'stall' } }] } })
      const running = scene.start([`--stats=${port}`])
      await running.says(new RegExp(`shown at http://localhost:${port}/`))
      assert.match(await (await fetch(`http://localhost:${port}/metrics`)).text(), /^smugmug_backup_/m)
    }
  })

  test('a port that another program has is a warning, and nothing else changes', async (t) => {
    const other = await occupy()
    t.after(() => other?.close())
    const scene = await openScene(t)
    const { summary, lines, stderr } = await scene.backup(['--stats'])
    assert.deepEqual([summary.exitCode, summary.failed], [0, 0])
    const warnings = lines.filter(({ event }) => event === 'warning').map(({ message }) => message)
    assert.deepEqual(warnings, [
      `The page of --stats cannot be shown: another program uses port ${PORT}. The run goes on without it. To use another port: --stats=PORT.`,
    ])
    assert.doesNotMatch(stderr, /shown at/)
    await assertHolds(scene.vault, smallWorld())
  })
})

/** Takes the port, unless a program outside of these tests has it, which serves as well. */
async function occupy(): Promise<Server | undefined> {
  for (let tries = 0; tries < 100; tries++) {
    const server = createServer().listen(PORT, '127.0.0.1')
    const taken = await Promise.race([once(server, 'listening').then(() => false), once(server, 'error').then(() => true)])
    if (!taken) return server
    await wait(100)
  }
  return undefined
}
