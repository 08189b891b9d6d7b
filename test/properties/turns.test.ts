/** An account with many albums: each step of a run takes them one by one, and others have their turn meanwhile. */
import assert from 'node:assert/strict'
import { StatementSync } from 'node:sqlite'
import { test } from 'node:test'
import { largeWorld } from '../../simulator/worlds/large.ts'
import { openLab } from '../support/lab.ts'

const ALBUMS = 200
/** Each question to the catalogue takes a millisecond here, and others have their turn after 20. The rest is for those of one step. */
const MOST = 60

test('a run asks the catalogue few questions before others have their turn', async (t) => {
  // The clock moves by questions alone: a busy machine takes nobody's turn.
  let now = performance.now()
  let questions = 0
  let most = { questions: 0, stack: '' }
  t.mock.method(performance, 'now', () => now)
  for (const name of ['get', 'all', 'run'] as const) {
    const real: (...values: never[]) => unknown = StatementSync.prototype[name]
    t.mock.method(StatementSync.prototype, name, function asked(this: StatementSync, ...values: never[]) {
      now += 1
      questions += 1
      if (questions > most.questions) most = { questions, stack: new Error('asked here').stack ?? '' }
      return real.apply(this, values)
    })
  }
  let over = false
  const others = (): void => {
    questions = 0
    if (!over) setImmediate(others)
  }
  others()
  t.after(() => {
    over = true
  })
  const world = largeWorld({ albums: ALBUMS, imagesPerAlbum: 1, bytesPerImage: 300 })
  // Loaders that begin together ask together.
  const lab = await openLab(t, world, { settings: { concurrentAlbums: 2, concurrentDownloads: 2 } })
  for (const run of ['first', 'second']) {
    most = { questions: 0, stack: '' }
    await lab.complete()
    assert.ok(most.questions < MOST, `the ${run} run asked ${most.questions} questions in one turn: ${most.stack}`)
  }
})
