import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { decodeText } from './document.ts'
import type { Section } from './setting.ts'
import { changeText, type Line } from './toml-edit.ts'
import { checkWritable, FolderInTheWay, writeWhole } from './whole-file.ts'

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code

const unwritable = (path: string, cause: Error): ConfigurationError => {
  const message = `The configuration cannot be written to ${path}: ${cause.message.replace(/\.$/, '')}.`
  if (cause instanceof FolderInTheWay || hasCode(cause, 'EISDIR')) {
    return new ConfigurationError(message, {
      cause,
      hint: 'Name a file, or move the folder away, or put the lines in by hand; `smugmug-backup login --print` prints the tokens.',
    })
  }
  return new ConfigurationError(message, {
    cause,
    hint: 'Make the file and its folder writable, or put the lines in by hand; `smugmug-backup login --print` prints the tokens.',
  })
}

const readOrCreate = async (path: string): Promise<string> => {
  try {
    return decodeText(await readFile(path), path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    await makeFolders(dirname(path), 0o700)
    return ''
  }
}

/** Values to write, by section. */
export type Lines = { readonly [Name in Section]?: readonly Line[] }

/** Throws `ConfigurationError` if lines could not be written there: known before a sign-in, it costs nobody a sign-in. */
export const checkLinesTo = async (path: string): Promise<void> => {
  try {
    await checkWritable(path)
  } catch (error) {
    if (error instanceof FolderInTheWay || (error instanceof Error && 'code' in error)) throw unwritable(path, error)
    throw error
  }
}

/**
 * Writes values into a configuration file, each into its section: their lines are changed or added, and every other byte stays. With an
 * account they go into its `[account.NAME]`, except those of `[service]`, which hold for all. A file that is not there is created, its folder
 * with mode 0700. The file gets mode 0600 and is replaced whole or not at all; a symbolic link stays one. Throws `ConfigurationError` when
 * the file is not TOML or cannot be written.
 */
export const writeLines = async (path: string, lines: Lines, account: string | undefined): Promise<void> => {
  try {
    const changed = Object.entries(lines).reduce(
      (text, [section, own]) => changeText(text, own, { path, section, account: section === 'service' ? undefined : account }),
      await readOrCreate(path),
    )
    await writeWhole(path, (write) => write(changed), { mode: 0o600 })
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    if (error instanceof FolderInTheWay || (error instanceof Error && 'code' in error)) throw unwritable(path, error)
    throw error
  }
}
