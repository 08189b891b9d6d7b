import { setImmediate as nextTurn } from 'node:timers/promises'

/** The longest time that one task may hold up everything else, in milliseconds. */
const TURN_MS = 20

let turnBegan = 0
let last = Promise.resolve()

/**
 * Lets other tasks have their turn if they have waited for 20 ms. Call it between the steps of a long computation.
 * Simultaneous calls are answered one after the other, so that each measures the step before it.
 */
export const breathe = (): Promise<void> => {
  last = last.then(async () => {
    if (performance.now() - turnBegan < TURN_MS) return
    await nextTurn()
    turnBegan = performance.now()
  })
  return last
}
