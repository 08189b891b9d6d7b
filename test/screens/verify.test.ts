import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { openLab } from '../support/lab.ts'
import { assertScreen, openTheatre, screenAfter } from '../support/screens.ts'

describe('the screen of a verification', () => {
  for (const columns of [40, 80, 120])
    test(`while it goes on, at ${columns} columns`, () => {
      const theatre = openTheatre(['verify'], columns)
      theatre.emit({ event: 'phase', name: 'bytes as they were proven' })
      for (let done = 0; done <= 240; done += 20) {
        theatre.emit({ event: 'progress', done: done * 1e6, total: 289e6, unit: 'bytes' })
        theatre.pass(1000)
      }
      assertScreen(`verify-${columns}`, theatre.lines())
      theatre.stage.close()
    })

  test('at its end', async (t) => {
    const lab = await openLab(t, smallWorld())
    await lab.complete()
    const { code, lines } = await screenAfter(lab, ['verify'], { columns: 80 })
    assert.equal(code, 0)
    assertScreen('verify-end-80', lines)
    const events = (await lab.verify()).events.filter((event) => event.event === 'progress' && event.unit === 'bytes')
    assert.deepEqual(events[0], { event: 'progress', done: 0, unit: 'bytes', total: 270_000 + 50_000 })
  })
})
