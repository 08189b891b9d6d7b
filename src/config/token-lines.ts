import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { decodeText } from './document.ts'
import type { Section } from './setting.ts'
import { changeText, type Line } from './toml-edit.ts'
import { checkWritable, FolderInTheWay, writeWhole } from './whole-file.ts'

/** The result of a sign-in. */
export interface Tokens {
  readonly userToken: string
  readonly userSecret: string
}

/** Further values to write, and the table for them. */
export interface WriteTokensOptions {
  /** The API key, when it was entered at the prompt and is in no file yet. */
  readonly apiKey?: string | undefined
  readonly apiSecret?: string | undefined
  /** The `[account.NAME]` to write into, instead of the top of the file. */
  readonly account?: string | undefined
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code

const unwritable = (path: string, cause: unknown): ConfigurationError =>
  new ConfigurationError(`The configuration cannot be written to ${path}: ${cause instanceof Error ? cause.message : String(cause)}.`, {
    cause,
    hint: 'Make the file and its folder writable, or put the lines in by hand; `smugmug-backup login --print` prints the tokens.',
  })

const readOrCreate = async (path: string): Promise<string> => {
  try {
    return decodeText(await readFile(path), path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return ''
  }
}

/**
 * Writes the tokens of a sign-in into a configuration file: their lines are changed, or added to `[authentication]`, and every other
 * byte stays. A file that is not there is created, its folder with mode 0700. The file gets mode 0600 and is replaced whole or not at
 * all; a symbolic link stays one. Throws `ConfigurationError` when the file is not TOML or cannot be written.
 */
export const writeTokens = async (path: string, tokens: Tokens, options: WriteTokensOptions = {}): Promise<void> => {
  const wanted = { api_key: options.apiKey, api_secret: options.apiSecret, user_token: tokens.userToken, user_secret: tokens.userSecret }
  const lines = Object.entries(wanted).flatMap(([key, value]): readonly Line[] => (value === undefined ? [] : [[key, value]]))
  await writeLines(path, { authentication: lines }, options.account)
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
 * Writes values into a configuration file as `writeTokens` does, each into its section. The lines of `[service]` stand at the top also when
 * an account is given, because they hold for all.
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
