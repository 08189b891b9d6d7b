import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { folder } from './kinds.ts'
import { type SettingName, type Settings, settingsTable, variableOf } from './settings.ts'

const conjunction = (words: readonly string[]): string => new Intl.ListFormat('en', { type: 'conjunction' }).format(words)

/**
 * Returns the settings, known to hold these. Throws one `ConfigurationError` that names all that are missing, as keys and as environment variables.
 */
export const requireKeys = <Name extends SettingName>(
  settings: Settings,
  names: readonly Name[],
): Settings & { readonly [Key in Name]: NonNullable<Settings[Key]> } => {
  const missing = names.filter((name) => settings[name] === undefined).map((name) => settingsTable[name])
  if (missing.length > 0) {
    const keys = missing.map(({ section, key }) => `${key} in [${section}]`)
    const variables = missing.map(variableOf)
    const signIn = missing.some(({ section }) => section === 'authentication')
    throw new ConfigurationError(`The configuration lacks ${conjunction(keys)} (environment: ${variables.join(', ')}).`, {
      hint: signIn
        ? 'Run `smugmug-backup login`: it signs in and writes the keys and tokens.'
        : 'Add it to the configuration file, or set the variable.',
    })
  }
  return settings as Settings & { readonly [Key in Name]: NonNullable<Settings[Key]> }
}

/**
 * Makes sure that the destination is there. Throws `ConfigurationError` when the path is relative, and `DestinationError` when it
 * is missing, is no folder, or cannot be reached: it is never created, for an unmounted disk must not be mistaken for an empty one.
 */
export const checkDestination = async (path: string): Promise<void> => {
  if (!isAbsolute(path)) {
    throw new ConfigurationError(`destination is "${path}", but it takes ${folder.takes}.`, { hint: 'Write the path from the root on.' })
  }
  const found = await stat(path).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new DestinationError(`The destination ${path} does not exist.`, {
        cause,
        hint: 'Mount its disk; if it is a new one, create the folder.',
      })
    }
    throw new DestinationError(`The destination ${path} cannot be reached (${code}).`, {
      cause,
      hint: 'Check the disk and the permissions.',
    })
  })
  if (!found.isDirectory()) throw new DestinationError(`The destination ${path} is not a folder.`, { hint: 'Name a folder that exists.' })
}
