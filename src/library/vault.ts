/// <reference lib="esnext.disposable" preserve="true" />
import { openForBackups } from '../app/app.ts'
import { readGivenSettings } from '../config/given.ts'
import { ConfigurationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { StopSignal, Variables } from './common.ts'
import { vaults } from './inside.ts'
import { optionsOf } from './options.ts'
import { running } from './running.ts'

/** A vault that this program holds: no other may change it until it is closed. */
export interface Vault {
  /** The absolute path of its root. */
  readonly root: string
  /** The identity of this vault, made once and kept for ever: another vault at the same path has another one. */
  readonly id: string
  /** True when there was none before it was opened. */
  readonly isNew: boolean
  /** Gives the vault free, after a backup that is under way. Further calls do nothing. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of `openVault`. */
export interface VaultOptions {
  readonly emit?: Emit | undefined
  readonly signal?: StopSignal | undefined
  readonly env?: Variables | undefined
}

/**
 * Opens the vault in an existing folder for backups, and holds it until it is closed. The path is absolute. Throws `ConfigurationError`,
 * `DestinationError`, or `VaultBusyError` when another run holds it.
 */
export async function openVault(folder: string, options: VaultOptions = {}): Promise<Vault> {
  const given = optionsOf(options, 'openVault', ['emit', 'signal', 'env'])
  if (typeof folder !== 'string' || folder.trim() === '') {
    throw new ConfigurationError('openVault takes the path of a folder.', { hint: 'See docs/library.md.' })
  }
  const vault = await running({ settings: readGivenSettings({ destination: folder }), given }, (request) => {
    request.signal.throwIfAborted()
    return openForBackups(request)
  })
  const inside = { vault, surroundings: { env: given.env }, isClosed: false, run: undefined as Promise<unknown> | undefined }
  let closing: Promise<void> | undefined
  const closed = async (): Promise<void> => {
    // Its end is reported to the caller of that backup.
    await Promise.allSettled([inside.run])
    await vault.close()
  }
  const close = (): Promise<void> => {
    inside.isClosed = true
    closing ??= closed()
    return closing
  }
  const facade: Vault = { root: vault.location, id: vault.id, isNew: vault.isNew, close, [Symbol.asyncDispose]: close }
  vaults.set(facade, inside)
  return facade
}
