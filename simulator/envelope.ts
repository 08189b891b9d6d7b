import { type Expansion, type Fields, type OnExpand, renderEntity, type View } from './entity.ts'
import type { Found } from './finders.ts'
import type { Context } from './objects/context.ts'
import { acceptedPieces, type Query, readQuery, readView } from './options.ts'
import { pageRange, pageRequest, pagesBlock } from './paging.ts'
import { findRoute, type Route } from './routes.ts'
import { optionsBlock } from './self-description.ts'

/** A whole answer of the API, as JSON yet to be written. */
export interface Answer {
  readonly status: number
  readonly body: Fields
  /** The present address of a moved object, with the same query. */
  readonly location?: string
  /** Items of an `!images` page: they take the service time (fact sheet 0.3). */
  readonly listed: number
}

/** Expansions beyond their first page are cut at this many items. */
const EXPANDED_PAGE = '10'

/** Answers a GET of this path and raw query. */
export function answer(context: Context, path: string, rawQuery: string): Answer {
  const query = readQuery(rawQuery)
  const view = readView(query)
  const found = locate(context, path, query)
  if (found === undefined) return notFound(path, query)
  if (found.found.kind === 'moved') return moved(found.found.path, rawQuery)
  const expansions: Fields = {}
  const { response, listed } = responseOf(context, found, {
    path,
    query,
    view,
    expansions,
    isInline: query.values.get('_expandmethod') === 'inline',
  })
  return {
    status: 200,
    listed,
    body: {
      ...(view.verbosity >= 2 ? { Request: { Version: 'v2', Method: 'GET', Uri: requestUri(path, query) } } : {}),
      ...(view.verbosity === 0 || view.verbosity === 3 ? { Options: optionsBlock(found.route, view.verbosity === 3) } : {}),
      Response: response,
      Code: 200,
      Message: 'Ok',
      ...(Object.keys(expansions).length === 0 ? {} : { Expansions: expansions }),
    },
  }
}

interface Located {
  readonly route: Route
  readonly found: Found
}

function locate(context: Context, path: string, query: Query): Located | undefined {
  const match = findRoute(decodePath(path))
  const found = match?.route.find(context, match.keys, query.values)
  return match === undefined || found === undefined ? undefined : { route: match.route, found }
}

/** Decodes the percent-encoding of a path; a part that cannot be decoded stays. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function requestUri(path: string, query: Query): string {
  const pieces = query.pieces.filter((piece) => !/^(oauth_|APIKey=)/.test(piece))
  return pieces.length === 0 ? path : `${path}?${pieces.join('&')}`
}

function notFound(path: string, query: Query): Answer {
  const route = findRoute(decodePath(path))?.route
  const accepted = acceptedPieces(query, route?.parameters ?? [])
  const description = route === undefined ? {} : { UriDescription: route.description, EndpointType: route.type }
  return {
    status: 404,
    listed: 0,
    body: { Response: { Uri: withPieces(path, accepted), ...description }, Code: 404, Message: 'Not Found' },
  }
}

function moved(path: string, rawQuery: string): Answer {
  const location = rawQuery === '' ? path : `${path}?${rawQuery}`
  return { status: 301, listed: 0, location, body: { Code: 301, Message: 'Moved Permanently' } }
}

function withPieces(path: string, pieces: readonly string[]): string {
  return pieces.length === 0 ? path : `${path}?${pieces.join('&')}`
}

interface Asked {
  readonly path: string
  readonly query: Query
  readonly view: View
  readonly isInline: boolean
  /** Filled with the objects behind the links. */
  readonly expansions: Fields
}

function responseOf(context: Context, { route, found }: Located, asked: Asked): { readonly response: Fields; readonly listed: number } {
  const accepted = acceptedPieces(asked.query, route.parameters ?? [])
  const { payload, pages, listed } = payloadOf(context, found, { ...asked, accepted })
  const isBrief = asked.view.verbosity === 1
  const response: Fields = {
    Uri: withPieces(asked.path, accepted),
    Locator: route.locator,
    LocatorType: found.kind === 'several' ? 'Objects' : route.locatorType,
    ...(payload === undefined ? {} : { [route.locator]: payload }),
    ...(isBrief ? {} : { UriDescription: route.description, EndpointType: route.type }),
    ...(pages === undefined ? {} : { Pages: pages }),
    ...(asked.view.verbosity >= 2 ? { Timing: { Total: { time: 0.03732, cycles: 1, objects: 0 } } } : {}),
  }
  return { response, listed: route.name === 'images' ? listed : 0 }
}

interface Payload {
  readonly payload?: unknown
  readonly pages?: Fields
  readonly listed: number
}

function payloadOf(context: Context, found: Found, asked: Asked & { readonly accepted: readonly string[] }): Payload {
  const onExpand = expander(context, asked)
  switch (found.kind) {
    case 'object':
      return { payload: renderEntity(found.entity, asked.view, onExpand), listed: 1 }
    case 'several':
      return { payload: found.entities.map((entity) => renderEntity(entity, asked.view, onExpand)), listed: found.entities.length }
    case 'rows':
      return { payload: found.rows, listed: 0 }
    case 'nothing':
    case 'moved':
      return { listed: 0 }
    case 'list': {
      const page = pageRequest(asked.query.values.get('start'), asked.query.values.get('count'), found.limits)
      const { from, to } = pageRange(page, found.total)
      const items: Fields[] = []
      for (let index = from; index < to; index += 1) items.push(renderEntity(found.at(index), asked.view, onExpand))
      const pages = pagesBlock(asked.path, asked.accepted, page, found.total)
      if (found.place !== undefined) context.atlas.noteListing(found.place)
      // An empty list lacks its key altogether (fact sheet 0.1).
      return items.length === 0 ? { pages, listed: 0 } : { payload: items, pages, listed: items.length }
    }
  }
}

/** Fetches the object behind each link once. A link without an object leaves no trace. */
function expander(context: Context, asked: Asked): OnExpand {
  return (uri, expansion) => {
    if (!asked.isInline && Object.hasOwn(asked.expansions, uri)) return undefined
    const response = expand(context, uri, expansion, asked)
    if (response === undefined) return undefined
    if (asked.isInline) return response
    asked.expansions[uri] = response
    return undefined
  }
}

function expand(context: Context, uri: string, expansion: Expansion, asked: Asked): Fields | undefined {
  const mark = uri.indexOf('?')
  const path = mark < 0 ? uri : uri.slice(0, mark)
  const query = readQuery(mark < 0 ? '' : uri.slice(mark + 1))
  const located = locate(context, path, query)
  if (located === undefined || located.found.kind === 'moved') return undefined
  const values = query.values.has('count') ? query.values : new Map([...query.values, ['count', EXPANDED_PAGE]])
  const view = { ...readView(query, asked.view), expand: expansion.expand }
  const { response } = responseOf(context, located, { ...asked, path, query: { ...query, values }, view })
  return { ...response, Uri: uri }
}
