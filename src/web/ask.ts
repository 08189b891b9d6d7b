import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { ServerNote } from '../app/server-note.ts'
import { CONTROL_PATH } from './web.ts'

/** The time that an open page has for its answer, in milliseconds. */
const PATIENCE_MS = 2000

/** Asks an open page for a fresh address. Returns undefined if it does not answer as ours would: it has ended since. */
export async function askForAddress({ url, control }: ServerNote): Promise<string | undefined> {
  const target = URL.parse(url)
  if (target?.protocol !== 'http:') return undefined
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const none = (): void => resolve(undefined)
  request(
    new URL(CONTROL_PATH, target),
    {
      method: 'POST',
      agent: false,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { Origin: target.origin, Authorization: `Bearer ${control}` },
    },
    (response) => {
      if (response.statusCode !== 200) return response.resume().on('end', none)
      json(response).then((answer) => {
        const { address } = answer as { readonly address?: unknown }
        resolve(typeof address === 'string' ? address : undefined)
      }, none)
      return undefined
    },
  )
    .on('error', none)
    .end()
  return await promise
}
