/** The visitors that may look: a key that is valid once becomes a cookie, and so does a password. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** The time that a printed key is valid, in milliseconds. */
export const KEY_MS = 10 * 60_000

/** The time that a visitor stays known, in milliseconds. */
const SESSION_MS = 30 * 24 * 60 * 60_000

const MINUTE = 60_000

/** The tries of a password in a minute, from all visitors together. */
const TRIES = 5

/** More visitors and keys than one person uses: the oldest is forgotten. */
const MOST = 100

/** The end of a try. */
export type Try = { readonly cookie: string } | 'wrong' | 'too many' | 'none'

/** The keys, passwords and known visitors of one server. */
export interface Sessions {
  /** Makes a key for a printed address: valid once, for ten minutes. */
  newKey(): string
  /** Turns a key into the value of a `Set-Cookie` header; undefined for one that was used, is too old or was never made. */
  useKey(key: string): string | undefined
  /** Tries a password. */
  tryPassword(password: string): Promise<Try>
  /** Is this the value of a `Cookie` header of a known visitor? */
  knows(cookies: string | undefined): boolean
  /** Is there a password to try? */
  readonly hasPassword: boolean
  /** Returns milliseconds until a password may be tried again. */
  waitMs(): number
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, 32, { N: 16_384 }, (error, key) => (error === null ? resolve(key) : reject(error))),
  )

/** Keeps the sessions of a server. `name` is that of its cookie: two servers of one machine share a browser's cookies. */
export function openSessions(options: { readonly name: string; readonly password?: string | undefined; now(): number }): Sessions {
  const { name, password, now } = options
  const salt = randomBytes(16)
  const expected = password === undefined ? undefined : derive(password, salt)
  const keys = new Map<string, number>()
  const visitors = new Map<string, number>()
  let tries: readonly number[] = []
  // The clock may have been set back since.
  const recent = (): readonly number[] => tries.filter((at) => Math.abs(now() - at) < MINUTE)

  /** Notes a new secret by its digest: only who holds it can find it. */
  const note = (known: Map<string, number>, until: number): string => {
    const secret = randomBytes(32).toString('base64url')
    for (const [other, end] of known) if (end <= now()) known.delete(other)
    const [oldest] = known.keys()
    if (known.size >= MOST && oldest !== undefined) known.delete(oldest)
    known.set(digest(secret), until)
    return secret
  }
  const isValid = (known: ReadonlyMap<string, number>, secret: string): boolean => (known.get(digest(secret)) ?? 0) > now()
  const welcome = (): string =>
    `${name}=${note(visitors, now() + SESSION_MS)}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_MS / 1000}`

  return {
    hasPassword: expected !== undefined,
    newKey: () => note(keys, now() + KEY_MS),
    useKey: (key) => {
      const isGood = isValid(keys, key)
      keys.delete(digest(key))
      return isGood ? welcome() : undefined
    },
    tryPassword: async (given) => {
      if (expected === undefined) return 'none'
      tries = recent()
      if (tries.length >= TRIES) return 'too many'
      // Counted before the slow part: many tries at once are not more than five.
      tries = [...tries, now()]
      const isRight = timingSafeEqual(await derive(given, salt), await expected)
      return isRight ? { cookie: welcome() } : 'wrong'
    },
    knows: (cookies) =>
      (cookies ?? '').split(';').some((cookie) => {
        const [key, ...value] = cookie.trim().split('=')
        return key === name && isValid(visitors, value.join('='))
      }),
    waitMs: () => (recent().length < TRIES ? 0 : Math.max(0, (recent()[0] ?? 0) + MINUTE - now())),
  }
}
