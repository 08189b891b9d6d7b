import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import * as v from 'valibot'
import type { ServerNote } from '../app/server-note.ts'
import { isProofOf, proofOf } from './proof.ts'
import { CONTROL_PATH } from './web.ts'

const ANSWER = v.object({ address: v.string(), proof: v.string() })

/** The time that an open page has for its answer, in milliseconds. */
const PATIENCE_MS = 2000

/**
 * Asks an open page for a fresh address. Returns undefined if it does not answer as ours would: it has ended since. Another account of this
 * machine may have taken its port: the answer is proven, and the secret is not sent.
 */
export async function askForAddress({ url, control }: ServerNote): Promise<string | undefined> {
  const target = URL.parse(url)
  if (target?.protocol !== 'http:') return undefined
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const none = (): void => resolve(undefined)
  const nonce = randomBytes(32).toString('base64url')
  request(
    new URL(CONTROL_PATH, target),
    {
      method: 'POST',
      agent: false,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { Origin: target.origin, Authorization: `Proof ${nonce} ${proofOf(control, ['ask', nonce])}` },
    },
    (response) => {
      if (response.statusCode !== 200) return response.resume().on('end', none)
      json(response).then((answer) => {
        const { success, output } = v.safeParse(ANSWER, answer)
        resolve(success && isProofOf(output.proof, control, ['answer', nonce, output.address]) ? output.address : undefined)
      }, none)
      return undefined
    },
  )
    .on('error', none)
    .end()
  return await promise
}
