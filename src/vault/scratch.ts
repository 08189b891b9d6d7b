import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DestinationError } from '../errors.ts'
import { describe, isSystemError } from './system-error.ts'

/**
 * Makes a new folder among the temporary files, which the caller removes, and returns its path. The name begins with `prefix`. Throws
 * `DestinationError` when the system refuses it.
 */
export async function scratchFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix))
  } catch (error) {
    throw isSystemError(error) ? noScratch(error) : error
  }
}

/** Returns the error for a system error among the temporary files. */
export const noScratch = (error: Error): DestinationError =>
  new DestinationError(`The folder for temporary files, ${tmpdir()}, cannot be used: ${describe(error)}.`, {
    hint: 'Make room there, or set TMPDIR to another folder that this user may write to.',
    cause: error,
  })
