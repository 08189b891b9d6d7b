import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { listed } from '../flow/listed.ts'
import { folder } from './kinds.ts'
import { type SettingName, type Settings, settingsTable, variableOf } from './settings.ts'

/**
 * Returns the settings, known to hold these. Throws one `ConfigurationError` that names all that are missing, as keys and as environment variables.
 */
export const requireKeys = <Name extends SettingName>(
  settings: Settings,
  names: readonly Name[],
): Settings & { readonly [Key in Name]: NonNullable<Settings[Key]> } => {
  const absent = names.filter((name) => settings[name] === undefined)
  const missing = absent.map((name) => settingsTable[name])
  if (missing.length > 0) {
    const keys = missing.map(({ section, key }) => `${key} in [${section}]`)
    const variables = missing.map(variableOf)
    const signIn = missing.some(({ section }) => section === 'authentication')
    throw new ConfigurationError(`The configuration lacks ${listed(keys, 'and')} (environment: ${variables.join(', ')}).`, {
      missing: absent,
      hint: signIn
        ? 'Run `smugmug-backup login`: it signs in and writes the keys and tokens.'
        : 'Add it to the configuration file, or set the variable.',
    })
  }
  return settings as Settings & { readonly [Key in Name]: NonNullable<Settings[Key]> }
}

const NEEDED = ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'] as const

/** The source of settings, for the message about missing ones. */
export interface Origin {
  readonly settings: Settings
  /** The configuration file that was read; undefined when there is none. */
  readonly source: string | undefined
}

const setupLine = '`smugmug-backup setup`'

/**
 * Returns the error of `requireKeys` in the words of the command line, which knows the file: without any configuration it names the set-up,
 * else the file, the lines and the next step.
 */
export const explainMissing = (error: ConfigurationError, { settings, source }: Origin): ConfigurationError => {
  const names = NEEDED.filter((name) => error.missing?.includes(name) === true)
  if (names.length === 0) return error
  const variables = listed(
    names.map((name) => variableOf(settingsTable[name])),
    'and',
  )
  if (source === undefined && NEEDED.every((name) => settings[name] === undefined)) {
    const all = listed(
      NEEDED.map((name) => variableOf(settingsTable[name])),
      'and',
    )
    return new ConfigurationError('There is no configuration yet.', {
      hint: `Run ${setupLine}: it asks for everything. In a container set ${all}.`,
      missing: names,
    })
  }
  const keys = listed(
    names.map((name) => settingsTable[name].key),
    'and',
  )
  if (source === undefined) {
    const option = names.includes('destination') ? ' (the destination also with --destination DIR)' : ''
    return new ConfigurationError(`The configuration lacks ${keys} (environment: ${variables}).`, {
      hint: `Set ${variables}${option}, or run ${setupLine}: it asks for what is missing.`,
      missing: names,
    })
  }
  return new ConfigurationError(`The configuration ${source} lacks ${keys}.`, { hint: stepFor(names, source), missing: names })
}

const stepFor = (names: readonly (typeof NEEDED)[number][], source: string): string => {
  if (names.length === 1 && names[0] === 'destination') {
    return `Add destination = "/mnt/photos" under [store] in ${source}, or give --destination DIR; ${setupLine} asks for it.`
  }
  if (names.every((name) => name.startsWith('user'))) {
    return `Run \`smugmug-backup login\`: it signs in, and writes user_token = "…" and user_secret = "…" under [authentication] in ${source}.`
  }
  const lines = names.map((name) => `${settingsTable[name].key} = "…"`)
  return `Run ${setupLine}: it asks for what is missing. Or add ${listed(lines, 'and')} to ${source}.`
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
