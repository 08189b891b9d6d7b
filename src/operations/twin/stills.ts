import { IntegrityError, RequestError, ServiceError, SignInError } from '../../errors.ts'
import type { Account } from '../../smugmug/account.ts'

/**
 * Fetches the still of a video from its address. `none`: SmugMug has none there; undefined: none came now, a later run tries again.
 * Throws nothing but the signal's reason.
 */
export type FetchStill = (url: string, signal: AbortSignal) => Promise<Uint8Array | 'none' | undefined>

/** The largest still in bytes: SmugMug's have some hundred thousand. */
const LARGEST = 8e6

/** The longest time for one still, in milliseconds. */
const LONGEST = 60_000

/** Stills in a row that may fail before no more are asked for in this run. */
const FAILURES = 3

/** Returns a function that fetches stills from an account. After a few failures in a row it asks for no more. */
export function stillsOf(account: Pick<Account, 'open'>): FetchStill {
  let failures = 0
  return async (url, signal) => {
    if (failures >= FAILURES) return undefined
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(LONGEST)])
    try {
      const { body, totalSize } = await account.open({ url, grade: 'rendition' }, { signal: bounded })
      const still = await gather(body, totalSize)
      failures = 0
      return still
    } catch (error) {
      const isGone = error instanceof RequestError && (error.status === 404 || error.status === 410)
      if (isGone) return 'none'
      if (!isTrouble(error) && error !== bounded.reason) throw error
      failures += 1
      return undefined
    }
  }
}

const isTrouble = (error: unknown): boolean =>
  error instanceof RequestError || error instanceof ServiceError || error instanceof SignInError || error instanceof IntegrityError

/** Returns the bytes, or `none` if there are too many. */
async function gather(body: AsyncIterable<Uint8Array>, totalSize = 0): Promise<Uint8Array | 'none'> {
  const chunks: Uint8Array[] = []
  let size = totalSize > LARGEST ? totalSize : 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LARGEST) return 'none'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
