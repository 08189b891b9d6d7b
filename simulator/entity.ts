import { isLinkName, LINKS, type Links } from './links.ts'

/** A JSON object while it is being made. */
export type Fields = Record<string, unknown>

/** One of SmugMug's objects before the request's options are applied to it. */
export interface Entity {
  /** Data fields in order; `_filter` chooses among them. */
  readonly fields: Fields
  readonly uri: string
  readonly webUri?: string
  readonly description: string
  /** Makes the links, on demand. Absent: the object has no `Uris`. */
  links?(): Links
  /** Fields that stand after `Uris`. */
  readonly tail?: Fields
  /** A field that is never filtered away (fact sheet 13, album.locked.2026). */
  readonly responseLevel?: string
  /** The world's own changes, applied last: each replaces, adds, or removes (`undefined`) a field; for `Uris` link by link. */
  readonly overrides?: Readonly<Record<string, unknown>>
}

/** The links to expand with an object, by name. */
export type Expansions = ReadonlyMap<string, Expansion>

/** One link to be expanded, and how. */
export interface Expansion {
  readonly expand: Expansions
  /** Options that `_config` gives for this link: they become the query of its address. */
  readonly query: string
}

/** The options of fact sheet 2.2 that shape objects. */
export interface View {
  /** 0 if the request does not say. */
  readonly verbosity: 0 | 1 | 2 | 3
  readonly shortUris: boolean
  readonly filter?: ReadonlySet<string>
  readonly filterUri?: ReadonlySet<string>
  readonly expand: Expansions
}

/** Returns the object to put inside a link that is to be expanded (`_expandmethod=inline`). */
export type OnExpand = (uri: string, expansion: Expansion) => Fields | undefined

const isBrief = (view: View): boolean => view.verbosity === 1

/** Renders an object as this request wants it. */
export function renderEntity(entity: Entity, view: View, onExpand: OnExpand): Fields {
  const result: Fields = {}
  const wants = (name: string): boolean => view.filter === undefined || view.filter.has(name)
  const copy = (fields: Fields): void => {
    if (view.filter === undefined) Object.assign(result, fields)
    else for (const name in fields) if (view.filter.has(name)) result[name] = fields[name]
  }
  copy(entity.fields)
  if (wants('Uri')) result.Uri = entity.uri
  if (entity.webUri !== undefined && wants('WebUri')) result.WebUri = entity.webUri
  if (!isBrief(view) && wants('UriDescription')) result.UriDescription = entity.description
  const uris = renderUris(entity, view, onExpand)
  if (uris !== undefined) result.Uris = uris
  if (entity.tail !== undefined) copy(entity.tail)
  if (entity.responseLevel !== undefined) result.ResponseLevel = entity.responseLevel
  for (const [name, value] of Object.entries(entity.overrides ?? {})) {
    if (name !== 'Uris' && (wants(name) || name === 'ResponseLevel')) result[name] = value
  }
  return result
}

function renderUris(entity: Entity, view: View, onExpand: OnExpand): Fields | undefined {
  if (entity.links === undefined || view.filterUri?.size === 0) return undefined
  const changes = entity.overrides?.Uris
  const overrides: Readonly<Record<string, unknown>> = typeof changes === 'object' && changes !== null ? { ...changes } : {}
  const result: Fields = {}
  let some = false
  const add = (name: string, uri: string): void => {
    if (view.filterUri !== undefined && !view.filterUri.has(name)) return
    some = true
    const expansion = view.expand.get(name)
    const full = expansion === undefined ? uri : withQuery(uri, expansionQuery(view, expansion))
    const inline = expansion === undefined ? undefined : onExpand(full, expansion)
    const link = renderLink(name, full, view)
    result[name] = inline === undefined ? link : { ...(typeof link === 'string' ? { Uri: link } : link), ...inline }
  }
  for (const [name, uri] of entity.links()) if (!Object.hasOwn(overrides, name)) add(name, uri)
  for (const [name, uri] of Object.entries(overrides)) if (typeof uri === 'string') add(name, uri)
  return some || view.filterUri === undefined ? result : undefined
}

/** Returns the odd query that an expanded link may carry; recorded for highlight images (node.children.2026), possible for any. */
function expansionQuery(view: View, expansion: Expansion): string {
  return expansion.query !== '' ? expansion.query : isBrief(view) || view.shortUris ? '_shorturis=' : ''
}

function withQuery(uri: string, query: string): string {
  if (query === '') return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`
}

function renderLink(name: string, uri: string, view: View): string | Fields {
  if (isBrief(view) || view.shortUris) return uri
  const [description, locator, locatorType, endpointType] = isLinkName(name) ? LINKS[name] : [name, name, 'Object', name]
  return {
    Uri: uri,
    ...(locator === null ? {} : { Locator: locator, LocatorType: locatorType }),
    UriDescription: description,
    EndpointType: endpointType,
  }
}
