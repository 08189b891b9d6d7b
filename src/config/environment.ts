import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { type Given, isAbsent, type Layer } from './document.ts'
import { nearest } from './nearest.ts'
import { retiredKeys, settingRows, variableOf } from './settings.ts'

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const fileVariableOf = (key: string): string => `${variableOf(key)}_FILE`

const knownVariables: ReadonlySet<string> = new Set([
  ...settingRows.flatMap(({ key, kind }) => (kind.secret ? [variableOf(key), fileVariableOf(key)] : [variableOf(key)])),
  ...retiredKeys.map(({ key }) => variableOf(key)),
])

const readSecretFile = async (variable: string, path: string): Promise<string> => {
  try {
    return (await readFile(path, 'utf8')).replace(/[\r\n]+$/, '')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    throw new ConfigurationError(`The file ${path} that ${variable} names cannot be read${code}.`, {
      cause,
      hint: 'Check that it exists and that this user may read it.',
    })
  }
}

/** Ours alone, blind to case; of two spellings the one in capitals counts. */
const ourVariables = (env: Environment): ReadonlyMap<string, string> => {
  const ours = new Map<string, string>()
  for (const [name, value] of Object.entries(env)) {
    const variable = name.toUpperCase()
    if (value === undefined || isAbsent(value) || !variable.startsWith('SMGMG_BK_')) continue
    if (name === variable || !ours.has(variable)) ours.set(variable, value)
  }
  return ours
}

/**
 * What the environment gives: `SMGMG_BK_<KEY>`, and for secrets `SMGMG_BK_<KEY>_FILE`, whose file (relative to `cwd`) holds the value.
 * Throws `ConfigurationError` when such a file cannot be read.
 */
export const readEnvironment = async (
  env: Environment,
  cwd: string,
): Promise<{ readonly layer: Layer; readonly warnings: readonly string[] }> => {
  const variables = ourVariables(env)
  const layer = new Map<string, Given>()
  const warnings: string[] = []
  for (const name of variables.keys()) {
    if (!knownVariables.has(name)) {
      warnings.push(`The environment variable ${name} is not known and has no effect. Did you mean ${nearest(name, knownVariables)}?`)
    }
  }
  for (const { key } of retiredKeys) {
    if (variables.has(variableOf(key))) layer.set(key, { raw: '', origin: `from ${variableOf(key)}` })
  }
  for (const { name, key, kind } of settingRows) {
    const variable = variableOf(key)
    const fileVariable = fileVariableOf(key)
    const raw = variables.get(variable)
    const file = kind.secret ? variables.get(fileVariable) : undefined
    if (raw !== undefined) {
      layer.set(name, { raw, origin: `from ${variable}` })
      if (file !== undefined) warnings.push(`Both ${variable} and ${fileVariable} are set; ${variable} counts. Unset one of them.`)
    } else if (file !== undefined) {
      const content = await readSecretFile(fileVariable, resolve(cwd, file))
      if (!isAbsent(content)) layer.set(name, { raw: content, origin: `from ${fileVariable}` })
    }
  }
  return { layer, warnings }
}
