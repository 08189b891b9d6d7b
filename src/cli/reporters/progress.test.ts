import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VirtualScreen } from '../../../test/support/virtual-screen.ts'
import type { Event } from '../../events.ts'
import { createRunView } from '../../progress/run-view.ts'
import { displayLines, openDisplay } from './progress.ts'
import { displayWidth } from './width.ts'

const busy = () => {
  let now = 0
  const view = createRunView(() => now, 'backup')
  const tell = (...events: readonly Event[]): void => events.forEach(view.apply, view)
  tell({ event: 'run.started', operation: 'backup', destination: '/v', dryRun: false })
  tell({ event: 'account', nickName: 'jane', albums: 56, items: 45_678 })
  for (let n = 0; n < 30; n++) {
    now += 1000
    tell({ event: 'item', outcome: 'stored', album: '/A', albumKey: 'a', imageKey: `${n}`, path: `A/${n}.jpg`, size: 3_000_000 })
  }
  tell({ event: 'transfer.started', path: 'Travel/2024-Norway/IMG_0001.MOV', size: 1_200_000_000 })
  tell({ event: 'transfer.progress', path: 'Travel/2024-Norway/IMG_0001.MOV', received: 540_000_000, size: 1_200_000_000 })
  tell({ event: 'transfer.started', path: '旅行/日本/とても長いアルバムの名前がここにあります/写真👨‍👩‍👧の集まり.jpg', size: 5000 })
  tell({ event: 'transfer.started', path: 'x/\x1b[2J\x1b]0;owned\x07.jpg' })
  tell({ event: 'transfer.started', path: 'y/fourth.jpg' })
  return { view, tell }
}

describe('the lines of the display', () => {
  test('show the progress and the present activity, in at most five lines', () => {
    const lines = displayLines(busy().view, 79)
    assert.equal(lines.length, 5)
    assert.equal(lines[4], '  1 more on their way')
    for (const part of ['Backing up', '0/56 albums', '30/45,678 items', 'MB/s', 'left'])
      assert.ok(lines[0]?.includes(part), `${part}: ${lines[0]}`)
  })

  test('show a large file with its size and how much of it is there', () => {
    const { view, tell } = busy()
    tell({ event: 'transfer.progress', path: 'Travel/2024-Norway/IMG_0001.MOV', received: 600_000_000, size: 1_200_000_000 })
    assert.equal(displayLines(view, 79)[1], '  Travel/2024-Norway/IMG_0001.MOV  50% of 1.2 GB')
  })

  for (const columns of [200, 79, 39, 20, 10]) {
    test(`fit into ${columns} columns, without control codes`, () => {
      for (const line of displayLines(busy().view, columns)) {
        assert.ok(displayWidth(line) <= columns, `${displayWidth(line)}: ${line}`)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/)
      }
    })
  }

  test('of a narrow line the items and the time left stay longest', () => {
    const line = displayLines(busy().view, 50)[0] ?? ''
    assert.match(line, /Backing up · 30\/45,678 items · .* left$/)
  })

  test('of the narrowest line the percent and the time left stay; the phase is wrapped', () => {
    let now = 0
    const view = createRunView(() => now, 'verify')
    view.apply({ event: 'phase', name: 'bytes as they were proven' })
    for (let n = 0; n < 13; n++) {
      view.apply({ event: 'progress', done: n * 20e6, total: 289e6, unit: 'bytes' })
      now += 1000
    }
    assert.deepEqual(displayLines(view, 19), ['83 % · 3 s left', '  Reading every', '    file again'])
    assert.equal(displayLines(view, 12)[0], '83 %')
    view.apply({ event: 'progress', done: 240e6, unit: 'bytes' })
    assert.equal(displayLines(view, 8)[0], '240.0 MB')
  })

  test('say why the run waits for SmugMug', () => {
    const { view, tell } = busy()
    tell({ event: 'waiting', reason: 'api.smugmug.com: too many requests', untilMs: 90_000 })
    assert.match(displayLines(view, 79)[1] ?? '', /Waiting until \d\d:\d\d \(60 s\): api\.smugmug\.com: too many requests/)
    tell({ event: 'waiting', reason: 'api.smugmug.com: too many requests', untilMs: new Date(2026, 0, 2).getTime() })
    assert.match(displayLines(view, 79)[1] ?? '', /Waiting until 2026-01-02 00:00 \(20455 days\): api\.smugmug\.com: too many/)
  })

  test('never take more rows than the window has', () => assert.equal(displayLines(busy().view, 79, 3).length, 2))
})

const onScreen = (columns = 80, before = '') => {
  const { view, tell } = busy()
  const screen = new VirtualScreen(columns)
  screen.write(before)
  let frame: (() => void) | undefined
  const display = openDisplay(view, {
    write: (text) => screen.write(text),
    columns: () => screen.columns,
    rows: () => 24,
    every: (_milliseconds, call) => {
      frame = call
      return () => {
        frame = undefined
      }
    },
  })
  return { view, tell, screen, display, frame: () => frame?.() }
}

describe('the display on a screen', () => {
  test('is redrawn in place, and lines are printed above it', () => {
    const { screen, display, frame, tell } = onScreen()
    frame()
    assert.equal(screen.lines.length, 5)
    assert.equal(screen.cursorVisible, false)
    display.print('Failed: /A/a.jpg: no')
    tell({ event: 'album.finished', album: '/A', albumKey: 'a', listed: 1, held: 1 })
    frame()
    frame()
    assert.equal(screen.lines[0], 'Failed: /A/a.jpg: no')
    assert.match(screen.lines[1] ?? '', /^Backing up · 1\/56 albums/)
    assert.equal(screen.lines.length, 6)
  })

  test('leaves nothing behind but what was printed, and the cursor', () => {
    const { screen, display, frame } = onScreen(80, '$ smugmug-backup\n')
    assert.match(screen.lines[1] ?? '', /^Backing up/, 'drawn at once')
    frame()
    display.print('one')
    frame()
    display.print('two')
    display.close()
    display.close()
    assert.deepEqual(screen.lines, ['$ smugmug-backup', 'one', 'two'])
    assert.equal(screen.cursorVisible, true)
    screen.write('the summary\n')
    assert.equal(screen.lines.at(-1), 'the summary')
  })

  test('writes nothing while nothing changes', () => {
    const { screen, frame } = onScreen()
    frame()
    const { written } = screen
    frame()
    assert.equal(screen.written, written)
  })

  test('fewer lines than before leave no rest', () => {
    const { screen, frame, tell } = onScreen()
    frame()
    tell({ event: 'transfer.finished', path: 'y/fourth.jpg', received: 9 })
    frame()
    assert.equal(screen.lines.length, 4)
  })

  for (const [from, to] of [
    [80, 30],
    [30, 80],
    [80, 79],
  ] as const)
    test(`survives a window that goes from ${from} to ${to} columns`, () => {
      const { screen, display, frame } = onScreen(from)
      display.print('above')
      frame()
      screen.resize(to)
      frame()
      assert.equal(screen.lines[0], 'above')
      assert.match(screen.lines[1] ?? '', /^(Backing up · )?.*45,678 items/)
      assert.equal(screen.lines.filter((line) => line.includes('45,678 items')).length, 1)
      assert.equal(screen.lines.length, 6)
      display.close()
      assert.deepEqual(screen.lines, ['above'])
    })
})
