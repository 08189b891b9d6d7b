/** The configuration behind a set-up: the file that it writes, and the sources that count before it. */
import { type SettingName, type Settings, settingsTable, variableOf } from '../../config/settings.ts'
import type { Surroundings } from '../../config/surroundings.ts'
import { type Lines, writeLines } from '../../config/token-lines.ts'
import { AppError } from '../../errors.ts'
import { Turns } from '../../flow/turns.ts'
import type { Trouble } from '../../service/standing.ts'
import type { Fixed } from '../contract.ts'

/** The settings as they stand in the configuration now. */
export interface LoadedConfiguration {
  readonly settings: Settings
  readonly account: string | undefined
  readonly fromEnvironment: ReadonlySet<string>
}

/** The configuration of the program, to read and to write. */
export interface Configuration extends Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** The settings that the command line gives: they count before the file. */
  readonly given: ReadonlySet<SettingName>
  /** Reads it anew. Throws `ConfigurationError`. */
  load(): Promise<LoadedConfiguration>
  /** Returns the file to write. Throws `ConfigurationError` if there is no place for one. */
  pathToWrite(): Promise<string>
  /** Returns the line that makes cron start backups with this configuration. */
  cronLine(fields: string, path: string): string
}

/** An error in words for people. */
export type Words = Pick<Trouble, 'message' | 'hint'>

/** Returns the words of an error. */
export const wordsOf = ({ message, hint }: AppError): Words => ({ message, ...(hint !== undefined && { hint }) })

/** The configuration as it was read last. */
export class OpenConfiguration {
  readonly source: Configuration
  readonly #turns = new Turns()
  #loaded: LoadedConfiguration
  #unread: Words | undefined

  constructor(source: Configuration, settings: Settings) {
    this.source = source
    this.#loaded = { settings, account: undefined, fromEnvironment: new Set() }
  }

  get settings(): Settings {
    return this.#loaded.settings
  }

  /** The words of a configuration that cannot be read now. */
  get unread(): Words | undefined {
    return this.#unread
  }

  /** Reads it anew: a terminal or an editor may have changed it. A file that cannot be read leaves everything as it was. */
  async refresh(): Promise<void> {
    try {
      this.#loaded = await this.source.load()
      this.#unread = undefined
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.#unread = wordsOf(error)
    }
  }

  /** Returns the file that is written to. Throws `ConfigurationError` if there is no place for one. */
  async path(): Promise<string> {
    return await this.source.pathToWrite()
  }

  /** Writes lines, one writer at a time, and reads what stands there then. */
  async keep(lines: Lines): Promise<void> {
    await this.#turns.with(['configuration'], async () => {
      await writeLines(await this.path(), lines, this.#loaded.account)
      await this.refresh()
    })
  }

  /** Names the source that counts before the file, if one of these settings has one. */
  fixed(names: readonly SettingName[]): Fixed {
    const variables = names.filter((name) => this.#loaded.fromEnvironment.has(name)).map((name) => variableOf(settingsTable[name]))
    if (variables.length > 0) return { fixed: `the environment (${variables.join(', ')})` }
    return names.some((name) => this.source.given.has(name)) ? { fixed: 'the command line' } : {}
  }

  /** Is this setting decided elsewhere? */
  isFixed(name: SettingName): boolean {
    return this.fixed([name]).fixed !== undefined
  }
}
