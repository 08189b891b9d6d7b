import type { Arrival } from '../arrival.ts'
import type { Reply } from '../send.ts'
import type { Service } from '../service.ts'
import { unauthorized } from '../sign-in.ts'
import { patchAlbum, patchImage, patchNode } from './changes.ts'
import { collectImages } from './collect.ts'
import { createNode } from './nodes.ts'
import { type Asked, json, notPermitted, problems } from './replies.ts'
import { takeUpload } from './upload.ts'

/** A change of the account. `name` is its name in faults, counters and the log. */
interface WriteRoute {
  readonly name: string
  readonly method: 'POST' | 'PATCH'
  readonly pattern: RegExp
  readonly needs: 'Add' | 'Modify'
  readonly make: (service: Service, asked: Asked) => Reply
}

const ROUTES: readonly WriteRoute[] = [
  { name: 'createnode', method: 'POST', pattern: /^\/api\/v2\/node\/([^/!]+)!children$/, needs: 'Add', make: createNode },
  { name: 'collect', method: 'POST', pattern: /^\/api\/v2\/album\/([^/!]+)!collectimages$/, needs: 'Modify', make: collectImages },
  { name: 'patchnode', method: 'PATCH', pattern: /^\/api\/v2\/node\/([^/!]+)$/, needs: 'Modify', make: patchNode },
  { name: 'patchalbum', method: 'PATCH', pattern: /^\/api\/v2\/album\/([^/!]+)$/, needs: 'Modify', make: patchAlbum },
  { name: 'patchimage', method: 'PATCH', pattern: /^\/api\/v2\/image\/([^/!]+)$/, needs: 'Modify', make: patchImage },
]

const UPLOAD = 'upload'

/** Returns the name of the change that a request asks for; undefined when it asks for none. `path` is decoded. */
export function changeNamed(method: string, path: string): string | undefined {
  if (method === 'POST' && path === '/') return UPLOAD
  return ROUTES.find((route) => route.method === method && route.pattern.test(path))?.name
}

/** Answers a request for a change. `isUnapplied` leaves the account as it is. */
export function changeReply(
  service: Service,
  arrival: Arrival,
  { path, isUnapplied }: { readonly path: string; readonly isUnapplied: boolean },
): Reply {
  const { received } = arrival
  const checked = service.checkOwner(received)
  if (!checked.ok) return unauthorized(checked.problem)
  const name = changeNamed(received.method, path)
  const route = ROUTES.find((candidate) => candidate.name === name)
  const permission = service.permissionOf(received)
  const needed = route?.needs ?? 'Add'
  if (permission !== 'Modify' && permission !== needed) return notPermitted()
  if (isUnapplied) return json(503, 'Service Unavailable')
  if (route === undefined) return takeUpload(service, arrival)
  const body = parsed(arrival.body)
  if (body === undefined) return json(400, 'Bad Request')
  const refused = (service.behaviour.writing?.refusedFields ?? []).filter((field) => body[field] !== undefined)
  if (refused.length > 0) {
    return problems(400, route.method, Object.fromEntries(refused.map((field) => [field, ['Invalid option']])))
  }
  return route.make(service, { path, keys: route.pattern.exec(path)?.slice(1) ?? [], body })
}

function parsed(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body?.toString('utf8') ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
