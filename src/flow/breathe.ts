import { setImmediate as nextTurn } from 'node:timers/promises'

/** So long work may hold up everything else, in milliseconds. */
const TURN_MS = 20

let turnBegan = 0
let last = Promise.resolve()

/**
 * For work that would hold up everything else, between its steps: lets others have their turn, when they have waited for some time.
 * Those who work in steps at once come by one after the other, so that each sees how long the step before took.
 */
export const breathe = (): Promise<void> => {
  last = last.then(async () => {
    if (performance.now() - turnBegan < TURN_MS) return
    await nextTurn()
    turnBegan = performance.now()
  })
  return last
}
