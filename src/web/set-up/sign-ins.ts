/** The sign-ins that wait for their owner. */
import { randomBytes } from 'node:crypto'
import type { beginSignIn } from '../../app/app.ts'
import type { Settings } from '../../config/settings.ts'
import type { KeyName } from '../../service/set-up/keys.ts'

/** One sign-in. Its key and token stay here until SmugMug has answered. */
export type OpenSignIn = Awaited<ReturnType<typeof beginSignIn>> & {
  readonly settings: Settings
  /** The key that is to be written with the sign-in. */
  readonly typed: { readonly [Name in KeyName]?: string }
  readonly how: 'browser' | 'code'
}

/** The time that SmugMug waits for an owner, in milliseconds. */
const LIFE_MS = 5 * 60_000

/** More sign-ins than one person begins in five minutes: the oldest is forgotten. */
const MOST = 16

/** Keeps sign-ins by an id that nobody can guess. Each ends once, or after five minutes. */
export class SignIns {
  readonly #now: () => number
  readonly #open = new Map<string, { readonly signIn: OpenSignIn; readonly until: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns an id for a sign-in that is about to begin. */
  newId(): string {
    return randomBytes(24).toString('base64url')
  }

  /** Keeps a sign-in. */
  add(id: string, signIn: OpenSignIn): void {
    for (const [other, { until }] of this.#open) if (until <= this.#now()) this.#open.delete(other)
    const [oldest] = this.#open.keys()
    if (this.#open.size >= MOST && oldest !== undefined) this.#open.delete(oldest)
    this.#open.set(id, { signIn, until: this.#now() + LIFE_MS })
  }

  /** Returns a sign-in that still waits. */
  get(id: string): OpenSignIn | undefined {
    const found = this.#open.get(id)
    return found !== undefined && found.until > this.#now() ? found.signIn : undefined
  }

  /** Forgets a sign-in. */
  take(id: string): void {
    this.#open.delete(id)
  }
}
