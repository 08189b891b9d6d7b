import { type Kind, show } from '../config/kinds.ts'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../flow/nearest.ts'

/** Options as a caller gave them, their names known, their values not yet read. */
export type GivenOptions = Readonly<Record<string, unknown>>

/** Options that a function takes besides the common ones, each with the kind of its value. */
export type Kinds = Readonly<Record<string, Kind<unknown>>>

type ValuesOf<K extends Kinds> = { readonly [Name in keyof K]?: K[Name] extends Kind<infer Value> ? Value : never }

/**
 * Returns the object that a caller gave as options or settings. Throws `ConfigurationError` for anything else: in plain JavaScript a list
 * or a `Map` in its place would be passed over in silence.
 */
export function objectOf(raw: unknown, what: string): GivenOptions {
  if (Object.prototype.toString.call(raw) === '[object Object]') return raw as GivenOptions
  throw new ConfigurationError(`${what} must be an object, but ${kindOf(raw)} was given.`, { hint: 'See docs/library.md.' })
}

/** Returns the kind of a value, and not the value itself: it may be a secret in the wrong place. */
function kindOf(raw: unknown): string {
  if (raw === undefined || raw === null) return 'nothing'
  if (Array.isArray(raw)) return 'a list'
  return typeof raw === 'object' ? 'another object' : `a ${typeof raw}`
}

/** Returns the options of a function. Throws `ConfigurationError` for an option that it does not take, with the nearest that it takes. */
export function optionsOf(raw: unknown, of: string, known: readonly string[]): GivenOptions {
  const given = objectOf(raw, `options of ${of}`)
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    throw new ConfigurationError(`There is no option ${name} of ${of}.${didYouMean(name, known)}`, {
      hint: `The options are ${known.join(', ')}. Anything of docs/settings.md belongs into settings.`,
    })
  }
  return given
}

/** Reads those of the options that were given. Throws `ConfigurationError` for a value that is not allowed. */
export function readOptions<const K extends Kinds>(given: GivenOptions, kinds: K): ValuesOf<K> {
  const values = Object.entries(kinds).flatMap(([name, kind]) => {
    const raw = given[name]
    if (raw === undefined) return []
    const value = kind.read(raw)
    if (value === undefined) {
      throw new ConfigurationError(`The option ${name} is ${show(raw)}, but it takes ${kind.takes}.`, { hint: 'Correct the value.' })
    }
    return [[name, value]]
  })
  return Object.fromEntries(values) as ValuesOf<K>
}
