import type { Kind } from './kinds.ts'

/** The sections of the configuration file. */
export const sections = ['authentication', 'store', 'http', 'service', 'web', 'notify', 'encryption', 's3', 'fleet'] as const
export type Section = (typeof sections)[number]

/** The sections whose keys may also stand above all sections, as in early versions, and have environment variables without a section. */
export const flatSections: readonly Section[] = ['authentication', 'store', 'http']

/** The command-line option that gives a setting. */
export interface Flag {
  /** Such as `--limit-rate`. */
  readonly name: string
  /** The name of its value in the help, such as `RATE`. */
  readonly value: string
}

/** A value as a TOML file would hold it. */
export type Preset = string | number | boolean | readonly string[]

/** One row of the table: everything that is known about a setting. */
export interface Setting<T> {
  readonly section: Section
  /** Its name in the configuration file, from which the environment variable follows. */
  readonly key: string
  readonly kind: Kind<T>
  /** The value when none is given, if there is one. */
  readonly preset: Preset | undefined
  /** Its effect: one line of Markdown. */
  readonly doc: string
  readonly flag?: Flag
}

type Row<T> = Omit<Setting<T>, 'preset'>

/** Returns a row without a value of its own. */
export const optional = <T>(row: Row<T>) => ({ ...row, preset: undefined }) satisfies Setting<T>
/** Returns a row with the value that counts when none is given. */
export const preset = <T>(value: Preset, row: Row<T>) => ({ ...row, preset: value }) satisfies Setting<T>
