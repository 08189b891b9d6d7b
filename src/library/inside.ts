import { ConfigurationError, VaultBusyError } from '../errors.ts'
import type { Vault } from '../vault/vault.ts'
import type { GivenOptions } from './options.ts'

/** The settings and surroundings that an account of the library was opened with. */
interface AccountInside {
  readonly settings: GivenOptions
  readonly surroundings: GivenOptions
  isClosed: boolean
}

/** The real vault behind one of the library, and the run that uses it now. */
interface VaultInside {
  readonly vault: Vault
  readonly surroundings: GivenOptions
  isClosed: boolean
  run?: Promise<unknown> | undefined
}

/** The contents of what `openAccount` and `openVault` return. They stay here: neither secrets nor the catalogue are part of the library. */
export const accounts = new WeakMap<object, AccountInside>()
export const vaults = new WeakMap<object, VaultInside>()

/** Returns the contents. Throws `ConfigurationError` when it was not opened by the library, or is closed. */
export function insideOf<T extends { readonly isClosed: boolean }>(from: WeakMap<object, T>, given: unknown, opener: string): T {
  const inside = typeof given === 'object' && given !== null ? from.get(given) : undefined
  if (inside === undefined) throw new ConfigurationError(`backup takes what ${opener} returns.`, { hint: 'See docs/library.md.' })
  if (inside.isClosed) throw new ConfigurationError(`What ${opener} returned is closed.`, { hint: `Call ${opener} again.` })
  return inside
}

/** Runs `work` alone on a vault: `close` waits for it. Throws `VaultBusyError` while there is other work on it. */
export async function alone<T>(inside: VaultInside, work: () => Promise<T>): Promise<T> {
  if (inside.run !== undefined) {
    throw new VaultBusyError(`A backup into ${inside.vault.location} is under way.`, { hint: 'Wait for it.' })
  }
  const run = work()
  inside.run = run
  try {
    return await run
  } finally {
    inside.run = undefined
  }
}
