import type { Fields } from '../entity.ts'
import type { Reply } from '../send.ts'
import type { Service } from '../service.ts'

/** A change that was asked for: the path (decoded), its keys, and the JSON body. */
export interface Asked {
  readonly path: string
  readonly keys: readonly string[]
  readonly body: Readonly<Record<string, unknown>>
}

/** Returns an answer in JSON, with its status in it. */
export function json(status: number, message: string, more: Fields = {}): Reply {
  const body = JSON.stringify({ ...more, Code: status, Message: message })
  return { status, headers: { 'Content-Type': 'application/json' }, body: Buffer.from(body) }
}

/** Returns a 400 or 409 that names the parameters at fault (fact sheet 9.2). */
export function problems(status: 400 | 409, method: string, named: Readonly<Record<string, readonly string[]>>): Reply {
  const parameters = Object.entries(named).map(([Name, Problems]) => ({ Name, Problems }))
  const Options = { Methods: ['OPTIONS', 'GET', method], Parameters: { [method]: parameters } }
  return json(status, status === 409 ? 'Conflict' : 'Bad Request', { Options })
}

/** Returns the refusal of a token whose level is too low (fact sheet 1.1). */
export const notPermitted = (): Reply => json(401, 'The user has not granted the required permissions')

export const notFound = (): Reply => json(404, 'Not Found')

/** Drops the fields that this SmugMug ignores without a word. */
export const heard = (service: Service, body: Asked['body']): Asked['body'] => {
  const { ignoredFields = [] } = service.behaviour.writing ?? {}
  return Object.fromEntries(Object.entries(body).filter(([name]) => !ignoredFields.includes(name)))
}
