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

/** Runs a long computation step by step, and lets others have their turn in between. Returns its result. */
export async function inSteps<T>(steps: Iterator<unknown, T>): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await breathe()
  }
}

/** Runs the steps of a computation that is known to be short. */
export function atOnce<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
