import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'
import { copyOfVariable } from './copy-settings.ts'
import type { CopyLayers, Given, Layer } from './document.ts'
import { isAbsent } from './kinds.ts'
import { retiredKeys, settingRows, variableOf } from './settings.ts'
import { readSmallFile, UnfitFile } from './small-file.ts'
import { absolutePath } from './surroundings.ts'

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const fileVariableOf = (row: Row): string => `${variableOf(row)}_FILE`

type Row = Parameters<typeof variableOf>[0]

const knownVariables: ReadonlySet<string> = new Set([
  ...settingRows.flatMap((row) => (row.kind.secret ? [variableOf(row), fileVariableOf(row)] : [variableOf(row)])),
  ...retiredKeys.map(variableOf),
])

const PREFIX = 'SMGMG_BK_'

/** Is this a variable of the program's own settings? Their values may be secrets. */
export const isOwnVariable = (name: string): boolean => name.toUpperCase().startsWith(PREFIX)

/** Returns the variable that was probably meant. The beginning that all have in common makes none of them near. */
const suggestVariable = (name: string): string =>
  didYouMean(
    name.slice(PREFIX.length),
    [...knownVariables].map((variable) => variable.slice(PREFIX.length)),
    (rest) => PREFIX + rest,
  )

/** The longest key or token: a larger file is something else. */
const MOST_BYTES = 64_000

/** Returns the encoding: PowerShell writes UTF-16 with `>`, and marks it in the first two bytes. */
const encodingOf = ([first, second]: Uint8Array): string => {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

/** Returns the text of a secret, without the line end after it; undefined when it is no text, or has several lines. */
const secretText = (bytes: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes).trim()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no secret holds
    return /[\u0000-\u001f\u007f]/.test(text) ? undefined : text
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

const readSecretFile = async (variable: string, path: string): Promise<string> => {
  const bytes = await readSmallFile(path, { most: MOST_BYTES }).catch((cause: unknown) => {
    if (cause instanceof UnfitFile) {
      throw new ConfigurationError(`The file ${path} that ${variable} names ${cause.message}.`, {
        hint: 'Name a file that holds the secret alone.',
      })
    }
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    throw new ConfigurationError(`The file ${path} that ${variable} names cannot be read${code}.`, {
      cause,
      hint: 'Check that it exists and that this user may read it.',
    })
  })
  const text = secretText(bytes)
  if (text !== undefined) return text
  throw new ConfigurationError(`The file ${path} that ${variable} names does not hold one line of text.`, {
    hint: 'Write the secret into it alone, as UTF-8 text.',
  })
}

/** Returns our own variables. Their case does not matter; of two spellings the one in capitals counts. */
const ourVariables = (env: Environment): ReadonlyMap<string, string> => {
  const ours = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    const variable = name.toUpperCase()
    if (value === undefined || isAbsent(value) || !variable.startsWith(PREFIX)) continue
    if (name === variable || !ours.has(variable)) ours.set(variable, value)
  }
  return ours
}

/**
 * Reads the environment: `SMGMG_BK_<KEY>`, and for secrets `SMGMG_BK_<KEY>_FILE`, whose file (relative to `cwd`) holds the value.
 * Throws `ConfigurationError` when such a file cannot be read.
 */
export const readEnvironment = async (
  env: Environment,
  cwd: string | undefined,
): Promise<{ readonly layer: Layer; readonly copies: CopyLayers; readonly warnings: readonly string[] }> => {
  const variables = ourVariables(env)
  const layer = new Map<string, Given>()
  const copies = new Map<string, Map<string, Given>>()
  const warnings: string[] = []
  for (const [name, raw] of variables) {
    const copy = copyOfVariable(name)
    if (copy !== undefined) {
      const own = copies.get(copy.name) ?? new Map<string, Given>()
      copies.set(copy.name, own.set(copy.row.name, { raw, origin: `from ${name}` }))
    } else if (!knownVariables.has(name)) {
      warnings.push(`The environment variable ${name} is not known and has no effect.${suggestVariable(name)}`)
    }
  }
  for (const row of retiredKeys) {
    if (variables.has(variableOf(row))) layer.set(row.key, { raw: '', origin: `from ${variableOf(row)}` })
  }
  for (const row of settingRows) {
    const { name, kind } = row
    const variable = variableOf(row)
    const fileVariable = fileVariableOf(row)
    const raw = variables.get(variable)
    const file = kind.secret ? variables.get(fileVariable) : undefined
    if (raw !== undefined) {
      layer.set(name, { raw, origin: `from ${variable}` })
      if (file !== undefined) warnings.push(`Both ${variable} and ${fileVariable} are set; ${variable} counts. Unset one of them.`)
    } else if (file !== undefined) {
      const content = await readSecretFile(fileVariable, absolutePath(cwd, file))
      if (!isAbsent(content)) layer.set(name, { raw: content, origin: `from ${fileVariable}` })
    }
  }
  return { layer, copies, warnings }
}
