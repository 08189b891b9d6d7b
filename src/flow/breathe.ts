import { setImmediate as nextTurn } from 'node:timers/promises'

/** So long one piece of work may hold up everything else, in milliseconds. */
const TURN_MS = 20

let turnBegan = 0

/** For work that would hold up everything else, between its steps: lets others have their turn, when they have waited for some time. */
export const breathe = async (): Promise<void> => {
  if (performance.now() - turnBegan < TURN_MS) return
  await nextTurn()
  turnBegan = performance.now()
}
