import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { type CopyRow, type CopySettings, copyRows, copyVariableOf } from './copy-settings.ts'
import { BACKSLASH_HINT, type ConfigDocument, type CopyLayers, decodeText, type Given, type Layer, readDocument } from './document.ts'
import { type Environment, readEnvironment } from './environment.ts'
import type { SecretSource } from './fleet-secrets.ts'
import { holdsControls, isAbsent, isQuoted, show } from './kinds.ts'
import { checkAccessKey } from './s3-settings.ts'
import type { Setting } from './setting.ts'
import { buildSettings, retiredKeys, type SettingName, type Settings, settingRows } from './settings.ts'
import { isOpenToOthers, readSmallFile, UnfitFile } from './small-file.ts'
import { absolutePath, type Surroundings } from './surroundings.ts'

/** Values from the command line: texts as typed, lists for options that may be repeated. */
export type Overrides = { readonly [Name in SettingName]?: string | number | boolean | readonly string[] | undefined }

/** The folders in which to look for a configuration file. */
export interface ConfigPlace extends Surroundings {
  /** The file, or the folder of a `config.toml`, named on the command line; relative to `cwd`. */
  readonly configPath?: string | undefined
  /** True when the file named on the command line may be missing, because it is about to be written. Default false. */
  readonly mayBeMissing?: boolean
}

/** All sources of settings. */
export interface LoadOptions extends ConfigPlace {
  readonly env: Environment
  readonly overrides?: Overrides | undefined
  /** One of `accountNames`; for several accounts load once for each. */
  readonly account?: string | undefined
}

/** The settings of one account, with their sources and warnings. */
export interface LoadedSettings {
  readonly settings: Settings
  /** Whole sentences for people, without secrets. */
  readonly warnings: readonly string[]
  /** The configuration file that was read, absolute; undefined when there is none. */
  readonly source: string | undefined
  /** The chosen account as the file spells it. */
  readonly account: string | undefined
  /** The settings that come from the environment, which counts before the file. */
  readonly fromEnvironment: ReadonlySet<string>
  /** The secrets of a fleet by name. */
  readonly secrets: ReadonlyMap<string, SecretSource>
}

/** Returns the path at which the configuration file is created when there is none. */
export const defaultConfigPath = (home: string): string => join(home, '.smgmg', 'config.toml')

/** The largest configuration: a larger file is something else. */
const MOST_BYTES = 4_000_000

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const kindOf = async (path: string): Promise<'file' | 'folder' | undefined> => {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (cause) {
    // A folder that this user may not enter holds no configuration for them: in a container $HOME is often another user's.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(cause))) return undefined
    throw new ConfigurationError(`The configuration ${path} cannot be reached (${codeOf(cause)}).`, {
      cause,
      hint: 'Check the disk it is on.',
    })
  }
}

/** Finds the file named on the command line, else the first of the usual files that exists. */
const findConfig = async ({ configPath, home, cwd, mayBeMissing = false }: ConfigPlace): Promise<string | undefined> => {
  if (configPath === undefined) {
    const usual = [home === undefined ? undefined : defaultConfigPath(home), cwd === undefined ? undefined : join(cwd, 'config.toml')]
    for (const path of usual.filter((each) => each !== undefined)) {
      const kind = await kindOf(path)
      if (kind === 'file') return path
      if (kind === 'folder') {
        const hint = 'Docker makes such a folder when the file to mount is missing: remove it, and put the file in its place.'
        throw new ConfigurationError(`${path} is a folder, not a configuration file.`, { hint })
      }
    }
    return undefined
  }
  if (configPath === '')
    throw new ConfigurationError('The configuration named on the command line is empty.', { hint: 'Name a file or a folder.' })
  const named = absolutePath(cwd, configPath)
  const path = (await kindOf(named)) === 'folder' ? join(named, 'config.toml') : named
  const kind = await kindOf(path)
  if (kind === 'file') return path
  if (kind === undefined && mayBeMissing) return undefined
  throw new ConfigurationError(`There is no configuration at ${path}.`, {
    hint: 'Name a configuration file, or a folder that holds a config.toml, which this user may read; `smugmug-backup setup` writes a new one.',
  })
}

/** Returns the path of the configuration to write: the one that was read, else the one named on the command line, else that of the home folder. */
export const configToWrite = async (place: ConfigPlace): Promise<string | undefined> => {
  const found = await findConfig({ ...place, mayBeMissing: true })
  if (found !== undefined) return found
  if (place.configPath === undefined) return place.home === undefined ? undefined : defaultConfigPath(place.home)
  const named = absolutePath(place.cwd, place.configPath)
  return (await kindOf(named)) === 'folder' || /[/\\]$/.test(place.configPath) ? join(named, 'config.toml') : named
}

