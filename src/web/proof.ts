/**
 * The proofs by which two processes of one user know each other over a port that any account of the machine may have taken in the meantime.
 * The secret itself never travels.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Returns the proof that these words come from somebody who knows the secret. */
export const proofOf = (secret: string, words: readonly string[]): string =>
  createHmac('sha256', secret).update(JSON.stringify(words)).digest('base64url')

/** Is this the proof that these words come from somebody who knows the secret? */
export function isProofOf(given: string, secret: string, words: readonly string[]): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(proofOf(secret, words))]
  return a.length === b.length && timingSafeEqual(a, b)
}
