import type { Expansion, Expansions, View } from './entity.ts'
import { formParameters } from './oauth.ts'

/** A request's query, read once. */
export interface Query {
  readonly values: ReadonlyMap<string, string>
  /** The pieces as they were sent, in order. */
  readonly pieces: readonly string[]
}

const NOTHING: Expansions = new Map()

/** Splits a raw query string. */
export function readQuery(raw: string): Query {
  return { values: new Map(formParameters(raw)), pieces: raw === '' ? [] : raw.split('&') }
}

/** Returns the pieces that an endpoint echoes: its own parameters, paging and filters (fact sheet 2.1). */
export function acceptedPieces(query: Query, parameters: readonly string[]): readonly string[] {
  const known = new Set([...parameters, 'start', 'count', '_filter', '_filteruri'])
  return query.pieces.filter((piece) => known.has(decodeName(piece)))
}

function decodeName(piece: string): string {
  return formParameters(piece)[0]?.[0] ?? ''
}

/** Reads the options that shape the answer's objects. `inherited` is the view of the request that an expansion belongs to. */
export function readView(query: Query, inherited?: View): View {
  const { values } = query
  const config = readConfig(values.get('_config'))
  const verbosity = Number(values.get('_verbosity'))
  const filter = names(values.get('_filter')) ?? config.filter
  const filterUri = names(values.get('_filteruri')) ?? config.filterUri
  return {
    verbosity: verbosity === 1 || verbosity === 2 || verbosity === 3 ? verbosity : (inherited?.verbosity ?? 0),
    shortUris: values.has('_shorturis') || (inherited?.shortUris ?? false),
    ...(filter === undefined ? {} : { filter }),
    ...(filterUri === undefined ? {} : { filterUri }),
    expand: values.has('_expand') ? readExpand(values.get('_expand') ?? '') : config.expand,
  }
}

function names(list: string | undefined): ReadonlySet<string> | undefined {
  return list === undefined ? undefined : new Set(list.split(',').filter((name) => name !== ''))
}

/** Reads a list of links to expand: `A,B.C` → A, and B with C inside. */
export function readExpand(list: string): Expansions {
  const tree = new Map<string, string[]>()
  for (const path of list.split(',').filter((name) => name !== '')) {
    const [first = '', ...rest] = path.split('.')
    const inner = tree.get(first) ?? []
    if (rest.length > 0) inner.push(rest.join('.'))
    tree.set(first, inner)
  }
  return new Map([...tree].map(([name, inner]): [string, Expansion] => [name, { expand: readExpand(inner.join(',')), query: '' }]))
}

interface Config {
  readonly filter?: ReadonlySet<string>
  readonly filterUri?: ReadonlySet<string>
  readonly expand: Expansions
}

/** Reads `_config` in JSON; anything other than a JSON object is ignored, as any unknown option is. */
function readConfig(text: string | undefined): Config {
  if (text === undefined) return { expand: NOTHING }
  try {
    return configOf(JSON.parse(text))
  } catch {
    return { expand: NOTHING }
  }
}

function configOf(value: unknown): Config {
  const config = record(value)
  const filter = stringList(config.filter)
  const filterUri = stringList(config.filteruri)
  return {
    ...(filter === undefined ? {} : { filter: new Set(filter) }),
    ...(filterUri === undefined ? {} : { filterUri: new Set(filterUri) }),
    expand: new Map(Object.entries(record(config.expand)).map(([name, inner]) => [name, configExpansion(record(inner))])),
  }
}

function configExpansion(config: Readonly<Record<string, unknown>>): Expansion {
  const filter = stringList(config.filter)
  const filterUri = stringList(config.filteruri)
  const query = new URLSearchParams()
  if (filter !== undefined) query.set('_filter', filter.join(','))
  if (filterUri !== undefined) query.set('_filteruri', filterUri.join(','))
  for (const [name, value] of Object.entries(record(config.args))) query.set(name, String(value))
  return { expand: configOf(config).expand, query: query.toString() }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function stringList(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined
}
