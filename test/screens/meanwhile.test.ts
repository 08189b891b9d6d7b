import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Behaviour, Fault, World } from '../../simulator/world.ts'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'
import { linesDuring, openTheatre } from '../support/screens.ts'

const PHOTOS = 40
const world: World = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    albumNode(
      'Summer',
      Array.from({ length: PHOTOS }, (_, n) => photo(`p${n}`, { bytes: { kind: 'seeded', seed: `${n}`, size: 20_000, starts: 'jpg' } })),
    ),
  ],
}

const behaviourOf = (...faults: readonly Fault[]): Behaviour => ({ faults })

const outage: Fault = { on: 'images', nth: [1, 2, 3, 4], does: { kind: 'status', status: 503 } }

/** The whole numbers that a pattern found, in the order of their first appearance. */
const numbersIn = (lines: readonly string[], pattern: RegExp): readonly number[] =>
  lines.flatMap((line) => {
    const found = pattern.exec(line)?.[1]
    return found === undefined ? [] : [Number(found)]
  })

/** The line of an outage that has lasted: which try it names depends on the pauses before, which are drawn. */
const LASTING = /^SmugMug does not answer \(503\): try [345] of 7$/

describe('the screen of a real run', { concurrency: 6 }, () => {
  test('files asked for are under way before their first byte', async (t) => {
    const lab = await openLab(t, world, { behaviour: { latency: { fileMs: 400 } } })
    const { code, seen } = await linesDuring(lab, ['backup'], { columns: 80, settings: { concurrentDownloads: 64 } })
    assert.equal(code, 0)
    const asked = numbersIn(seen, /(\d+) asked for$/)
    assert.ok(Math.max(...asked) >= 16 && Math.max(...asked) <= PHOTOS, asked.join())
  })

  test('an outage says which try comes next, and is gone when SmugMug answers', async (t) => {
    const lab = await openLab(t, world, { behaviour: behaviourOf(outage) })
    const { code, seen, last } = await linesDuring(lab, ['backup'], { columns: 80, settings: { maxRetries: 6 } })
    assert.equal(code, 0)
    assert.ok(seen.includes('  SmugMug does not answer (503): try 4 of 7'), seen.join('\n'))
    assert.ok(seen.includes('  SmugMug does not answer (503): try 5 of 7'), seen.join('\n'))
    assert.ok(!last.some((line) => line.includes('does not answer')))
  })

  test('through a pipe, too: one line for the outage, one for its end', async (t) => {
    const lab = await openLab(t, world, { behaviour: behaviourOf(outage) })
    const { code, last } = await linesDuring(lab, ['backup'], { columns: 500, isTerminal: false, settings: { maxRetries: 6 } })
    assert.equal(code, 0)
    const told = last.filter((line) => /answers? /.test(line))
    assert.equal(told.length, 2, told.join('\n'))
    assert.match(told[0] ?? '', LASTING)
    assert.equal(told[1], 'SmugMug answers again.')
  })

  test('with --json standard error has these lines, and standard output has none of them', async (t) => {
    const lab = await openLab(t, world, { behaviour: behaviourOf(outage) })
    const { code, last } = await linesDuring(lab, ['backup', '--json'], { columns: 5000, isTerminal: false, settings: { maxRetries: 6 } })
    assert.equal(code, 0)
    const people = last.filter((line) => !line.startsWith('{'))
    assert.ok(
      people.some((line) => LASTING.test(line)),
      people.join('\n'),
    )
    for (const line of last.filter((each) => each.startsWith('{'))) assert.doesNotThrow(() => JSON.parse(line), line)
  })

  test('with --quiet there is nothing of it', async (t) => {
    const lab = await openLab(t, world, { behaviour: behaviourOf({ ...outage, nth: 1 }) })
    const { code, seen } = await linesDuring(lab, ['backup', '--quiet'], { columns: 80, settings: { maxRetries: 6 } })
    assert.deepEqual([code, seen], [0, []])
  })

  for (const [status, on] of [
    [429, 'images'],
    [503, 'original'],
  ] as const)
    test(`a wait that SmugMug asks for (${status}, ${on}) stays on screen, with its seconds, until it is over`, async (t) => {
      const lab = await openLab(t, world, {
        behaviour: behaviourOf({ on, nth: on === 'images' ? 1 : 3, does: { kind: 'status', status, retryAfter: 3 } }),
      })
      const { code, seen, last } = await linesDuring(lab, ['backup'], { columns: 100 })
      assert.equal(code, 0)
      assert.deepEqual(numbersIn(seen, /^ {2}Waiting until \S+ \((\d) s\): \S+: answered /), [3, 2, 1], seen.join('\n'))
      assert.ok(!last.some((line) => line.includes('Waiting')))
    })

  test('repeated failures are counted while the run goes on; the first has a line', async (t) => {
    const failing = Array.from({ length: 15 }, (_, n) => 2 * n + 2)
    const lab = await openLab(t, world, {
      behaviour: { latency: { fileMs: 60 }, faults: [{ on: 'original', nth: failing, does: { kind: 'status', status: 404 } }] },
    })
    const { code, seen } = await linesDuring(lab, ['backup'], { columns: 100, settings: { concurrentDownloads: 2 } })
    assert.equal(code, 3)
    const counts = numbersIn(seen, /(\d+) failed so far/)
    assert.deepEqual([Math.min(...counts), counts.every((count, n) => count >= (counts[n - 1] ?? 0))], [1, true], counts.join())
    assert.ok(counts.length > 1, counts.join())
    assert.equal(seen.filter((line) => line.startsWith('Failed: ')).length, 1, seen.join('\n'))
  })

  test('export draws its progress, but never on the terminal that its data goes to', async (t) => {
    const lab = await openLab(t, world)
    await lab.complete()
    const place = mkdtempSync(join(QUICK, 'smugmug-export-'))
    t.after(() => rmSync(place, { recursive: true, force: true }))
    const data = await linesDuring(lab, ['export', '--format', 'jsonl'], { columns: 100_000 })
    assert.equal(data.code, 0)
    assert.equal(data.last.length, PHOTOS)
    for (const line of data.last) assert.doesNotThrow(() => JSON.parse(line), line.slice(0, 200))
    const file = await linesDuring(lab, ['export', '--output', join(place, 'all.csv')], { columns: 80 })
    assert.deepEqual([file.code, file.last], [0, [`${PHOTOS} items written.`]])
    const theatre = openTheatre(['export', '--output', 'all.csv'], 80)
    theatre.emit({ event: 'progress', done: 10, total: 40, unit: 'items' })
    assert.deepEqual(theatre.lines(), ['Exporting · 10 of 40 items (25 %)'])
    theatre.stage.close()
  })
})