const readConfig = async (place: ConfigPlace): Promise<ConfigDocument | undefined> => {
  const path = await findConfig(place)
  if (path === undefined) return undefined
  const bytes = await readSmallFile(path, { most: MOST_BYTES }).catch((cause: unknown) => {
    if (cause instanceof UnfitFile) {
      throw new ConfigurationError(`The configuration ${path} ${cause.message}.`, { hint: 'Name a configuration file.' })
    }
    throw new ConfigurationError(`The configuration ${path} cannot be read (${codeOf(cause)}).`, { cause, hint: 'Check its permissions.' })
  })
  return readDocument(decodeText(bytes, path), path)
}

const readOverrides = (overrides: Overrides): Layer => {
  const layer = new Map<string, Given>()
  for (const { name, key, flag } of settingRows) {
    const raw = overrides[name]
    if (raw === undefined) continue
    const origin = `from ${flag?.name ?? 'the command line'}`
    // Unlike an empty line in a file, this is a script's variable that was never set: another value in its place could do harm.
    if (isAbsent(raw)) throw new ConfigurationError(`${key} ${origin} is empty.`, { hint: 'Give a value, or leave the option out.' })
    layer.set(name, { raw, origin })
  }
  return layer
}

const readValue = ({ key, kind }: Pick<Setting<unknown>, 'key' | 'kind'>, { raw, origin }: Given): unknown => {
  const value = kind.read(raw)
  if (value !== undefined) return value
  if (typeof raw === 'string' && isQuoted(raw)) {
    throw new ConfigurationError(`${key} ${origin} begins and ends with a quotation mark, which is taken for a part of it.`, {
      hint: 'Leave the quotation marks out: some places, such as the files of docker run --env-file, do not take them off.',
    })
  }
  const wrong = kind.wrong?.(raw) ?? [raw]
  const found = kind.secret ? 'of another kind (not shown here)' : show(wrong.length === 1 ? wrong[0] : wrong)
  const option = /^from (--.*)$/.exec(origin)?.[1]
  const message =
    option === undefined ? `${key} ${origin} is ${found}, but it takes ${kind.takes}.` : `${option} takes ${kind.takes}, and not ${found}.`
  throw new ConfigurationError(message, {
    hint: typeof raw === 'string' && holdsControls(raw) ? BACKSLASH_HINT : 'Correct the value.',
  })
}

/** The settings that exclude each other. */
const CLOCK: readonly SettingName[] = ['serviceEvery', 'serviceSchedule']

/**
 * Builds the settings: the first layer with a value wins; without one the preset holds. Throws `ConfigurationError` for a value that is not
 * allowed, and for values that contradict each other.
 */
export const readSettings = (layers: readonly Layer[], copies: readonly CopyLayers[] = []): Settings => {
  // One clock: a schedule in the environment counts before an interval in the file.
  const clock = layers.find((layer) => CLOCK.some((name) => layer.has(name)))
  const settings = buildSettings((row) => {
    const given = CLOCK.includes(row.name) ? clock?.get(row.name) : layers.find((layer) => layer.has(row.name))?.get(row.name)
    if (given !== undefined) return readValue(row, given)
    return row.preset === undefined ? undefined : row.kind.read(row.preset)
  }, readCopySettings(copies))
  if (settings.forceMetadataTimes && !settings.useMetadataTimes) {
    throw new ConfigurationError('force_metadata_times cannot be true while use_metadata_times is false.', {
      hint: 'Set use_metadata_times = true, or force_metadata_times = false.',
    })
  }
  checkAccessKey(settings)
  if (settings.since !== undefined && settings.until !== undefined && settings.since.start >= settings.until.end) {
    throw new ConfigurationError(`since (${settings.since.text}) lies after until (${settings.until.text}).`, { hint: 'Swap them.' })
  }
  if (settings.serviceEvery !== undefined && settings.serviceSchedule !== undefined) {
    throw new ConfigurationError('every and schedule of [service] are both given, but only one can count.', { hint: 'Remove one of them.' })
  }
  return settings
}

/** Builds the further copies: for each name the first layer with a value wins. A name counts as the configuration file spells it. */
function readCopySettings(layers: readonly CopyLayers[]): readonly CopySettings[] {
  const folded = layers.map((layer) => new Map([...layer].map(([name, values]) => [foldCopy(name), { name, values }])))
  const names = new Map(folded.flatMap((layer) => [...layer].map(([fold, { name }]) => [fold, name] as const)))
  return [...names].map(([fold, name]) => {
    const value = (row: CopyRow): unknown => {
      const given = folded.map((layer) => layer.get(fold)?.values.get(row.name)).find((found) => found !== undefined)
      if (given !== undefined) return readValue(row, given)
      return row.preset === undefined ? undefined : row.kind.read(row.preset)
    }
    const copy = { name, ...Object.fromEntries(copyRows.map((row) => [row.name, value(row)])) } as unknown as CopySettings
    if (copy.destination === undefined) {
      throw new ConfigurationError(
        `[copy.${name}] has no destination (environment: ${copyVariableOf(name, { section: 'copy', key: 'destination' })}).`,
        {
          hint: 'Say where the copy lies, or remove the section.',
        },
      )
    }
    return copy
  })
}

