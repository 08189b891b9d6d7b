import { rmSync, writeFileSync } from 'node:fs'
import { hasCode, isSystemError } from './system-error.ts'

/** The size of the probe: more than one page of SQLite and its journal. */
const PROBE_BYTES = 64 * 1024

/** Is there no room, or no quota, for another file beside this one? SQLite calls a used-up quota a disk I/O error. */
export function hasNoRoom(path: string): boolean {
  const probe = `${path}-probe`
  try {
    writeFileSync(probe, new Uint8Array(PROBE_BYTES), { flush: true })
    return false
  } catch (error) {
    if (!isSystemError(error)) throw error
    return hasCode(error, 'EDQUOT', 'ENOSPC')
  } finally {
    removeProbe(probe)
  }
}

/** Removes the probe. A disk that does not remove it is broken in another way: SQLite's error counts. */
function removeProbe(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (!isSystemError(error)) throw error
  }
}
