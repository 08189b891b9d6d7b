import { open, rename, rm } from 'node:fs/promises'
import { DestinationError } from '../errors.ts'

const unwritable = (path: string, cause: unknown): unknown =>
  cause instanceof Error && 'syscall' in cause
    ? new DestinationError(`${path} could not be written: ${cause.message}.`, {
        cause,
        hint: 'Check its folder, the disk and the permissions.',
      })
    : cause

/**
 * Writes a file whole or not at all: what stood there stays until `produce` has written everything. Throws `DestinationError` when it
 * cannot be written, and whatever `produce` throws.
 */
export const writeWhole = async <T>(path: string, produce: (write: (text: string) => Promise<void>) => Promise<T>): Promise<T> => {
  const unfinished = `${path}.part`
  const file = await open(unfinished, 'w').catch((error: unknown) => Promise.reject(unwritable(path, error)))
  try {
    const result = await produce(async (text) => {
      await file.writeFile(text)
    })
    await file.sync()
    await file.close()
    await rename(unfinished, path)
    return result
  } catch (error) {
    await file.close().catch(() => {})
    await rm(unfinished, { force: true })
    throw unwritable(path, error)
  }
}