/** Variables have no "-" and no small letters. */
const foldCopy = (name: string): string => name.toLowerCase().replaceAll('-', '_')

const namesOf = (document: ConfigDocument | undefined): readonly string[] => [...(document?.accounts.keys() ?? [])]

const chooseAccount = (document: ConfigDocument | undefined, account: string): string => {
  const names = namesOf(document)
  const place = document?.path ?? 'the configuration, for there is no configuration file'
  if (account.toLowerCase() === 'all') {
    const hint = names.length === 0 ? 'Leave --account out: no accounts are configured.' : `Choose one with --account: ${names.join(', ')}.`
    throw new ConfigurationError('This takes one account, not all of them.', { hint })
  }
  const chosen = names.find((name) => name.toLowerCase() === account.toLowerCase())
  if (chosen !== undefined) return chosen
  const hint = names.length === 0 ? 'Add a section [account.NAME], or leave --account out.' : `The accounts are: ${names.join(', ')}.`
  throw new ConfigurationError(`There is no account "${account}" in ${place}.`, { hint })
}

const needed: readonly SettingName[] = ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination']

const requireChoice = (document: ConfigDocument | undefined, layers: readonly Layer[]): void => {
  const names = namesOf(document)
  if (names.length === 0 || needed.every((name) => layers.some((layer) => layer.has(name)))) return
  throw new ConfigurationError(`${document?.path} holds several accounts, and none was chosen.`, {
    hint: `Choose with --account ${[...names, 'all'].join('|')}.`,
  })
}

const holdsSecrets = (document: ConfigDocument): boolean =>
  [document.top, ...document.accounts.values()].some((layer) => settingRows.some(({ name, kind }) => kind.secret && layer.has(name)))

/** Warns, without refusing, when other users can read the secrets. */
const modeWarnings = async (document: ConfigDocument | undefined): Promise<readonly string[]> => {
  if (document === undefined || !holdsSecrets(document) || !(await isOpenToOthers(document.path))) return []
  return [`${document.path} holds secrets, and other users of this computer can reach it. Run: chmod 600 '${document.path}'`]
}

/** Warns of a private key that others can read. A missing file is the trouble of the command that needs it. */
const identityWarnings = async ({ encryptionIdentityFile: path }: Settings): Promise<readonly string[]> => {
  if (path === undefined || !(await isOpenToOthers(path))) return []
  return [`${path} holds the private key of your vault, and other users of this computer can reach it. Run: chmod 600 '${path}'`]
}

const retiredWarnings = (layers: readonly Layer[]): readonly string[] =>
  layers.flatMap((layer) =>
    retiredKeys.flatMap(({ section, key, reason }) => {
      const given = layer.get(key)
      return given === undefined ? [] : [`${section}.${key} (${given.origin}) is deprecated and has no effect: ${reason}. Remove it.`]
    }),
  )

/** Warns of a variable that overrides all of several accounts: that is rarely meant. */
const overrideWarnings = (account: string | undefined, own: Layer, env: Layer): readonly string[] =>
  settingRows.flatMap(({ key, name }) => {
    const given = env.get(name)
    return given === undefined || !own.has(name) ? [] : [`${key} ${given.origin} counts instead of what [account.${account}] gives.`]
  })

/** Returns the names of the accounts in the configuration file, as written there; none when there is no file. */
export const accountNames = async (place: ConfigPlace): Promise<readonly string[]> => namesOf(await readConfig(place))

/**
 * Reads all settings: the command line counts before the environment, that before the file's account, that before the rest of the file.
 * Throws `ConfigurationError` for a named configuration that is not there, broken TOML, unknown keys, values that are not allowed,
 * values that contradict each other, and an account that is unknown or not chosen. `requireKeys` reports missing settings.
 */
export const loadSettings = async (options: LoadOptions): Promise<LoadedSettings> => {
  const document = await readConfig(options)
  const environment = await readEnvironment(options.env, options.cwd)
  const overrides = readOverrides(options.overrides ?? {})
  const account = options.account === undefined ? undefined : chooseAccount(document, options.account)
  const own: Layer = (account === undefined ? undefined : document?.accounts.get(account)) ?? new Map()
  const layers = [overrides, environment.layer, own, document?.top ?? new Map()]
  if (account === undefined) requireChoice(document, layers)
  const copies = [
    environment.copies,
    (account === undefined ? undefined : document?.copiesOf.get(account)) ?? new Map(),
    document?.copies ?? new Map(),
  ]
  const settings = readSettings(layers, copies)
  const warnings = [
    ...(await modeWarnings(document)),
    ...(await identityWarnings(settings)),
    ...retiredWarnings(layers),
    ...overrideWarnings(account, own, environment.layer),
    ...environment.warnings,
  ]
  return {
    settings,
    warnings,
    source: document?.path,
    account,
    fromEnvironment: new Set(environment.layer.keys()),
    secrets: document?.secrets ?? new Map(),
  }
}
