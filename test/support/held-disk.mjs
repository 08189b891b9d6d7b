/** Loaded before the program: it gives four files their names in the folder HELD_IN, and the others when it is asked to stop. */
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const { rename } = files
const waiting = setInterval(() => {}, 1000)
const stopped = new Promise((resolve) => process.once('SIGINT', resolve)).then(() => clearInterval(waiting))
let named = 0
files.rename = async (from, to) => {
  if (String(to).includes(process.env.HELD_IN)) {
    named += 1
    if (named > 4) await stopped
  }
  return await rename(from, to)
}
syncBuiltinESMExports()
