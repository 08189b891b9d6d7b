import { lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkWritable } from '../config/whole-file.ts'
import { ConfigurationError } from '../errors.ts'
import { makeFolders } from '../flow/make-folders.ts'
import type { Key } from '../vault/storage/sealed/age.ts'
import { cannotFlush, codeOf, isSystemError } from '../vault/system-error.ts'

/** Throws `ConfigurationError` where `writeKeyFile` would, as far as it can be known beforehand. */
export async function checkKeyFile(path: string): Promise<void> {
  await refusing(path, async () => {
    if (await lstat(path).catch(absent)) throw inTheWay(path)
    await checkWritable(path)
  })
}

/**
 * Writes a new private key into a file of its own, as `age-keygen` does: only its owner may read it. Throws
 * `ConfigurationError` if the file cannot be made, or anything stands there: no key is ever written over another one.
 */
export async function writeKeyFile(path: string, { identity, recipient }: Key, at: number): Promise<void> {
  await refusing(path, async () => {
    await makeFolders(dirname(path), 0o700)
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`# created: ${new Date(at).toISOString()}\n# public key: ${recipient}\n${identity}\n`)
      await file.sync().catch(unlessUnable)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
  })
}

const refusing = async (path: string, act: () => Promise<void>): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (codeOf(error) === 'EEXIST') throw inTheWay(path)
    throw new ConfigurationError(`The private key cannot be written to ${path}: ${codeOf(error)}.`, {
      hint: 'Name another file with --output, in a folder that you may write to.',
      cause: error,
    })
  }
}

const inTheWay = (path: string): ConfigurationError =>
  new ConfigurationError(`${path} exists already: a key is never written over another one.`, {
    hint: 'Name another file with --output. Keep the old key as long as any vault needs it.',
  })

const absent = (error: unknown): undefined => {
  if (!isSystemError(error) || error.code !== 'ENOENT') throw error
}

const unlessUnable = (error: unknown): undefined => {
  if (!cannotFlush(error)) throw error
}
